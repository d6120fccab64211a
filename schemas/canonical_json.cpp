#include "schemas/canonical_json.hpp"

#include <google/protobuf/message.h>
#include <google/protobuf/timestamp.pb.h>

#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <string_view>
#include <vector>

namespace tongban::v1 {

namespace {

namespace pb = google::protobuf;
using field_kind = pb::FieldDescriptor;

constexpr std::string_view hex = "0123456789abcdef";

template <typename Number>
void append_number(Number number, std::string& out) {
    std::array<char, 20> digits;
    const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
    out.append(digits.data(), end);
}

void append_escape(char c, std::string& out) {
    switch (c) {
    case '"': out += "\\\""; break;
    case '\\': out += "\\\\"; break;
    case '\n': out += "\\n"; break;
    case '\r': out += "\\r"; break;
    case '\t': out += "\\t"; break;
    default:
        out += "\\u00";
        out += hex[static_cast<unsigned char>(c) >> 4];
        out += hex[c & 15];
    }
}

void append_string(std::string_view text, std::string& out) {
    out += '"';
    std::size_t plain = 0; // from here on nothing needs an escape
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\' && c != 0x7f) {
            continue;
        }
        out.append(text, plain, at - plain);
        append_escape(c, out);
        plain = at + 1;
    }
    out.append(text, plain, text.size() - plain);
    out += '"';
}

// RFC 4648 §4, padded.
void append_base64(std::string_view bytes, std::string& out) {
    constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    out += '"';
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        const auto byte = [&](std::size_t i) {
            return at + i < bytes.size() ? static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[at + i])) : 0U;
        };
        const std::uint32_t group = byte(0) << 16 | byte(1) << 8 | byte(2);
        out += letters[group >> 18];
        out += letters[group >> 12 & 63];
        out += at + 1 < bytes.size() ? letters[group >> 6 & 63] : '=';
        out += at + 2 < bytes.size() ? letters[group & 63] : '=';
    }
    out += '"';
}

void append_digits(std::uint32_t number, int width, std::string& out) {
    std::array<char, 9> digits;
    for (int i = width; i-- > 0; number /= 10) {
        digits[static_cast<std::size_t>(i)] = static_cast<char>('0' + number % 10);
    }
    out.append(digits.data(), static_cast<std::size_t>(width));
}

// RFC 3339 in UTC with 0, 3, 6 or 9 digits of the second's fraction.
void append_time(const pb::Timestamp& time, std::string& out) {
    constexpr std::int64_t first = -62135596800; // 0001-01-01T00:00:00Z
    constexpr std::int64_t last = 253402300799;  // 9999-12-31T23:59:59Z
    if (time.seconds() < first || time.seconds() > last || time.nanos() < 0 || time.nanos() > 999'999'999) {
        out += "null";
        return;
    }
    const std::chrono::sys_seconds at{std::chrono::seconds(time.seconds())};
    const auto day = std::chrono::floor<std::chrono::days>(at);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(at - day);
    const auto part = [&](auto number, int width, char after) {
        append_digits(static_cast<std::uint32_t>(number), width, out);
        out += after;
    };
    out += '"';
    part(static_cast<int>(date.year()), 4, '-');
    part(static_cast<unsigned>(date.month()), 2, '-');
    part(static_cast<unsigned>(date.day()), 2, 'T');
    part(clock.hours().count(), 2, ':');
    part(clock.minutes().count(), 2, ':');
    append_digits(static_cast<std::uint32_t>(clock.seconds().count()), 2, out);
    if (const auto nanos = static_cast<std::uint32_t>(time.nanos()); nanos != 0) {
        const int width = nanos % 1'000'000 == 0 ? 3 : nanos % 1000 == 0 ? 6 : 9;
        out += '.';
        append_digits(width == 3 ? nanos / 1'000'000 : width == 6 ? nanos / 1000 : nanos, width, out);
    }
    out += "Z\"";
}

// Of a limit the value always: 0 is 当日, the same day, and not "nothing said".
std::vector<const pb::FieldDescriptor*> told_fields(const pb::Message& message, const pb::Reflection& reflection) {
    std::vector<const pb::FieldDescriptor*> fields;
    reflection.ListFields(message, &fields);
    const auto& type = *message.GetDescriptor();
    if (fields.size() < 2 && type.full_name() == "tongban.v1.Limit") {
        const auto* value = type.FindFieldByName("value");
        if (!reflection.HasField(message, value)) {
            fields.insert(fields.begin(), value);
        }
    }
    return fields;
}

// The value of a field that is not repeated (`place` below 0), or one of a field that is.
void append_value(const pb::Message& of, const pb::Reflection& reflection, const pb::FieldDescriptor* field, int place,
                  std::string& out) {
    const bool one = place < 0;
    // 64 bits do not fit a JSON number of every reader: as text.
    const auto append_wide = [&out](auto number) {
        out += '"';
        append_number(number, out);
        out += '"';
    };
    switch (field->cpp_type()) {
    case field_kind::CPPTYPE_INT32:
        append_number(one ? reflection.GetInt32(of, field) : reflection.GetRepeatedInt32(of, field, place), out);
        return;
    case field_kind::CPPTYPE_UINT32:
        append_number(one ? reflection.GetUInt32(of, field) : reflection.GetRepeatedUInt32(of, field, place), out);
        return;
    case field_kind::CPPTYPE_INT64:
        append_wide(one ? reflection.GetInt64(of, field) : reflection.GetRepeatedInt64(of, field, place));
        return;
    case field_kind::CPPTYPE_UINT64:
        append_wide(one ? reflection.GetUInt64(of, field) : reflection.GetRepeatedUInt64(of, field, place));
        return;
    case field_kind::CPPTYPE_BOOL:
        out += (one ? reflection.GetBool(of, field) : reflection.GetRepeatedBool(of, field, place)) ? "true" : "false";
        return;
    case field_kind::CPPTYPE_ENUM: {
        const int number =
            one ? reflection.GetEnumValue(of, field) : reflection.GetRepeatedEnumValue(of, field, place);
        if (const auto* value = field->enum_type()->FindValueByNumber(number)) {
            append_string(value->name(), out);
        } else {
            append_number(number, out); // of a newer schema
        }
        return;
    }
    case field_kind::CPPTYPE_STRING: {
        std::string scratch;
        const auto& text = one ? reflection.GetStringReference(of, field, &scratch)
                               : reflection.GetRepeatedStringReference(of, field, place, &scratch);
        field->type() == field_kind::TYPE_BYTES ? append_base64(text, out) : append_string(text, out);
        return;
    }
    case field_kind::CPPTYPE_MESSAGE: {
        const auto& inner =
            one ? reflection.GetMessage(of, field) : reflection.GetRepeatedMessage(of, field, place);
        if (inner.GetDescriptor() == pb::Timestamp::descriptor()) {
            append_time(static_cast<const pb::Timestamp&>(inner), out);
        } else {
            append_json(inner, out);
        }
        return;
    }
    case field_kind::CPPTYPE_DOUBLE:
    case field_kind::CPPTYPE_FLOAT:
        out += "null"; // the schema has none
        return;
    }
}

} // namespace

void append_json(const pb::Message& message, std::string& out) {
    const auto& reflection = *message.GetReflection();
    out += '{';
    bool is_first = true;
    for (const auto* field : told_fields(message, reflection)) {
        out += is_first ? "\"" : ",\"";
        is_first = false;
        out += field->name();
        out += "\":";
        if (!field->is_repeated()) {
            append_value(message, reflection, field, -1, out);
            continue;
        }
        const int count = reflection.FieldSize(message, field);
        for (int i = 0; i < count; ++i) {
            out += i == 0 ? '[' : ',';
            append_value(message, reflection, field, i, out);
        }
        out += ']';
    }
    out += '}';
}

std::string to_json(const pb::Message& message) {
    std::string text;
    append_json(message, text);
    return text;
}

} // namespace tongban::v1
