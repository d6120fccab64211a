// The city's way to the gateway, as the emulator needs it: one request, one answer. The program gives an HTTPS client with
// the city's certificate; tests give what they like.
#pragma once

#include <boost/system/result.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tongban::emulator {

struct line_request {
    std::string method = "GET";
    std::string target;
    std::string content_type;
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers;
    std::chrono::seconds patience{30};
    bool breaks_off = false; // the connection is cut in the middle of the request, on purpose
};

struct line_answer {
    int status = 0;
    std::string content_type;
    std::string body;
    std::optional<std::chrono::seconds> retry_after;
};

// Used by one thread. The error is a sentence for people.
class gateway_line {
public:
    virtual ~gateway_line() = default;
    virtual boost::system::result<line_answer, std::string> ask(const line_request& request) = 0;
};

// The platform's own, and its window's where it has one.
struct gateway_lines {
    std::unique_ptr<gateway_line> platform;
    std::unique_ptr<gateway_line> window;
};
using open_lines = std::function<gateway_lines()>;

} // namespace tongban::emulator
