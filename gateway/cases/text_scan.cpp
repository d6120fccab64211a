// UTF-8 decoding with the checks that a city's text needs. Most texts are short and many plain ASCII, which
// goes eight bytes at a time.
#include "gateway/cases/text_scan.hpp"

#include <cstring>

namespace tongban::cases {

namespace {

constexpr std::uint64_t every(std::uint8_t byte) noexcept {
    return 0x0101010101010101ULL * byte;
}

// True when all eight bytes are printable ASCII and none is '?'.
bool plain(std::uint64_t word) noexcept {
    const auto below_space = (word - every(0x20)) & ~word;
    const auto deletes = word ^ every(0x7f);
    const auto questions = word ^ every('?');
    const auto is_delete = (deletes - every(1)) & ~deletes;
    const auto is_question = (questions - every(1)) & ~questions;
    return ((word | below_space | is_delete | is_question) & every(0x80)) == 0;
}

struct decoded {
    char32_t code;
    unsigned length; // 0: not UTF-8
};

decoded decode(const unsigned char* at, std::size_t left) noexcept {
    const auto follows = [&](unsigned i) { return i < left && (at[i] & 0xc0) == 0x80; };
    if (at[0] < 0x80) {
        return {at[0], 1};
    }
    if (at[0] >= 0xc2 && at[0] <= 0xdf && follows(1)) {
        return {static_cast<char32_t>((at[0] & 0x1f) << 6 | (at[1] & 0x3f)), 2};
    }
    if ((at[0] & 0xf0) == 0xe0 && follows(1) && follows(2)) {
        const auto code = static_cast<char32_t>((at[0] & 0x0f) << 12 | (at[1] & 0x3f) << 6 | (at[2] & 0x3f));
        return {code, code >= 0x800 && (code < 0xd800 || code > 0xdfff) ? 3u : 0u};
    }
    if (at[0] >= 0xf0 && at[0] <= 0xf4 && follows(1) && follows(2) && follows(3)) {
        const auto code = static_cast<char32_t>((at[0] & 0x07) << 18 | (at[1] & 0x3f) << 12 |
                                                (at[2] & 0x3f) << 6 | (at[3] & 0x3f));
        return {code, code >= 0x10000 && code <= 0x10ffff ? 4u : 0u};
    }
    return {0, 0};
}

bool is_ideograph(char32_t c) noexcept {
    return (c >= 0x3400 && c <= 0x9fff) || (c >= 0xf900 && c <= 0xfaff) || (c >= 0x20000 && c <= 0x3ffff);
}

bool is_control(char32_t c) noexcept {
    return c < 0x20 || (c >= 0x7f && c <= 0x9f) || (c >= 0x202a && c <= 0x202e) ||
           (c >= 0x2066 && c <= 0x2069) || c == 0x2028 || c == 0x2029;
}

// U+FFFD as UTF-8 read as GBK: EF BF BD EF BF BD shows as 锟斤拷.
constexpr char32_t misread[3] = {0x951f, 0x65a4, 0x62f7};

} // namespace

text_facts scan_text(std::string_view text) noexcept {
    text_facts facts;
    const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
    char32_t before = 0;
    char32_t before_that = 0;
    for (std::size_t at = 0; at < text.size();) {
        if (text.size() - at >= 8) {
            std::uint64_t word = 0;
            std::memcpy(&word, bytes + at, 8);
            if (plain(word)) {
                at += 8;
                facts.characters += 8;
                before = bytes[at - 1];
                before_that = 0;
                continue;
            }
        }
        const auto [c, length] = decode(bytes + at, text.size() - at);
        if (length == 0) {
            facts.broken = true;
            ++facts.characters;
            ++at;
            before = 0;
            continue;
        }
        if (c == '\t' || c == '\n' || c == '\r') {
            facts.line_break = true;
        } else if (is_control(c)) {
            facts.control = true;
        }
        facts.lost |= c == 0xfffd || (c & 0xfffe) == 0xfffe ||
                      (c == misread[2] && before == misread[1] && before_that == misread[0]);
        facts.question_mark |= c == '?';
        facts.question_by_ideograph |=
            (c == '?' && is_ideograph(before)) || (before == '?' && is_ideograph(c));
        before_that = before;
        before = c;
        ++facts.characters;
        at += length;
    }
    return facts;
}

} // namespace tongban::cases
