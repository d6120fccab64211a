// Where a request body goes while it arrives: bounded as sent, bounded after inflation, and bounded together with all
// other bodies that the thread holds.
#pragma once

#include "gateway/http/inflater.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace tongban::http {

// Bytes of all bodies that one I/O thread holds. Not thread-safe.
struct body_memory {
    std::size_t held = 0;
    std::size_t max = 0;
};

class body_sink {
public:
    enum class fault { none, too_large, inflated_too_large, broken_gzip, no_memory };

    body_sink(std::string& into, body_memory& memory) : into_(into), memory_(memory) {}
    ~body_sink() { release(); }
    body_sink(const body_sink&) = delete;
    body_sink& operator=(const body_sink&) = delete;

    // Before the first byte.
    void begin(std::size_t bytes_max, bool gzip);
    void reserve(std::size_t declared);
    bool take(std::string_view bytes);
    // After the last byte: false when a gzip body is cut short.
    bool finish();
    // What was taken so far was dealt with; more comes.
    void drop();
    // The body was dealt with: its bytes no longer count. Keeps a small buffer for the next one.
    void release();

    fault why() const noexcept { return fault_; }
    std::size_t received() const noexcept { return received_; }

private:
    bool account();
    bool refuse(fault why);

    std::string& into_;
    body_memory& memory_;
    std::unique_ptr<inflater> inflater_;
    std::size_t bytes_max_ = 0;
    std::size_t received_ = 0;
    std::size_t held_ = 0;
    fault fault_ = fault::none;
};

} // namespace tongban::http
