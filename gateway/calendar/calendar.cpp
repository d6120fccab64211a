// A checked calendar: dates, slices, comparison.
#include "gateway/calendar/calendar.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>

namespace tongban::calendars {

std::string to_text(day_number day) {
    const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{day}}};
    char text[32];
    std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                  static_cast<unsigned>(date.day()));
    return text;
}

std::optional<day_number> parse_day(std::string_view text) {
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') {
        return std::nullopt;
    }
    const auto number = [&](std::size_t at, std::size_t size) -> int {
        int value = -1;
        const auto* end = text.data() + at + size;
        const auto [stopped, error] = std::from_chars(text.data() + at, end, value);
        return error == std::errc{} && stopped == end ? value : -1;
    };
    const int y = number(0, 4);
    const int m = number(5, 2);
    const int d = number(8, 2);
    if (y < 1970 || m < 1 || d < 1) {
        return std::nullopt;
    }
    const std::chrono::year_month_day date{std::chrono::year(y), std::chrono::month(static_cast<unsigned>(m)),
                                           std::chrono::day(static_cast<unsigned>(d))};
    if (!date.ok()) {
        return std::nullopt;
    }
    return static_cast<day_number>(std::chrono::sys_days{date}.time_since_epoch().count());
}

bool calendar::works(day_number day) const noexcept {
    return day < first_ || day >= past_ ? cases::works_without_notice(day) : works_[static_cast<std::size_t>(day - first_)];
}

v1::WorkingDays calendar::slice(day_number from, day_number past) const {
    v1::WorkingDays slice;
    slice.set_version(version_);
    const auto first = std::clamp(from, first_, past_);
    const auto last = std::clamp(past, first, past_);
    slice.set_first_day(first);
    auto& bits = *slice.mutable_bits();
    bits.assign(static_cast<std::size_t>(last - first + 7) / 8, '\0');
    for (auto day = first; day < last; ++day) {
        if (works(day)) {
            const auto at = static_cast<std::size_t>(day - first);
            bits[at / 8] = static_cast<char>(static_cast<unsigned char>(bits[at / 8]) | 1U << (at % 8));
        }
    }
    // The last byte may have bits to spare, which say nothing; nor does the slice, of days that it leaves out.
    for (auto day = last; day < first + static_cast<day_number>(bits.size()) * 8; ++day) {
        if (cases::works_without_notice(day)) {
            const auto at = static_cast<std::size_t>(day - first);
            bits[at / 8] = static_cast<char>(static_cast<unsigned char>(bits[at / 8]) | 1U << (at % 8));
        }
    }
    slice.set_provisional_from(last);
    return slice;
}

std::pair<day_number, day_number> days_in_use(const v1::CaseState& state) {
    const auto& clocks = state.clocks();
    const bool received = clocks.received_ms() != 0;
    const auto from_ms = received ? clocks.received_ms() : state.times().submitted_ms();
    const auto first_ms = state.has_urge() ? std::min(from_ms, state.urge().since_ms()) : from_ms;
    auto last_ms = std::max({clocks.notice_due_ms(), clocks.supplement_due_ms(), clocks.promise_due_ms(),
                             clocks.statutory_due_ms(), clocks.special_due_ms(), clocks.delivery_due_ms(),
                             clocks.rectification_due_ms(), clocks.line_ms(), state.urge().due_ms(),
                             received ? 0 : clocks.receipt_due_ms()});
    for (const auto& one : state.owed_materials()) {
        last_ms = std::max({last_ms, one.due_ms(), one.answer_due_ms()});
    }
    if (last_ms <= first_ms) {
        return {0, 0};
    }
    const auto first = cases::day_of(first_ms);
    const auto last = cases::day_of(last_ms);
    const auto uncertain = clocks.provisional_from();
    return {first, std::max(first, uncertain == 0 ? last : std::min(last, uncertain - 1))};
}

std::vector<day_number> changed_days(const calendar& was, const calendar& next, std::size_t max) {
    std::vector<day_number> changed;
    for (auto day = was.first(); day < was.past() && changed.size() < max; ++day) {
        const bool covered = day >= next.first() && day < next.past();
        if (!covered || was.works(day) != next.works(day)) {
            changed.push_back(day);
        }
    }
    return changed;
}

} // namespace tongban::calendars
