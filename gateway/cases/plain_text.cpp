#include "gateway/cases/plain_text.hpp"

#include <algorithm>
#include <array>

namespace tongban::cases {

namespace {

constexpr std::array<std::string_view, 3> blanks{"\xC2\xA0", "\xEF\xBB\xBF", "\xE2\x80\x8B"};

bool is_space(char c) noexcept {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

// U+FF01…U+FF5E at the front of `text` as ASCII, U+3000 as a blank; else 0.
char half_width(std::string_view text) noexcept {
    if (text.size() < 3) {
        return 0;
    }
    const auto second = static_cast<unsigned char>(text[1]);
    const auto third = static_cast<unsigned char>(text[2]);
    if (text.starts_with("\xE3\x80\x80")) {
        return ' ';
    }
    if (text[0] != '\xEF' || (second != 0xBC && second != 0xBD) || (third & 0xC0) != 0x80) {
        return 0;
    }
    const int code = 0xF000 | (second & 0x3F) << 6 | (third & 0x3F);
    return code >= 0xFF01 && code <= 0xFF5E ? static_cast<char>(code - 0xFEE0) : '\0';
}

// Length of the white space that `text` begins with, or ends with; 0 when it does not.
std::size_t space_before(std::string_view text) noexcept {
    const auto found = std::ranges::find_if(blanks, [text](std::string_view one) { return text.starts_with(one); });
    return !text.empty() && is_space(text.front()) ? 1 : found == blanks.end() ? 0 : found->size();
}
std::size_t space_behind(std::string_view text) noexcept {
    const auto found = std::ranges::find_if(blanks, [text](std::string_view one) { return text.ends_with(one); });
    return !text.empty() && is_space(text.back()) ? 1 : found == blanks.end() ? 0 : found->size();
}

// Bytes that may begin what is set aside: U+00A0, U+200B, U+3000, U+FEFF and full-width ASCII.
constexpr auto may_be_folded = [] {
    std::array<bool, 256> leads{};
    for (const unsigned char lead : {0xC2, 0xE2, 0xE3, 0xEF}) {
        leads[lead] = true;
    }
    return leads;
}();

// Nothing in it is set aside; a few texts of which that is so are not known to be. For the many that are compared and are plain.
bool is_surely_plain(std::string_view text) noexcept {
    if (!text.empty() && (is_space(text.front()) || is_space(text.back()))) {
        return false;
    }
    bool folds = false;
    for (const auto c : text) {
        folds |= may_be_folded[static_cast<unsigned char>(c)];
    }
    return !folds;
}

} // namespace

std::string plain_text(std::string_view text) {
    std::string half;
    half.reserve(text.size());
    while (!text.empty()) {
        const char narrow = half_width(text);
        half += narrow == 0 ? text.front() : narrow;
        text.remove_prefix(narrow == 0 ? 1 : 3);
    }
    std::string_view inner = half;
    while (const auto length = space_before(inner)) {
        inner.remove_prefix(length);
    }
    while (const auto length = space_behind(inner)) {
        inner.remove_suffix(length);
    }
    return std::string(inner);
}

bool means_same(std::string_view one, std::string_view other) {
    return one == other || (!(is_surely_plain(one) && is_surely_plain(other)) && plain_text(one) == plain_text(other));
}

} // namespace tongban::cases
