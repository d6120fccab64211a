// The client side of the command line: one HTTPS request with a client certificate (libcurl). Synchronous;
// used by commands, never by the server.
#pragma once

#include <boost/system/result.hpp>

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
};

struct client_reply {
    long status = 0;
    std::string content_type;
    std::string body;
    bool ok() const noexcept { return status >= 200 && status < 300; }
};

// The error is a sentence for the user: what failed and with which file or address.
boost::system::result<client_reply, std::string> exchange(const client_identity& identity,
                                                          const client_request& request);

// RFC 3986 percent-encoding of one query value or path segment.
std::string percent_encoded(std::string_view text);

} // namespace tongban::app
