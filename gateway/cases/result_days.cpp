#include "gateway/cases/result_days.hpp"

#include "gateway/cases/limits.hpp"

#include <algorithm>

namespace tongban::cases {

namespace {

constexpr std::int64_t ms_per_hour = 3'600'000;

} // namespace

std::int64_t end_of_limit(const v1::Limit& limit, std::int64_t from_ms, const working_days& days) noexcept {
    const auto n = value_of(limit);
    const auto day = day_of(from_ms);
    switch (limit.unit()) {
    case v1::LIMIT_UNIT_CALENDAR_DAY:
        return end_of(day + n);
    case v1::LIMIT_UNIT_MONTH:
        return end_of(months_later(day, n));
    case v1::LIMIT_UNIT_HOUR:
        return from_ms + n * ms_per_hour;
    default:
        return end_of(days.add(day, n));
    }
}

result_days::end result_days::after(std::int32_t n) const noexcept {
    end reached{first_, 0};
    auto known = known_after_;
    const auto look = [&](day_number to) {
        reached.uncertain = reached.uncertain != 0 ? reached.uncertain : days_.first_uncertain(known, to);
    };
    for (const auto& pause : clocks_.pauses()) {
        const auto stopped = day_of(pause.since_ms());
        const auto used = days_.count(reached.day, stopped);
        if (used > n) {
            look(days_.add(reached.day, n + 1)); // it had passed, if that day works
            break;
        }
        look(stopped);
        n -= used;
        reached.day = known = day_of(pause.until_ms());
    }
    reached.day = days_.add(reached.day, n);
    look(reached.day);
    return reached;
}

std::int32_t result_days::used_until(day_number day) const noexcept {
    auto from = first_;
    std::int32_t used = 0;
    for (const auto& pause : clocks_.pauses()) {
        used += days_.count(from, day_of(pause.since_ms()));
        from = day_of(pause.until_ms());
    }
    return std::max(0, used + days_.count(from, day));
}

std::int32_t result_days::stopped() const noexcept {
    std::int32_t stopped = 0;
    for (const auto& pause : clocks_.pauses()) {
        stopped += days_.count(day_of(pause.since_ms()), day_of(pause.until_ms()));
    }
    return stopped;
}

natural_end natural_end_of(const v1::Limit& limit, const v1::CaseClocks& clocks, const working_days& days) noexcept {
    const auto more = clocks.extension_days();
    const auto extended = [&](std::int64_t due_ms) { return more == 0 ? due_ms : end_of(days.add(day_of(due_ms), more)); };
    auto due_ms = end_of_limit(limit, clocks.accepted_ms(), days);
    for (const auto& pause : clocks.pauses()) {
        if (extended(due_ms) < pause.since_ms()) {
            break; // it had passed
        }
        due_ms += limit.unit() == v1::LIMIT_UNIT_HOUR ? pause.until_ms() - pause.since_ms()
                                                      : (day_of(pause.until_ms()) - day_of(pause.since_ms())) * ms_per_day;
    }
    const auto end_ms = extended(due_ms);
    return {end_ms, more == 0 ? 0 : days.first_uncertain(day_of(due_ms), day_of(end_ms))};
}

} // namespace tongban::cases
