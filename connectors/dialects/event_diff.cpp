// Walks both messages by descriptor.
#include "connectors/dialects/event_diff.hpp"

#include "connectors/dialects/time_format.hpp"

#include <google/protobuf/text_format.h>
#include <google/protobuf/timestamp.pb.h>

#include <algorithm>

namespace tongban::dialects {

namespace {

namespace pb = google::protobuf;

class diff_walk {
public:
    explicit diff_walk(bool with_own_words) : own_words(with_own_words) {}

    bool own_words;
    std::vector<event_difference> found;

    void messages(const pb::Message& a, const pb::Message& b, const std::string& prefix) {
        const auto& type = *a.GetDescriptor();
        for (int i = 0; i < type.field_count(); ++i) {
            const auto& field = *type.field(i);
            if (!own_words && ((field.name() == "occurred_text" && prefix.empty()) ||
                               (field.name() == "code_raw" && prefix == "body"))) {
                continue;
            }
            if (neither_has(a, b, field)) {
                continue; // most fields of most events
            }
            const bool body = field.real_containing_oneof() != nullptr && prefix.empty();
            const std::string name = (prefix.empty() ? "" : prefix + '.') + (body ? "body" : field.name());
            if (field.is_repeated()) {
                lists(a, b, field, name);
            } else if (field.cpp_type() == pb::FieldDescriptor::CPPTYPE_MESSAGE) {
                singles(a, b, field, name);
            } else {
                values(text(a, field, -1), text(b, field, -1), name);
            }
        }
    }

private:
    static bool neither_has(const pb::Message& a, const pb::Message& b, const pb::FieldDescriptor& field) {
        const auto has = [&](const pb::Message& m) {
            const auto& r = *m.GetReflection();
            return field.is_repeated() ? r.FieldSize(m, &field) > 0 : r.HasField(m, &field);
        };
        return !has(a) && !has(b);
    }

    void singles(const pb::Message& a, const pb::Message& b, const pb::FieldDescriptor& field,
                 const std::string& name) {
        const auto& ra = *a.GetReflection();
        const auto& rb = *b.GetReflection();
        const auto& ma = ra.GetMessage(a, &field);
        const auto& mb = rb.GetMessage(b, &field);
        if (ma.GetDescriptor() == pb::Timestamp::descriptor()) {
            values(time(a, field), time(b, field), name);
            return;
        }
        messages(ma, mb, name);
        if (name == "body" && ra.HasField(a, &field) != rb.HasField(b, &field)) {
            values(ra.HasField(a, &field) ? field.name() : "", rb.HasField(b, &field) ? field.name() : "",
                   name);
        }
    }

    void lists(const pb::Message& a, const pb::Message& b, const pb::FieldDescriptor& field,
               const std::string& name) {
        const int na = a.GetReflection()->FieldSize(a, &field);
        const int nb = b.GetReflection()->FieldSize(b, &field);
        for (int i = 0; i < std::max(na, nb); ++i) {
            const std::string one = name + '[' + std::to_string(i) + ']';
            if (i >= na || i >= nb) {
                values(i < na ? summary(a, field, i) : "", i < nb ? summary(b, field, i) : "", one);
            } else if (field.cpp_type() == pb::FieldDescriptor::CPPTYPE_MESSAGE) {
                messages(a.GetReflection()->GetRepeatedMessage(a, &field, i),
                         b.GetReflection()->GetRepeatedMessage(b, &field, i), one);
            } else {
                values(text(a, field, i), text(b, field, i), one);
            }
        }
    }

    void values(std::string a, std::string b, const std::string& name) {
        if (a != b) {
            found.push_back({name, std::move(a), std::move(b)});
        }
    }

    static std::string summary(const pb::Message& m, const pb::FieldDescriptor& field, int i) {
        return field.cpp_type() == pb::FieldDescriptor::CPPTYPE_MESSAGE
                   ? one_line(m.GetReflection()->GetRepeatedMessage(m, &field, i))
                   : text(m, field, i);
    }

    // For people: Chinese as it is.
    static std::string one_line(const pb::Message& m) {
        pb::TextFormat::Printer printer;
        printer.SetSingleLineMode(true);
        printer.SetUseUtf8StringEscaping(true);
        std::string out;
        printer.PrintToString(m, &out);
        out.erase(out.find_last_not_of(' ') + 1);
        return out;
    }

    static std::string time(const pb::Message& m, const pb::FieldDescriptor& field) {
        std::string out;
        if (m.GetReflection()->HasField(m, &field)) {
            const auto& when = static_cast<const pb::Timestamp&>(m.GetReflection()->GetMessage(m, &field));
            time_format iso;
            parse_time_format("iso", iso);
            print_time(iso, {when.seconds(), when.nanos()}, 480, out);
        }
        return out;
    }

    static std::string text(const pb::Message& m, const pb::FieldDescriptor& field, int i) {
        const auto& r = *m.GetReflection();
        if (i < 0 && field.has_presence() && !r.HasField(m, &field)) {
            return {};
        }
        switch (field.cpp_type()) {
        case pb::FieldDescriptor::CPPTYPE_STRING:
            return i < 0 ? r.GetString(m, &field) : r.GetRepeatedString(m, &field, i);
        case pb::FieldDescriptor::CPPTYPE_BOOL:
            return r.GetBool(m, &field) ? "true" : "false";
        case pb::FieldDescriptor::CPPTYPE_ENUM:
            return r.GetEnum(m, &field)->name();
        case pb::FieldDescriptor::CPPTYPE_INT32:
            return std::to_string(r.GetInt32(m, &field));
        case pb::FieldDescriptor::CPPTYPE_INT64:
            return std::to_string(r.GetInt64(m, &field));
        case pb::FieldDescriptor::CPPTYPE_UINT32:
            return std::to_string(r.GetUInt32(m, &field));
        case pb::FieldDescriptor::CPPTYPE_UINT64:
            return std::to_string(r.GetUInt64(m, &field));
        default:
            return {};
        }
    }
};

} // namespace

std::vector<event_difference> event_diff(const v1::CaseEvent& before, const v1::CaseEvent& after,
                                         bool own_words) {
    diff_walk walk(own_words);
    walk.messages(before, after, "");
    return std::move(walk.found);
}

} // namespace tongban::dialects
