// Setters of every field that an event can have, called directly: reflection costs several times as much for
// each field. Generated at build time from the schema's descriptors (field_access_main.cpp).
#pragma once

#include <google/protobuf/message.h>

#include <cstdint>
#include <string_view>

namespace tongban::dialects {

// One of them is set, by the field's type. A repeated field gets one more.
struct field_access {
    void (*set_text)(google::protobuf::Message&, std::string_view){};
    void (*set_number)(google::protobuf::Message&, std::int64_t){}; // integers, booleans and codes
    google::protobuf::Message& (*make)(google::protobuf::Message&){};
};

// For load time; lives for ever. Nothing is set for a field that no event can have.
const field_access& access_to(const google::protobuf::FieldDescriptor& field);

} // namespace tongban::dialects
