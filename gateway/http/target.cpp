// Decodes each piece on its own, after it was split: an encoded '/' or '&' never makes a new piece.
#include "gateway/http/target.hpp"

#include <cstdint>

namespace tongban::http {

namespace {

int hex_value(char c) noexcept {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// Length of the well-formed UTF-8 sequence at the front of `text`, 0 when there is none.
std::size_t sequence_length(std::string_view text) noexcept {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const auto tail = [&](std::size_t i) { return i < text.size() && (byte(i) & 0xC0U) == 0x80U; };
    const unsigned char first = byte(0);
    if (first < 0x80) {
        return 1;
    }
    if (first >= 0xC2 && first <= 0xDF) {
        return tail(1) ? 2 : 0;
    }
    if (first >= 0xE0 && first <= 0xEF) {
        const bool shortest = first != 0xE0 || (text.size() > 1 && byte(1) >= 0xA0);
        const bool no_surrogate = first != 0xED || (text.size() > 1 && byte(1) <= 0x9F);
        return shortest && no_surrogate && tail(1) && tail(2) ? 3 : 0;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        const bool shortest = first != 0xF0 || (text.size() > 1 && byte(1) >= 0x90);
        const bool in_range = first != 0xF4 || (text.size() > 1 && byte(1) <= 0x8F);
        return shortest && in_range && tail(1) && tail(2) && tail(3) ? 4 : 0;
    }
    return 0;
}

bool parse_query(std::string_view text, target& into) {
    while (!text.empty()) {
        const std::size_t end = text.find('&');
        const std::string_view piece = text.substr(0, end);
        text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
        if (piece.empty()) {
            continue;
        }
        if (into.query.size() == query_parameters_max) {
            return false;
        }
        auto& [name, value] = into.query.emplace_back();
        const std::size_t equals = piece.find('=');
        const std::string_view after = equals == std::string_view::npos ? "" : piece.substr(equals + 1);
        if (!percent_decode(piece.substr(0, equals), true, name) || !percent_decode(after, true, value) ||
            !is_clean_utf8(name) || !is_clean_utf8(value)) {
            return false;
        }
    }
    return true;
}

// "https://host/path" as proxies send it: only the path is looked at.
std::string_view without_authority(std::string_view text) noexcept {
    const std::size_t scheme = text.find("://");
    if (text.starts_with('/') || scheme == std::string_view::npos) {
        return text;
    }
    const std::size_t path = text.find_first_of("/?", scheme + 3);
    return path == std::string_view::npos ? std::string_view("/") : text.substr(path);
}

} // namespace

bool percent_decode(std::string_view text, bool plus_is_space, std::string& into) {
    into.clear();
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+' && plus_is_space) {
            into += ' ';
        } else if (text[i] != '%') {
            into += text[i];
        } else {
            const int high = text.size() - i > 2 ? hex_value(text[i + 1]) : -1;
            const int low = text.size() - i > 2 ? hex_value(text[i + 2]) : -1;
            if (high < 0 || low < 0) {
                return false;
            }
            into += static_cast<char>(high << 4 | low);
            i += 2;
        }
    }
    return true;
}

bool is_clean_utf8(std::string_view text) noexcept {
    while (!text.empty()) {
        const auto first = static_cast<unsigned char>(text.front());
        const std::size_t length = sequence_length(text);
        if (length == 0 || first < 0x20 || first == 0x7F) {
            return false;
        }
        text.remove_prefix(length);
    }
    return true;
}

bool parse_target(std::string_view text, target& into) {
    into.query.clear();
    into.path.clear();
    into.raw_path = {};
    if (text == "*") {
        into.raw_path = text;
        into.path.assign(1, '*'); // of "*" GCC 12 says that it copies out of bounds
        return true;
    }
    const std::string_view rest = without_authority(text);
    if (!rest.starts_with('/')) {
        return false;
    }
    const std::size_t question = rest.find('?');
    into.raw_path = rest.substr(0, question);
    if (!percent_decode(into.raw_path, false, into.path) || !is_clean_utf8(into.path)) {
        return false;
    }
    return question == std::string_view::npos || parse_query(rest.substr(question + 1), into);
}

} // namespace tongban::http
