// A streamed answer whose pieces a test hands in, from its own thread.
#pragma once

#include "gateway/http/body_source.hpp"
#include "gateway/http/message.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace tongban::testing {

// What the streams of one route say. Thread-safe.
class stream_feed {
public:
    explicit stream_feed(std::chrono::milliseconds beat_every = std::chrono::seconds(600)) : beat_every_(beat_every) {}

    void say(std::string piece);
    // Behind what was said: the body's end.
    void end();
    // Each call of next() says this, without end.
    void flood(std::string piece);
    // The bodies of answers from now on are of so many bytes, whatever is said.
    void announce(std::uint64_t length);
    // GET /v1/stream. One stream at a time.
    static http::route route(const std::shared_ptr<stream_feed>& feed);

    int open() const; // sources that are there
    int asked() const; // calls of next() since the start
    std::size_t said_bytes() const;

private:
    class source;

    const std::chrono::milliseconds beat_every_;
    mutable std::mutex mutex_;
    std::deque<std::string> pieces_;
    std::string flood_;
    std::optional<std::uint64_t> length_;
    bool ended_ = false;
    int open_ = 0;
    int asked_ = 0;
    std::size_t said_bytes_ = 0;
    std::function<void()> wake_;
};

} // namespace tongban::testing
