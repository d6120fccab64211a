// The statutory holidays 法定节假日 that a year's list of days off must hold, and how many days off there should be: a list
// that lost one is well-formed, and every limit that runs over it would end too early.
#pragma once

#include "gateway/calendar/calendar.hpp"

#include <set>
#include <string>
#include <vector>

namespace tongban::calendars {

// A mistake for each holiday of which no day is off. Those that follow the moon are looked for between their first and last
// possible date: 中秋 may fall together with 国庆, which then has an eighth day.
std::vector<security::sentence> missing_holidays(int year, const std::set<day_number>& off);

// A line when weekdays off, less make-up days 调休上班, are not the days that the law gives (全国年节及纪念日放假办法): a
// day may be lost or a make-up day forgotten. Empty when they are. Extra days by a notice of their own are possible.
std::string unusual_number(int year, const std::set<day_number>& off, const std::set<day_number>& working);

// Make-up days far from any day off: there is nothing that they make up for.
std::vector<day_number> lonely_make_up_days(const std::set<day_number>& off, const std::set<day_number>& working);

} // namespace tongban::calendars
