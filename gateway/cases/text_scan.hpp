// One pass over a text: how long it is and what should not be in it.
#pragma once

#include <cstdint>
#include <string_view>

namespace tongban::cases {

struct text_facts {
    std::uint32_t characters = 0; // code points
    bool broken = false;          // not UTF-8
    bool control = false;         // NUL, other control characters, direction overrides
    bool line_break = false;      // tab, carriage return, line feed
    bool lost = false;            // U+FFFD, a non-character, or what a wrong decoder makes of U+FFFD
    bool question_mark = false;   // '?' at all
    bool question_by_ideograph =
        false; // '?' beside a Chinese character: likely one that was lost in transcoding
};

text_facts scan_text(std::string_view text) noexcept;

// True when it has a character that can be seen: not only blanks, line breaks and characters without width.
bool says(std::string_view text) noexcept;
// True when its first or last character cannot be seen: two such numbers look alike.
bool has_unseen_edge(std::string_view text) noexcept;

} // namespace tongban::cases
