#include "monitoring/text.hpp"

namespace tongban::monitoring {
namespace {

bool continuation(std::string_view text, std::size_t at) {
    return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80;
}

// Length of the well-formed sequence at `at`, 0 when there is none (overlong forms, surrogates and values
// past U+10FFFF are not well-formed: RFC 3629).
std::size_t sequence_length(std::string_view text, std::size_t at) {
    const auto first = static_cast<unsigned char>(text[at]);
    const auto second = at + 1 < text.size() ? static_cast<unsigned char>(text[at + 1]) : 0;
    if (first < 0x80)
        return 1;
    if (first >= 0xC2 && first <= 0xDF)
        return continuation(text, at + 1) ? 2 : 0;
    if (first >= 0xE0 && first <= 0xEF) {
        const bool bad = (first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F);
        return !bad && continuation(text, at + 1) && continuation(text, at + 2) ? 3 : 0;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        const bool bad = (first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F);
        return !bad && continuation(text, at + 1) && continuation(text, at + 2) && continuation(text, at + 3)
                   ? 4
                   : 0;
    }
    return 0;
}

// Calls `emit` for each character, "\xEF\xBF\xBD" standing for what is not well-formed.
template <typename Emit>
bool for_each_character(std::string_view text, std::size_t bytes_max, Emit emit) {
    std::size_t at = 0;
    while (at < text.size()) {
        const std::size_t length = sequence_length(text, at);
        const std::size_t used = length == 0 ? 1 : length;
        if (at + used > bytes_max)
            return true;
        emit(length == 0 ? std::string_view("\xEF\xBF\xBD") : text.substr(at, length));
        at += used;
    }
    return false;
}

void append_json_character(std::string& out, std::string_view character) {
    constexpr std::string_view hex = "0123456789abcdef";
    const auto first = static_cast<unsigned char>(character[0]);
    if (first == '"' || first == '\\') {
        out += '\\';
        out += character;
    } else if (first < 0x20 || first == 0x7F) {
        out += "\\u00";
        out += hex[first >> 4];
        out += hex[first & 15];
    } else {
        out += character;
    }
}

} // namespace

bool append_valid_utf8(std::string& out, std::string_view text, std::size_t bytes_max) {
    return for_each_character(text, bytes_max, [&out](std::string_view character) { out += character; });
}

void append_json_string(std::string& out, std::string_view text, std::size_t bytes_max) {
    out += '"';
    const bool cut = for_each_character(
        text, bytes_max, [&out](std::string_view character) { append_json_character(out, character); });
    if (cut)
        out += "…";
    out += '"';
}

} // namespace tongban::monitoring
