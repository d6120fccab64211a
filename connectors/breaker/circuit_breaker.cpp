#include "connectors/breaker/circuit_breaker.hpp"

#include <algorithm>
#include <utility>

namespace tongban::breaker {

std::string_view name(breaker_state state) noexcept {
    static constexpr std::string_view names[] = {"closed", "half_open", "open"};
    return names[static_cast<std::size_t>(state)];
}

bool circuit_breaker::try_begin(time_point now) {
    if (state_ == breaker_state::open && now >= opens_until_) {
        state_ = breaker_state::half_open;
        is_probing_ = false;
    }
    if (state_ == breaker_state::half_open) {
        return !std::exchange(is_probing_, true);
    }
    return state_ == breaker_state::closed;
}

void circuit_breaker::succeeded() {
    // Attempts that began before it opened may end well later: a target that answers is a target that works.
    reset();
}

void circuit_breaker::failed(time_point now, std::chrono::milliseconds asked, std::mt19937_64& random) {
    ++failures_;
    if (state_ == breaker_state::half_open || (state_ == breaker_state::closed && failures_ >= settings_.failures_max)) {
        open(now, asked, random);
    }
}

void circuit_breaker::tripped(time_point now, std::mt19937_64& random) {
    ++failures_;
    if (state_ != breaker_state::open) {
        open(now, std::chrono::milliseconds(0), random);
    }
}

void circuit_breaker::abandoned() {
    is_probing_ = false;
}

void circuit_breaker::reset() {
    state_ = breaker_state::closed;
    is_probing_ = false;
    failures_ = 0;
    times_opened_ = 0;
}

void circuit_breaker::open(time_point now, std::chrono::milliseconds least, std::mt19937_64& random) {
    constexpr std::uint32_t doublings_max = 30; // a shift past the width is undefined
    const auto doublings = std::min(times_opened_, doublings_max);
    const auto whole = std::min<std::int64_t>(settings_.open_most.count(),
                                              settings_.open_first.count() * (std::int64_t{1} << doublings));
    // Half of it is sure: a dead target is not called every few milliseconds by bad luck.
    std::uniform_int_distribution<std::int64_t> within(whole / 2, whole);
    const auto pause = std::max(std::chrono::milliseconds(within(random)), std::min(least, settings_.open_most));
    state_ = breaker_state::open;
    is_probing_ = false;
    ++times_opened_;
    opens_until_ = now + pause;
}

} // namespace tongban::breaker
