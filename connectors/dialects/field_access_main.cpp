// Writes field_access.cpp at build time: one line for each field of each message that a case event can hold.
#include "tongban/v1/event.pb.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <iostream>
#include <set>
#include <string>

namespace {

namespace pb = google::protobuf;

// Field names that protoc has to spell differently; one that is missing does not compile.
constexpr std::array<std::string_view, 14> keywords{"case",   "class",    "default", "delete",   "new",
                                                    "not",    "operator", "public",  "register", "short",
                                                    "signed", "switch",   "union",   "unsigned"};

std::string accessor(const pb::FieldDescriptor& field) {
    const auto& name = field.lowercase_name();
    return std::find(keywords.begin(), keywords.end(), name) != keywords.end() ? name + '_' : name;
}

template <class Type>
std::string type_name(const Type& type) {
    auto name = type.full_name().substr(type.file()->package().size() + 1);
    std::replace(name.begin(), name.end(), '.', '_');
    return "v1::" + name;
}

std::string setter(const pb::FieldDescriptor& field, const std::string& value) {
    return (field.is_repeated() ? ".add_" : ".set_") + accessor(field) + "(" + value + ");";
}

void print(const pb::FieldDescriptor& field, std::ostream& out) {
    const std::string self = "static_cast<" + type_name(*field.containing_type()) + "&>(m)";
    const std::string with_text = "{[](pb::Message& m, std::string_view v) { " + self;
    const std::string with_number = "{nullptr, [](pb::Message& m, std::int64_t v) { " + self;
    out << "    {\"" << field.full_name() << "\", ";
    switch (field.cpp_type()) {
    case pb::FieldDescriptor::CPPTYPE_STRING:
        out << with_text << setter(field, "v.data(), v.size()") << " }, nullptr, nullptr}";
        break;
    case pb::FieldDescriptor::CPPTYPE_MESSAGE:
        out << "{nullptr, nullptr, [](pb::Message& m) -> pb::Message& { return *" << self
            << (field.is_repeated() ? ".add_" : ".mutable_") << accessor(field) << "(); }}";
        break;
    case pb::FieldDescriptor::CPPTYPE_ENUM:
        out << with_number << setter(field, "static_cast<" + type_name(*field.enum_type()) + ">(v)")
            << " }, nullptr}";
        break;
    case pb::FieldDescriptor::CPPTYPE_BOOL:
        out << with_number << setter(field, "v != 0") << " }, nullptr}";
        break;
    default:
        out << with_number << setter(field, "static_cast<pb::" + std::string(field.cpp_type_name()) + ">(v)")
            << " }, nullptr}";
    }
    out << "},\n";
}

void print_all(const pb::Descriptor& type, std::set<const pb::Descriptor*>& seen, std::ostream& out) {
    if (!type.full_name().starts_with("tongban.") || !seen.insert(&type).second) {
        return;
    }
    for (int i = 0; i < type.field_count(); ++i) {
        print(*type.field(i), out);
        if (const auto* inner = type.field(i)->message_type()) {
            print_all(*inner, seen, out);
        }
    }
}

} // namespace

int main(int count, char** words) {
    std::ofstream out(count == 2 ? words[1] : "");
    if (!out) {
        std::cerr << "usage: field_access_main FILE\n";
        return 1;
    }
    out << "// Generated from the schema's descriptors.\n"
           "#include \"connectors/dialects/field_access.hpp\"\n#include \"tongban/v1/event.pb.h\"\n\n"
           "#include <algorithm>\n#include <iterator>\n\n"
           "namespace tongban::dialects {\n\nnamespace pb = google::protobuf;\n\nnamespace {\n\n"
           "struct named_access {\n    std::string_view name;\n    field_access access;\n};\n\n"
           "constexpr named_access all[] = {\n";
    std::set<const pb::Descriptor*> seen;
    print_all(*tongban::v1::CaseEvent::descriptor(), seen, out);
    out << "};\n\n} // namespace\n\n"
           "const field_access& access_to(const pb::FieldDescriptor& field) {\n"
           "    static constexpr field_access none;\n"
           "    const auto found = std::find_if(std::begin(all), std::end(all), [&](const named_access& one) "
           "{\n"
           "        return one.name == field.full_name();\n    });\n"
           "    return found == std::end(all) ? none : found->access;\n}\n\n} // namespace "
           "tongban::dialects\n";
    return out.flush() ? 0 : 1;
}
