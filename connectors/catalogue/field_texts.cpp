// The way back: fields as they are written in a table, so that what was read can be exchanged again.
#include "connectors/catalogue/field_rules.hpp"

#include "connectors/catalogue/field_words.hpp"
#include "connectors/catalogue/inline_lists.hpp"
#include "connectors/dialects/quantities.hpp"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <cstdio>

namespace tongban::catalogue {

namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

struct source {
    const Message* message = nullptr;
    const FieldDescriptor* field = nullptr;
};

source source_of(const Message& message, std::string_view path) {
    const auto dot = path.find('.');
    const auto* descriptor = message.GetDescriptor();
    if (dot == std::string_view::npos) {
        return {&message, descriptor->FindFieldByName(std::string(path))};
    }
    const auto& inner =
        message.GetReflection()->GetMessage(message, descriptor->FindFieldByName(std::string(path.substr(0, dot))));
    return {&inner, inner.GetDescriptor()->FindFieldByName(std::string(path.substr(dot + 1)))};
}

std::string clock_text(std::uint32_t minute) {
    char text[16];
    std::snprintf(text, sizeof text, "%02u:%02u", minute / 60, minute % 60);
    return text;
}

std::string hours_text(const v1::CatalogueItem& item) {
    return item.opens_minute() == 0 && item.closes_minute() == 0
               ? std::string{}
               : clock_text(item.opens_minute()) + '-' + clock_text(item.closes_minute());
}

std::string list_text(const source& of, value_kind kind) {
    const auto& reflection = *of.message->GetReflection();
    std::string text;
    for (int i = 0; i < reflection.FieldSize(*of.message, of.field); ++i) {
        text += i == 0 ? "" : "、";
        text += kind == value_kind::words
                    ? std::string(word_of_number(*of.field->enum_type(),
                                                 reflection.GetRepeatedEnumValue(*of.message, of.field, i)))
                    : reflection.GetRepeatedString(*of.message, of.field, i);
    }
    return text;
}

std::string scalar_text(const source& of, value_kind kind) {
    const auto& reflection = *of.message->GetReflection();
    switch (kind) {
    case value_kind::word:
        return std::string(word_of_number(*of.field->enum_type(), reflection.GetEnumValue(*of.message, of.field)));
    case value_kind::flag: return reflection.GetBool(*of.message, of.field) ? "是" : "";
    case value_kind::count: {
        const auto number = reflection.GetUInt32(*of.message, of.field);
        return number == 0 ? std::string{} : std::to_string(number);
    }
    case value_kind::yuan: {
        std::string text;
        if (reflection.HasField(*of.message, of.field)) {
            dialects::print_amount(reflection.GetInt64(*of.message, of.field), {}, text);
        }
        return text;
    }
    default: return reflection.GetString(*of.message, of.field);
    }
}

} // namespace

std::string limit_text(const v1::Limit& limit) {
    std::string text;
    dialects::print_limit(limit.value(), static_cast<dialects::limit_unit>(limit.unit()), text);
    return text;
}

std::string field_text(const Message& message, const field_rule& rule) {
    switch (rule.kind) {
    case value_kind::hours: return hours_text(static_cast<const v1::CatalogueItem&>(message));
    case value_kind::situations: return situations_text(static_cast<const v1::CatalogueItem&>(message));
    case value_kind::conditions: return conditions_text(static_cast<const v1::CatalogueItem&>(message));
    case value_kind::materials: return materials_text(static_cast<const v1::CatalogueItem&>(message));
    case value_kind::delegations: return delegations_text(static_cast<const v1::Agreement&>(message));
    default: break;
    }
    const auto of = source_of(message, rule.path);
    switch (rule.kind) {
    case value_kind::limit: {
        const auto& reflection = *message.GetReflection();
        return reflection.HasField(message, of.field)
                   ? limit_text(static_cast<const v1::Limit&>(reflection.GetMessage(message, of.field)))
                   : std::string{};
    }
    case value_kind::codes:
    case value_kind::regions:
    case value_kind::words: return list_text(of, rule.kind);
    default: return scalar_text(of, rule.kind);
    }
}

} // namespace tongban::catalogue
