// Folding, trimming and escaping of UTF-8 text.
#include "connectors/dialects/text.hpp"

#include <simdjson.h>

#include <algorithm>

namespace tongban::dialects {

char32_t next_code_point(std::string_view text, std::size_t& at) noexcept {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char lead = byte(at);
    const std::size_t length = lead < 0x80   ? 1
                               : lead < 0xC2 ? 1
                               : lead < 0xE0 ? 2
                               : lead < 0xF0 ? 3
                               : lead < 0xF5 ? 4
                                             : 1;
    if (length == 1 || at + length > text.size()) {
        ++at;
        return lead;
    }
    char32_t c = lead & (0xFFU >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
        c = (c << 6) | (byte(at + i) & 0x3F);
    }
    at += length;
    return c;
}

void append_code_point(char32_t c, std::string& out) {
    if (c < 0x80) {
        out += static_cast<char>(c);
    } else if (c < 0x800) {
        out += static_cast<char>(0xC0 | (c >> 6));
        out += static_cast<char>(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
        out += static_cast<char>(0xE0 | (c >> 12));
        out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
        out += static_cast<char>(0x80 | (c & 0x3F));
    } else {
        out += static_cast<char>(0xF0 | (c >> 18));
        out += static_cast<char>(0x80 | ((c >> 12) & 0x3F));
        out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
        out += static_cast<char>(0x80 | (c & 0x3F));
    }
}

namespace {

bool is_ascii_space(char c) noexcept {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

// Length of a non-ASCII white space at the front of `text`, or 0.
std::size_t wide_space(std::string_view text) noexcept {
    const auto lead = static_cast<unsigned char>(text.front());
    if (lead != 0xE3 && lead != 0xEF && lead != 0xE2 && lead != 0xC2) {
        return 0;
    }
    if (text.starts_with("\xE3\x80\x80") || text.starts_with("\xEF\xBB\xBF") ||
        text.starts_with("\xE2\x80\x8B")) {
        return 3;
    }
    return text.starts_with("\xC2\xA0") ? 2 : 0;
}

} // namespace

std::string_view trim(std::string_view text) noexcept {
    const auto plain = [](char c) { return c > ' ' && static_cast<unsigned char>(c) < 0x80; };
    if (!text.empty() && plain(text.front()) && plain(text.back())) {
        return text;
    }
    while (!text.empty()) {
        const std::size_t n = is_ascii_space(text.front()) ? 1 : wide_space(text);
        if (n == 0) {
            break;
        }
        text.remove_prefix(n);
    }
    while (!text.empty()) {
        if (is_ascii_space(text.back())) {
            text.remove_suffix(1);
        } else if (text.size() >= 3 && wide_space(text.substr(text.size() - 3)) == 3) {
            text.remove_suffix(3);
        } else if (text.size() >= 2 && wide_space(text.substr(text.size() - 2)) == 2) {
            text.remove_suffix(2);
        } else {
            break;
        }
    }
    return text;
}

std::string_view half_width(std::string_view text, std::string& scratch) {
    if (std::none_of(text.begin(), text.end(), [](char c) { return c == '\xEF' || c == '\xE3'; })) {
        return text;
    }
    scratch.clear();
    for (std::size_t at = 0; at < text.size();) {
        const char32_t c = next_code_point(text, at);
        append_code_point(c >= 0xFF01 && c <= 0xFF5E ? c - 0xFEE0 : c == 0x3000 ? U' ' : c, scratch);
    }
    return scratch;
}

std::string_view without(std::string_view text, std::string_view chars, std::string& scratch) {
    scratch.clear();
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t begin = at;
        next_code_point(text, at);
        const auto character = text.substr(begin, at - begin);
        if (chars.find(character) == std::string_view::npos) {
            scratch += character;
        }
    }
    return scratch.size() == text.size() ? text : std::string_view(scratch);
}

bool lost_characters(std::string_view text) noexcept {
    for (std::size_t at = 0; at < text.size();) {
        const char32_t c = next_code_point(text, at);
        if (c == U'?' || c == 0xFF1F || c == 0xFFFD || (c >= 0xE000 && c <= 0xF8FF)) {
            return true;
        }
    }
    return false;
}

bool is_utf8(std::string_view text) noexcept {
    return simdjson::validate_utf8(text.data(), text.size());
}

bool is_digits(std::string_view text) noexcept {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_code(std::string_view text) noexcept {
    constexpr std::size_t code_max = 64;
    return !text.empty() && text.size() <= code_max && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '.' || c == '_' || c == ':' ||
               c == '-';
    });
}

void append_xml_escaped(std::string_view text, std::string& out) {
    for (const char c : text) {
        switch (c) {
        case '&':
            out += "&amp;";
            break;
        case '<':
            out += "&lt;";
            break;
        case '>':
            out += "&gt;";
            break;
        case '"':
            out += "&quot;";
            break;
        case '\'':
            out += "&#39;";
            break;
        case '\r':
            out += "&#13;";
            break;
        default:
            if (static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\t') {
                out += c;
            }
        }
    }
}

void append_cdata(std::string_view text, std::string& out) {
    constexpr std::string_view end_mark = "]]>";
    out += "<![CDATA[";
    for (auto end = text.find(end_mark); end != std::string_view::npos; end = text.find(end_mark)) {
        out += text.substr(0, end + 2);
        out += "]]><![CDATA[";
        text.remove_prefix(end + 2);
    }
    out += text;
    out += "]]>";
}

void append_json_escaped(std::string_view text, std::string& out) {
    constexpr char hex[] = "0123456789abcdef";
    for (const char c : text) {
        switch (c) {
        case '"':
            out += "\\\"";
            break;
        case '\\':
            out += "\\\\";
            break;
        case '\n':
            out += "\\n";
            break;
        case '\r':
            out += "\\r";
            break;
        case '\t':
            out += "\\t";
            break;
        default:
            if (static_cast<unsigned char>(c) < 0x20) {
                out += "\\u00";
                out += hex[(c >> 4) & 0xF];
                out += hex[c & 0xF];
            } else {
                out += c;
            }
        }
    }
}

bool is_json_number(std::string_view text) noexcept {
    std::size_t at = 0;
    const auto digits = [&] {
        const std::size_t from = at;
        while (at < text.size() && text[at] >= '0' && text[at] <= '9') {
            ++at;
        }
        return at - from;
    };
    at += at < text.size() && text[at] == '-';
    const bool zero = at < text.size() && text[at] == '0';
    const std::size_t whole = digits();
    if (whole == 0 || (zero && whole > 1)) {
        return false;
    }
    if (at < text.size() && text[at] == '.') {
        ++at;
        if (digits() == 0) {
            return false;
        }
    }
    if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
        ++at;
        at += at < text.size() && (text[at] == '+' || text[at] == '-');
        if (digits() == 0) {
            return false;
        }
    }
    return at == text.size();
}

} // namespace tongban::dialects
