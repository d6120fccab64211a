// The part of a connection that sends a body while it is made. It exists only as long as such a body is sent.
#pragma once

#include "gateway/http/body_source.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tongban::http {

class connection;

// How a streamed body ended.
enum class body_end {
    ended,         // the source said all
    drained,       // the server stops
    reconfigured,  // partners, dialects or certificates were read anew
    expired,       // the client's certificate
    gone,          // the client
    write_timeout, // the client does not read
    talked,        // the client sends although nothing is asked of it
    count
};
std::string_view name_of(body_end end) noexcept;

// The way back from any thread to a connection that may be gone by then.
class body_waker : public std::enable_shared_from_this<body_waker> {
public:
    body_waker(boost::asio::any_io_executor executor, connection& of) : executor_(std::move(executor)), of_(&of) {}
    // Any thread. Until the connection has looked, further calls are nothing.
    void wake();
    // The connection's thread: from now on nobody is woken.
    void forget() noexcept { of_ = nullptr; }

private:
    const boost::asio::any_io_executor executor_;
    std::atomic<bool> posted_{false};
    connection* of_;
};

struct streamed_body {
    std::shared_ptr<body_source> source;
    std::shared_ptr<body_waker> waker;
    bool chunked = true;
    std::optional<std::size_t> length; // when it is known; the connection is kept behind such a body
    bool woken = false;      // the source has more, or the connection must look around
    unsigned generation = 0; // of the configuration that allowed it
    std::string out;         // the piece being sent
    std::size_t at = 0;      // of it, sent
    std::size_t sent = 0;    // bytes in all
    std::size_t unasked = 0; // bytes the client sent
    std::chrono::steady_clock::time_point began;
    std::chrono::steady_clock::time_point beat_at;
    // For the log line at the end.
    std::string partner;
    std::string request_id;
    std::string trace_id;
};

} // namespace tongban::http
