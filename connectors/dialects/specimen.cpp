#include "connectors/dialects/specimen.hpp"

#include <google/protobuf/timestamp.pb.h>

namespace tongban::dialects {

namespace {

namespace pb = google::protobuf;

constexpr int deepest = 8;
constexpr std::int64_t some_time = 1'767'574'923; // 2026-01-05T09:02:03+08:00

void fill(pb::Message& m, int depth);

void fill_message(pb::Message& m, int depth) {
    if (m.GetDescriptor() == pb::Timestamp::descriptor()) {
        static_cast<pb::Timestamp&>(m).set_seconds(some_time);
    } else if (depth < deepest) {
        fill(m, depth + 1);
    }
}

template <class Value>
using setter = void (pb::Reflection::*)(pb::Message*, const pb::FieldDescriptor*, Value) const;

template <class Value>
void put(pb::Message& m, const pb::FieldDescriptor& field, setter<Value> set, setter<Value> add, Value value) {
    (m.GetReflection()->*(field.is_repeated() ? add : set))(&m, &field, std::move(value));
}

void fill_field(pb::Message& m, const pb::FieldDescriptor& field, int depth) {
    using type = pb::FieldDescriptor;
    using r = pb::Reflection;
    switch (field.cpp_type()) {
    case type::CPPTYPE_MESSAGE:
        fill_message(field.is_repeated() ? *m.GetReflection()->AddMessage(&m, &field)
                                         : *m.GetReflection()->MutableMessage(&m, &field),
                     depth);
        break;
    case type::CPPTYPE_STRING:
        put<std::string>(m, field, &r::SetString, &r::AddString, field.name().ends_with("date") ? "2026-01-05" : "1");
        break;
    case type::CPPTYPE_BOOL:
        put<bool>(m, field, &r::SetBool, &r::AddBool, true);
        break;
    case type::CPPTYPE_ENUM:
        put<int>(m, field, &r::SetEnumValue, &r::AddEnumValue, 1);
        break;
    case type::CPPTYPE_INT32:
        put<std::int32_t>(m, field, &r::SetInt32, &r::AddInt32, 1);
        break;
    case type::CPPTYPE_INT64:
        put<std::int64_t>(m, field, &r::SetInt64, &r::AddInt64, 1);
        break;
    case type::CPPTYPE_UINT32:
        put<std::uint32_t>(m, field, &r::SetUInt32, &r::AddUInt32, 1);
        break;
    case type::CPPTYPE_UINT64:
        put<std::uint64_t>(m, field, &r::SetUInt64, &r::AddUInt64, 1);
        break;
    default:
        break;
    }
}

void fill(pb::Message& m, int depth) {
    const auto& type = *m.GetDescriptor();
    for (int i = 0; i < type.field_count(); ++i) {
        if (type.field(i)->real_containing_oneof() == nullptr) {
            fill_field(m, *type.field(i), depth);
        }
    }
}

} // namespace

v1::CaseEvent specimen(const pb::FieldDescriptor& body) {
    v1::CaseEvent event;
    fill(event, 0);
    fill_message(*event.GetReflection()->MutableMessage(&event, &body), 0);
    return event;
}

} // namespace tongban::dialects
