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

// White space of Unicode, and what has no width.
bool is_unseen(char32_t c) noexcept {
    return c <= 0x20 || c == 0x7f || c == 0x85 || c == 0xa0 || c == 0xad || c == 0x1680 || c == 0x180e ||
           (c >= 0x2000 && c <= 0x200f) || (c >= 0x2028 && c <= 0x202f) || (c >= 0x205f && c <= 0x206f) || c == 0x3000 ||
           c == 0x3164 || c == 0xfeff;
}

// U+FFFD as UTF-8 read as GBK: EF BF BD EF BF BD shows as 锟斤拷.
constexpr char32_t misread[3] = {0x951f, 0x65a4, 0x62f7};

// True when the whole text is printable ASCII without '?': most numbers and codes.
bool all_plain(std::string_view text) noexcept {
    std::uint64_t word = every('0');
    if (text.size() < 8) {
        std::memcpy(&word, text.data(), text.size());
        return plain(word);
    }
    for (std::size_t at = 0; at + 8 <= text.size(); at += 8) {
        std::memcpy(&word, text.data() + at, 8);
        if (!plain(word)) {
            return false;
        }
    }
    std::memcpy(&word, text.data() + text.size() - 8, 8);
    return plain(word);
}

// Two bytes that follow a lead byte in UTF-8.
bool two_follow(const unsigned char* at) noexcept {
    return (at[1] & 0xc0) == 0x80 && (at[2] & 0xc0) == 0x80;
}

class scanner {
public:
    explicit scanner(std::string_view text) noexcept
        : bytes_(reinterpret_cast<const unsigned char*>(text.data())), size_(text.size()) {}

    text_facts scan() noexcept {
        while (at_ < size_) {
            const auto* here = bytes_ + at_;
            if (*here >= 0xe4 && *here <= 0xe9 && size_ - at_ >= 3 && two_follow(here)) {
                // U+4000 to U+9FFF: the characters that most texts are made of.
                took_ideograph(
                    static_cast<char32_t>((here[0] & 0x0f) << 12 | (here[1] & 0x3f) << 6 | (here[2] & 0x3f)));
                at_ += 3;
            } else if (*here >= 0x20 && *here < 0x7f && *here != '?') {
                before_ = *here;
                at_ += 1;
            } else {
                at_ += take_other(decode(here, size_ - at_));
            }
            ++facts_.characters;
        }
        return facts_;
    }

private:
    void took_ideograph(char32_t c) noexcept {
        facts_.question_by_ideograph |= before_ == '?';
        if (c == misread[2]) {
            facts_.lost |= before_ == misread[1] && before_that_ == misread[0];
        }
        before_that_ = before_;
        before_ = c;
    }

    std::size_t take_other(decoded next) noexcept {
        const auto c = next.code;
        if (next.length == 0) {
            facts_.broken = true;
            before_ = 0;
            return 1;
        }
        if (c == '\t' || c == '\n' || c == '\r') {
            facts_.line_break = true;
        } else if (is_control(c)) {
            facts_.control = true;
        }
        facts_.lost |= c == 0xfffd || (c & 0xfffe) == 0xfffe;
        facts_.question_mark |= c == '?';
        facts_.question_by_ideograph |=
            (c == '?' && is_ideograph(before_)) || (before_ == '?' && is_ideograph(c));
        before_ = c;
        return next.length;
    }

    const unsigned char* bytes_;
    std::size_t size_;
    std::size_t at_ = 0;
    char32_t before_ = 0;
    char32_t before_that_ = 0; // meaningful after an ideograph only
    text_facts facts_;
};

} // namespace

bool says(std::string_view text) noexcept {
    const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
    for (std::size_t at = 0; at < text.size();) {
        const auto next = decode(bytes + at, text.size() - at);
        if (next.length == 0 || !is_unseen(next.code)) {
            return true; // what is not UTF-8 is told of by scan_text
        }
        at += next.length;
    }
    return false;
}

bool has_unseen_edge(std::string_view text) noexcept {
    const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
    const auto unseen = [&](std::size_t at) {
        const auto next = decode(bytes + at, text.size() - at);
        return next.length != 0 && is_unseen(next.code);
    };
    if (text.empty()) {
        return false;
    }
    auto last = text.size() - 1;
    while (last > 0 && (bytes[last] & 0xc0) == 0x80) {
        --last;
    }
    return unseen(0) || unseen(last);
}

text_facts scan_text(std::string_view text) noexcept {
    if (all_plain(text)) {
        text_facts facts;
        facts.characters = static_cast<std::uint32_t>(text.size());
        return facts;
    }
    return scanner(text).scan();
}

} // namespace tongban::cases
