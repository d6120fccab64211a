// One chunk of the chunked transfer coding (RFC 9112 7.1), framed in place: the piece is appended once and not copied.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tongban::http {

inline constexpr std::string_view last_chunk = "0\r\n\r\n";

// Replaces `out` by room for a chunk's size. The piece is appended behind it.
void open_chunk(std::string& out);
// Writes the size and what ends the chunk. Returns where the chunk begins in `out`; a piece of nothing is no chunk (it
// would end the body), `out` is then empty.
std::size_t close_chunk(std::string& out);

} // namespace tongban::http
