// Each event of a case that touches a clock.
#include "gateway/cases/reckoning.hpp"

#include "gateway/cases/archives.hpp"
#include "gateway/cases/evolve.hpp"
#include "gateway/cases/life_cycle.hpp"
#include "gateway/cases/limits.hpp"
#include "gateway/cases/obligations.hpp"

#include <algorithm>

namespace tongban::cases {

namespace {

std::int32_t or_default(std::uint32_t given, std::uint32_t standard) noexcept {
    return static_cast<std::int32_t>(std::min<std::uint32_t>(given == 0 ? standard : given, limit_max));
}

bool has_hours(const v1::CaseState& state) noexcept {
    return state.terms().opens_minute() != 0 || state.terms().closes_minute() != 0;
}

} // namespace

bool reckoning::outside_hours(std::int64_t at_ms) const {
    const auto minute = static_cast<std::uint32_t>(minute_of(at_ms));
    return !days_.works(day_of(at_ms)) || minute < opens() || minute >= closes();
}

std::uint32_t reckoning::opens() const {
    return has_hours(state_) ? state_.terms().opens_minute() : default_opens_minute;
}

std::uint32_t reckoning::closes() const {
    return has_hours(state_) ? state_.terms().closes_minute() : default_closes_minute;
}

day_number reckoning::first_anchor() const {
    const auto day = day_of(clocks_.accepted_ms());
    if (!is_immediate(state_)) {
        return day;
    }
    const bool too_late = static_cast<std::uint32_t>(minute_of(clocks_.accepted_ms())) >= closes();
    return days_.works(day) && !too_late ? day : days_.add(day, 1);
}

void reckoning::owe_notice() {
    const auto n = or_default(state_.terms().notice_days(), default_notice_days);
    clocks_.set_notice_due_ms(end_of(days_.add(day_of(clocks_.received_ms()), n)));
}

void reckoning::owe_delivery() {
    const auto n = or_default(state_.terms().delivery_days(), default_delivery_days);
    clocks_.set_delivery_due_ms(end_of(days_.add(day_of(clocks_.decided_ms()), n)));
}

void reckoning::owe_receipt() {
    const auto n = or_default(state_.terms().notice_days(), default_notice_days);
    clocks_.set_receipt_due_ms(end_of(days_.add(day_of(state_.times().submitted_ms()), n)));
}

void reckoning::draw_line_from_collection() {
    if (state_.legal_collected_ms() != 0) {
        const auto n = or_default(state_.terms().notice_days(), default_notice_days);
        clocks_.set_notice_line_from_collection_ms(end_of(days_.add(day_of(state_.legal_collected_ms()), n)));
    }
}

void reckoning::owe_rectification() {
    if (state_.rectification_owed()) {
        const auto n = or_default(state_.terms().rectification_days(), default_rectification_days);
        clocks_.set_rectification_due_ms(end_of(days_.add(day_of(clocks_.evaluated_ms()), n)));
        const auto next = line_of(v1::CLOCK_KIND_RECTIFICATION, clocks_.rectification_band());
        clocks_.set_rectification_band(next.band);
        clocks_.set_rectification_line_ms(next.at_ms);
    }
}

void reckoning::stop_waiting() {
    clocks_.clear_waiting_since_ms();
    clocks_.clear_waiting_limit();
}

void reckoning::set_waiting_limit(const v1::Limit* limit) {
    clocks_.clear_waiting_limit();
    if (limit != nullptr && value_of(*limit) > 0) {
        *clocks_.mutable_waiting_limit() = *limit;
    }
}

std::int64_t reckoning::waiting_due() const {
    return clocks_.has_waiting_limit() ? due(clocks_.waiting_limit(), clocks_.waiting_since_ms()) : 0;
}

void reckoning::queue() {
    owe_receipt();
    draw_line_from_collection();
    set_lines();
}

void reckoning::receive(std::int64_t at_ms) {
    stop_waiting();
    clocks_.set_received_ms(at_ms);
    clocks_.set_after_hours(outside_hours(at_ms));
    owe_notice();
    set_lines();
}

void reckoning::ask_supplement(std::int64_t at_ms, const v1::SupplementRequired& asked) {
    clocks_.set_waiting_since_ms(at_ms);
    const bool of_item = state_.terms().has_supplement();
    const bool said = asked.has_limit() && value_of(asked.limit()) > 0;
    set_waiting_limit(said ? &asked.limit() : of_item ? &state_.terms().supplement() : nullptr);
    clocks_.set_supplement_due_ms(waiting_due());
    set_lines();
}

void reckoning::decide(std::int64_t at_ms) {
    clocks_.set_decided_ms(at_ms);
    owe_delivery();
}

result_days reckoning::counted(v1::ClockKind clock) const {
    const auto accepted = day_of(clocks_.accepted_ms());
    // The law's limit counts from the day of acceptance, also where an immediate item is owed on the next.
    const bool immediate = clock == v1::CLOCK_KIND_PROMISE && is_immediate(state_);
    return {clocks_, immediate ? first_anchor() : accepted, immediate ? accepted - 1 : accepted, days_,
            rules_ >= rules_of_putting_off};
}

natural_end reckoning::result_end(v1::ClockKind clock) const {
    if (counts_days(clock)) {
        const auto end = counted(clock).after(total_of(clock));
        return {end_of(end.day), end.uncertain};
    }
    const auto* limit = clock == v1::CLOCK_KIND_PROMISE ? promise_of(state_) : statutory_of(state_);
    return limit == nullptr ? natural_end{} : natural_end_of(*limit, clocks_, days_);
}

void reckoning::owe_result() {
    clocks_.set_promise_due_ms(result_end(v1::CLOCK_KIND_PROMISE).due_ms);
    clocks_.set_statutory_due_ms(result_end(v1::CLOCK_KIND_STATUTORY).due_ms);
    clocks_.set_stopped_days(counted(v1::CLOCK_KIND_PROMISE).stopped());
}

void reckoning::accept(std::int64_t at_ms) {
    clocks_.set_accepted_ms(at_ms);
    if (clocks_.received_ms() == 0) {
        clocks_.set_received_ms(at_ms); // 异地受理
    }
    clocks_.set_after_hours(outside_hours(at_ms));
    owe_result();
    set_lines();
}

void reckoning::suspend(std::int64_t at_ms, const v1::SpecialStarted& started) {
    clocks_.set_waiting_since_ms(at_ms);
    set_waiting_limit(started.has_limit() ? &started.limit() : nullptr);
    clocks_.set_special_due_ms(waiting_due());
    clocks_.clear_special_overrun();
    clocks_.clear_line_ms(); // stopped
}

void reckoning::resume(std::int64_t at_ms) {
    auto& pause = *clocks_.add_pauses();
    pause.set_since_ms(clocks_.waiting_since_ms());
    pause.set_until_ms(at_ms);
    stop_waiting();
    owe_result();
    set_lines();
}

void reckoning::extend(const v1::Limit& by) {
    clocks_.set_extension_days(clocks_.extension_days() + value_of(by));
    owe_result();
    set_lines();
}

void reckoning::close(std::int64_t at_ms) {
    const auto closed = day_of(at_ms);
    const auto used = [&](v1::ClockKind clock) { return counted(clock).used_until(closed); };
    clocks_.set_used_days(used(v1::CLOCK_KIND_PROMISE));
    // A promise in other units than the law's limit may be the longer of the two: in time is what keeps both.
    const auto late = [&](v1::ClockKind clock) {
        const auto due_ms = due_of(clocks_, clock);
        if (due_ms == 0 || !counts_days(clock)) {
            return due_ms != 0 && at_ms > due_ms;
        }
        // A day that was put off is kept, although the days are used up before it.
        return used(clock) > total_of(clock) && (rules_ < rules_of_putting_off || at_ms > due_ms);
    };
    const auto early = [&](v1::ClockKind clock) {
        return counts_days(clock) ? used(clock) < total_of(clock) : closed < day_of(due_of(clocks_, clock));
    };
    if (const auto measured = result_clock(clocks_); measured != v1::CLOCK_KIND_UNSPECIFIED) {
        const bool too_late = late(v1::CLOCK_KIND_PROMISE) || late(v1::CLOCK_KIND_STATUTORY);
        const bool is_early = early(measured) && !is_immediate(state_);
        clocks_.set_timeliness(too_late    ? v1::TIMELINESS_LATE
                               : is_early ? v1::TIMELINESS_EARLY
                                           : v1::TIMELINESS_ON_TIME);
    }
    set_lines();
}

void reckoning::evaluate(std::int64_t at_ms) {
    // What a bad grade made due stays due from then, whatever grade comes after it.
    if (clocks_.rectification_due_ms() == 0) {
        clocks_.set_evaluated_ms(at_ms);
        owe_rectification();
    }
    set_lines();
}

void reckoning::warned(const v1::SupervisionWarning& warning) {
    if (warning.clock() == v1::CLOCK_KIND_RECTIFICATION) {
        const bool yellow = warning.band() == v1::SUPERVISION_BAND_YELLOW;
        clocks_.set_rectification_band(warning.band());
        clocks_.set_rectification_line_ms(yellow ? red_line(v1::CLOCK_KIND_RECTIFICATION) : 0);
        return;
    }
    clocks_.set_band(warning.band());
    if (warning.clock() == v1::CLOCK_KIND_STATUTORY && warning.band() == v1::SUPERVISION_BAND_RED) {
        clocks_.set_law_overdue(true);
    }
    clocks_.set_line_ms(line_after(running_clock(state_), warning.band()));
}

// Everything that follows from days is reckoned anew.
void reckoning::revise() {
    if (state_.status() == v1::CASE_STATUS_QUEUED) {
        owe_receipt();
    } else if (state_.status() == v1::CASE_STATUS_DEST_RECEIVED) {
        owe_notice();
    } else if (state_.status() == v1::CASE_STATUS_SUPPLEMENTING) {
        clocks_.set_supplement_due_ms(waiting_due());
    } else if (state_.status() == v1::CASE_STATUS_SUSPENDED) {
        clocks_.set_special_due_ms(waiting_due());
    }
    if (clocks_.accepted_ms() == 0) {
        draw_line_from_collection(); // never later than what the receipt makes due: provisional where that is
    } else if (!is_closed(state_.status())) {
        owe_result();
    }
    if (clocks_.decided_ms() != 0) {
        owe_delivery();
    }
    owe_rectification();
    revise_obligations(state_, days_);
    revise_archives(state_, days_);
    if (state_.status() != v1::CASE_STATUS_SUSPENDED) {
        set_lines();
    }
}

// Length of a limit in its own unit, as far as bands need it.
std::int32_t reckoning::total_of(v1::ClockKind clock) const {
    switch (clock) {
    case v1::CLOCK_KIND_NOTICE:
    case v1::CLOCK_KIND_RECEIPT:
        return or_default(state_.terms().notice_days(), default_notice_days);
    case v1::CLOCK_KIND_DELIVERY:
        return or_default(state_.terms().delivery_days(), default_delivery_days);
    case v1::CLOCK_KIND_RECTIFICATION:
        return or_default(state_.terms().rectification_days(), default_rectification_days);
    case v1::CLOCK_KIND_PROMISE:
        return (is_immediate(state_) ? 0 : value_of(or_none(promise_of(state_)))) + clocks_.extension_days();
    case v1::CLOCK_KIND_STATUTORY:
        return value_of(or_none(statutory_of(state_))) + clocks_.extension_days();
    default:
        return 0;
    }
}

// From here on less than the threshold is left, or one day.
std::int64_t reckoning::yellow_line(v1::ClockKind clock) const {
    const auto due_ms = due_of(clocks_, clock);
    const auto percent = yellow_percent(state_);
    if (counts_days(clock)) {
        const auto total = total_of(clock);
        return total == 0 ? start_of(day_of(due_ms)) + closes() * std::int64_t{60'000}
                          : yellow_line_of_days(total, due_ms, percent, days_);
    }
    const auto& limit = or_none(clock == v1::CLOCK_KIND_PROMISE ? promise_of(state_) : statutory_of(state_));
    return yellow_line_of(limit, due_ms, percent, days_);
}

// From here on less than nothing is left.
std::int64_t reckoning::red_line(v1::ClockKind clock) const {
    const auto due_ms = due_of(clocks_, clock);
    return counts_days(clock) ? start_of(days_.add(day_of(due_ms), 1)) : due_ms + 1;
}

void reckoning::set_lines() {
    const auto clock = running_clock(state_);
    const auto due_ms = due_of(clocks_, clock);
    if (clock == v1::CLOCK_KIND_UNSPECIFIED || clock == v1::CLOCK_KIND_SUPPLEMENT || due_ms == 0) {
        clocks_.clear_band();
        clocks_.clear_band_clock();
        clocks_.clear_line_ms();
        return;
    }
    if (clocks_.statutory_due_ms() != 0 && now_ms_ < red_line(v1::CLOCK_KIND_STATUTORY)) {
        clocks_.clear_law_overdue(); // put off
    }
    const bool same = clocks_.band_clock() == clock;
    const auto next = line_of(clock, same ? clocks_.band() : v1::SUPERVISION_BAND_UNSPECIFIED);
    clocks_.set_band_clock(clock);
    clocks_.set_band(next.band);
    clocks_.set_line_ms(next.at_ms != 0 ? next.at_ms : line_after(clock, next.band));
}

// After the promise's red line comes that of the law, also one that passed long ago: it was not said.
std::int64_t reckoning::line_after(v1::ClockKind clock, v1::SupervisionBand band) const {
    if (band == v1::SUPERVISION_BAND_YELLOW) {
        return red_line(clock);
    }
    const bool of_law = clock == v1::CLOCK_KIND_PROMISE && clocks_.statutory_due_ms() != 0 && !clocks_.law_overdue();
    return of_law ? red_line(v1::CLOCK_KIND_STATUTORY) : 0;
}

// A clock that is short has its last day at once, which nobody needs a warning of; that it ran out is said, once.
reckoning::line reckoning::line_of(v1::ClockKind clock, v1::SupervisionBand standing) const {
    const auto red = red_line(clock);
    if (standing == v1::SUPERVISION_BAND_RED && now_ms_ >= red) {
        return {v1::SUPERVISION_BAND_RED, 0};
    }
    const auto yellow = yellow_line(clock);
    return now_ms_ < yellow ? line{v1::SUPERVISION_BAND_BLUE, yellow} : line{v1::SUPERVISION_BAND_YELLOW, red};
}

void reckoning::mark_provisional() {
    day_number uncertain = 0;
    const auto note = [&](day_number found) {
        if (found != 0 && (uncertain == 0 || found < uncertain)) {
            uncertain = found;
        }
    };
    const auto look = [&](day_number from, std::int64_t due_ms) {
        note(due_ms == 0 ? 0 : days_.first_uncertain(from, day_of(due_ms)));
    };
    const auto status = state_.status();
    if (status == v1::CASE_STATUS_QUEUED) {
        look(day_of(state_.times().submitted_ms()), clocks_.receipt_due_ms());
    } else if (status == v1::CASE_STATUS_DEST_RECEIVED) {
        look(day_of(clocks_.received_ms()), clocks_.notice_due_ms());
    } else if (status == v1::CASE_STATUS_SUPPLEMENTING || status == v1::CASE_STATUS_SUSPENDED) {
        const auto due_ms = status == v1::CASE_STATUS_SUSPENDED ? clocks_.special_due_ms() : clocks_.supplement_due_ms();
        if (clocks_.has_waiting_limit() && in_working_days(clocks_.waiting_limit())) {
            look(day_of(clocks_.waiting_since_ms()), due_ms);
        }
    }
    if (clocks_.accepted_ms() != 0 && !is_closed(status)) {
        note(result_end(v1::CLOCK_KIND_PROMISE).uncertain);
        note(result_end(v1::CLOCK_KIND_STATUTORY).uncertain);
    }
    if (clocks_.decided_ms() != 0 && !is_final(status)) {
        look(day_of(clocks_.decided_ms()), clocks_.delivery_due_ms());
    }
    if ((while_owed & bit(status)) != 0) {
        for (const auto& owed : state_.owed_materials()) {
            look(day_of(owed.since_ms()), in_working_days(owed.limit()) ? owed.due_ms() : 0);
            look(day_of(owed.submitted_ms()), owed.answer_due_ms());
        }
    }
    for (const auto& asked : state_.archive_requests()) {
        const bool waits = asked.incoming() && is_open(asked) && in_working_days(asked.limit());
        look(day_of(asked.since_ms()), waits ? asked.due_ms() : 0);
    }
    if (is_urged(state_) && in_working_days(state_.urge().limit())) {
        look(day_of(state_.urge().since_ms()), state_.urge().due_ms());
    }
    look(day_of(clocks_.evaluated_ms()), clocks_.rectification_due_ms());
    clocks_.set_provisional_from(uncertain);
}

} // namespace tongban::cases
