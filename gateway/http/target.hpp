// The request target, decoded once: path and query. Everything here came from outside.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tongban::http {

struct target {
    std::string_view raw_path; // of the text given to parse_target, still encoded; the router splits it at '/'
    std::string path;          // decoded
    std::vector<std::pair<std::string, std::string>> query; // decoded, in order
};

// More parameters than this are refused.
inline constexpr std::size_t query_parameters_max = 64;

// Origin form, absolute form or "*". Nothing when an escape is broken, something decodes to a control character, or
// the result is not UTF-8. `into` is overwritten, so that its memory is used again.
bool parse_target(std::string_view text, target& into);

// "%E5%8D%97" → "南"; in a query also '+' → ' '. False for a broken escape.
bool percent_decode(std::string_view text, bool plus_is_space, std::string& into);

// True for well-formed UTF-8 without control characters.
bool is_clean_utf8(std::string_view text) noexcept;

} // namespace tongban::http
