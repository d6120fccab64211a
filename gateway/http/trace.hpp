// Names for a request that other systems share: X-Request-Id and W3C traceparent.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tongban::http {

// 8 to 64 of [A-Za-z0-9._-]. Not what could be an identity or telephone number (a run of 11, 15 or 18 digits, the
// last perhaps X): ids are logged, personal data never is.
bool is_request_id(std::string_view text) noexcept;

// The trace id of "00-<32 hex>-<16 hex>-<2 hex>" (or a later version that begins so); nothing when malformed.
std::optional<std::string_view> trace_id_of(std::string_view traceparent) noexcept;

// `digits` random lower-case hex digits, at most 32, never all zero. Not for secrets.
std::string random_hex(std::size_t digits);

} // namespace tongban::http
