#include "tests/unit/gateway/calendar/slow_clocks.hpp"

#include <ctime>
#include <map>
#include <sstream>

namespace tongban::slow {

namespace {

// 国办发明电〔2023〕7号, 国办发明电〔2024〕12号 and the notice of 2025-11-04: "+" a day off, "!" a make-up day.
constexpr const char* notices = R"(
+2024-01-01 +2024-02-10 +2024-02-11 +2024-02-12 +2024-02-13 +2024-02-14 +2024-02-15 +2024-02-16 +2024-02-17
!2024-02-04 !2024-02-18 +2024-04-04 +2024-04-05 +2024-04-06 !2024-04-07 +2024-05-01 +2024-05-02 +2024-05-03
+2024-05-04 +2024-05-05 !2024-04-28 !2024-05-11 +2024-06-10 +2024-09-15 +2024-09-16 +2024-09-17 !2024-09-14
+2024-10-01 +2024-10-02 +2024-10-03 +2024-10-04 +2024-10-05 +2024-10-06 +2024-10-07 !2024-09-29 !2024-10-12
+2025-01-01 +2025-01-28 +2025-01-29 +2025-01-30 +2025-01-31 +2025-02-01 +2025-02-02 +2025-02-03 +2025-02-04
!2025-01-26 !2025-02-08 +2025-04-04 +2025-04-05 +2025-04-06 +2025-05-01 +2025-05-02 +2025-05-03 +2025-05-04
+2025-05-05 !2025-04-27 +2025-05-31 +2025-06-01 +2025-06-02 +2025-10-01 +2025-10-02 +2025-10-03 +2025-10-04
+2025-10-05 +2025-10-06 +2025-10-07 +2025-10-08 !2025-09-28 !2025-10-11 +2026-01-01 +2026-01-02 +2026-01-03
!2026-01-04 +2026-02-15 +2026-02-16 +2026-02-17 +2026-02-18 +2026-02-19 +2026-02-20 +2026-02-21 +2026-02-22
+2026-02-23 !2026-02-14 !2026-02-28 +2026-04-04 +2026-04-05 +2026-04-06 +2026-05-01 +2026-05-02 +2026-05-03
+2026-05-04 +2026-05-05 !2026-05-09 +2026-06-19 +2026-06-20 +2026-06-21 +2026-09-25 +2026-09-26 +2026-09-27
!2026-09-20 +2026-10-01 +2026-10-02 +2026-10-03 +2026-10-04 +2026-10-05 +2026-10-06 +2026-10-07 !2026-10-10
)";

std::map<int, bool> read_notices() {
    std::map<int, bool> known;
    std::istringstream in(notices);
    for (std::string word; in >> word;) {
        known[day(word.substr(1))] = word.front() == '!';
    }
    return known;
}

std::tm utc(int day) {
    const std::time_t seconds = static_cast<std::time_t>(day) * 86'400;
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    return parts;
}

bool works_by_notice(int day) {
    static const auto known = read_notices();
    const auto found = known.find(day);
    if (found != known.end()) {
        return found->second;
    }
    const int weekday = utc(day).tm_wday;
    return weekday != 0 && weekday != 6;
}

bool stands_still(const history& h, int day) {
    for (const auto& each : h.stops) {
        if (day > each.start && day <= each.end) {
            return true;
        }
    }
    return false;
}

} // namespace

int day(const std::string& text) {
    std::tm parts{};
    strptime(text.c_str(), "%Y-%m-%d", &parts);
    return static_cast<int>(timegm(&parts) / 86'400);
}

bool works(int day) {
    static std::map<int, bool> asked;
    const auto found = asked.find(day);
    return found != asked.end() ? found->second : (asked[day] = works_by_notice(day));
}

int first_day(const history& h) {
    int first = h.accepted;
    if (h.limit == 0 && (h.late || !works(first))) {
        do {
            ++first;
        } while (!works(first));
    }
    return first;
}

int used(const history& h, int until) {
    int days = 0;
    for (int each = first_day(h) + 1; each <= until; ++each) {
        if (works(each) && !stands_still(h, each)) {
            ++days;
        }
    }
    return days;
}

int due(const history& h) {
    const int total = h.limit + h.extension;
    int last = first_day(h);
    for (int days = 0; days < total;) {
        ++last;
        if (works(last) && !stands_still(h, last)) {
            ++days;
        }
    }
    // With nothing left when the clock stops, the last day is the one on which it goes on.
    int owed_until = last;
    for (const auto& each : h.stops) {
        bool none_between = each.start >= last;
        for (int between = owed_until + 1; between <= each.start; ++between) {
            none_between = none_between && !works(between);
        }
        if (none_between) {
            last = owed_until = each.end;
            while (h.rolls && !works(owed_until)) {
                ++owed_until;
            }
        }
    }
    return owed_until;
}

int yellow(const history& h, int percent) {
    // Back from the last day, while what is left after the day before is still little.
    int first = due(h);
    for (int left = works(first) ? 1 : 0; left * 100 < percent * h.limit || left <= 1; left += works(first) ? 1 : 0) {
        --first;
    }
    return first;
}

delivery_days told_of_delivery(int decided, int days, int handed_over) {
    delivery_days told;
    int left = days;
    for (int today = decided + 1; told.red == 0 && (handed_over == 0 || today <= handed_over); ++today) {
        if (works(today)) {
            --left; // of those after today
            told.yellow = told.yellow == 0 && (left * 10 < days * 3 || left <= 1) ? today : told.yellow;
            told.red = left < 0 ? today : 0;
        }
    }
    return told;
}

int after(int day, int n) {
    while (n > 0) {
        ++day;
        n -= works(day) ? 1 : 0;
    }
    return day;
}

int months_after(int day, int months) {
    auto parts = utc(day);
    const int wanted = (parts.tm_year * 12 + parts.tm_mon + months) % 12;
    parts.tm_mon += months;
    auto at = static_cast<int>(timegm(&parts) / 86'400);
    while (utc(at).tm_mon != wanted) { // the 31st of a month that has none: back to its last day
        --at;
    }
    return at;
}

} // namespace tongban::slow
