// When a target says how long to leave it alone (RFC 9110, 10.2.3).
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace tongban::push {

// The three forms of an HTTP date (RFC 9110, 5.6.7); nothing when it is none. The day of the week is not
// compared.
std::optional<std::chrono::sys_seconds> http_date(std::string_view text);

// Seconds to wait from a Retry-After field in either form; nothing when it cannot be read. A date is taken
// against the target's own `date` field where it has one, so that its clock need not agree with ours. At
// least 0, at most a year.
std::optional<std::chrono::seconds> retry_after(std::string_view field, std::string_view date,
                                                std::chrono::sys_seconds now);

} // namespace tongban::push
