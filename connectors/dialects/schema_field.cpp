// Walks descriptors by name.
#include "connectors/dialects/schema_field.hpp"

#include "connectors/dialects/plan_loader.hpp"

#include <google/protobuf/timestamp.pb.h>

#include <algorithm>

namespace tongban::dialects {

namespace pb = google::protobuf;

namespace {

std::uint16_t slot_for(rule_list& list, std::uint16_t parent, const pb::FieldDescriptor* field) {
    for (std::size_t i = 1; i < list.slots.size(); ++i) {
        if (list.slots[i].parent == parent && list.slots[i].field == field) {
            return static_cast<std::uint16_t>(i);
        }
    }
    list.slots.push_back({parent, field, access_to(*field)});
    return static_cast<std::uint16_t>(list.slots.size() - 1);
}

std::string_view next_part(std::string_view& name) {
    const auto dot = name.find('.');
    const auto part = name.substr(0, dot);
    name.remove_prefix(dot == std::string_view::npos ? name.size() : dot + 1);
    return part;
}

sentence unknown_field(std::string_view part, const pb::Descriptor& message) {
    std::vector<std::string_view> known;
    for (int i = 0; i < message.field_count(); ++i) {
        known.emplace_back(message.field(i)->name());
    }
    return sentence{message.name() + " 中没有字段“" + std::string(part) + "”",
                    "no field '" + std::string(part) + "' in " + message.name()} +
           did_you_mean(part, known);
}

} // namespace

const pb::Reflection* reflection_of(const pb::FieldDescriptor& field) {
    return pb::MessageFactory::generated_factory()->GetPrototype(field.containing_type())->GetReflection();
}

const pb::FieldDescriptor* resolve_field(rule_list& list, const pb::FieldDescriptor* body,
                                         std::string_view name, std::uint16_t& slot, sentence& wrong) {
    const pb::Descriptor* message = list.message;
    if (list.slots.empty()) {
        list.slots.push_back({});
    }
    slot = 0;
    for (;;) {
        const auto part = next_part(name);
        const auto* field =
            body != nullptr && slot == 0 && part == "body" && message == body->containing_type()
                ? body
                : message->FindFieldByName(std::string(part));
        if (field == nullptr) {
            wrong = unknown_field(part, *message);
            return nullptr;
        }
        if (body != nullptr && field->containing_oneof() == body->containing_oneof() && field != body) {
            wrong = {"该事件是 " + event_name(*body) + "：它自己的字段写作 body.…",
                     "this event is " + event_name(*body) + ": its own fields are body.…"};
            return nullptr;
        }
        if (name.empty()) {
            return field;
        }
        if (field->cpp_type() != pb::FieldDescriptor::CPPTYPE_MESSAGE || field->is_repeated()) {
            const std::string here(part);
            wrong = field->is_repeated() ? sentence{"“" + here + "”是列表：请写 each: 和 fields:",
                                                    "'" + here + "' is a list: give it each: and fields:"}
                                         : sentence{"“" + here + "”没有字段", "'" + here + "' has no fields"};
            return nullptr;
        }
        slot = slot_for(list, slot, field);
        message = field->message_type();
    }
}

bool target_of(const pb::FieldDescriptor& field, target_kind& out) {
    switch (field.cpp_type()) {
    case pb::FieldDescriptor::CPPTYPE_STRING:
        out = field.type() == pb::FieldDescriptor::TYPE_BYTES ? target_kind::bytes : target_kind::string;
        return true;
    case pb::FieldDescriptor::CPPTYPE_BOOL:
        out = target_kind::boolean;
        return true;
    case pb::FieldDescriptor::CPPTYPE_ENUM:
        out = target_kind::code;
        return true;
    case pb::FieldDescriptor::CPPTYPE_INT32:
    case pb::FieldDescriptor::CPPTYPE_INT64:
    case pb::FieldDescriptor::CPPTYPE_UINT32:
    case pb::FieldDescriptor::CPPTYPE_UINT64:
        out = target_kind::integer;
        return true;
    case pb::FieldDescriptor::CPPTYPE_MESSAGE:
        if (field.message_type() == pb::Timestamp::descriptor()) {
            out = target_kind::timestamp;
        } else {
            out = field.message_type() == v1::Limit::descriptor() ? target_kind::limit : target_kind::message;
        }
        return true;
    default:
        return false;
    }
}

std::vector<const pb::FieldDescriptor*> event_bodies() {
    const auto& oneof = *v1::CaseEvent::descriptor()->FindOneofByName("body");
    std::vector<const pb::FieldDescriptor*> all;
    for (int i = 0; i < oneof.field_count(); ++i) {
        all.push_back(oneof.field(i));
    }
    return all;
}

const pb::FieldDescriptor* event_body(std::string_view name) {
    std::string lower(name);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const auto* field = v1::CaseEvent::descriptor()->FindFieldByName(lower);
    return field != nullptr && field->containing_oneof() != nullptr ? field : nullptr;
}

std::string event_name(const pb::FieldDescriptor& body) {
    std::string upper = body.name();
    std::transform(upper.begin(), upper.end(), upper.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return upper;
}

std::string schema_name(const pb::FieldDescriptor& body, std::string name) {
    constexpr std::string_view alias = "body";
    if (name == alias || name.starts_with("body.")) {
        name.replace(0, alias.size(), body.name());
    }
    return name;
}

bool has_field(const pb::FieldDescriptor& body, std::string_view name) {
    rule_list scratch;
    scratch.message = v1::CaseEvent::descriptor();
    std::uint16_t slot = 0;
    sentence wrong;
    return resolve_field(scratch, &body, name, slot, wrong) != nullptr;
}

std::vector<std::pair<std::string, int>> short_codes(const pb::EnumDescriptor& type) {
    std::string prefix = type.value(0)->name();
    prefix.erase(prefix.rfind("UNSPECIFIED"));
    std::vector<std::pair<std::string, int>> codes;
    for (int i = 1; i < type.value_count(); ++i) {
        codes.emplace_back(type.value(i)->name().substr(prefix.size()), type.value(i)->number());
    }
    return codes;
}

namespace {

std::string scalar_text(const pb::Message& message, const pb::FieldDescriptor& field, std::string_view format,
                        int zone_minutes) {
    const auto& reflection = *message.GetReflection();
    std::string text;
    target_kind kind{};
    target_of(field, kind);
    switch (kind) {
    case target_kind::string:
    case target_kind::bytes:
        return reflection.GetString(message, &field);
    case target_kind::boolean:
        return reflection.GetBool(message, &field) ? "true" : "false";
    case target_kind::code: {
        const int number = reflection.GetEnumValue(message, &field);
        for (const auto& [name, value] : short_codes(*field.enum_type())) {
            text = value == number ? name : text;
        }
        return text;
    }
    case target_kind::integer:
        return field.cpp_type() == pb::FieldDescriptor::CPPTYPE_INT32
                   ? std::to_string(reflection.GetInt32(message, &field))
               : field.cpp_type() == pb::FieldDescriptor::CPPTYPE_INT64
                   ? std::to_string(reflection.GetInt64(message, &field))
               : field.cpp_type() == pb::FieldDescriptor::CPPTYPE_UINT32
                   ? std::to_string(reflection.GetUInt32(message, &field))
                   : std::to_string(reflection.GetUInt64(message, &field));
    case target_kind::timestamp: {
        const auto& when = static_cast<const pb::Timestamp&>(reflection.GetMessage(message, &field));
        time_format wanted;
        if (parse_time_format(format.empty() ? "iso" : format, wanted).empty() &&
            reflection.HasField(message, &field)) {
            print_time(wanted, {when.seconds(), when.nanos()}, zone_minutes, text);
        }
        return text;
    }
    default:
        return {};
    }
}

} // namespace

std::string field_text(const v1::CaseEvent& event, std::string_view name, std::string_view format,
                       int zone_minutes) {
    const pb::Message* message = &event;
    for (;;) {
        const auto part = next_part(name);
        const auto& descriptor = *message->GetDescriptor();
        const pb::FieldDescriptor* field = nullptr;
        if (message == &event && part == "body") {
            field = event.GetReflection()->GetOneofFieldDescriptor(event, descriptor.FindOneofByName("body"));
        } else {
            field = descriptor.FindFieldByName(std::string(part));
        }
        if (field == nullptr || field->is_repeated()) {
            return {};
        }
        if (name.empty()) {
            return scalar_text(*message, *field, format, zone_minutes);
        }
        if (field->cpp_type() != pb::FieldDescriptor::CPPTYPE_MESSAGE) {
            return {};
        }
        message = &message->GetReflection()->GetMessage(*message, field);
    }
}

} // namespace tongban::dialects
