// The ends of all certificates that this gateway shows, to clients, platforms and brokers, and of the revocation list. One that
// runs out stops its part of the exchange, so each is told.
#pragma once

#include "gateway/app/gateway.hpp"
#include "monitoring/metrics.hpp"

#include <chrono>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tongban::app {

// Thread-safe.
class own_certificates {
public:
    // Throws std::runtime_error with the file that cannot be read. Outlives the last scrape of `metrics`.
    own_certificates(const gateway_settings& settings, monitoring::registry& metrics);

    // After a reload that took the certificate of `use`. A file that cannot be read leaves the end as it was.
    void read_again(std::string_view use);

    // By use: "gateway" (both listeners); "deliveries" (pushes, automatic handlers, licence services) and "kafka" (brokers)
    // where they have a certificate of their own.
    std::map<std::string, std::chrono::sys_seconds> ends() const;

private:
    struct shown {
        std::string use;
        std::filesystem::path file;
    };
    std::vector<shown> shown_;
    std::filesystem::path revocation_list_; // empty: none
    mutable std::mutex mutex_;
    std::map<std::string, std::chrono::sys_seconds> ends_;
    std::optional<std::chrono::sys_seconds> revocation_list_end_;
};

} // namespace tongban::app
