// The vectors of the domain's table of working days, by the calendars of 2024 to 2026.
#include "gateway/calendar/calendar.hpp"

#include <gtest/gtest.h>

namespace tongban::calendars {
namespace {

using cases::working_days;

day_number day(const char* text) {
    return *parse_day(text);
}

v1::WorkingDays all_years() {
    const auto built = calendar::built_in();
    return built->slice(built->first(), built->past());
}

TEST(WorkingDays, EveryVectorOfTheDomain) {
    struct vector {
        const char* accepted;
        int days;
        const char* due;
    };
    const vector vectors[] = {{"2024-02-08", 1, "2024-02-09"},  {"2024-09-27", 5, "2024-10-10"},
                              {"2024-10-18", 3, "2024-10-23"},  {"2024-10-21", 15, "2024-11-11"},
                              {"2025-01-24", 5, "2025-02-07"},  {"2025-09-26", 20, "2025-10-30"},
                              {"2026-02-13", 5, "2026-02-27"},  {"2026-09-18", 10, "2026-10-09"},
                              {"2026-09-30", 1, "2026-10-08"}};
    const auto slice = all_years();
    const working_days days(slice);
    for (const auto& each : vectors) {
        EXPECT_EQ(to_text(days.add(day(each.accepted), each.days)), each.due) << each.accepted << " + " << each.days;
        EXPECT_EQ(days.count(day(each.accepted), day(each.due)), each.days) << each.accepted;
    }
}

TEST(WorkingDays, AYearHasAsManyAsWereCounted) {
    const auto slice = all_years();
    const working_days days(slice);
    EXPECT_EQ(days.count(day("2023-12-31"), day("2024-12-31")), 251);
    EXPECT_EQ(days.count(day("2024-12-31"), day("2025-12-31")), 248);
    EXPECT_EQ(days.count(day("2025-12-31"), day("2026-12-31")), 248);
}

TEST(WorkingDays, MakeUpDaysWorkAndTheEveOfTheNewYearIsNoHoliday) {
    const auto slice = all_years();
    const working_days days(slice);
    EXPECT_TRUE(days.works(day("2024-02-04"))) << "a Sunday that is made up";
    EXPECT_TRUE(days.works(day("2024-02-09"))) << "rest is encouraged only";
    EXPECT_FALSE(days.works(day("2024-10-07"))) << "a Monday inside the holiday";
    EXPECT_FALSE(days.works(day("2024-10-13")));
}

TEST(WorkingDays, BackwardsFindsTheWorkingDayThatLiesSoManyBefore) {
    const auto slice = all_years();
    const working_days days(slice);
    for (auto from = day("2024-01-20"); from < day("2024-12-31"); ++from) {
        for (int n = 1; n < 12; ++n) {
            const auto before = days.add(from, -n);
            ASSERT_EQ(days.count(before, from), n) << to_text(from) << " - " << n;
            ASSERT_TRUE(days.works(before));
            ASSERT_EQ(days.count(from, before), -n);
        }
    }
    EXPECT_EQ(days.add(day("2024-10-13"), 0), day("2024-10-13"));
}

TEST(WorkingDays, WithoutACalendarWeekdaysCountButForFixedHolidaysAndNothingIsCertain) {
    const working_days none;
    EXPECT_EQ(to_text(none.add(day("2024-09-27"), 5)), "2024-10-09");
    EXPECT_EQ(none.first_uncertain(day("2024-09-27"), day("2024-10-04")), day("2024-09-28"));
    EXPECT_EQ(none.first_uncertain(day("2024-09-27"), day("2024-09-27")), 0);
}

TEST(WorkingDays, TellFromWhereOnTheyAreNotCertain) {
    const auto slice = all_years();
    const working_days days(slice);
    EXPECT_EQ(days.first_uncertain(day("2026-12-01"), day("2026-12-31")), 0);
    EXPECT_EQ(days.first_uncertain(day("2026-12-01"), day("2027-01-01")), day("2027-01-01"));
    EXPECT_EQ(days.first_uncertain(day("2027-03-01"), day("2027-03-02")), day("2027-03-02"));
    EXPECT_EQ(days.first_uncertain(day("2023-12-29"), day("2024-01-05")), day("2023-12-30"));
    EXPECT_EQ(to_text(days.add(day("2026-12-30"), 3)), "2027-01-05") << "New Year's Day, a Friday, is off without a notice";
}

TEST(WorkingDays, AShortSliceSaysTheSameAsTheWholeWhereItReaches) {
    const auto built = calendar::built_in();
    const auto whole_slice = all_years();
    const working_days whole(whole_slice);
    for (auto from = day("2024-06-03"); from < day("2024-06-30"); ++from) {
        const auto slice = built->slice(from, from + 37);
        const working_days days(slice);
        for (auto each = from; each < from + 37; ++each) {
            ASSERT_EQ(days.works(each), whole.works(each)) << to_text(each);
        }
        EXPECT_EQ(days.first_uncertain(from, from + 36), 0);
        EXPECT_EQ(days.first_uncertain(from, from + 37), from + 37);
    }
}

TEST(WorkingDays, ASliceThatIsNonsenseEndsAllTheSame) {
    v1::WorkingDays none_works;
    none_works.set_first_day(day("2024-01-01"));
    none_works.set_bits(std::string(100'000, '\0'));
    const working_days days(none_works);
    EXPECT_GT(days.add(day("2024-01-01"), 3000), day("2024-01-01"));
    EXPECT_LE(days.add(day("2040-01-01"), -3000), day("2040-01-01"));
    v1::WorkingDays far;
    far.set_first_day(INT32_MAX);
    far.set_provisional_from(INT32_MIN);
    far.set_bits("\xff");
    EXPECT_TRUE(working_days(far).works(day("2024-10-18")));
}

TEST(Days, LocalDatesAreThoseOfChina) {
    EXPECT_EQ(to_text(cases::day_of(1'729'180'800'000)), "2024-10-18") << "16:00 UTC is midnight";
    EXPECT_EQ(to_text(cases::day_of(1'729'180'799'999)), "2024-10-17");
    EXPECT_EQ(cases::minute_of(1'729'180'800'000 + 61'000), 1);
    EXPECT_EQ(cases::end_of(day("2024-10-18")), cases::start_of(day("2024-10-19")) - 1);
    EXPECT_EQ(to_text(cases::day_of(-1)), "1970-01-01");
    EXPECT_EQ(to_text(cases::day_of(-8 * 3'600'000 - 1)), "1969-12-31");
}

TEST(Days, MonthsEndOnTheirLastDay) {
    EXPECT_EQ(to_text(cases::months_later(day("2024-01-31"), 1)), "2024-02-29");
    EXPECT_EQ(to_text(cases::months_later(day("2024-11-30"), 3)), "2025-02-28");
    EXPECT_EQ(to_text(cases::months_later(day("2024-10-18"), 12)), "2025-10-18");
}

TEST(Days, TextsThatAreNoDatesAreNone) {
    for (const auto* text : {"", "2024-02-30", "2024-2-3", "2024-13-01", "20241018", "2024/10/18", "2024-10-1x", "2024-00-01"}) {
        EXPECT_FALSE(parse_day(text)) << text;
    }
}

} // namespace
} // namespace tongban::calendars
