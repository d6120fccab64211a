// Who a connection is: facts of its verified client certificate, and the partner they map to.
#pragma once

#include "tongban/v1/codes.pb.h"

#include <chrono>
#include <string>
#include <vector>

namespace tongban::security {

// What a verified certificate says. Filled once per connection, after the handshake.
struct certificate_facts {
    std::string subject;               // RFC 2253: "CN=platform,OU=370800,O=Tongban Dev"
    std::vector<std::string> san_uris; // "tongban://370800/platform"
    std::vector<std::string> san_dns;
    std::string sha256_fingerprint;    // lower-case hex of the DER
    std::string serial;                // lower-case hex
    std::chrono::sys_seconds not_after;
};

// The partner a certificate maps to. Immutable.
struct partner {
    std::string id;                    // "jining-platform"
    std::string name_zh;
    std::string name_en;
    v1::Role role{};
    std::vector<std::string> regions;  // 6 digits each; the first is the partner's own
    std::string window_id;             // for windows
    std::vector<std::string> dialects; // allowed; the first is the default; empty: canonical only
    bool acts_for(std::string_view region) const noexcept;
};

} // namespace tongban::security
