// The client side of the command line: HTTPS requests with a client certificate (libcurl). Synchronous; used by commands
// and by emulated platforms, never by the server.
#pragma once

#include <boost/system/result.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tongban::app {

// Where to, and as whom.
struct client_identity {
    std::string url = "https://127.0.0.1:8443";
    std::string certificate;   // PEM file
    std::string key;           // PEM file
    std::string ca;            // PEM file: who issued the server's certificate
    bool verify_server = true; // false only towards a listener on this machine
};

struct client_request {
    std::string method = "GET";
    std::string target; // "/v1/inbox?limit=5"
    std::string content_type;
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers;
    long timeout_s = 40;
    bool breaks_off = false; // sends half of the body, then cuts the connection: what an emulated platform may do
};

struct client_reply {
    long status = 0;
    std::string content_type;
    std::string body;
    std::optional<std::chrono::seconds> retry_after;
    std::optional<long> tongban_status; // X-Tongban-Status: what a city's own format may hide behind a 200
    bool ok() const noexcept { return status >= 200 && status < 300; }
};

// `text`: a sentence for the user: what failed and with which file or address.
struct client_failure {
    enum class kind { unreachable, not_trusted, broken };
    kind what = kind::broken;
    std::string text;
};

// A connection that is kept between requests. Used by one thread.
class https_session {
public:
    // `stop`, when given, ends a request under way within a second of becoming true; outlives the session.
    explicit https_session(const client_identity& identity, const std::atomic<bool>* stop = nullptr);
    ~https_session();
    https_session(https_session&&) noexcept;

    boost::system::result<client_reply, client_failure> exchange(const client_request& request);

private:
    struct state;
    std::unique_ptr<state> state_;
};

// One request on a connection of its own.
boost::system::result<client_reply, std::string> exchange(const client_identity& identity,
                                                          const client_request& request);

// RFC 3986 percent-encoding of one query value or path segment.
std::string percent_encoded(std::string_view text);

} // namespace tongban::app
