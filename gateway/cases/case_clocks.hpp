// The clocks of one case, folded from its events: when it was legally received and accepted, what is owed until when, how
// near the end is. Pure, a part of evolve: days come from the calendar slice that the record carries, time from the record.
// DOMAIN §5 and docs/clocks.md have the rules.
#pragma once

#include "tongban/v1/ledger.pb.h"
#include "tongban/v1/view.pb.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace tongban::cases {

// Default limits where the terms of the case name none.
inline constexpr std::uint32_t default_notice_days = 5;
inline constexpr std::uint32_t default_delivery_days = 10;
inline constexpr std::uint32_t default_yellow_percent = 30;
inline constexpr std::uint32_t default_opens_minute = 9 * 60;
inline constexpr std::uint32_t default_closes_minute = 17 * 60;

// The rules that a record is written under (LedgerRecord.clock_rules), and from which of them on: 送达 is watched in every mode; a
// line is drawn from A's 收件; 2: what is said of 容缺材料 beside the step moves no legal time, no day that is put off is a day off,
// each time that a material waited is given back, and figures count with the receipt or the urge that they belong to. What an older
// ledger tells stays as it was told.
inline constexpr std::uint32_t clock_rules_now = 2;
inline constexpr std::uint32_t rules_of_delivery = 1;
inline constexpr std::uint32_t rules_of_collection = 1;
inline constexpr std::uint32_t rules_of_putting_off = 2;
inline constexpr std::uint32_t rules_of_figures = 2;

// True for an event whose record needs a slice of the calendar.
bool reckons_days(v1::CaseEvent::BodyCase body) noexcept;

// The newest legal time of a case, or its filing's; when the source says that an event happened.
std::int64_t newest_legal_ms(const v1::CaseState& state) noexcept;
std::int64_t occurred_ms(const v1::CaseEvent& event) noexcept;

// When an event counts as having happened: the source's own time where it lies between the newest legal time and the log's `now_ms`.
// Two clocks differ by a second, and some write minutes: on the day of the newest legal time it is that time at the earliest.
std::int64_t legal_time(const v1::CaseState& state, const v1::CaseEvent& event, std::int64_t now_ms) noexcept;

// Folds an event that was applied: `state` has the status that follows from it.
void fold_clocks(v1::CaseState& state, const v1::LedgerRecord& record, std::int64_t now_ms);

// 送达 is watched: something is to be handed over, or in the modes without a window at A an electronic licence still to come.
bool delivery_is_owed(const v1::CaseState& state) noexcept;
// Of the promise and the law's limit the one that ends first: in other units a promise may be the longer one.
v1::ClockKind result_clock(const v1::CaseClocks& clocks) noexcept;
// The clock that runs, by the state of the case; CLOCK_KIND_UNSPECIFIED when none does.
v1::ClockKind running_clock(const v1::CaseState& state) noexcept;
// Until when that clock's step is owed; 0: no such limit.
std::int64_t due_of(const v1::CaseClocks& clocks, v1::ClockKind clock) noexcept;
// Orders an inbox, soonest first: until when the step is owed; where it has no limit yet, since when it waits.
std::int64_t inbox_order_ms(const v1::CaseState& state) noexcept;
// Whether a clock of the case counts working days; those that nobody gave a unit do.
bool counts_working_days(const v1::CaseState& state, v1::ClockKind clock) noexcept;
// The band of the clock that runs; none where that clock has no bands.
v1::SupervisionBand band_of(const v1::CaseState& state) noexcept;
// The region that owes the step; empty when none does.
std::string_view owed_by(const v1::CaseState& state, v1::ClockKind clock) noexcept;

// Whether a due time that was counted in such a limit rests on a day that no published calendar told 暂定.
bool is_provisional(const v1::CaseState& state, const v1::Limit& limit, std::int64_t due_ms) noexcept;
// The gateway ends or accepts no case on a day that may not be the last: where a due time is provisional it waits for the calendar,
// and no longer than until the time is over by any calendar.
inline constexpr std::int64_t provisional_wait_ms = std::int64_t{30} * 24 * 3'600'000;

// A step that is owed, with its words; `limit` is what its due time was counted in. Without days_left.
v1::Owed owed_until(const v1::CaseState& state, v1::ClockKind clock, const v1::Limit& limit, std::int64_t due_ms,
                    v1::SupervisionBand band);
// What is owed next; nullopt when nothing is. Without days_left.
std::optional<v1::Owed> owed_of(const v1::CaseState& state);

// What the gateway's timer says next about a case, and not before when.
struct case_timer {
    std::int64_t at_ms = 0; // 0: nothing, whatever the time
    v1::CaseEvent::BodyCase body = v1::CaseEvent::BODY_NOT_SET;
    v1::ClockKind clock = v1::CLOCK_KIND_UNSPECIFIED;
    v1::SupervisionBand band = v1::SUPERVISION_BAND_UNSPECIFIED; // of a warning
    std::int64_t due_ms = 0;
};
case_timer next_timer(const v1::CaseState& state) noexcept;
// The same as the event that the gateway proposes; no body where there is nothing to say.
v1::CaseEvent timer_event(const v1::CaseState& state);
// True when the record says what next_timer() says, and its time has come; or what the timer of the case said that was asked for
// archives here.
bool timer_has_come(const v1::CaseState& state, const v1::LedgerRecord& record, std::int64_t now_ms) noexcept;

// The clocks as `slice` gives them; nullopt when they are certain already or the slice changes nothing.
std::optional<v1::CaseClocks> revised_clocks(const v1::CaseState& state, const v1::WorkingDays& slice, std::int64_t now_ms);

// Whether `slice` gives the due times that both sides were told; those that are provisional are told anew when it is published.
bool stands_by(const v1::CaseState& state, const v1::WorkingDays& slice);

// "PROMISE" and "承诺时限"; "YELLOW" and "黄".
std::string_view name(v1::ClockKind clock) noexcept;
std::string_view term(v1::ClockKind clock) noexcept;
std::string_view name(v1::SupervisionBand band) noexcept;
std::string_view term(v1::SupervisionBand band) noexcept;

} // namespace tongban::cases
