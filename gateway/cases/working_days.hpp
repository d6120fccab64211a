// Arithmetic of working days over the slice of the State Council's calendar that a ledger record carries. Pure: what no
// notice was published for counts by weekday and law, and whoever asks learns from which day on that was so.
#pragma once

#include "tongban/v1/event.pb.h"

#include <cstdint>

namespace tongban::cases {

// Days since 1970-01-01, local dates at +08:00.
using day_number = std::int32_t;

inline constexpr std::int64_t ms_per_day = 86'400'000;
inline constexpr std::int64_t china_ahead_ms = std::int64_t{8} * 3600 * 1000;

// The local date of a moment, and the minute of that day.
day_number day_of(std::int64_t ms) noexcept;
std::int32_t minute_of(std::int64_t ms) noexcept;
// The first and the last millisecond of a day.
std::int64_t start_of(day_number day) noexcept;
std::int64_t end_of(day_number day) noexcept;
// Monday to Friday.
bool is_weekday(day_number day) noexcept;
// 元旦, 劳动节 and 国庆节 by their dates: off by law, whatever a notice moves.
bool is_fixed_holiday(day_number day) noexcept;
// How a day counts while no calendar with it was published: weekdays work but for those.
bool works_without_notice(day_number day) noexcept;
// The same date so many months later; the month's last day where it has no such date.
day_number months_later(day_number day, std::int32_t months) noexcept;

class working_days {
public:
    // No published day: all of them provisional.
    working_days() noexcept = default;
    // `slice` outlives it.
    explicit working_days(const v1::WorkingDays& slice) noexcept;

    bool works(day_number day) const noexcept;
    // The n-th working day after `from`; `from` itself for 0; for n < 0 the working day that lies so many working days
    // before: count(add(from, n), from) == -n.
    day_number add(day_number from, std::int32_t n) const noexcept;
    // Working days after `from` up to and including `to`; negative when `to` is before `from`.
    std::int32_t count(day_number from, day_number to) const noexcept;
    // First day after `from`, up to `to`, for which no published calendar is at hand; 0: none.
    day_number first_uncertain(day_number from, day_number to) const noexcept;

private:
    const char* bits_ = nullptr;
    day_number first_ = 0;
    day_number past_ = 0;    // of the slice
    day_number certain_ = 0; // first day that is not known for certain; past_ at most
};

} // namespace tongban::cases
