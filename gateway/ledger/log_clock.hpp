// The log's time, between its records: that of the newest record this process appended, and how long ago it was read
// back (an old record read at start says nothing about now). Timers and retries follow it, so that a machine whose
// clock is wrong proposes nothing too early twice. Before the first append the machine's own clock stands in; evolve
// decides by the record's time in any case.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace tongban::ledger {

// Thread-safe.
class log_clock {
public:
    void saw(std::chrono::sys_time<std::chrono::milliseconds> recorded_at) noexcept {
        ahead_ms_.store(recorded_at.time_since_epoch().count() - steady_ms(), std::memory_order_relaxed);
    }
    // Milliseconds since 1970.
    std::int64_t now_ms() const noexcept {
        const auto ahead = ahead_ms_.load(std::memory_order_relaxed);
        return ahead == unknown ? system_ms() : ahead + steady_ms();
    }

private:
    static std::int64_t steady_ms() noexcept {
        return std::chrono::floor<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch())
            .count();
    }
    static std::int64_t system_ms() noexcept {
        return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
            .count();
    }

    static constexpr std::int64_t unknown = INT64_MIN;
    std::atomic<std::int64_t> ahead_ms_{unknown};
};

} // namespace tongban::ledger
