// From a value that the steps made to the field of the event.
#include "connectors/dialects/known_values.hpp"
#include "connectors/dialects/rule_frame.hpp"
#include "connectors/dialects/text.hpp"

#include <google/protobuf/timestamp.pb.h>

#include <algorithm>
#include <limits>

namespace tongban::dialects {

namespace pb = google::protobuf;

bool rule_reader::assign(const field_rule& rule, frame& f, const flowing_value& value, const origin& from) {
    pb::Message& m = f.message(rule.slot);
    if (rule.several_places && from.node != no_node) {
        out_.read_places.push_back({f.name(rule), &rule, doc_.place(from.node)});
    }
    switch (rule.target) {
    case target_kind::timestamp: {
        auto& when = static_cast<pb::Timestamp&>(rule.access.make(m));
        when.set_seconds(value.time.seconds);
        when.set_nanos(value.time.nanos);
        if (rule.is_event_time && from.node != no_node && doc_.at(from.node).kind != node_kind::number) {
            static_cast<v1::CaseEvent&>(m).set_occurred_text(from.raw.data(), from.raw.size());
        }
        break;
    }
    case target_kind::limit: {
        auto& limit = static_cast<v1::Limit&>(rule.access.make(m));
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
    const bool narrow = rule.field->cpp_type() == pb::FieldDescriptor::CPPTYPE_INT32 ||
                        rule.field->cpp_type() == pb::FieldDescriptor::CPPTYPE_UINT32;
    const bool is_unsigned = rule.field->cpp_type() == pb::FieldDescriptor::CPPTYPE_UINT32 ||
                             rule.field->cpp_type() == pb::FieldDescriptor::CPPTYPE_UINT64;
    if ((is_unsigned && number < 0) || (narrow && (number > std::numeric_limits<std::int32_t>::max() ||
                                                   number < std::numeric_limits<std::int32_t>::min()))) {
        complain(rule, f, from, "number", "数值超出范围", "the number is out of range");
        return true;
    }
    rule.access.set_number(m, number);
    flowing_value value;
    value.kind = transform::result::integer;
    value.integer = number;
    note(rule, f, from, &value, {});
    return true;
}

bool rule_reader::assign_text(const field_rule& rule, pb::Message& m, std::string_view text,
                              const origin& from, const frame& f) {
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
        rule.access.set_text(m, text);
    } else if (rule.target == target_kind::boolean) {
        if (text != "true" && text != "false") {
            complain(rule, f, from, "code", "应为 true 或 false", "expected true or false");
            return true;
        }
        rule.access.set_number(m, text == "true" ? 1 : 0);
    } else {
        const auto code = std::find_if(rule.codes.begin(), rule.codes.end(),
                                       [&](const auto& c) { return c.first == text; });
        if (code == rule.codes.end()) {
            const auto known = known_values(rule.codes);
            complain(rule, f, from, "code", "未知代码" + known.zh, "unknown code" + known.en);
            return true;
        }
        rule.access.set_number(m, code->second);
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
    const auto* said = rule.agrees_table->canonical(doc_.trimmed(i));
    if (said == nullptr || *said == canonical) {
        return;
    }
    ++stats_.code_text_conflicts;
    pb::Message& m = f.message(rule.slot);
    if (const auto* flag = m.GetDescriptor()->FindFieldByName("code_text_conflict")) {
        m.GetReflection()->SetBool(&m, flag, true);
    }
}

} // namespace tongban::dialects
