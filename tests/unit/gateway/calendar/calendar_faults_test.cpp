// Every mistake a person can make in a calendar file is told, with file and place, all of them at once.
#include "gateway/calendar/calendar.hpp"
#include "tests/unit/security/bilingual_mistakes.hpp"

#include <gtest/gtest.h>

namespace tongban::calendars {
namespace {

std::string year(int number, const std::string& more_off = "", const std::string& working = "") {
    const auto y = std::to_string(number);
    return "  " + y + ":\n    notice: n\n    off: [" + y + "-01-01, " + y + "-02-10/" + y + "-02-13, " + y + "-04-04, " + y +
           "-05-01/" + y + "-05-05, " + y + "-06-10, " + y + "-09-17, " + y + "-10-01/" + y + "-10-07" + more_off + "]\n    working: [" + working + "]\n";
}

std::string faults(const std::string& text) {
    const auto result = calendar::parse(text, "c.yaml");
    EXPECT_EQ(result.value == nullptr, !result.mistakes.empty());
    std::string all;
    for (const auto& mistake : result.mistakes) {
        testing::expect_both_languages(mistake.message);
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
           "2024-05-01 is a public holiday and missing");
}

TEST(CalendarFaults, EachStatutoryHolidayIsAskedForByName) {
    const auto without = [](const std::string& days) {
        auto text = file(year(2026));
        return text.erase(text.find(days), days.size());
    };
    expect(without(", 2026-02-10/2026-02-13"), "years.2026.off: 春节（Spring Festival）没有放假");
    expect(without(", 2026-04-04"), "清明节");
    expect(without(", 2026-06-10"), "端午节");
    expect(without(", 2026-09-17"), "中秋节");
    expect(without("2026-01-01, "), "元旦");
    EXPECT_EQ(faults(file(year(2025, ", 2025-10-08"))), "");
    auto together = file(year(2025, ", 2025-10-08")); // 中秋 within 国庆, which has an eighth day
    EXPECT_EQ(faults(together.erase(together.find(", 2025-09-17"), 12)), "");
    auto old = file(year(2007));
    EXPECT_EQ(faults(old.erase(old.find(", 2007-04-04"), 12)), "") << "statutory since 2008";
}

TEST(CalendarFaults, AMakeUpDayThatMakesUpForNothing) {
    expect(file(year(2024, "", "2024-07-13")), "years.2024.working: 2024-07-13 前后 10 天没有放假，无可调休 / 2024-07-13 makes up for nothing");
    EXPECT_EQ(faults(file(year(2024, "", "2024-12-28"))), "") << "for the days off of the year after";
}

TEST(CalendarFaults, AnUnusualNumberOfDaysOffIsAWarning) {
    EXPECT_TRUE(calendar::built_in());
    const auto sparse = calendar::parse(file(year(2026)), "c.yaml");
    ASSERT_TRUE(sparse.value);
    ASSERT_EQ(sparse.warnings.size(), 1);
    EXPECT_NE(sparse.warnings[0].find("≠13"), std::string::npos) << sparse.warnings[0];
    const auto whole = calendar::parse("version: v\nyears:\n  2026:\n    notice: n\n    off: [2026-01-01/2026-01-03, "
                                       "2026-02-15/2026-02-23, 2026-04-04/2026-04-06, 2026-05-01/2026-05-05, "
                                       "2026-06-19/2026-06-21, 2026-09-25/2026-09-27, 2026-10-01/2026-10-07]\n    working: "
                                       "[2026-01-04, 2026-02-14, 2026-02-28, 2026-05-09, 2026-09-20, 2026-10-10]\n", "c.yaml");
    EXPECT_TRUE(whole.value && whole.warnings.empty());
}

TEST(CalendarFaults, ADayBothOffAndWorking) {
    expect(file(year(2024, ", 2024-05-11", "2024-05-11")), "2024-05-11 is both a day off and a make-up working day");
}

TEST(CalendarFaults, AMakeUpDayThatIsAWeekday) {
    expect(file(year(2024, "", "2024-05-13")), "2024-05-13 is a weekday");
}

TEST(CalendarFaults, ADayNamedTwice) {
    expect(file(year(2024, ", 2024-10-03")), "c.yaml:5:128: years.2024.off: 2024-10-03 重复 / 2024-10-03 is named twice");
    expect(file(year(2024) + year(2024)), "years");
}

TEST(CalendarFaults, DatesThatAreNone) {
    for (const auto* text : {"2024-02-30", "2024/04/08", "0", "2024-04-08/", "2024-4-8"}) {
        expect(file(year(2024, std::string(", \"") + text + "\"")), "is no date");
    }
    expect(file(year(2024, ", 2024-04-09/2024-04-08")), "ends before it begins");
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
