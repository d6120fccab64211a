// Characters: what a value means when white space, full-width forms and encodings are set aside. Works on
// UTF-8 and never allocates unless a caller's string has to grow.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tongban::dialects {

// Next code point of valid UTF-8; advances `at`. Invalid bytes come out one by one as they are.
char32_t next_code_point(std::string_view text, std::size_t& at) noexcept;
void append_code_point(char32_t c, std::string& out);

// Without ASCII white space, U+3000, U+00A0, U+FEFF and U+200B at both ends.
std::string_view trim(std::string_view text) noexcept;

// Full-width ASCII (U+FF01…U+FF5E) and the ideographic space become half-width. For ids, phones and codes,
// never for names. Returns `text` itself when there is nothing to do.
std::string_view half_width(std::string_view text, std::string& scratch);

// Without the code points of `chars`; returns `text` itself when there are none.
std::string_view without(std::string_view text, std::string_view chars, std::string& scratch);

// True for a name that lost characters on its way: '?', U+FFFD or a private-use code point in it.
bool lost_characters(std::string_view text) noexcept;

bool is_utf8(std::string_view text) noexcept;

// "3" … digits only.
bool is_digits(std::string_view text) noexcept;

// What a platform may give as its own code: 1 to 64 of A-Z a-z 0-9 . _ : -. Any other text may name a person, and a code stands
// in the ledger for good.
bool is_code(std::string_view text) noexcept;

// Escapes for XML and HTML text and attribute values; control characters that XML 1.0 forbids are dropped.
void append_xml_escaped(std::string_view text, std::string& out);
// A CDATA section, or several where the text holds what ends one: nothing is escaped inside.
void append_cdata(std::string_view text, std::string& out);
// Escapes for the inside of a JSON string.
void append_json_escaped(std::string_view text, std::string& out);
// A JSON number by the grammar of RFC 8259.
bool is_json_number(std::string_view text) noexcept;

} // namespace tongban::dialects
