// What happens when, in one order: by time, and in the order of writing down within one.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <queue>
#include <vector>

namespace tongban::simulation {

class agenda {
public:
    using time_point = std::chrono::steady_clock::time_point;

    void at(time_point when, std::function<void()> what) { items_.push({when, next_++, std::move(what)}); }
    void after(std::chrono::milliseconds time, std::function<void()> what) {
        at(std::chrono::steady_clock::now() + time, std::move(what));
    }
    std::optional<time_point> next() const {
        return items_.empty() ? std::nullopt : std::optional(items_.top().when);
    }
    // Does the first thing that is due by now; false when none is.
    bool step() {
        if (items_.empty() || items_.top().when > std::chrono::steady_clock::now()) {
            return false;
        }
        const auto what = std::move(const_cast<item&>(items_.top()).what);
        items_.pop();
        what();
        return true;
    }

private:
    struct item {
        time_point when;
        std::uint64_t order;
        std::function<void()> what;
        bool operator<(const item& other) const {
            return when != other.when ? when > other.when : order > other.order;
        }
    };
    std::priority_queue<item> items_;
    std::uint64_t next_ = 0;
};

} // namespace tongban::simulation
