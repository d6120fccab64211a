// Until when a result is owed: from the acceptance, the limit, the extension and the special procedures that ended, and
// from nothing that was reckoned before. So each due time follows from the same facts by any calendar, also a later one.
#pragma once

#include "gateway/cases/case_clocks.hpp"
#include "gateway/cases/working_days.hpp"

namespace tongban::cases {

// End of a limit that begins then: the day it begins on is not counted.
std::int64_t end_of_limit(const v1::Limit& limit, std::int64_t from_ms, const working_days& days) noexcept;

// 预警比例: yellow is what has less than so many percent left.
std::int32_t yellow_percent(const v1::CaseState& state) noexcept;
// From when on less than that is left of a limit that ends then, or one day.
std::int64_t yellow_line_of(const v1::Limit& limit, std::int64_t due_ms, std::int32_t percent, const working_days& days) noexcept;
// The same of so many working days.
std::int64_t yellow_line_of_days(std::int64_t total, std::int64_t due_ms, std::int32_t percent, const working_days& days) noexcept;

// The days after `first` on which the clock ran. What it is made of outlives it.
class result_days {
public:
    // Days from the one after `known_after` on matter: whether the acceptance was on a working day does where an item is owed
    // on that day.
    result_days(const v1::CaseClocks& clocks, day_number first, day_number known_after, const working_days& days,
                bool ends_on_working_days) noexcept
        : clocks_(clocks), first_(first), known_after_(known_after), days_(days), ends_on_working_days_(ends_on_working_days) {}

    struct end {
        day_number day = 0;
        day_number uncertain = 0; // first day it rests on that no published calendar told; 0: none
    };
    // The day on which n working days are used up. One that a special procedure found passed stays where it was; with nothing left
    // when the clock stopped, it is the day on which the clock went on, or the working day after a day off
    // (rules_of_putting_off).
    end after(std::int32_t n) const noexcept;
    // Working days used up to and including that day, when no special procedure runs.
    std::int32_t used_until(day_number day) const noexcept;
    // Working days on which the clock stood still.
    std::int32_t stopped() const noexcept;

private:
    const v1::CaseClocks& clocks_;
    const day_number first_;
    const day_number known_after_;
    const working_days& days_;
    const bool ends_on_working_days_;
};

// The same of a limit in natural days, months or hours. It moves by the days, or hours by the time, that the clock stood still;
// the extension's working days come after it.
struct natural_end {
    std::int64_t due_ms = 0;
    day_number uncertain = 0; // as above: of the extension
};
natural_end natural_end_of(const v1::Limit& limit, const v1::CaseClocks& clocks, const working_days& days) noexcept;

} // namespace tongban::cases
