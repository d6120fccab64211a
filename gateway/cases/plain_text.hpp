// What a value means when white space around it and full-width forms are set aside, as the catalogue's own values are read.
// For comparisons; what was filed stays as it was written.
#pragma once

#include <string>
#include <string_view>

namespace tongban::cases {

// UTF-8. Full-width ASCII (U+FF01…U+FF5E) and the ideographic space become half-width; without white space at both ends
// (ASCII, U+3000, U+00A0, U+FEFF, U+200B).
std::string plain_text(std::string_view text);

// True when both mean the same; without allocation where they are, and mostly where nothing has to be set aside.
bool means_same(std::string_view one, std::string_view other);

} // namespace tongban::cases
