// Every mistake a person can make in a calendar file is told, with file and place, all of them at once.
#include "gateway/calendar/calendar.hpp"

#include <gtest/gtest.h>

namespace tongban::calendars {
namespace {

std::string year(int number, const std::string& more_off = "", const std::string& working = "") {
    const auto y = std::to_string(number);
    return "  " + y + ":\n    notice: n\n    off: [" + y + "-01-01, " + y + "-05-01/" + y + "-05-05, " + y + "-10-01/" + y +
           "-10-07" + more_off + "]\n    working: [" + working + "]\n";
}

std::string faults(const std::string& text) {
    const auto result = calendar::parse(text, "c.yaml");
    EXPECT_EQ(result.value == nullptr, !result.mistakes.empty());
    std::string all;
    for (const auto& mistake : result.mistakes) {
        all += mistake.text() + "\n";
    }
    return all;
}

std::string file(const std::string& years) {
    return "version: v\nyears:\n" + years;
}

void expect(const std::string& text, const std::string& part) {
    EXPECT_NE(faults(text).find(part), std::string::npos) << part << "\n in: " << faults(text);
}

TEST(CalendarFaults, AGoodFileHasNone) {
    EXPECT_EQ(faults(file(year(2024, "", "2024-05-11") + year(2025))), "");
}

TEST(CalendarFaults, AGapBetweenYears) {
    expect(file(year(2024) + year(2026)), "the year 2025 is missing between others");
}

TEST(CalendarFaults, AHolidayThatIsMissing) {
    expect("version: v\nyears:\n  2024:\n    notice: n\n    off: [2024-01-01, 2024-10-01/2024-10-07]\n",
           "c.yaml:4:5: years.2024.off: 2024-05-01 is a public holiday and missing");
}

TEST(CalendarFaults, ADayBothOffAndWorking) {
    expect(file(year(2024, ", 2024-05-11", "2024-05-11")), "2024-05-11 is both a day off and a make-up working day");
}

TEST(CalendarFaults, AMakeUpDayThatIsAWeekday) {
    expect(file(year(2024, "", "2024-05-13")), "2024-05-13 is a weekday");
}

TEST(CalendarFaults, ADayNamedTwice) {
    expect(file(year(2024, ", 2024-10-03")), "c.yaml:5:69: years.2024.off: 2024-10-03 is named twice");
    expect(file(year(2024) + year(2024)), "years");
}

TEST(CalendarFaults, DatesThatAreNone) {
    for (const auto* text : {"2024-02-30", "2024/04/04", "0", "2024-04-04/", "2024-4-4"}) {
        expect(file(year(2024, std::string(", \"") + text + "\"")), "is no date");
    }
    expect(file(year(2024, ", 2024-04-06/2024-04-04")), "ends before it begins");
    expect(file(year(2024, ", 2024-06-01/2024-07-30")), "longer than 15 days");
    expect(file(year(2024, ", 2025-04-04")), "is not in 2024");
}

TEST(CalendarFaults, WhatIsMissingOrUnknownAltogether) {
    expect("years:\n" + year(2024), "version");
    expect("version: v\n", "no year is given");
    expect("version: v\nyears: {}\n", "no year is given");
    expect("version: v\nyears:\n  zwei:\n    notice: n\n", "\"zwei\" is no year");
    expect("version: v\nyears:\n  2024:\n    off: [2024-01-01]\n", "notice");
    expect(file(year(2024) + "    of: []\n"), "of");
    expect("[1, 2]", "c.yaml");
    expect("version: [", "c.yaml");
}

TEST(CalendarFaults, AllAreToldAtOnce) {
    const auto told = faults(file(year(2024, ", 2024-02-30, 2024-10-03", "2024-05-13") + year(2026)));
    for (const auto* part : {"2024-02-30", "2024-10-03 is named twice", "2024-05-13 is a weekday", "2025 is missing"}) {
        EXPECT_NE(told.find(part), std::string::npos) << part << "\n in: " << told;
    }
}

TEST(CalendarFaults, AFileThatIsNotThere) {
    const auto result = calendar::load("/nowhere/c.yaml");
    EXPECT_FALSE(result.value);
    EXPECT_FALSE(result.mistakes.empty());
}

} // namespace
} // namespace tongban::calendars
