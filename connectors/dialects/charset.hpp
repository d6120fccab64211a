// Between a city's charset and UTF-8. GB2312 and GBK are read as GB18030, which contains both: an old peer
// that says GB2312 and sends a rare name is understood; writing keeps to the charset that is named.
#pragma once

#include <string>
#include <string_view>

namespace tongban::dialects {

enum class charset { utf8, gb18030, gbk, gb2312 };

// "UTF-8", "gb18030", … ; false when unknown.
bool parse_charset(std::string_view name, charset& out) noexcept;
std::string_view charset_name(charset c) noexcept;
// At load: what reading this charset needs is made now and not with the first message.
void prepare(charset c);

// To UTF-8 without a byte-order mark. The result views `bytes` when they are UTF-8 already, else `scratch`.
// False when the bytes are not of the charset; `bad_offset` says where.
bool to_utf8(charset from, std::string_view bytes, std::string& scratch, std::string_view& out,
             std::size_t& bad_offset);

// From valid UTF-8; what the charset lacks is written as '?' and counted.
std::size_t from_utf8(charset to, std::string_view text, std::string& out);

// Where the first character of valid UTF-8 stands that the charset lacks; npos when it has them all.
std::size_t first_lacking(charset to, std::string_view text);

// How a document says a character that its charset lacks: &#x4DAE; (between CDATA sections where it stood in one), \u4dae (two
// of them beyond the first plane), or where nothing is agreed [U+4DAE], which a person can read.
enum class escape_style { xml, json, plain };
// Writes what the charset lacks as escapes; the text stays UTF-8 and loses nothing. O(n).
void escape_lacking(charset to, escape_style how, std::string& text);

} // namespace tongban::dialects
