// Outside text made fit for a log line or a label value. One bad byte in a label makes Prometheus refuse the
// whole scrape, and in a log line breaks the reader, so both go through here.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tongban::monitoring {

// Appends `text` as valid UTF-8: each byte that belongs to no well-formed sequence becomes U+FFFD. At most
// `bytes_max` bytes of `text` are read, cut before the character that does not fit. Returns true when it was
// cut.
bool append_valid_utf8(std::string& out, std::string_view text, std::size_t bytes_max);

// Appends `text` as a quoted JSON string, cut as above with "…" as the mark of a cut.
void append_json_string(std::string& out, std::string_view text, std::size_t bytes_max);

} // namespace tongban::monitoring
