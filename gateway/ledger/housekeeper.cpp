// Waits for the next errand; everything here may block.
#include "gateway/ledger/housekeeper.hpp"

#include "monitoring/log.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace tongban::ledger {

namespace {

using std::chrono::steady_clock;

constexpr std::chrono::milliseconds end_wait{2000};
constexpr std::chrono::seconds end_apart{5};

bool is_ahead(const std::vector<std::uint64_t>& position, const std::vector<std::uint64_t>& end) {
    for (std::size_t p = 0; p < position.size() && p < end.size(); ++p) {
        if (position[p] > end[p]) {
            return true;
        }
    }
    return false;
}

constexpr auto ahead_text = "the view is ahead of the ledger, which was truncated or replaced: "
                            "delete the view directory; it is rebuilt from the ledger";

} // namespace

housekeeper::housekeeper(const projector::parts& given, projector& projector)
    : parts_(given), projector_(projector) {}

housekeeper::~housekeeper() {
    stop();
}

void housekeeper::open() {
    position_at_start_ = projector_.next_offsets();
    if (const auto end = parts_.log.end(end_wait); end && take_end(*end)) {
        throw std::runtime_error(ahead_text);
    }
    next_end_ = steady_clock::now();
    next_flush_ = next_end_ + parts_.settings.flush_interval;
}

void housekeeper::start() {
    thread_ = std::thread([this] { run(); });
}

void housekeeper::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        wanted_.notify_all();
    }
    if (thread_.joinable()) {
        thread_.join();
    }
}

void housekeeper::wake() {
    const std::lock_guard lock(mutex_);
    asked_ = true;
    wanted_.notify_all();
}

void housekeeper::run() {
    auto next = steady_clock::now();
    for (;;) {
        {
            std::unique_lock lock(mutex_);
            wanted_.wait_until(lock, next, [&] { return stopping_ || asked_; });
            if (stopping_) {
                return;
            }
        }
        next = turn();
    }
}

steady_clock::time_point housekeeper::turn() {
    bool asked = false;
    {
        const std::lock_guard lock(mutex_);
        asked = std::exchange(asked_, false);
    }
    if (asked || steady_clock::now() >= next_end_) {
        ask_end();
        next_end_ = steady_clock::now() + end_apart;
    }
    if (steady_clock::now() >= next_flush_) {
        flush();
        next_flush_ = steady_clock::now() + parts_.settings.flush_interval;
    }
    return std::min(next_end_, next_flush_);
}

void housekeeper::ask_end() {
    const auto taken = parts_.waiters.take_unasked();
    const auto end = parts_.log.end(end_wait);
    if (!end) {
        parts_.waiters.fail_catch_ups(taken, end.error());
        return;
    }
    if (take_end(*end)) {
        projector_.fail(ahead_text);
    }
    parts_.waiters.place_catch_ups(taken, *end);
}

bool housekeeper::take_end(const std::vector<std::uint64_t>& end) {
    const std::lock_guard lock(mutex_);
    end_ = end;
    if (end_at_start_) {
        return false;
    }
    end_at_start_ = end;
    projector_.started_at(end);
    return is_ahead(position_at_start_, end);
}

void housekeeper::flush() {
    if (!projector_.take_dirty()) {
        return;
    }
    if (const auto error = parts_.rows.flush()) {
        monitoring::log(monitoring::severity::warning, "view_flush_failed", {{"reason", error.message()}});
    }
}

bool housekeeper::caught_up() const {
    const auto position = projector_.next_offsets();
    const std::lock_guard lock(mutex_);
    if (!caught_up_ && end_at_start_ && !is_ahead(*end_at_start_, position)) {
        caught_up_ = true;
    }
    return caught_up_;
}

std::uint64_t housekeeper::lag() const {
    const auto position = projector_.next_offsets();
    const std::lock_guard lock(mutex_);
    std::uint64_t lag = 0;
    for (std::size_t p = 0; p < position.size() && p < end_.size(); ++p) {
        lag += end_[p] > position[p] ? end_[p] - position[p] : 0;
    }
    return lag;
}

} // namespace tongban::ledger
