// Leaves a target alone that does not work. Closed: attempts go on; after some failures in a row it opens: none
// begins for a time that grows, with jitter; then one may go through (half open) and decides. Pure: time and
// randomness are given. Only what says that the target does not work counts, not that it refused one message.
#pragma once

#include <chrono>
#include <cstdint>
#include <random>
#include <string_view>

namespace tongban::breaker {

struct breaker_settings {
    std::uint32_t failures_max = 5;             // in a row; then it opens
    std::chrono::milliseconds open_first{1000}; // the first pause; doubles with each half-open failure
    std::chrono::milliseconds open_most{60'000};
};

enum class breaker_state { closed, half_open, open };
std::string_view name(breaker_state state) noexcept; // "half_open"

class circuit_breaker {
public:
    using time_point = std::chrono::steady_clock::time_point;

    explicit circuit_breaker(const breaker_settings& settings) : settings_(settings) {}

    // True when an attempt may begin now, and then it has begun: it ends with exactly one of succeeded(), failed(),
    // tripped() and abandoned(). When the time of an open breaker is over the first one to ask makes it half open;
    // nobody else gets through until that attempt has ended.
    bool try_begin(time_point now);

    // The target works, whatever it thought of the message.
    void succeeded();
    // The target does not work. `asked`: how long it wants to be left alone (cut at open_most).
    void failed(time_point now, std::chrono::milliseconds asked, std::mt19937_64& random);
    // It cannot work until somebody acts (a wrong certificate): opens at once.
    void tripped(time_point now, std::mt19937_64& random);
    // The attempt said nothing about the target.
    void abandoned();
    // As new: the target was configured anew.
    void reset();

    breaker_state state() const noexcept { return state_; }
    // When an open breaker lets the next attempt through.
    time_point opens_until() const noexcept { return opens_until_; }

private:
    void open(time_point now, std::chrono::milliseconds least, std::mt19937_64& random);

    breaker_settings settings_;
    breaker_state state_ = breaker_state::closed;
    bool is_probing_ = false;        // half open: the one attempt is under way
    std::uint32_t failures_ = 0;     // in a row
    std::uint32_t times_opened_ = 0; // since it was closed
    time_point opens_until_{};
};

} // namespace tongban::breaker
