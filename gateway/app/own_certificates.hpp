// The ends of all certificates that this gateway shows, to clients, platforms and brokers, and of the revocation list. One that
// runs out stops its part of the exchange, so each is told.
#pragma once

#include "gateway/app/gateway.hpp"
#include "monitoring/metrics.hpp"
#include "security/live.hpp"

#include <chrono>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace tongban::app {

// Thread-safe.
class own_certificates {
public:
    // `listeners`: what both listeners show now. Throws std::runtime_error with the file that cannot be read. Outlives the last
    // scrape of `metrics`.
    own_certificates(const gateway_settings& settings, const security::live<security::tls_context>& listeners,
                     monitoring::registry& metrics);

    // After a reload: the certificate for deliveries. A file that cannot be read leaves the end as it was. That for the brokers
    // is read at the start only, as their client does.
    void read_again();

    // By use: "gateway" (both listeners); "deliveries" (pushes, automatic handlers, licence services) and "kafka" (brokers)
    // where they have a certificate of their own.
    std::map<std::string, std::chrono::sys_seconds> ends() const;

private:
    const security::live<security::tls_context>& listeners_;
    const std::filesystem::path deliveries_; // empty: the listeners'
    mutable std::mutex mutex_;
    std::map<std::string, std::chrono::sys_seconds> of_files_;
};

} // namespace tongban::app
