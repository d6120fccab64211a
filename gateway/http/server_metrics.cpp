// One place for the names, so that documentation and dashboards have one place to agree with.
#include "gateway/http/server_metrics.hpp"

#include "security/tls_context.hpp"

namespace tongban::http {

namespace {

server_metrics::of_route bind_route(monitoring::registry& metrics, const std::string& listener,
                                    const std::string& method_label, const std::string& pattern) {
    static constexpr const char* classes[] = {"other", "1xx", "2xx", "3xx", "4xx", "5xx"};
    const monitoring::labels fixed{{"listener", listener}, {"method", method_label}, {"route", pattern}};
    server_metrics::of_route bound;
    for (std::size_t i = 2; i < bound.by_class.size(); ++i) {
        monitoring::labels with_status = fixed;
        with_status.emplace_back("status", classes[i]);
        bound.by_class[i] = metrics.make_counter("tongban_http_requests_total",
                                                 "Requests answered, by route and status class", with_status);
    }
    bound.seconds = metrics.make_histogram("tongban_http_request_seconds",
                                           "From the first byte of a request to the last byte of its answer",
                                           monitoring::request_buckets(), fixed);
    return bound;
}

} // namespace

std::string_view name_of(limit l) noexcept {
    switch (l) {
    case limit::connections: return "connections";
    case limit::handshakes: return "handshakes";
    case limit::handshake_timeout: return "handshake_timeout";
    case limit::header_timeout: return "header_timeout";
    case limit::body_timeout: return "body_timeout";
    case limit::idle_timeout: return "idle_timeout";
    case limit::write_timeout: return "write_timeout";
    case limit::target_bytes: return "target_bytes";
    case limit::header_bytes: return "header_bytes";
    case limit::body_bytes: return "body_bytes";
    case limit::inflated_bytes: return "inflated_bytes";
    case limit::body_memory: return "body_memory";
    case limit::descriptors: return "descriptors";
    case limit::stream_input: return "stream_input";
    case limit::count: break;
    }
    return "other";
}

std::string_view name_of(turned_away why) noexcept {
    switch (why) {
    case turned_away::unknown_partner: return "unknown_partner";
    case turned_away::not_operator: return "not_operator";
    case turned_away::expired: return "expired";
    case turned_away::revoked: return "revoked";
    case turned_away::not_verified: return "not_verified";
    case turned_away::count: break;
    }
    return "other";
}

server_metrics::server_metrics(monitoring::registry& metrics, const std::string& listener,
                               const std::vector<route>& with_routes) {
    const monitoring::labels own{{"listener", listener}};
    connections = metrics.make_gauge("tongban_http_connections", "Open connections", own);
    streams = metrics.make_gauge("tongban_http_streams", "Answers being streamed", own);
    for (std::size_t i = 0; i < streams_ended.size(); ++i) {
        streams_ended[i] = metrics.make_counter(
            "tongban_http_streams_ended_total", "Streamed answers by how they ended",
            {{"listener", listener}, {"reason", std::string(name_of(static_cast<body_end>(i)))}});
    }
    accepted = metrics.make_counter("tongban_http_connections_total", "Connections accepted", own);
    for (std::size_t i = 0; i < refused.size(); ++i) {
        refused[i] = metrics.make_counter(
            "tongban_http_connections_refused_total", "Connections refused after the handshake",
            {{"listener", listener}, {"reason", std::string(name_of(static_cast<turned_away>(i)))}});
    }
    received_bytes = metrics.make_counter("tongban_http_received_bytes_total",
                                          "Bytes of requests, without TLS", own);
    sent_bytes = metrics.make_counter("tongban_http_sent_bytes_total", "Bytes of answers, without TLS", own);
    handler_exceptions = metrics.make_counter("tongban_http_handler_exceptions_total",
                                              "Handlers that ended by an exception (answered 500): a bug each", own);
    connection_exceptions = metrics.make_counter("tongban_http_connection_exceptions_total",
                                                 "Connections that ended by an exception: a bug each", own);
    for (std::size_t i = 0; i < limits.size(); ++i) {
        limits[i] = metrics.make_counter(
            "tongban_http_limit_total", "Times a bound of the server was reached",
            {{"listener", listener}, {"limit", std::string(name_of(static_cast<limit>(i)))}});
    }
    const auto bind_handshake = [&](const char* result) {
        handshakes.emplace(result, metrics.make_counter("tongban_tls_handshakes_total", "TLS handshakes by result",
                                                        {{"listener", listener}, {"result", result}}));
    };
    bind_handshake("full");
    bind_handshake("resumed");
    for (const char* reason : security::handshake_failures) {
        bind_handshake(reason);
    }
    for (const route& r : with_routes) {
        routes.push_back(bind_route(metrics, listener, std::string(name_of(r.method)), r.pattern));
    }
    routes.push_back(bind_route(metrics, listener, "other", "none"));
}

const server_metrics::of_route& server_metrics::route_at(std::size_t index) const noexcept {
    return index < routes.size() ? routes[index] : routes.back();
}

void server_metrics::count_handshake(std::string_view result) const noexcept {
    const auto found = handshakes.find(result);
    (found == handshakes.end() ? handshakes.find("other") : found)->second.add();
}

} // namespace tongban::http
