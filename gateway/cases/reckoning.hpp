// One event folded into the clocks of a case: the arithmetic behind case_clocks.hpp.
#pragma once

#include "gateway/cases/case_clocks.hpp"
#include "gateway/cases/limits.hpp"
#include "gateway/cases/result_days.hpp"
#include "gateway/cases/working_days.hpp"

namespace tongban::cases {

// One fold: the state, the days as its record has them, the record's time, and the rules of clocks it was written under. State and
// days outlive it.
class reckoning {
public:
    reckoning(v1::CaseState& state, const working_days& days, std::int64_t now_ms, std::uint32_t rules) noexcept
        : state_(state), clocks_(*state.mutable_clocks()), days_(days), now_ms_(now_ms), rules_(rules) {}

    // What happened, and at which legal time.
    void queue();
    void receive(std::int64_t at_ms);
    void ask_supplement(std::int64_t at_ms, const v1::SupplementRequired& asked);
    void accept(std::int64_t at_ms);
    void suspend(std::int64_t at_ms, const v1::SpecialStarted& started);
    void resume(std::int64_t at_ms);
    void extend(const v1::Limit& by);
    void decide(std::int64_t at_ms);
    void close(std::int64_t at_ms);
    void evaluate(std::int64_t at_ms);
    void warned(const v1::SupervisionWarning& warning);
    void revise();

    // The band and the next line of the clock that runs in this state.
    void set_lines();
    // Whether a due time depends on a day that no published calendar told.
    void mark_provisional();

private:
    bool outside_hours(std::int64_t at_ms) const;
    std::uint32_t opens() const;
    std::uint32_t closes() const;
    // The day whose end an immediate item is owed at, or after which a promise counts.
    day_number first_anchor() const;

    std::int64_t due(const v1::Limit& limit, std::int64_t from_ms) const { return end_of_limit(limit, from_ms, days_); }
    void owe_receipt();
    void draw_line_from_collection();
    void owe_notice();
    void owe_delivery();
    void owe_rectification();
    void owe_result();
    void stop_waiting();
    void set_waiting_limit(const v1::Limit* limit);
    std::int64_t waiting_due() const;

    // The days that the promise, or the law's limit, counts.
    result_days counted(v1::ClockKind clock) const;
    // End of one of them, in whatever it counts.
    natural_end result_end(v1::ClockKind clock) const;

    bool counts_days(v1::ClockKind clock) const { return counts_working_days(state_, clock); }
    // How many units a clock has.
    std::int32_t total_of(v1::ClockKind clock) const;
    std::int64_t yellow_line(v1::ClockKind clock) const;
    std::int64_t red_line(v1::ClockKind clock) const;
    // The band that a clock is in where `standing` was said last, and when it reaches its next line.
    struct line {
        v1::SupervisionBand band{};
        std::int64_t at_ms = 0;
    };
    line line_of(v1::ClockKind clock, v1::SupervisionBand standing) const;
    // When the next line comes where that band was said last; 0: no more.
    std::int64_t line_after(v1::ClockKind clock, v1::SupervisionBand band) const;

    v1::CaseState& state_;
    v1::CaseClocks& clocks_;
    const working_days& days_;
    const std::int64_t now_ms_;
    const std::uint32_t rules_;
};

} // namespace tongban::cases
