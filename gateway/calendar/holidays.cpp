// Windows of dates, for want of the moon's own calendar.
#include "gateway/calendar/holidays.hpp"

#include <algorithm>
#include <array>
#include <chrono>

namespace tongban::calendars {

namespace {

struct month_day {
    unsigned month;
    unsigned day;
};

struct holiday {
    const char* zh;
    const char* en;
    month_day first; // earliest and latest date of a day off for it
    month_day last;
    int days;  // in a row, at least
    int since; // year
};

// 清明, 端午 and 中秋 are statutory since 2008.
constexpr std::array holidays{
    holiday{"春节", "Spring Festival", {1, 20}, {2, 24}, 3, 0},
    holiday{"清明节", "Qingming Festival", {4, 3}, {4, 6}, 1, 2008},
    holiday{"端午节", "Dragon Boat Festival", {5, 28}, {6, 25}, 1, 2008},
};

day_number date(int year, month_day of) {
    const std::chrono::year_month_day day{std::chrono::year(year), std::chrono::month(of.month), std::chrono::day(of.day)};
    return static_cast<day_number>(std::chrono::sys_days{day}.time_since_epoch().count());
}

bool has_row(const std::set<day_number>& off, day_number first, day_number last, int days) {
    int row = 0;
    for (auto day = first; day <= last && row < days; ++day) {
        row = off.contains(day) ? row + 1 : 0;
    }
    return row >= days;
}

security::sentence not_off(const char* zh, const char* en, const std::string& where) {
    return {std::string(zh) + "（" + en + "）没有放假：法定节假日缺失，" + where, std::string(en) + " is missing: no days off for it, " + where};
}

} // namespace

std::vector<security::sentence> missing_holidays(int year, const std::set<day_number>& off) {
    std::vector<security::sentence> missing;
    struct fixed {
        const char* zh;
        const char* en;
        month_day on;
    };
    constexpr std::array of_fixed_date{fixed{"元旦", "New Year", {1, 1}},
                                       fixed{"劳动节", "Labour Day", {5, 1}},
                                       fixed{"国庆节", "National Day", {10, 1}},
                                       fixed{"国庆节", "National Day", {10, 2}},
                                       fixed{"国庆节", "National Day", {10, 3}}};
    for (const auto& one : of_fixed_date) {
        const auto day = date(year, one.on);
        if (!off.contains(day)) {
            missing.emplace_back(std::string(one.zh) + "：" + to_text(day) + " 法定节假日缺失",
                                 to_text(day) + " is a public holiday and missing (" + one.en + "): the list has a gap");
        }
    }
    for (const auto& one : holidays) {
        const auto first = date(year, one.first);
        const auto last = date(year, one.last);
        if (year >= one.since && !has_row(off, first, last, one.days)) {
            missing.push_back(not_off(one.zh, one.en, to_text(first) + "/" + to_text(last)));
        }
    }
    const auto first = date(year, {9, 7});
    const auto last = date(year, {10, 8});
    if (year >= 2008 && !has_row(off, first, date(year, {9, 30}), 1) && !off.contains(last)) {
        missing.push_back(not_off("中秋节", "Mid-Autumn Festival", to_text(first) + "/" + to_text(last)));
    }
    return missing;
}

std::string unusual_number(int year, const std::set<day_number>& off, const std::set<day_number>& working) {
    const auto given = std::count_if(off.begin(), off.end(), [](day_number day) { return cases::is_weekday(day); }) -
                       static_cast<std::ptrdiff_t>(working.size());
    const int lawful = year >= 2025 ? 13 : year >= 2008 ? 11 : 10;
    if (given == lawful) {
        return {};
    }
    const auto numbers = std::to_string(given) + "≠" + std::to_string(lawful);
    return std::to_string(year) + "：放假占用的工作日减去调休上班日应等于法定节假日天数（" + numbers + "），请核对放假和调休 / weekdays off "
           "less make-up days should be the statutory number (" + numbers + "): look for a day that is lost or one too many";
}

std::vector<day_number> lonely_make_up_days(const std::set<day_number>& off, const std::set<day_number>& working) {
    constexpr day_number near = 10;
    std::vector<day_number> lonely;
    for (const auto day : working) {
        const auto next = off.lower_bound(day);
        const bool before = next != off.begin() && day - *std::prev(next) <= near;
        const bool after = next != off.end() && *next - day <= near;
        const bool new_year = !cases::is_weekday(day) && to_text(day).substr(5) >= "12-22"; // for the year after
        if (!before && !after && !new_year) {
            lonely.push_back(day);
        }
    }
    return lonely;
}

} // namespace tongban::calendars
