// Reads one file from an HTTPS server, piece by piece. Only the address that was looked up and judged is connected to, once;
// redirects are not followed, proxies not used, other protocols not spoken. Calls block; they belong on a worker thread.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace tongban::fetch {

struct fetch_settings {
    std::filesystem::path ca_file; // who may have issued a server's certificate; empty: the system's authorities
    std::chrono::milliseconds connect_deadline{5'000};
    std::chrono::seconds slow_max{30}; // of less than slow_bytes a second
    std::uint64_t slow_bytes = 1024;
    std::chrono::seconds total_deadline{900};
};

// How it ended. Each comment says who acts, or that it may pass by itself.
enum class fetch_result {
    whole,
    refused_here,    // `take` wanted no more: its business
    too_large,       // the sender: more than allowed
    address_refused, // an operator: the name leads where the gateway must not go
    redirected,      // the sender: redirects are not followed
    missing,         // the sender: another 4xx
    untrusted,       // the sender or an operator: its certificate
    busy,            // passes: 429, 5xx
    unreachable,     // passes: not looked up, not connected, broken off
    too_slow,        // passes
    stopped,         // we end
};

struct fetch_outcome {
    fetch_result result = fetch_result::unreachable;
    int status = 0; // of HTTP; 0: there was no answer
};

// Gives the body to `take`, which says false to stop. Nothing is given of an answer that is not 200.
fetch_outcome fetch_file(const fetch_settings& settings, const std::string& url, bool internal_allowed,
                         std::uint64_t bytes_max, const std::function<bool(std::string_view)>& take,
                         const std::atomic<bool>& stopping);

} // namespace tongban::fetch
