// The gateway's own case number 网关流水号: derived from origin region and source case number, so that the
// same case has the same id on every replica and transport.
#pragma once

#include <string>
#include <string_view>

namespace tongban::cases {

// "TB" + origin region (6 digits) + 26 characters of Crockford base32 over the first 128 bits of
// SHA-256("tongban/case/" + source_case_no): 34 characters. The number's digest does not depend on the
// origin, so a view row keyed by (digest, origin) also answers "which origins have this number".
// Precondition: origin_region has 6 digits, source_case_no is not empty.
std::string case_id(std::string_view origin_region, std::string_view source_case_no);

// The 26 characters alone.
std::string case_number_digest(std::string_view source_case_no);

// True for a string that case_id() can have made.
bool is_case_id(std::string_view text) noexcept;

} // namespace tongban::cases
