// Schema fields by their written names, resolved over descriptors: dossier.applicant.id_no,
// body.item.impl_code.
#pragma once

#include "connectors/dialects/plan.hpp"

#include <string>
#include <string_view>

namespace tongban::dialects {

// "applicant.name" below a message; null when there is none. On failure `wrong` says which part.
// Intermediate messages get slots in `list`; the result's slot is in `slot`.
const google::protobuf::FieldDescriptor* resolve_field(rule_list& list,
                                                       const google::protobuf::FieldDescriptor* body,
                                                       std::string_view name, std::uint16_t& slot,
                                                       sentence& wrong);

// The schema's own name of a field that a rule calls body.…: case_submitted.item.impl_code.
std::string schema_name(const google::protobuf::FieldDescriptor& body, std::string name);

const google::protobuf::Reflection* reflection_of(const google::protobuf::FieldDescriptor& field);

// How a field takes its value; false when no rule may fill it (oneof bodies, plain messages).
bool target_of(const google::protobuf::FieldDescriptor& field, target_kind& out);

// Text of a field of an event for templates: scalars as they are, enums by short name, times as given by
// `format` (a time pattern; empty: ISO). Empty when absent.
std::string field_text(const v1::CaseEvent& event, std::string_view name, std::string_view format,
                       int zone_minutes);

} // namespace tongban::dialects
