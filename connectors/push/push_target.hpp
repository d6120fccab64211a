// Where deliveries of one partner are pushed to, and within which bounds.
#pragma once

#include "security/client_tls.hpp"

#include <boost/system/result.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace tongban::push {

// Names and values of header fields, sent as they are and in this order.
using header_fields = std::vector<std::pair<std::string, std::string>>;

// Settings of one target. Deadlines are positive; each has a default that suits a platform of a city.
struct push_target {
    std::string url;         // https only: "https://platform.example.cn:8443/receive?v=2"
    std::string path;        // "/receive?v=2"; empty: the URL's own
    std::string server_name; // what the certificate must be made for, and SNI; empty: the URL's host
    security::client_tls_settings tls; // our certificate and key, the target's authority
    std::vector<security::certificate_pin>
        pins; // at least one; the target's certificate must fit one of them
    std::chrono::milliseconds connect_deadline{
        3'000}; // looking up the name and connecting, all addresses together
    std::chrono::milliseconds tls_deadline{5'000};    // the TLS handshake
    std::chrono::milliseconds read_deadline{10'000};  // without a byte received or sent
    std::chrono::milliseconds total_deadline{30'000}; // everything, from post() to the end of the answer
    std::size_t answer_bytes_max = 256UL * 1024;      // of the answer's body; more is cut off
    std::size_t connections_max = 8;                  // also the number of requests under way
    std::chrono::milliseconds idle_max{30'000}; // a connection unused for longer is closed; 0: never kept
    header_fields headers;                      // sent with each request
};

// The target that a partner's file names; what the terms do not say is as above, but no step is longer than the whole.
push_target target_of(const security::push_terms& terms, const security::client_tls_settings& tls);

// A target taken apart and checked.
struct push_address {
    std::string host; // name or address, without brackets
    std::uint16_t port = 443;
    std::string host_field; // "Host" as sent: "platform.example.cn:8443"
    std::string path;       // with query: "/receive?v=2"
    std::shared_ptr<const security::expected_target> expected;
    std::string fixed_head; // of every request: request line and fields that never change
};

// Everything that is wrong with the settings, in one sentence each ("url: …"); files are not looked at.
boost::system::result<push_address, std::vector<std::string>> check(const push_target& target);

// Why the field cannot be sent, empty when it can: a malformed name or value, or one that this client writes
// itself.
std::string header_fault(const std::string& name, const std::string& value);

} // namespace tongban::push
