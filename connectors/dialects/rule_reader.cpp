// One walk over the rules: find, clean, convert. Texts are views into the document until they reach the
// event.
#include "connectors/dialects/rule_frame.hpp"
#include "connectors/dialects/text.hpp"

#include <algorithm>

namespace tongban::dialects {

namespace pb = google::protobuf;

namespace {
constexpr std::size_t entry_bytes = 128; // about, of a list's entry without its texts
} // namespace

rule_reader::rule_reader(const dialect_plan& plan, document& doc, node_index root, translated_event& out,
                         reading_stats& stats, std::vector<trace_row>* trace, std::uint32_t event_number)
    : plan_(plan), doc_(doc), root_(root), out_(out), stats_(stats), trace_(trace),
      event_number_(event_number), buffers_(thread_buffers()) {}

transform_buffers& rule_reader::thread_buffers() {
    constexpr std::size_t kept = 1U << 20;
    thread_local transform_buffers buffers;
    for (auto* buffer : {&buffers.a, &buffers.b}) {
        if (buffer->capacity() > kept) {
            *buffer = {};
        }
    }
    return buffers;
}

void rule_reader::run(const rule_list& list, node_index scope, pb::Message& target) {
    run(list, scope, target, nullptr, 1);
}

// True when anything was said.
bool rule_reader::run(const rule_list& list, node_index scope, pb::Message& target, const entry_name* name,
                      std::size_t depth) {
    frame f(list, base_at(doc_, plan_, scope, root_, depth), target, name, depth);
    bool given = false;
    bool any = false;
    for (std::size_t r = 0; r < list.rules.size(); ++r) {
        if (const rule_probe& probe = list.probes[r];
            probe.first != probe.last && !reached(list, probe, f.base)) {
            given = given && (probe.alternative || !probe.reads);
            continue;
        }
        const field_rule& rule = *list.rules[r];
        if (!rule.reads) {
            know_sources(rule, f.base);
            continue;
        }
        if (rule.alternative && given) {
            know_sources(rule, f.base);
            continue;
        }
        if (rule.conditional && !condition_holds(doc_, rule.when, f.base)) {
            know_sources(rule, f.base);
            given = rule.alternative && given;
            continue;
        }
        if (rule.repeats) {
            given = repeated(rule, f);
        } else {
            given = scalar(rule, f);
            if (!given && rule.conditional && rule.several_places) {
                out_.read_places.push_back({f.name(rule), &rule, {}}); // where it should have stood
            }
        }
        any = any || given;
    }
    return any;
}

bool rule_reader::reached(const rule_list& list, const rule_probe& probe, const path_base& base) {
    return std::any_of(
        list.places.begin() + probe.first, list.places.begin() + probe.last,
        [&](const rule_probe::place& place) {
            return (place.from_root
                        ? base.root_binding->find(doc_, *base.trie, base.root, place.trie)
                        : base.scope_binding->find(doc_, *base.trie, base.scope, place.trie)) != no_node;
        });
}

void rule_reader::know_sources(const field_rule& rule, const path_base& base) {
    for (const auto& from : rule.from) {
        if (const node_index i = find_first(doc_, from, base); i != no_node) {
            doc_.at(i).used = true;
            doc_.at(i).mapped = doc_.at(i).mapped || !takes_rest_;
        }
    }
}

// A text that means something under this rule.
bool rule_reader::usable(const field_rule& rule, node_index i, std::string_view& text) {
    const node& n = doc_.at(i);
    if (n.kind == node_kind::null) {
        return false;
    }
    if (!doc_.take(n.text.size())) {
        return false;
    }
    text = n.binary ? n.text : trim(n.text);
    return !text.empty() && std::none_of(rule.empty.begin(), rule.empty.end(),
                                         [&](const std::string& nothing) { return text == nothing; });
}

bool rule_reader::gather(const field_rule& rule, frame& f, flowing_value& value, origin& from) {
    std::string_view text;
    bool found = false;
    std::string joined;
    for (const auto& path : rule.from) {
        const node_index i = find_first(doc_, path, f.base);
        if (i == no_node) {
            continue;
        }
        doc_.at(i).used = true;
        doc_.at(i).mapped = doc_.at(i).mapped || !takes_rest_ || doc_.at(i).mixed;
        if (found && !rule.joins) {
            continue; // known, not needed
        }
        if (path.takes_name) {
            text = doc_.at(i).name;
            doc_.take(text.size());
        } else if (rule.takes_json &&
                   (doc_.at(i).kind == node_kind::object || doc_.at(i).kind == node_kind::list)) {
            know_subtree(doc_, i);
            buffers_.a.clear();
            append_json_text(doc_, i, buffers_.a);
            text = buffers_.a;
            doc_.take(text.size());
        } else if (!usable(rule, i, text)) {
            continue;
        }
        if (rule.joins) {
            joined += (found ? rule.join : "") + std::string(text);
        }
        if (!found) {
            from = {i, text};
        }
        found = true;
    }
    if (rule.joins && found) {
        buffers_.a = std::move(joined);
        from.raw = text = doc_.keep(buffers_.a);
    }
    value.text = from.raw;
    return found;
}

bool rule_reader::scalar(const field_rule& rule, frame& f) {
    flowing_value value;
    origin from;
    if (rule.constant) {
        value.text = *rule.constant;
        return assign(rule, f, value, from);
    }
    bool found = gather(rule, f, value, from);
    for (std::size_t s = 0; found && s < rule.steps.size(); ++s) {
        const transform& t = rule.steps[s];
        std::string_view unit;
        if (!t.unit_from.empty()) {
            if (const node_index i = find_first(doc_, t.unit_from.front(), f.base); i != no_node) {
                doc_.at(i).used = doc_.at(i).mapped = true;
                unit = doc_.trimmed(i);
            }
        }
        transform_fault fault;
        switch (apply(t, value, unit, buffers_, fault)) {
        case step_outcome::ok:
            break;
        case step_outcome::absent:
            found = false;
            break;
        case step_outcome::failed:
            complain(rule, f, from, fault.rule, std::move(fault.zh), std::move(fault.en));
            return true;
        }
    }
    if (found) {
        return assign(rule, f, value, from);
    }
    if (rule.fallback) {
        value = {};
        value.text = *rule.fallback;
        return assign(rule, f, value, {});
    }
    if (rule.required) {
        complain(rule, f, from, "required", "必填项缺失", "required and missing");
    }
    return false;
}

void rule_reader::pieces(const field_rule& rule, node_index at, std::vector<node_index>& out) {
    auto rest = doc_.at(at).text;
    doc_.at(at).used = doc_.at(at).mapped = true;
    while (!rest.empty()) {
        const auto end = rest.find(rule.split);
        const auto piece = trim(rest.substr(0, end));
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + rule.split.size());
        if (piece.empty()) {
            continue;
        }
        const node_index made = doc_.add(at, "", node_kind::text, piece);
        if (made == no_node || !doc_.take(entry_bytes)) {
            return; // the message is refused: a list that is cut short is no list
        }
        doc_.at(made).used = true;
        out.push_back(made);
    }
}

bool rule_reader::repeated(const field_rule& rule, frame& f) {
    std::vector<node_index> found;
    if (rule.in_place) {
        found.push_back(f.base.scope);
    } else {
        find_all(doc_, rule.each, f.base, found);
        if (!doc_.take(found.size() * entry_bytes)) {
            return false;
        }
    }
    std::uint32_t count = 0;
    std::uint32_t position = 0;
    for (const node_index at : found) {
        const bool plain = !rule.several_places && is_plain_entry(doc_, rule.each, found, position++) && rule.split.empty();
        if (rule.except_mapped && others_map(rule, f, at)) {
            continue;
        }
        if (std::find(rule.except.begin(), rule.except.end(), doc_.at(at).name) != rule.except.end()) {
            continue;
        }
        std::string_view text; // the entry's own text is known only to a rule that reads it
        if (doc_.at(at).kind == node_kind::null) {
            continue;
        }
        if (!rule.split.empty()) {
            if (usable(rule, at, text)) {
                std::vector<node_index> parts;
                pieces(rule, at, parts);
                for (const node_index part : parts) {
                    element(rule, f, part, count, rule.several_places);
                }
            }
            continue;
        }
        const bool outer = takes_rest_;
        takes_rest_ = outer || rule.except_mapped;
        element(rule, f, at, count, !plain || position != count + 1);
        takes_rest_ = outer;
    }
    return count > 0;
}

// Another rule takes the entry, or in it what this one would: "row[@name=x]/@value" is a field of its own.
bool rule_reader::others_map(const field_rule& rule, const frame& f, node_index at) {
    if (doc_.at(at).mapped || !rule.inner) {
        return doc_.at(at).mapped;
    }
    const auto base = base_at(doc_, plan_, at, root_, f.depth + 1);
    return std::ranges::any_of(rule.inner->all(), [&](const field_rule& inner) {
        return std::ranges::any_of(inner.from, [&](const path& from) {
            const node_index i = find_first(doc_, from, base);
            return i != no_node && doc_.at(i).mapped && doc_.inside(i, at);
        });
    });
}

void rule_reader::element(const field_rule& rule, frame& f, node_index at, std::uint32_t& count, bool keep_place) {
    pb::Message& m = f.message(rule.slot);
    // Rules for one list add up: an entry has the number that it gets in the event.
    const entry_name name{f.name_of_entry, &rule, static_cast<std::uint32_t>(rule.reflection->FieldSize(m, rule.field))};
    if (keep_place) {
        out_.read_places.push_back({spell(&name), &rule, doc_.place(at)});
    }
    const auto known = out_.read_places.size();
    if (rule.target != target_kind::message) {
        frame inner(*rule.inner, base_at(doc_, plan_, at, root_, f.depth + 1), m, &name, f.depth + 1);
        const int before = rule.reflection->FieldSize(m, rule.field);
        scalar(*rule.inner->rules.front(), inner);
        const bool said = rule.reflection->FieldSize(m, rule.field) > before;
        count += said;
        out_.read_places.resize(said ? out_.read_places.size() : known - keep_place);
        return;
    }
    for (const auto& sent : rule.sends) { // what we would send there is no news
        if (const node_index i = find_first(doc_, sent.where, {at, root_}); i != no_node) {
            doc_.at(i).used = true;
        }
    }
    pb::Message& made = rule.access.make(m);
    if (run(*rule.inner, at, made, &name, f.depth + 1)) {
        ++count;
    } else {
        rule.reflection->RemoveLast(&m, rule.field); // nothing was said
        out_.read_places.resize(known - keep_place);
    }
}

} // namespace tongban::dialects
