// Whether TLS files that can be loaded are also good for serving now. Asked before they replace others: an expired list or
// certificate would have every client refused.
#pragma once

#include "security/sentence.hpp"
#include "security/tls_context.hpp"

#include <chrono>
#include <vector>

namespace tongban::security {

// What is wrong, each with its file; empty when nothing is: the server's certificate has ended, has not begun, or is not for
// servers (extended key usage, RFC 5280 §4.2.1.12); a revocation list has ended (nextUpdate, §5.1.2.5). Throws
// std::runtime_error when a file cannot be read.
std::vector<sentence> why_unfit(const tls_settings& settings, std::chrono::system_clock::time_point now);

} // namespace tongban::security
