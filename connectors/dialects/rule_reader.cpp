// One walk over the rules: find, clean, convert, set. Texts are views into the document until they reach the
// event.
#include "connectors/dialects/rule_reader.hpp"

#include "connectors/dialects/text.hpp"

#include <boost/container/small_vector.hpp>
#include <google/protobuf/timestamp.pb.h>

#include <algorithm>
#include <limits>

namespace tongban::dialects {

namespace pb = google::protobuf;

// The messages that one list of rules fills, made when a rule first needs them.
class rule_reader::frame {
public:
    frame(const rule_list& list, path_base where, pb::Message& target, const entry_name* in,
          std::size_t nesting)
        : base(where), name_of_entry(in), depth(nesting), list_(list),
          messages_(std::max<std::size_t>(list.slots.size(), 1)) {
        messages_[0] = &target;
    }

    pb::Message& message(std::uint16_t slot) {
        if (messages_[slot] == nullptr) {
            const message_slot& s = list_.slots[slot];
            messages_[slot] = s.reflection->MutableMessage(&message(s.parent), s.field);
        }
        return *messages_[slot];
    }

    std::string name(const field_rule& rule) const {
        auto text = spell(name_of_entry);
        return text.empty() ? rule.name : rule.name.empty() ? text : text + '.' + rule.name;
    }

    path_base base;
    const entry_name* name_of_entry; // "dossier.materials[1]"
    std::size_t depth;
    transform_buffers buffers;

private:
    const rule_list& list_;
    boost::container::small_vector<pb::Message*, 32> messages_;
};

std::string rule_reader::spell(const entry_name* name) {
    if (name == nullptr) {
        return {};
    }
    auto text = spell(name->up);
    text += text.empty() ? "" : ".";
    return text + name->list->name + '[' + std::to_string(name->index) + ']';
}

void rule_reader::run(const rule_list& list, node_index scope, pb::Message& target) {
    run(list, scope, target, nullptr, 1);
}

// True when anything was said.
bool rule_reader::run(const rule_list& list, node_index scope, pb::Message& target, const entry_name* name,
                      std::size_t depth) {
    path_binding& bound = doc_.binding(depth);
    bound.forget();
    frame f(list, {scope, root_, &plan_.names.paths, &bound, &doc_.binding(0)}, target, name, depth);
    bool given = false;
    bool any = false;
    for (const field_rule& rule : list.rules) {
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
        }
        any = any || given;
    }
    return any;
}

void rule_reader::know_sources(const field_rule& rule, const path_base& base) {
    for (const auto& from : rule.from) {
        if (const node_index i = find_first(doc_, from, base); i != no_node) {
            doc_.at(i).used = doc_.at(i).mapped = true;
        }
    }
}

// A text that means something under this rule.
bool rule_reader::usable(const field_rule& rule, node_index i, std::string_view& text) {
    const node& n = doc_.at(i);
    if (n.kind == node_kind::null) {
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
        doc_.at(i).mapped = true;
        if (found && !rule.joins) {
            continue; // known, not needed
        }
        if (path.takes_name) {
            text = doc_.at(i).name;
        } else if (rule.takes_json &&
                   (doc_.at(i).kind == node_kind::object || doc_.at(i).kind == node_kind::list)) {
            for (node_index c = i; c < doc_.size(); ++c) { // children follow their parent
                doc_.at(c).used = doc_.at(c).used || doc_.inside(c, i);
            }
            f.buffers.a.clear();
            append_json_text(doc_, i, f.buffers.a);
            text = f.buffers.a;
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
        f.buffers.a = std::move(joined);
        from.raw = text = doc_.keep(f.buffers.a);
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
                unit = trim(doc_.at(i).text);
            }
        }
        transform_fault fault;
        switch (apply(t, value, unit, f.buffers, fault)) {
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

bool rule_reader::assign(const field_rule& rule, frame& f, const flowing_value& value, const origin& from) {
    pb::Message& m = f.message(rule.slot);
    const pb::Reflection& reflection = *rule.reflection;
    switch (rule.target) {
    case target_kind::timestamp: {
        auto& when = static_cast<pb::Timestamp&>(*reflection.MutableMessage(&m, rule.field));
        when.set_seconds(value.time.seconds);
        when.set_nanos(value.time.nanos);
        if (rule.is_event_time && from.node != no_node && doc_.at(from.node).kind != node_kind::number) {
            static_cast<v1::CaseEvent&>(m).set_occurred_text(from.raw.data(), from.raw.size());
        }
        break;
    }
    case target_kind::limit: {
        auto& limit = static_cast<v1::Limit&>(*reflection.MutableMessage(&m, rule.field));
        limit.set_value(static_cast<std::int32_t>(value.integer));
        limit.set_unit(static_cast<v1::LimitUnit>(value.unit));
        break;
    }
    case target_kind::integer: {
        std::int64_t number = value.integer;
        if (value.kind != transform::result::integer && !parse_count(value.text, number)) {
            complain(rule, f, from, "number", "不是整数", "not a whole number");
            return true;
        }
        return assign_integer(rule, m, number, from, f);
    }
    default:
        if (value.kind == transform::result::integer) {
            return assign_text(rule, m, std::to_string(value.integer), from, f);
        }
        return assign_text(rule, m, value.text, from, f);
    }
    note(rule, f, from, &value, {});
    return true;
}

bool rule_reader::assign_integer(const field_rule& rule, pb::Message& m, std::int64_t number,
                                 const origin& from, const frame& f) {
    const pb::Reflection& reflection = *rule.reflection;
    const bool narrow = rule.field->cpp_type() == pb::FieldDescriptor::CPPTYPE_INT32 ||
                        rule.field->cpp_type() == pb::FieldDescriptor::CPPTYPE_UINT32;
    const bool is_unsigned = rule.field->cpp_type() == pb::FieldDescriptor::CPPTYPE_UINT32 ||
                             rule.field->cpp_type() == pb::FieldDescriptor::CPPTYPE_UINT64;
    if ((is_unsigned && number < 0) || (narrow && (number > std::numeric_limits<std::int32_t>::max() ||
                                                   number < std::numeric_limits<std::int32_t>::min()))) {
        complain(rule, f, from, "number", "数值超出范围", "the number is out of range");
        return true;
    }
    switch (rule.field->cpp_type()) {
    case pb::FieldDescriptor::CPPTYPE_INT32:
        reflection.SetInt32(&m, rule.field, static_cast<std::int32_t>(number));
        break;
    case pb::FieldDescriptor::CPPTYPE_UINT32:
        reflection.SetUInt32(&m, rule.field, static_cast<std::uint32_t>(number));
        break;
    case pb::FieldDescriptor::CPPTYPE_UINT64:
        reflection.SetUInt64(&m, rule.field, static_cast<std::uint64_t>(number));
        break;
    default:
        reflection.SetInt64(&m, rule.field, number);
    }
    flowing_value value;
    value.kind = transform::result::integer;
    value.integer = number;
    note(rule, f, from, &value, {});
    return true;
}

bool rule_reader::assign_text(const field_rule& rule, pb::Message& m, std::string_view text,
                              const origin& from, const frame& f) {
    const pb::Reflection& reflection = *rule.reflection;
    flowing_value value;
    value.text = text;
    if (rule.target == target_kind::string || rule.target == target_kind::bytes) {
        if (rule.target == target_kind::string && from.node != no_node && doc_.at(from.node).binary &&
            !is_utf8(text)) {
            complain(rule, f, from, "encoding", "该部分不是文本", "this part is no text");
            return true;
        }
        if (rule.is_person_name && lost_characters(text)) {
            complain(rule, f, from, "encoding", "姓名中有丢失的字符（?），请以 GB18030 或 UTF-8 重发",
                     "the name lost characters ('?'); send it again in GB18030 or UTF-8");
            return true;
        }
        if (rule.field->is_repeated()) {
            reflection.AddString(&m, rule.field, std::string(text));
        } else {
            reflection.SetString(&m, rule.field, std::string(text));
        }
    } else if (rule.target == target_kind::boolean) {
        if (text != "true" && text != "false") {
            complain(rule, f, from, "code", "应为 true 或 false", "expected true or false");
            return true;
        }
        reflection.SetBool(&m, rule.field, text == "true");
    } else {
        const auto code = std::find_if(rule.codes.begin(), rule.codes.end(),
                                       [&](const auto& c) { return c.first == text; });
        if (code == rule.codes.end()) {
            complain(rule, f, from, "code", "未知代码", "unknown code");
            return true;
        }
        reflection.SetEnumValue(&m, rule.field, code->second);
        if (!rule.agrees.empty()) {
            check_agreement(rule, const_cast<frame&>(f), text);
        }
    }
    note(rule, f, from, &value, {});
    return true;
}

void rule_reader::check_agreement(const field_rule& rule, frame& f, std::string_view canonical) {
    const node_index i = find_first(doc_, rule.agrees.front().where, f.base);
    if (i == no_node) {
        return;
    }
    doc_.at(i).used = true;
    const auto* said = rule.agrees_table->canonical(trim(doc_.at(i).text));
    if (said == nullptr || *said == canonical) {
        return;
    }
    ++stats_.code_text_conflicts;
    pb::Message& m = f.message(rule.slot);
    if (const auto* flag = m.GetDescriptor()->FindFieldByName("code_text_conflict")) {
        m.GetReflection()->SetBool(&m, flag, true);
    }
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
        if (made == no_node) {
            break;
        }
        doc_.at(made).used = true;
        out.push_back(made);
    }
}

bool rule_reader::repeated(const field_rule& rule, frame& f) {
    std::vector<node_index> found;
    find_all(doc_, rule.each, f.base, found);
    std::uint32_t count = 0;
    for (const node_index at : found) {
        if (rule.except_mapped && doc_.at(at).mapped) {
            continue;
        }
        if (std::find(rule.except.begin(), rule.except.end(), doc_.at(at).name) != rule.except.end()) {
            continue;
        }
        doc_.at(at).used = true;
        std::string_view text;
        if (doc_.at(at).kind == node_kind::null) {
            continue;
        }
        if (!rule.split.empty()) {
            if (usable(rule, at, text)) {
                std::vector<node_index> parts;
                pieces(rule, at, parts);
                for (const node_index part : parts) {
                    element(rule, f, part, count);
                }
            }
            continue;
        }
        element(rule, f, at, count);
    }
    return count > 0;
}

void rule_reader::element(const field_rule& rule, frame& f, node_index at, std::uint32_t& count) {
    pb::Message& m = f.message(rule.slot);
    const entry_name name{f.name_of_entry, &rule, count};
    if (rule.target != target_kind::message) {
        path_binding& bound = doc_.binding(f.depth + 1);
        bound.forget();
        frame inner(*rule.inner, {at, root_, &plan_.names.paths, &bound, f.base.root_binding}, m, &name,
                    f.depth + 1);
        const int before = rule.reflection->FieldSize(m, rule.field);
        scalar(rule.inner->rules.front(), inner);
        count += rule.reflection->FieldSize(m, rule.field) > before;
        return;
    }
    for (const auto& sent : rule.sends) { // what we would send there is no news
        if (const node_index i = find_first(doc_, sent.where, {at, root_}); i != no_node) {
            doc_.at(i).used = true;
        }
    }
    pb::Message& made = *rule.reflection->AddMessage(&m, rule.field);
    if (run(*rule.inner, at, made, &name, f.depth + 1)) {
        ++count;
    } else {
        rule.reflection->RemoveLast(&m, rule.field); // nothing was said
    }
}

void rule_reader::note(const field_rule& rule, const frame& f, const origin& from, const flowing_value* value,
                       const std::string& problem) {
    if (trace_ == nullptr) {
        return;
    }
    trace_row row;
    row.event = event_number_;
    row.field = f.name(rule);
    row.problem = problem;
    if (from.node != no_node) {
        row.source = doc_.place(from.node);
        row.raw =
            doc_.at(from.node).binary ? std::to_string(from.raw.size()) + " bytes" : std::string(from.raw);
    }
    for (const auto& step : rule.steps) {
        row.steps += (row.steps.empty() ? "" : ", ") + std::string(step.name());
    }
    if (value != nullptr) {
        switch (value->kind) {
        case transform::result::text:
            row.value = value->text;
            break;
        case transform::result::bytes:
            row.value = std::to_string(value->text.size()) + " bytes";
            break;
        case transform::result::integer:
            row.value = std::to_string(value->integer);
            break;
        case transform::result::limit:
            print_limit(static_cast<std::int32_t>(value->integer), value->unit, row.value);
            break;
        case transform::result::time: {
            time_format iso;
            parse_time_format("iso", iso);
            print_time(iso, value->time, plan_.zone_minutes, row.value);
        }
        }
    }
    if (rule.target == target_kind::bytes && value != nullptr) {
        row.value = std::to_string(value->text.size()) + " bytes";
    }
    trace_->push_back(std::move(row));
}

void rule_reader::complain(const field_rule& rule, const frame& f, const origin& from, std::string_view kind,
                           std::string zh, std::string en) {
    std::string place;
    if (from.node != no_node) {
        place = doc_.place(from.node);
    } else if (out_.plan != nullptr) {
        place = place_of_field(*out_.plan, out_.wire, out_.row, f.name(rule));
    }
    note(rule, f, from, nullptr, std::string(kind) + ": " + en);
    out_.violations.push_back(violation(std::move(place), f.name(rule), kind, std::move(zh), std::move(en)));
}

} // namespace tongban::dialects
