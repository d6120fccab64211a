// From schema fields to texts: the value is taken by reflection, the steps run backwards.
#include "connectors/dialects/rule_writer.hpp"

#include "connectors/dialects/plan_loader.hpp"
#include "connectors/dialects/schema_field.hpp"
#include "connectors/dialects/text.hpp"

#include <google/protobuf/timestamp.pb.h>

#include <algorithm>
#include <map>
#include <utility>

namespace tongban::dialects {

namespace pb = google::protobuf;

namespace {

// The message of a slot, or null when the event lacks it.
const pb::Message* present(const rule_list& list, const pb::Message& top, std::uint16_t slot) {
    if (slot == 0) {
        return &top;
    }
    const auto* above = present(list, top, list.slots[slot].parent);
    if (above == nullptr || !above->GetReflection()->HasField(*above, list.slots[slot].field)) {
        return nullptr;
    }
    return &above->GetReflection()->GetMessage(*above, list.slots[slot].field);
}

// False: there is nothing to say.
bool take(const field_rule& rule, const pb::Message& m, int index, flowing_value& value, std::string& text) {
    const auto& r = *m.GetReflection();
    const auto* field = rule.field;
    const bool in_list = index >= 0;
    if (!in_list && field->has_presence() && !r.HasField(m, field)) {
        return false;
    }
    switch (rule.target) {
    case target_kind::string:
    case target_kind::bytes:
        text = in_list ? r.GetRepeatedString(m, field, index) : r.GetString(m, field);
        break;
    case target_kind::boolean:
        text = r.GetBool(m, field) ? "true" : "false";
        break;
    case target_kind::code: {
        const int number = r.GetEnumValue(m, field);
        for (const auto& [name, code] : rule.codes) {
            text = code == number ? name : text;
        }
        break;
    }
    case target_kind::integer:
        value.integer = field->cpp_type() == pb::FieldDescriptor::CPPTYPE_INT32   ? r.GetInt32(m, field)
                        : field->cpp_type() == pb::FieldDescriptor::CPPTYPE_INT64 ? r.GetInt64(m, field)
                        : field->cpp_type() == pb::FieldDescriptor::CPPTYPE_UINT32
                            ? r.GetUInt32(m, field)
                            : static_cast<std::int64_t>(r.GetUInt64(m, field));
        value.kind = transform::result::integer;
        // Zero is said where it means something: a limit of no days, or a field that knows absence.
        if (value.integer == 0 && !field->has_presence() && m.GetDescriptor() != v1::Limit::descriptor()) {
            return false;
        }
        text = std::to_string(value.integer);
        break;
    case target_kind::timestamp: {
        const auto& when = static_cast<const pb::Timestamp&>(r.GetMessage(m, field));
        value.time = {when.seconds(), when.nanos()};
        value.kind = transform::result::time;
        text = "-";
        break;
    }
    case target_kind::limit: {
        const auto& limit = static_cast<const v1::Limit&>(r.GetMessage(m, field));
        value.integer = limit.value();
        value.unit = static_cast<limit_unit>(limit.unit());
        value.kind = transform::result::limit;
        text = "-";
        break;
    }
    case target_kind::message:
        return false;
    }
    return !text.empty();
}

// False when some value is written with more than its digits: the type in JSON is the rule's, whatever the value.
bool is_bare_number(const std::vector<transform>& steps) {
    return std::none_of(steps.begin(), steps.end(), [](const transform& t) {
        switch (t.kind) {
        case transform_kind::amount:
            return t.amount.thousands || !t.amount.suffix.empty();
        case transform_kind::strip_prefix:
        case transform_kind::strip_suffix:
            return !t.texts.empty() && !t.texts.front().empty();
        case transform_kind::add_prefix:
        case transform_kind::width:
        case transform_kind::part:
            return true;
        default:
            return false;
        }
    });
}

node_kind written_kind(const field_rule& rule) {
    switch (rule.written_as) {
    case json_type::string:
        return node_kind::text;
    case json_type::number:
        return node_kind::number;
    case json_type::boolean:
        return node_kind::boolean;
    case json_type::automatic:
        break;
    }
    const bool table = !rule.steps.empty() && rule.steps.back().kind == transform_kind::table;
    if (rule.target == target_kind::boolean && !table) {
        return node_kind::boolean;
    }
    if (rule.target == target_kind::integer && !table) {
        return is_bare_number(rule.steps) ? node_kind::number : node_kind::text;
    }
    const bool epoch = rule.target == target_kind::timestamp && !rule.steps.empty() &&
                       rule.steps.back().formats.front().style != time_format::kind::pattern &&
                       rule.steps.back().formats.front().style != time_format::kind::iso;
    return epoch ? node_kind::number : node_kind::text;
}

// Nearly always the last.
void take_out(out_node& entry) {
    auto& beside = entry.parent->children;
    if (beside.back() == &entry) {
        beside.pop_back();
    } else {
        std::erase(beside, &entry);
    }
}

} // namespace

void rule_writer::run(const rule_list& list, const pb::Message& from, out_tree::base base) {
    // Of several rules for one field the first that can speak does; each entry of a list is said once.
    std::map<std::string_view, std::vector<bool>> said;
    for (const bool conditional : {false, true}) { // conditions look at what the other rules wrote
        for (const auto& rule : list.all()) {
            if (!rule.writes || rule.conditional != conditional ||
                (conditional && !allowed(rule.when, base))) {
                continue;
            }
            auto& done = said[rule.name];
            if (rule.repeats) {
                repeated(list, rule, from, base, done);
            } else if (done.empty() && scalar(list, rule, from, base)) {
                done.push_back(true);
            }
        }
    }
}

bool rule_writer::allowed(const condition& c, out_tree::base base) {
    const auto text = [&](const path& p) -> const std::string* {
        const auto* n = reach(p, base, false);
        return n != nullptr && n->has_text ? &n->text : nullptr;
    };
    const auto contains = [](const std::vector<std::string>& all, const std::string& one) {
        return std::find(all.begin(), all.end(), one) != all.end();
    };
    for (const auto& wanted : c.is) {
        const auto* said = text(wanted.where);
        if (said != nullptr && !contains(wanted.values, *said)) {
            return false;
        }
    }
    for (const auto& unwanted : c.isnt) {
        const auto* said = text(unwanted.where);
        if (said != nullptr && contains(unwanted.values, *said)) {
            return false;
        }
    }
    return std::none_of(c.lacks.begin(), c.lacks.end(),
                        [&](const path& p) { return reach(p, base, false) != nullptr; });
}

void rule_writer::assert_condition(const condition& c, out_tree::base base) {
    for (const auto& wanted : c.is) {
        if (!wanted.values.empty() && is_one_place(wanted.where, true)) {
            put(wanted.where, base, wanted.values.front(), node_kind::text, false);
        }
    }
}

bool rule_writer::scalar(const rule_list& list, const field_rule& rule, const pb::Message& from,
                         out_tree::base base) {
    if (rule.constant || rule.from.empty() || rule.cannot_part) {
        return false;
    }
    const auto* m = present(list, from, rule.slot);
    flowing_value value;
    std::string text;
    if (m == nullptr || !take(rule, *m, -1, value, text)) {
        return false;
    }
    const bool packed = !rule.steps.empty() && rule.steps.front().kind == transform_kind::part;
    for (auto step = rule.steps.rbegin(); step != rule.steps.rend(); ++step) {
        value.text = text;
        std::string out;
        if (!invert(*step, value, out)) {
            return false; // told by reading again what was written
        }
        text = std::move(out);
        value.kind = transform::result::text;
    }
    if (packed) {
        pack(rule, base, text);
    }
    place(rule, base, std::move(text), written_kind(rule));
    return true;
}

// One of several values in one text.
void rule_writer::pack(const field_rule& rule, out_tree::base base, std::string& text) {
    const auto& step = rule.steps.front();
    if (!stands_before(text, step.text)) {
        tell(rule, step.text);
    }
    const auto* there = reach(rule.from.front(), base, false);
    std::vector<std::string> parts;
    std::string rest = there != nullptr ? there->text : "";
    for (auto at = rest.find(step.text); at != std::string::npos; at = rest.find(step.text)) {
        parts.push_back(rest.substr(0, at));
        rest.erase(0, at + step.text.size());
    }
    parts.push_back(rest);
    parts.resize(std::max(parts.size(), step.in));
    parts[step.in - 1] = text;
    text.clear();
    for (std::size_t i = 0; i < parts.size(); ++i) {
        text += (i == 0 ? "" : step.text) + parts[i];
    }
    if (auto* n = reach(rule.from.front(), base)) {
        n->has_text = false; // rewritten as it grows
    }
}

// A text that holds what parts it from others would be read as two.
void rule_writer::tell(const field_rule& rule, std::string_view separator) {
    out_node at;
    at.rule = &rule;
    at.entry = in_;
    tree_.unwritable.tell(at, holds_mark(separator, "值与值之间的分隔符", "what parts values here"));
}

// Many in one text.
std::string rule_writer::pieces(const field_rule& rule, const rule_list& list, const pb::Message& holder, std::vector<bool>& said) {
    std::string joined;
    for (std::size_t i = 0; i < said.size(); ++i) {
        if (said[i]) {
            continue;
        }
        out_tree scratch;
        rule_writer inner(plan_, wire_, event_, scratch);
        inner.in_ = in_;
        names_beside none;
        inner.entry(rule, list, holder, static_cast<int>(i), scratch.root(), {&scratch.root(), &scratch.root()}, none);
        const auto& piece = scratch.root();
        if (scratch.unwritable.found() && !tree_.unwritable.found()) {
            tree_.unwritable = scratch.unwritable;
        }
        if (!stands_before(piece.text, rule.split)) {
            tree_.unwritable.tell(piece, holds_mark(rule.split, "值与值之间的分隔符", "what parts values here"));
        }
        joined += (joined.empty() ? "" : rule.split) + piece.text;
        said[i] = true;
    }
    return joined;
}

void rule_writer::repeated(const rule_list& list, const field_rule& rule, const pb::Message& from,
                           out_tree::base base, std::vector<bool>& said) {
    const auto* holder = present(list, from, rule.slot);
    if (holder == nullptr) {
        return;
    }
    const int count = holder->GetReflection()->FieldSize(*holder, rule.field);
    const bool named =
        std::ranges::any_of(rule.inner->all(), [](const field_rule& r) {
            return !r.from.empty() && r.from.front().takes_name && r.from.front().steps.empty();
        });
    const bool one_name =
        named && !rule.each.steps.empty() && rule.each.steps.back().kind == step_kind::child;
    said.resize(static_cast<std::size_t>(count));
    if (!rule.split.empty()) {
        if (const auto joined = pieces(rule, list, *holder, said); !joined.empty()) {
            put(rule.each, base, joined, node_kind::text, false, &rule);
        }
        return;
    }
    bool first = true;
    out_node* in = nullptr;
    names_beside beside;
    for (int i = 0; i < count; ++i) {
        if (said[static_cast<std::size_t>(i)]) {
            continue;
        }
        out_node* at = new_entry(rule.each, base, named, first, in);
        if (at == nullptr) {
            return; // no place for more; told by reading again
        }
        if (!entry(rule, list, *holder, i, *at, base, beside) ||
            (one_name && at->name != rule.each.steps.back().name)) {
            take_out(*at);
            continue;
        }
        first = false;
        said[static_cast<std::size_t>(i)] = true;
        send(rule.sends, {at, base.root}, static_cast<std::size_t>(i));
    }
}

bool rule_writer::entry(const field_rule& rule, const rule_list& list, const pb::Message& holder, int i,
                        out_node& at, out_tree::base base, names_beside& beside) {
    if (rule.target == target_kind::message) {
        const auto* above = std::exchange(in_, tree_.keep({in_, &rule, i}));
        run(*rule.inner, holder.GetReflection()->GetRepeatedMessage(holder, rule.field, i), {&at, base.root});
        in_ = above;
        if (at.children.empty() && !at.has_text && !rule.each.steps.empty() &&
            rule.each.steps.back().kind == step_kind::any) { // a name without a value is an empty text
            at.has_text = true;
            at.kind = node_kind::text;
        }
        return at.parent == nullptr || may_be_named(rule, list, at, beside);
    }
    const auto& element = *rule.inner->rules.front();
    flowing_value value;
    std::string text;
    if (!take(element, holder, i, value, text)) {
        return false;
    }
    for (auto step = element.steps.rbegin(); step != element.steps.rend(); ++step) {
        value.text = text;
        std::string out;
        if (!invert(*step, value, out)) {
            return false;
        }
        text = std::move(out);
    }
    put(element.from.front(), {&at, base.root}, text, node_kind::text, false, &rule);
    return true;
}

// Few, as nearly always, are cheapest compared.
bool rule_writer::stands_beside(const out_node& at, names_beside& beside) {
    constexpr std::size_t few = 32;
    const auto& all = at.parent->children;
    if (all.size() <= few) {
        return std::any_of(all.begin(), all.end(), [&](const out_node* n) { return n != &at && n->name == at.name; });
    }
    if (!std::exchange(beside.known, true)) {
        for (const auto* n : all) {
            if (n != &at) {
                beside.names.insert(n->name);
            }
        }
    }
    return beside.names.contains(at.name);
}

// A name that came from the data must be writable and must not pass for a field that another rule reads.
bool rule_writer::may_be_named(const field_rule& rule, const rule_list& list, const out_node& at, names_beside& beside) const {
    if (rule.each.steps.empty() || rule.each.steps.back().kind != step_kind::any ||
        at.parent->kind == node_kind::list) {
        return true;
    }
    const auto format = format_at(*at.parent).kind;
    if (at.name.empty() || !can_be_name(at) ||
        std::find(rule.except.begin(), rule.except.end(), at.name) != rule.except.end()) {
        return false;
    }
    if (format != format_kind::xml && stands_beside(at, beside)) {
        return false;
    }
    const std::string taken = rule.each.text.substr(0, rule.each.text.size() - 1) + at.name;
    const auto reads = [&](const path& p) { return p.text == taken; };
    const bool free = std::ranges::none_of(list.all(), [&](const field_rule& other) {
        return std::any_of(other.from.begin(), other.from.end(), reads) ||
               std::any_of(other.steps.begin(), other.steps.end(), [&](const transform& t) {
                   return std::any_of(t.unit_from.begin(), t.unit_from.end(), reads);
               });
    });
    if (free && beside.known) {
        beside.names.insert(at.name);
    }
    return free;
}

void rule_writer::send(const std::vector<send_rule>& sends, out_tree::base base, std::size_t index) {
    for (const auto& one : sends) {
        const auto text = fill_template(plan_, one.text, event_, index);
        if (!text.empty()) {
            put(one.where, base, text, one.number ? node_kind::number : node_kind::text, false);
        }
    }
}

} // namespace tongban::dialects
