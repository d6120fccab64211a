// A certificate authority for development, tests and the quick start: one root with an EC P-256 key in a
// folder. A city in production brings its own; what the gateway asks of a certificate is the same.
#pragma once

#include "security/identity.hpp"

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tongban::security {

// What a certificate is for, and so its extended key usage: `server` the gateway (serverAuth), `broker` a
// Kafka broker (both), the others clients (clientAuth).
enum class certificate_profile { server, platform, window, operator_, broker };

std::string_view profile_name(certificate_profile profile) noexcept;
std::optional<certificate_profile> profile_named(std::string_view name) noexcept;

inline constexpr int ca_days_max = 7300;
inline constexpr int certificate_days_max = 825;
inline constexpr int certificate_days_default = 365;

struct certificate_order {
    certificate_profile profile{};
    std::string name; // common name and file name: "jining-platform"
    std::string unit; // OU; empty: none
    std::string organisation = "Tongban Dev";
    std::vector<std::string> dns, ips, uris; // subject alternative names; at least one in all
    std::optional<int> days; // 1 … certificate_days_max; none: 365, or as long as its authority lives
    // Both or one may be given in place of `days`, also in the past: tests need certificates that have
    // expired.
    std::optional<std::chrono::sys_seconds> not_before, not_after;
    std::filesystem::path folder; // where <name>.pem and <name>.key go; empty: the authority's
    bool replace = false;         // an existing <name>.pem
};

// One row of the authority's index.
struct issued_certificate {
    std::string name;
    certificate_profile profile{};
    certificate_facts facts;
    std::vector<std::string> ips;
    std::chrono::sys_seconds not_before;
    std::filesystem::path certificate_file; // as written; it may have been moved since
    std::filesystem::path key_file;
    std::optional<std::chrono::sys_seconds> revoked_at;
    std::string reason; // of the revocation
};

// The reasons of RFC 5280 that fit an end certificate, as revoke() takes them.
const std::vector<std::string>& revocation_reasons();

// The folder holds ca.pem, ca.key (mode 0600), crl.pem, index.json and what was issued; each file is replaced
// whole, and two processes take turns. Every function throws std::runtime_error with a sentence for the user.
class development_ca {
public:
    // Makes folder, key, certificate and an empty revocation list; refuses when there is a ca.key already.
    static development_ca create(const std::filesystem::path& folder, const std::string& name, int days);
    static development_ca open(const std::filesystem::path& folder);

    // Writes <name>.pem and <name>.key; for a broker also <name>.keystore.pem, both in one as Kafka reads it.
    issued_certificate issue(const certificate_order& order);

    // `which` is a serial, the name of the newest certificate, or a certificate file. Writes crl.pem anew.
    // Revoking twice changes nothing.
    issued_certificate revoke(const std::string& which, const std::string& reason);

    // In order of issue.
    std::vector<issued_certificate> issued() const;
    const certificate_facts& own() const noexcept { return own_; }
    const std::filesystem::path& folder() const noexcept { return folder_; }

private:
    development_ca(std::filesystem::path folder, certificate_facts own)
        : folder_(std::move(folder)), own_(std::move(own)) {}

    std::filesystem::path folder_;
    certificate_facts own_;
};

} // namespace tongban::security
