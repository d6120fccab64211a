#include "gateway/cases/result_days.hpp"

#include "gateway/cases/limits.hpp"

#include <algorithm>

namespace tongban::cases {

namespace {

constexpr std::int64_t ms_per_hour = 3'600'000;

// Most days that are less than so many percent.
std::int32_t days_left_at_yellow(std::int64_t total, std::int32_t percent) noexcept {
    return static_cast<std::int32_t>(std::max<std::int64_t>(1, (percent * total + 99) / 100 - 1));
}

} // namespace

std::int32_t yellow_percent(const v1::CaseState& state) noexcept {
    const auto said = state.terms().yellow_percent();
    return static_cast<std::int32_t>(std::min<std::uint32_t>(said == 0 ? default_yellow_percent : said, 100));
}

std::int64_t yellow_line_of_days(std::int64_t total, std::int64_t due_ms, std::int32_t percent, const working_days& days) noexcept {
    return start_of(days.add(day_of(due_ms), -days_left_at_yellow(total, percent)));
}

std::int64_t yellow_line_of(const v1::Limit& limit, std::int64_t due_ms, std::int32_t percent, const working_days& days) noexcept {
    if (in_working_days(limit)) {
        return yellow_line_of_days(value_of(limit), due_ms, percent, days);
    }
    if (limit.unit() == v1::LIMIT_UNIT_HOUR) {
        return due_ms - value_of(limit) * ms_per_hour * percent / 100; // no smallest step: an hour may be all there is
    }
    const auto total = limit.unit() == v1::LIMIT_UNIT_MONTH ? value_of(limit) * 30 : value_of(limit);
    return start_of(day_of(due_ms) - days_left_at_yellow(total, percent));
}

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
    bool put_off = false;
    const auto look = [&](day_number to) {
        reached.uncertain = reached.uncertain != 0 ? reached.uncertain : days_.first_uncertain(known, to);
    };
    for (const auto& pause : clocks_.pauses()) {
        const auto stopped = day_of(pause.since_ms());
        const auto used = put_off ? std::max(0, days_.count(reached.day, stopped)) : days_.count(reached.day, stopped);
        if (used > n) {
            look(days_.add(reached.day, n + 1)); // it had passed, if that day works
            break;
        }
        look(stopped);
        n -= used;
        reached.day = known = day_of(pause.until_ms());
        const bool nothing_left = n == 0 && ends_on_working_days_;
        known -= nothing_left ? 1 : 0; // whether that day works matters, too
        put_off = nothing_left && !days_.works(reached.day);
        if (put_off) {
            reached.day = days_.add(reached.day, 1); // the next pause may begin before it
        }
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
