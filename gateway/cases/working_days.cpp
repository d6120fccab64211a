// Day by day: a limit is a few dozen days, and a bit test costs a nanosecond.
#include "gateway/cases/working_days.hpp"

#include <algorithm>
#include <chrono>

namespace tongban::cases {

namespace {

// A walk ends here whatever a slice says: one without a working day would have no end.
constexpr std::int32_t walk_max = 20'000;

// A slice says nothing about days that no chrono date has.
constexpr day_number day_max = 2'000'000;

} // namespace

day_number day_of(std::int64_t ms) noexcept {
    const auto local = ms + china_ahead_ms;
    const auto day = local / ms_per_day - (local % ms_per_day < 0 ? 1 : 0);
    return static_cast<day_number>(std::clamp<std::int64_t>(day, -day_max, day_max));
}

std::int32_t minute_of(std::int64_t ms) noexcept {
    return static_cast<std::int32_t>((ms - start_of(day_of(ms))) / 60'000);
}

std::int64_t start_of(day_number day) noexcept {
    return day * ms_per_day - china_ahead_ms;
}

std::int64_t end_of(day_number day) noexcept {
    return start_of(day) + ms_per_day - 1;
}

bool is_weekday(day_number day) noexcept {
    // 1970-01-01 was a Thursday; Monday is 0.
    const auto weekday = ((day + 3) % 7 + 7) % 7;
    return weekday < 5;
}

bool is_fixed_holiday(day_number day) noexcept {
    using namespace std::chrono;
    const year_month_day date{sys_days{days{day}}};
    const auto month = static_cast<unsigned>(date.month());
    const auto of_month = static_cast<unsigned>(date.day());
    return ((month == 1 || month == 5) && of_month == 1) || (month == 10 && of_month <= 3);
}

bool works_without_notice(day_number day) noexcept {
    return is_weekday(day) && !is_fixed_holiday(day);
}

day_number months_later(day_number day, std::int32_t months) noexcept {
    using namespace std::chrono;
    const year_month_day from{sys_days{days{day}}};
    const auto month = year_month{from.year(), from.month()} + std::chrono::months{months};
    const auto last = year_month_day_last{month.year(), month_day_last{month.month()}}.day();
    return sys_days{month / std::min(from.day(), last)}.time_since_epoch().count();
}

working_days::working_days(const v1::WorkingDays& slice) noexcept
    : bits_(slice.bits().data()), first_(std::clamp(slice.first_day(), -day_max, day_max)),
      past_(first_ + static_cast<day_number>(std::min<std::size_t>(slice.bits().size(), walk_max / 8) * 8)), certain_(past_) {
    if (slice.provisional_from() != 0) {
        certain_ = std::min(past_, slice.provisional_from());
    }
}

bool working_days::works(day_number day) const noexcept {
    if (day < first_ || day >= past_) {
        return works_without_notice(day);
    }
    const auto at = static_cast<std::size_t>(day - first_);
    return (static_cast<unsigned char>(bits_[at / 8]) >> (at % 8) & 1) != 0;
}

day_number working_days::add(day_number from, std::int32_t n) const noexcept {
    auto day = from;
    if (n < 0) {
        // The day sought works itself, and -n working days lie after it.
        auto behind = works(day) ? 1 : 0;
        for (std::int32_t steps = 0; behind <= -n && steps < walk_max; ++steps) {
            behind += works(--day) ? 1 : 0;
        }
        return day;
    }
    for (std::int32_t steps = 0; n > 0 && steps < walk_max; ++steps) {
        n -= works(++day) ? 1 : 0;
    }
    return day;
}

std::int32_t working_days::count(day_number from, day_number to) const noexcept {
    if (to < from) {
        return -count(to, from);
    }
    std::int32_t found = 0;
    const auto last = std::min(to, from + walk_max);
    for (auto day = from + 1; day <= last; ++day) {
        found += works(day) ? 1 : 0;
    }
    return found;
}

day_number working_days::first_uncertain(day_number from, day_number to) const noexcept {
    if (to <= from) {
        return 0;
    }
    if (from + 1 < first_ || from + 1 >= certain_) {
        return from + 1;
    }
    return to >= certain_ ? certain_ : 0;
}

} // namespace tongban::cases
