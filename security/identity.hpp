// Who a connection is: facts of its verified client certificate, and the partner they map to.
#pragma once

#include "tongban/v1/codes.pb.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
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

// The kinds of rule about a certificate, as they are written in a partner file.
enum class identity_rule { san_uri, san_dns, subject, fingerprint };

// What a target's own certificate must say. A SAN URI may end in "/*".
struct certificate_pin {
    identity_rule kind{};
    std::string value;
    bool operator==(const certificate_pin&) const = default;
};

// How a region gets what is due to it.
enum class delivery_transport { pull, push, kafka };
std::string_view name(delivery_transport transport) noexcept; // "pull"

struct push_terms {
    std::string url;                  // https only
    std::string server_name;          // what the certificate must be made for; empty: the URL's host
    std::vector<certificate_pin> pins; // one must fit; never empty
    std::size_t connections_max = 4;  // also the number of deliveries under way at once
    std::chrono::milliseconds read_deadline{10'000};
    std::chrono::milliseconds total_deadline{30'000};
    bool operator==(const push_terms&) const = default;
};

struct delivery_terms {
    delivery_transport transport{};
    std::string dialect; // the format of what is delivered; empty: canonical JSON
    push_terms push;     // for push
};

// Who decides filings of a partner's regions at once 秒批.
struct automatic_handler {
    std::string name;               // by which items of the catalogue name it
    std::vector<std::string> items; // 实施编码 that it is asked about without being named; "*": all
    std::string dialect;            // of question and answer; empty: canonical JSON
    push_terms call;
};

// A host that the gateway may fetch a partner's files from.
struct file_host {
    std::string host; // lower case
    std::uint16_t port = 443;
    bool internal = false; // its address may be a private one
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
    std::optional<delivery_terms> delivery; // what is due to its regions goes this way; of a region, one partner's
    std::vector<file_host> file_hosts; // empty: addresses in its messages are passed on as they are
    std::vector<automatic_handler> automatic; // 秒批: for platforms
    std::optional<push_terms> licences;       // 电子证照 of its regions are asked for here
    bool intake_topic = false; // its regions' intake topics are read as this partner's messages
    bool acts_for(std::string_view region) const noexcept;
};

} // namespace tongban::security
