// What the gateway itself writes into the object store beside the cities' files: small texts, each under its digest like any
// file. A holder note says that a region sent a file: to know a digest is not to have the file, so who references one must
// have sent it, or already see it in a case. A leaving note says that a file is about to be removed. No file of a city's
// may begin like a note: whoever knew a digest could write that it sent the file.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tongban::materials {

inline constexpr std::size_t note_bytes_max = 256;

// `sha256` in hexadecimal digits.
std::string holder_note(std::string_view region, std::string_view sha256);
std::string leaving_note(std::string_view sha256);
// Under which name it stands.
std::string name_of_note(std::string_view note);

bool is_note(std::string_view head) noexcept;
bool is_leaving_note(std::string_view head) noexcept;
// The file that a note is about.
std::string_view file_of_note(std::string_view note) noexcept;

} // namespace tongban::materials
