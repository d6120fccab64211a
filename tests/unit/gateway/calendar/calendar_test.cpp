// The built-in calendar, what its slices say, and what a reload would change.
#include "gateway/calendar/calendar.hpp"
#include "gateway/calendar/calendar_source.hpp"

#include <gtest/gtest.h>

namespace tongban::calendars {
namespace {

constexpr const char* later_year = R"(
  2027:
    notice: test
    off: [2027-01-01/2027-01-03, 2027-02-05/2027-02-11, 2027-04-03/2027-04-05, 2027-05-01/2027-05-05,
          2027-06-09, 2027-09-15, 2027-10-01/2027-10-07]
    working: [2027-02-13]
)";

TEST(Calendar, TheBuiltInOneCoversThreeYearsAndNamesItsNotices) {
    const auto built = calendar::built_in();
    ASSERT_TRUE(built);
    EXPECT_EQ(to_text(built->first()), "2024-01-01");
    EXPECT_EQ(to_text(built->past()), "2027-01-01");
    EXPECT_EQ(built->years().size(), 3u);
    EXPECT_EQ(built->years().at(2024).notice, "国办发明电〔2023〕7号");
    EXPECT_EQ(built->years().at(2025).working.size(), 5u);
    EXPECT_EQ(built->version(), "2026.1");
}

TEST(Calendar, OutsideItsYearsWeekdaysWorkButForHolidaysOfFixedDate) {
    const auto built = calendar::built_in();
    EXPECT_TRUE(built->works(*parse_day("2027-10-04")));
    EXPECT_FALSE(built->works(*parse_day("2027-10-09")));
    for (const auto* holiday : {"2027-01-01", "2028-05-01", "2027-10-01", "2029-10-02", "2028-10-03"}) {
        EXPECT_FALSE(built->works(*parse_day(holiday))) << holiday << " is off by law, whatever the notice will move";
    }
}

TEST(Calendar, AYearThatIsAddedChangesNothingThatWas) {
    const auto built = calendar::built_in();
    const auto next = calendar::parse(
        "version: a\nyears:\n  2026:\n    notice: n\n"
        "    off: [2026-01-01/2026-01-03, 2026-02-15/2026-02-23, 2026-04-04/2026-04-06, 2026-05-01/2026-05-05,\n"
        "          2026-06-19/2026-06-21, 2026-09-25/2026-09-27, 2026-10-01/2026-10-07]\n"
        "    working: [2026-01-04, 2026-02-14, 2026-02-28, 2026-05-09, 2026-09-20, 2026-10-10]" +
            std::string(later_year),
        "next.yaml");
    ASSERT_TRUE(next.value) << next.mistakes.front().text();
    const auto only_2026 = calendar::parse(
        "version: b\nyears:\n  2026:\n    notice: n\n"
        "    off: [2026-01-01/2026-01-03, 2026-02-15/2026-02-23, 2026-04-04/2026-04-06, 2026-05-01/2026-05-05,\n"
        "          2026-06-19/2026-06-21, 2026-09-25/2026-09-27, 2026-10-01/2026-10-08]\n"
        "    working: [2026-01-04, 2026-02-14, 2026-02-28, 2026-05-09, 2026-09-20, 2026-10-10]\n",
        "next.yaml");
    ASSERT_TRUE(only_2026.value) << only_2026.mistakes.front().text();
    EXPECT_TRUE(changed_days(*only_2026.value, *only_2026.value, 10).empty());
    const auto changed = changed_days(*only_2026.value, *next.value, 10);
    ASSERT_EQ(changed.size(), 1u);
    EXPECT_EQ(to_text(changed.front()), "2026-10-08");
    EXPECT_EQ(changed_days(*built, *next.value, 1000).size(), 366u + 365u) << "years that went away are changes too";
}

TEST(CalendarSource, GivesARecordASliceAroundTodayAndKeepsTheOneItHas) {
    const calendar_source source(calendar::built_in());
    const auto now_ms = cases::start_of(*parse_day("2026-11-22")) + 1;
    v1::LedgerRecord received;
    received.mutable_event()->mutable_dest_received();
    source.attach(received, now_ms);
    EXPECT_EQ(received.working_days().version(), "2026.1");
    EXPECT_EQ(to_text(received.working_days().first_day()), to_text(*parse_day("2026-11-22") - slice_days_before));
    EXPECT_EQ(to_text(received.working_days().provisional_from()), "2027-01-01");
    EXPECT_LT(received.working_days().ByteSizeLong(), 150u);
    received.mutable_working_days()->set_version("its own");
    source.attach(received, now_ms);
    EXPECT_EQ(received.working_days().version(), "its own");
}

TEST(CalendarSource, AReplacedCalendarIsInTheNextSlice) {
    calendar_source source(calendar::built_in());
    const auto now_ms = cases::start_of(*parse_day("2026-11-22"));
    EXPECT_EQ(source.slice(now_ms)->version(), "2026.1");
    auto text = std::string("version: later\nyears:\n") + (later_year + 1);
    const auto next = calendar::parse(text, "next.yaml");
    ASSERT_TRUE(next.value) << next.mistakes.front().text();
    source.set(next.value);
    EXPECT_EQ(source.slice(now_ms)->version(), "later");
}

TEST(DaysInUse, AreThoseByWhichClocksRun) {
    const auto at = [](const char* day) { return cases::start_of(*parse_day(day)) + 1000; };
    v1::CaseState state;
    EXPECT_EQ(days_in_use(state), std::pair(0, 0)) << "nothing runs";
    auto& clocks = *state.mutable_clocks();
    state.mutable_times()->set_submitted_ms(at("2026-11-13"));
    clocks.set_receipt_due_ms(at("2026-11-20"));
    EXPECT_EQ(days_in_use(state), std::pair(*parse_day("2026-11-13"), *parse_day("2026-11-20"))) << "接件期限 of what is queued";
    clocks.set_received_ms(at("2026-11-22"));
    clocks.set_promise_due_ms(at("2026-12-02"));
    clocks.set_line_ms(at("2026-12-03"));
    EXPECT_EQ(days_in_use(state), std::pair(*parse_day("2026-11-22"), *parse_day("2026-12-03")));
    state.add_owed_materials()->set_due_ms(at("2027-01-20"));
    EXPECT_EQ(days_in_use(state).second, *parse_day("2027-01-20"));
    clocks.set_provisional_from(*parse_day("2027-01-01"));
    EXPECT_EQ(days_in_use(state).second, *parse_day("2026-12-31")) << "what is provisional may be revised";
}

} // namespace
} // namespace tongban::calendars
