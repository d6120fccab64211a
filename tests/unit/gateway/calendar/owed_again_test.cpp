// 容缺补交 and its refusal: until when it is owed again, and what it does not move.
#include "tests/unit/gateway/calendar/obligation_story.hpp"

namespace tongban::cases::story {
namespace {

// Brought on the last day, a Friday, and refused on the Saturday.
TEST(OwedMaterials, WhatIsPutOffIsOwedOnNoDayOff) {
    for (const auto unit : {v1::LIMIT_UNIT_WORKDAY, v1::LIMIT_UNIT_CALENDAR_DAY}) {
        docket d(limit(90));
        auto one = owed("m1", 4, v1::OWED_CONSEQUENCE_CASE_ENDS);
        one.mutable_limit()->set_unit(unit);
        d.accepted_owing({one}, "2024-10-14 10:00");
        ASSERT_EQ(date(d.state.owed_materials(0).due_ms()), "2024-10-18");
        ASSERT_EQ(d.tell(brings({"m1"}), "2024-10-18 09:00"), verdict::applied);
        auto older = d;
        ASSERT_EQ(older.tell(refuses({"m1"}), "2024-10-19 10:00"), verdict::applied);
        EXPECT_EQ(date(older.state.owed_materials(0).due_ms()), "2024-10-19") << "stays as it was told";
        d.rules = clock_rules_now;
        ASSERT_EQ(d.tell(refuses({"m1"}), "2024-10-19 10:00"), verdict::applied);
        EXPECT_EQ(date(d.state.owed_materials(0).due_ms()), "2024-10-21");
        EXPECT_EQ(d.run_timers("2024-10-21 23:59"), "2024-10-19 10:00 OWED_REMINDED");
        EXPECT_EQ(d.state.status(), v1::CASE_STATUS_ACCEPTED);
    }
}

TEST(OwedMaterials, BroughtAgainTheyKeepTheDaysThatTheFirstWaited) {
    const auto due = [](std::uint32_t rules) {
        docket d(limit(90));
        d.rules = rules;
        d.accepted_owing({owed("m1", 5)}, "2024-10-14 10:00"); // until the 21st
        EXPECT_EQ(d.tell(brings({"m1"}), "2024-10-15 09:00"), verdict::applied);
        EXPECT_EQ(d.tell(brings({"m1"}), "2024-10-17 09:00"), verdict::applied);
        EXPECT_EQ(date(d.state.owed_materials(0).answer_due_ms()), "2024-10-24") << "the answer is owed from the newest";
        EXPECT_EQ(d.tell(refuses({"m1"}), "2024-10-18 09:00"), verdict::applied);
        return date(d.state.owed_materials(0).due_ms());
    };
    EXPECT_EQ(due(clock_rules_now), "2024-10-24") << "three days it waited";
    EXPECT_EQ(due(0), "2024-10-22");
}

// A closing of the day before is told after A brought something: it is not late for that.
TEST(OwedMaterials, ThatAreBroughtMoveNoLegalTimeOfTheStep) {
    const auto timeliness = [](std::uint32_t rules) {
        docket d(limit(4));
        d.rules = rules;
        d.accepted_owing({owed("m1", 15)}, "2024-10-14 10:00"); // promised until the 18th
        EXPECT_EQ(d.tell(brings({"m1"}), "2024-10-21 09:00"), verdict::applied);
        auto ends = closes(v1::OUTCOME_COMPLETED);
        ends.mutable_event()->mutable_occurred_at()->set_seconds(moment("2024-10-18 16:00") / 1000);
        EXPECT_EQ(d.tell(event::kReviewStarted, "2024-10-21 09:30"), verdict::applied);
        EXPECT_EQ(d.tell(ends, "2024-10-21 10:00"), verdict::applied);
        return d.clocks().timeliness();
    };
    EXPECT_EQ(timeliness(clock_rules_now), v1::TIMELINESS_ON_TIME);
    EXPECT_EQ(timeliness(0), v1::TIMELINESS_LATE);
}

} // namespace
} // namespace tongban::cases::story
