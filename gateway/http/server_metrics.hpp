// The server's metric handles, all bound at start. Names and labels: monitoring/README.md.
#pragma once

#include "gateway/http/router.hpp"
#include "gateway/http/streamed_body.hpp"
#include "monitoring/metrics.hpp"

#include <array>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tongban::http {

// Each bound of the server that can bite.
enum class limit {
    connections,        // connections_max: one that idled, or the new one, was closed
    handshakes,         // handshakes_max: accepting paused
    handshake_timeout,
    header_timeout,
    body_timeout,
    idle_timeout,
    write_timeout,
    target_bytes,
    header_bytes,
    body_bytes,
    inflated_bytes,
    body_memory,        // all bodies of a thread together: 503
    descriptors,        // accept() found none free
    stream_input,       // sent by a client while its answer was streamed: ended
    count
};
std::string_view name_of(limit l) noexcept;

// Why a connection that shook hands ends before its request is looked at.
enum class turned_away {
    unknown_partner,
    not_operator,     // a partner's, but this listener is for operators
    expired,          // the certificate ended while the connection was open, or before its session was resumed
    revoked,          // since the handshake
    not_verified,     // authorities or lists changed, and no longer vouch for it: the handshake of the next connection decides
    count
};
std::string_view name_of(turned_away why) noexcept;

struct server_metrics {
    server_metrics(monitoring::registry& metrics, const std::string& listener, const std::vector<route>& routes);

    struct of_route {
        std::array<monitoring::counter, 6> by_class; // status / 100
        monitoring::histogram seconds;
    };
    // index router::npos: requests without a route
    const of_route& route_at(std::size_t index) const noexcept;
    const monitoring::counter& limit_of(limit l) const noexcept { return limits[static_cast<std::size_t>(l)]; }
    void count_handshake(std::string_view result) const noexcept;

    monitoring::gauge connections;
    monitoring::gauge streams;
    std::array<monitoring::counter, static_cast<std::size_t>(body_end::count)> streams_ended;
    monitoring::counter accepted;
    std::array<monitoring::counter, static_cast<std::size_t>(turned_away::count)> refused;
    monitoring::counter received_bytes;
    monitoring::counter sent_bytes;
    monitoring::counter handler_exceptions;
    monitoring::counter connection_exceptions;
    std::array<monitoring::counter, static_cast<std::size_t>(limit::count)> limits;
    std::map<std::string, monitoring::counter, std::less<>> handshakes; // by result
    std::vector<of_route> routes; // of the router, then one for requests without a route
};

} // namespace tongban::http
