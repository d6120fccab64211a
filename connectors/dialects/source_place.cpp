// Where a schema field stands in the sender's message: told from the rules alone, but where reading kept what they leave open.
#include "connectors/dialects/reader.hpp"

#include <algorithm>
#include <charconv>
#include <span>

namespace tongban::dialects {

namespace {

struct place_step {
    std::string name;
    std::uint32_t index{}; // from 1; 0: none
};

void follow(std::vector<place_step>& at, const path& p, const std::vector<place_step>& root) {
    if (p.origin == path_origin::document) {
        at.clear();
    } else if (p.origin == path_origin::root) {
        at = root;
    }
    for (const auto& s : p.steps) {
        if (s.kind == step_kind::parent) {
            if (!at.empty()) {
                at.pop_back();
            }
        } else {
            const auto& key = s.predicate;
            at.push_back({(s.kind == step_kind::any ? "*" : s.name) +
                              (s.has_predicate ? '[' + key.name + '=' + key.value + ']' : ""),
                          s.index});
        }
    }
}

// "materials[1].name" → "materials", 1, "name".
bool split_field(std::string_view field, std::string& head, std::uint32_t& index, std::string_view& rest) {
    const auto open = field.find('[');
    const auto close = field.find(']', open == std::string_view::npos ? 0 : open);
    if (open == std::string_view::npos || close == std::string_view::npos) {
        return false;
    }
    head = field.substr(0, open);
    index = 0;
    std::from_chars(field.data() + open + 1, field.data() + close, index);
    rest = field.substr(close + 1);
    if (rest.starts_with('.')) {
        rest.remove_prefix(1);
    }
    return true;
}

// The rule of the list that fills the field: `meant` when it is one of them, else the first of that name.
const field_rule* rule_for(const rule_list& list, const field_rule* meant, const auto& fits) {
    const field_rule* first = nullptr;
    for (const auto& rule : list.all()) {
        if (&rule == meant && fits(rule)) {
            return &rule;
        }
        first = first == nullptr && fits(rule) ? &rule : first;
    }
    return first;
}

bool locate(const rule_list& list, std::string_view field, const field_rule* meant, const std::vector<place_step>& root,
            std::vector<place_step>& at) {
    std::string head;
    std::uint32_t index = 0;
    std::string_view rest;
    if (!split_field(field, head, index, rest)) {
        const auto* rule = rule_for(list, meant, [&](const field_rule& r) {
            // a rule for "promise" answers for "promise.unit" too
            return (r.repeats || !r.from.empty()) &&
                   (r.name == field || (field.starts_with(r.name) && field.substr(r.name.size()).starts_with('.')));
        });
        if (rule != nullptr) {
            follow(at, rule->repeats ? rule->each : rule->from.front(), root);
        }
        return rule != nullptr;
    }
    const auto* rule = rule_for(list, meant, [&](const field_rule& r) { return r.repeats && r.name == head; });
    if (rule == nullptr) {
        return false;
    }
    follow(at, rule->each, root);
    if (!at.empty() && rule->split.empty() && !rule->each.steps.empty()) {
        at.back().index = index + 1;
    }
    if (!rest.empty() && rule->inner) {
        locate(*rule->inner, rest, meant, root, at);
    }
    return true;
}

// Drops the envelope: what lies above the innermost embedded document of another format.
format_kind cut_envelope(const wire_plan& wire, std::vector<place_step>& at) {
    format_kind style = wire.format.kind;
    std::size_t cut = 0;
    for (const auto& embed : wire.embeds) {
        const auto& steps = embed.at.steps;
        const bool below =
            at.size() > steps.size() &&
            std::equal(steps.begin(), steps.end(), at.begin(), [](const path_step& s, const place_step& p) {
                return s.kind == step_kind::any || s.name == p.name;
            });
        if (below && (embed.format.kind != style || style == format_kind::xml)) {
            style = embed.format.kind;
            cut = steps.size();
        }
    }
    at.erase(at.begin(), at.begin() + static_cast<std::ptrdiff_t>(cut));
    return style;
}

// "files row for row 2 column x": in a file whose rows were put under those of another.
std::string joined_place(const wire_plan& wire, const std::vector<place_step>& at) {
    for (const auto& join : wire.joins) {
        if (at.size() > 1 && at[1].name == join.as && !join.with.steps.empty()) {
            auto text = join.with.steps.front().name + " row for row " + std::to_string(std::max(at.front().index, 1U));
            return at.size() > 2 ? text + " column " + at[2].name : text;
        }
    }
    return {};
}

std::string print(const wire_plan& wire, const std::vector<place_step>& at, format_kind style) {
    std::string text = style == format_kind::json ? "$" : "";
    if (style == format_kind::csv) {
        if (auto joined = joined_place(wire, at); !joined.empty()) {
            return joined;
        }
        text = "row " + std::to_string(at.empty() ? 1 : std::max(at.front().index, 1U));
        return at.size() > 1 ? text + " column " + at[1].name : text;
    }
    for (const auto& step : at) {
        if (style == format_kind::json) {
            text += step.name == "*" ? "" : "." + step.name;
            text += step.index > 0 ? '[' + std::to_string(step.index - 1) + ']' : "";
        } else {
            text += '/' + step.name;
            text += step.index > 0 ? '[' + std::to_string(step.index) + ']' : "";
        }
    }
    return text;
}

// What was read at a place, and what of the field's name lies below it.
struct known_place {
    const read_place* read{};
    std::string_view rest;
};

known_place known_at(const translated_event& event, std::string_view field) {
    known_place best;
    std::size_t longest = 0;
    for (const auto& one : event.read_places) {
        const bool whole = one.field == field;
        const bool above = !whole && (one.field.empty() || (field.starts_with(one.field) && field[one.field.size()] == '.'));
        if (one.place.empty() || (!whole && !above) || one.field.size() < longest) {
            continue;
        }
        longest = one.field.size();
        best = {&one, whole ? std::string_view() : field.substr(one.field.empty() ? 0 : one.field.size() + 1)};
    }
    return best;
}

// The steps below a place that is printed already.
std::string print_below(const std::string& place, std::span<const place_step> steps) {
    std::string text = place;
    for (const auto& step : steps) {
        if (place.starts_with('$')) {
            text += step.name == "*" ? "" : "." + step.name;
            text += step.index > 0 ? '[' + std::to_string(step.index - 1) + ']' : "";
        } else {
            text += (place.starts_with('/') ? "/" : " column ") + step.name;
            text += step.index > 0 && place.starts_with('/') ? '[' + std::to_string(step.index) + ']' : "";
        }
    }
    return text;
}

// Below the row or entry that was read; nothing when the rule looks elsewhere.
std::string place_below(const translated_event& event, const known_place& known, const field_rule* meant,
                        const std::vector<place_step>& root) {
    const auto* rule = known.read->rule;
    if (known.rest.empty() || (rule != nullptr && (!rule->repeats || rule->target != target_kind::message))) {
        return known.read->place;
    }
    constexpr const char* here = "\x01"; // no name in a message
    std::vector<place_step> at{{here, 0}};
    if (!locate(rule == nullptr ? event.plan->rules : *rule->inner, known.rest, meant, root, at)) {
        return rule == nullptr ? std::string() : known.read->place;
    }
    const bool below = !at.empty() && at.front().name == here;
    return below ? print_below(known.read->place, std::span(at).subspan(1)) : std::string();
}

// The rule that was meant for the field and found nothing.
const field_rule* meant_for(const translated_event& event, std::string_view field) {
    for (const auto& one : event.read_places) {
        if (one.place.empty() && one.field == field) {
            return one.rule;
        }
    }
    return nullptr;
}

} // namespace

std::string place_of_field(const translated_event& event, std::string_view field, const field_rule* meant) {
    const event_plan& plan = *event.plan;
    const wire_plan& wire = plan.dialect->wires[event.wire];
    std::string name(field);
    if (name.starts_with(plan.body->name() + ".")) {
        name = "body" + name.substr(plan.body->name().size());
    }
    std::vector<place_step> root;
    if (wire.root) {
        follow(root, *wire.root, {});
    }
    meant = meant == nullptr ? meant_for(event, name) : meant;
    if (const auto known = known_at(event, name); known.read != nullptr) {
        if (auto place = place_below(event, known, meant, root); !place.empty()) {
            return place;
        }
    }
    std::vector<place_step> at = root;
    if (plan.message->at) {
        follow(at, *plan.message->at, root);
    }
    if (plan.message->has_rows) {
        follow(at, plan.message->each, root);
        if (!at.empty()) {
            at.back().index = event.row;
        }
    }
    if (!locate(plan.rules, name, meant, root, at)) {
        return {};
    }
    const auto style = cut_envelope(wire, at);
    return print(wire, at, style);
}

std::string translated_event::source_path(std::string_view field) const {
    return plan == nullptr ? std::string() : place_of_field(*this, field, nullptr);
}

} // namespace tongban::dialects
