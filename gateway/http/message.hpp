// Requests and responses as handlers see them, without Beast: a handler file compiles in seconds.
#pragma once

#include "gateway/http/body_source.hpp"
#include "security/identity.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tongban::http {

enum class method { get, head, post, put, patch, delete_, options, other };

// A body that its handler reads while it arrives: the connection reads from the client only when it is asked, so a slow
// disk holds up its sender and nobody else, and no body is ever in memory whole.
class arriving_body {
public:
    enum class state {
        more, // `bytes`, and there is more
        last, // `bytes` are the end
        cut,  // nothing comes after `bytes`: the client is gone, was too slow, sent too much, or the server stops. What
              // the handler answers is then only logged
    };
    struct piece {
        arriving_body::state state = state::cut;
        std::string_view bytes; // until the next call
    };
    virtual ~arriving_body() = default;
    virtual boost::asio::awaitable<piece> next() = 0;
    // Sends an interim response (104) with these fields, CRLF behind each. Not to HTTP/1.0.
    virtual boost::asio::awaitable<void> tell(std::string status_and_fields) = 0;
};

// Fields that only calls about files look at; empty when not sent.
struct file_fields {
    std::string_view range;
    std::string_view if_range;
    std::string_view if_none_match;
    std::string_view content_disposition;
    std::string_view content_digest;
    std::string_view repr_digest;
    std::string_view upload_offset;
    std::string_view upload_complete;
    std::string_view upload_length;
    std::string_view upload_interop; // Upload-Draft-Interop-Version
};

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
    file_fields file;
    std::optional<std::uint64_t> content_length; // none: a chunked body, or no body
    std::string body;               // inflated when it came gzipped
    arriving_body* arriving = nullptr; // of a route that reads its body while it arrives; `body` is then not for it
    std::string request_id;         // X-Request-Id: taken when well-formed, else made
    std::string trace_id;           // from traceparent, else made: 32 hex
    std::vector<std::string> parameters; // what the route's {…} matched, decoded
    std::shared_ptr<const security::certificate_facts> certificate; // null on a listener without mutual TLS
    std::chrono::steady_clock::time_point deadline; // of this request
    // Whether the client has closed its side. For who waited before it answers: what is handed out now would be lost. A
    // client may have closed only its sending side and still listen. Empty where there is no connection.
    std::function<bool()> client_has_closed;
    // Whether a reload took other partners or certificates since the request was let in: who waited may not be allowed to see
    // what came meanwhile. Empty where there is no connection.
    std::function<bool()> rights_may_differ;

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
    // The body's length when it is known beforehand: of what is streamed, or of what a HEAD does not send.
    std::optional<std::uint64_t> length;
};

// Runs on the connection's I/O thread; must not block. An escaped exception answers 500 and is counted.
using handler = std::function<boost::asio::awaitable<response>(request&)>;

struct route {
    http::method method{};
    std::string pattern; // "/v1/cases/{id}/claim"
    http::handler handler;
    std::vector<std::string_view> query_names{}; // a request with any other, or with one twice, is refused
    std::size_t body_bytes_max = 0;              // 0: the listener's default
    bool body_arrives = false;                   // the handler reads it by request.arriving
    bool any_query = false;                      // and none of it means anything here
    bool get_changes = false;                    // GET does something, which HEAD must not (RFC 9110 §9.2.1): HEAD is refused
};

} // namespace tongban::http
