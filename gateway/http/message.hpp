// Requests and responses as handlers see them, without Beast: a handler file compiles in seconds.
#pragma once

#include "gateway/http/body_source.hpp"
#include "security/identity.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tongban::http {

enum class method { get, head, post, put, delete_, options, other };

// One request, whole. Views into it live until its response has been written.
struct request {
    http::method method{};
    std::string_view path;          // decoded, without query: "/v1/messages"
    std::vector<std::pair<std::string, std::string>> query; // decoded, in order
    std::string_view content_type;  // as sent
    std::string_view accept;
    std::string_view idempotency_key;
    std::string_view dialect;       // X-Tongban-Dialect
    std::string_view attempt;       // X-Tongban-Attempt, of a push
    std::string_view last_event_id; // Last-Event-ID: where an event stream is to go on
    std::string body;               // inflated when it came gzipped
    std::string request_id;         // X-Request-Id: taken when well-formed, else made
    std::string trace_id;           // from traceparent, else made: 32 hex
    std::vector<std::string> parameters; // what the route's {…} matched, decoded
    std::shared_ptr<const security::certificate_facts> certificate; // null on a listener without mutual TLS
    std::chrono::steady_clock::time_point deadline; // of this request

    // First value of a query parameter.
    std::optional<std::string_view> query_value(std::string_view name) const noexcept;
};

struct response {
    int status = 200;
    std::string content_type;
    std::string body;
    // The connection is reset after so many bytes of the answer, head included: how an emulated platform fails.
    std::optional<std::size_t> cut_after;
    std::vector<std::pair<std::string, std::string>> headers; // further ones: Retry-After, Location
    // For the request log and metrics; bounded label values, never personal data.
    std::string outcome; // "accepted", "duplicate", "rejected:check_digit"
    std::string partner; // partner id, empty when unknown
    std::string case_id; // for the request log
    // When given, the body: made while it is sent, `body` stays empty. Without effect for HEAD.
    std::shared_ptr<body_source> streamed;
};

// Runs on the connection's I/O thread; must not block. An escaped exception answers 500 and is counted.
using handler = std::function<boost::asio::awaitable<response>(request&)>;

struct route {
    http::method method{};
    std::string pattern; // "/v1/cases/{id}/claim"
    http::handler handler;
    std::size_t body_bytes_max = 0; // 0: the listener's default
};

} // namespace tongban::http
