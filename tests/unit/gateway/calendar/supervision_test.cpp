// 督办, 好差评, 接件 and 办结 in time: what either side owes to the other, and what ends it.
#include "gateway/cases/obligations.hpp"

#include "gateway/cases/inbox_places.hpp"
#include "gateway/cases/verdict_detail.hpp"
#include "tests/unit/gateway/calendar/obligation_story.hpp"

namespace tongban::cases::story {
namespace {

TEST(Urges, AreAnsweredByTheOtherSideInThreeWorkingDays) {
    docket d(limit(20));
    ASSERT_EQ(d.tell(urges(platform_a()), "2024-10-18 10:00"), verdict::applied) << "not received yet";
    EXPECT_EQ(date(d.state.urge().due_ms()), "2024-10-23");
    EXPECT_EQ(owed_by(d.state, v1::CLOCK_KIND_URGE), region_b);
    EXPECT_EQ(d.tell(urges(platform_b()), "2024-10-18 11:00"), verdict::urge_open);
    EXPECT_EQ(d.tell(urges(platform_a(), "DB-2"), "2024-10-18 11:00"), verdict::urge_open) << "its limit has not passed";
    EXPECT_EQ(d.tell(answers(platform_a()), "2024-10-18 11:00"), verdict::own_urge);
    EXPECT_EQ(d.tell(answers(platform_b(), "DB-2"), "2024-10-18 11:00"), verdict::other_urge);
    EXPECT_EQ(detail_of(verdict::other_urge, d.state).en,
              "open is the urge DB-1 of " + std::string(region_a) + "; " + region_b + " owes its answer by 2024-10-23");
    EXPECT_EQ(d.tell(answers(platform_b(), "DB-1"), "2024-10-18 11:00"), verdict::applied);
    EXPECT_EQ(d.tell(answers(platform_b(), "DB-1"), "2024-10-18 12:00"), verdict::no_urge);
    EXPECT_EQ(next_timer(d.state).clock, v1::CLOCK_KIND_RECEIPT) << "nothing more of the urge";
}

TEST(Urges, MayBeSaidAgainByTheirOwnSideOnceTheyWereIgnored) {
    docket d(limit(20));
    d.accepted("2024-10-14 10:00");
    ASSERT_EQ(d.tell(urges(platform_a()), "2024-10-14 11:00"), verdict::applied);
    EXPECT_EQ(d.run_timers("2024-10-18 12:00"), "2024-10-18 00:00 SUPERVISION_WARNING URGE RED");
    EXPECT_EQ(d.tell(urges(platform_b(), "DB-9"), "2024-10-18 13:00"), verdict::urge_open) << "no debtor wipes out its debt";
    ASSERT_EQ(d.tell(urges(platform_a(), "DB-2"), "2024-10-18 14:00"), verdict::applied);
    EXPECT_EQ(d.state.urge().count(), 2u);
    EXPECT_EQ(d.tell(answers(platform_b(), "DB-1"), "2024-10-18 15:00"), verdict::other_urge);
    EXPECT_EQ(d.tell(answers(platform_b(), "DB-2"), "2024-10-18 15:00"), verdict::applied);
}

TEST(Urges, AreAnsweredAfterTheEndTooAndCountNoMoreThere) {
    docket d(limit(20));
    ASSERT_EQ(d.tell(event::kDestReceived, "2024-10-14 10:00"), verdict::applied);
    ASSERT_EQ(d.tell(urges(platform_a()), "2024-10-14 11:00"), verdict::applied);
    ASSERT_EQ(d.tell(event::kReturned, "2024-10-14 12:00"), verdict::applied);
    EXPECT_EQ(next_timer(d.state).at_ms, 0);
    EXPECT_TRUE(owed_beside(d.state).empty());
    EXPECT_EQ(inbox_places(d.state)[0].region, "");
    EXPECT_EQ(d.tell(answers(platform_b()), "2024-10-14 13:00"), verdict::applied);
}

TEST(Urges, WithoutAnAnswerTurnRedOnceAndLeaveTheClockOfTheCaseAlone) {
    docket d(limit(20));
    d.accepted("2024-10-14 10:00");
    ASSERT_EQ(d.tell(urges(platform_a()), "2024-10-14 11:00"), verdict::applied);
    EXPECT_EQ(d.run_timers("2024-10-18 12:00"), "2024-10-18 00:00 SUPERVISION_WARNING URGE RED");
    EXPECT_EQ(d.clocks().band(), v1::SUPERVISION_BAND_BLUE);
    EXPECT_EQ(d.tell(answers(platform_b()), "2024-10-18 13:00"), verdict::applied) << "late, and still an answer";
    ASSERT_EQ(d.tell(urges(platform_a(), "DB-2"), "2024-10-18 14:00"), verdict::applied);
    EXPECT_EQ(d.state.urge().count(), 2u);
    EXPECT_EQ(d.run_timers("2024-10-24 12:00"), "2024-10-24 00:00 SUPERVISION_WARNING URGE RED");
}

TEST(Evaluations, ABadGradeOwesARectificationInFifteenWorkingDays) {
    docket d(limit(20));
    d.accepted("2024-10-14 10:00").closed("2024-10-15 10:00");
    ASSERT_EQ(d.tell(grades(v1::GRADE_DISSATISFIED), "2024-10-21 10:00"), verdict::applied);
    EXPECT_TRUE(d.state.rectification_owed());
    EXPECT_EQ(date(d.clocks().rectification_due_ms()), "2024-11-11");
    const auto owed_now = owed_beside(d.state);
    ASSERT_EQ(owed_now.size(), 1u);
    EXPECT_EQ(owed_now[0].clock(), v1::CLOCK_KIND_RECTIFICATION);
    EXPECT_EQ(owed_now[0].by(), region_b);
    const auto place = inbox_places(d.state)[0];
    EXPECT_EQ(place.region, region_b) << "who owes it sees it";
    EXPECT_TRUE(place.beside);
    EXPECT_EQ(date(place.order_ms), "2024-11-11");
    EXPECT_EQ(d.run_timers("2024-12-01 00:00"), "2024-11-05 00:00 SUPERVISION_WARNING RECTIFICATION YELLOW; "
                                                "2024-11-12 00:00 SUPERVISION_WARNING RECTIFICATION RED");
    ASSERT_EQ(d.tell(event::kRectified, "2024-12-02 10:00"), verdict::applied);
    EXPECT_FALSE(d.state.rectification_owed());
    EXPECT_EQ(d.clocks().rectification_band(), v1::SUPERVISION_BAND_UNSPECIFIED);
    EXPECT_EQ(inbox_places(d.state)[0].region, "");
    EXPECT_EQ(d.tell(event::kRectified, "2024-12-02 11:00"), verdict::nothing_to_rectify);
}

TEST(Evaluations, AGoodGradeOwesNothing) {
    docket d(limit(20));
    d.accepted("2024-10-14 10:00").closed("2024-10-15 10:00");
    ASSERT_EQ(d.tell(grades(v1::GRADE_FAIRLY_SATISFIED), "2024-10-21 10:00"), verdict::applied);
    EXPECT_FALSE(owed_of(d.state));
    EXPECT_EQ(next_timer(d.state).at_ms, 0);
}

TEST(Evaluations, HaveRoundsTheNewestCounts) {
    docket d(limit(20));
    d.accepted("2024-10-14 10:00").closed("2024-10-15 10:00");
    ASSERT_EQ(d.tell(grades(v1::GRADE_VERY_DISSATISFIED, 1), "2024-10-21 10:00"), verdict::applied);
    EXPECT_EQ(d.tell(grades(v1::GRADE_SATISFIED, 1), "2024-10-22 10:00"), verdict::other_round) << "that was the first";
    EXPECT_EQ(detail_of(verdict::other_round, d.state).en, "the next is round 2");
    ASSERT_EQ(d.tell(event::kRectified, "2024-10-23 10:00"), verdict::applied);
    ASSERT_EQ(d.tell(grades(v1::GRADE_SATISFIED, 2), "2024-10-24 10:00"), verdict::applied);
    EXPECT_EQ(d.state.grade(), v1::GRADE_SATISFIED);
    EXPECT_EQ(d.state.evaluation_rounds(), 2u);
    EXPECT_EQ(d.state.status(), v1::CASE_STATUS_EVALUATED);
    ASSERT_EQ(d.tell(grades(v1::GRADE_DISSATISFIED), "2024-10-25 10:00"), verdict::applied);
    EXPECT_EQ(date(d.clocks().rectification_due_ms()), "2024-11-15") << "from the newest round";
}

TEST(Evaluations, AGoodGradeNeverTakesAwayTheRectificationThatABadOneMadeDue) {
    docket d(limit(20));
    d.accepted("2024-10-14 10:00").closed("2024-10-15 10:00");
    ASSERT_EQ(d.tell(grades(v1::GRADE_DISSATISFIED), "2024-10-21 10:00"), verdict::applied);
    ASSERT_EQ(d.tell(grades(v1::GRADE_SATISFIED), "2024-10-22 10:00"), verdict::applied);
    EXPECT_EQ(d.state.grade(), v1::GRADE_SATISFIED);
    EXPECT_TRUE(d.state.rectification_owed());
    ASSERT_EQ(d.tell(grades(v1::GRADE_VERY_DISSATISFIED), "2024-10-25 10:00"), verdict::applied);
    EXPECT_EQ(date(d.clocks().rectification_due_ms()), "2024-11-11") << "nor does another bad one put it off";
    ASSERT_EQ(d.tell(event::kRectified, "2024-10-28 10:00"), verdict::applied);
}

TEST(Evaluations, BeginWithTheFirstAndEndWithTheTenth) {
    docket d(limit(20));
    d.accepted("2024-10-14 10:00").closed("2024-10-15 10:00");
    EXPECT_EQ(d.tell(grades(v1::GRADE_SATISFIED, 7), "2024-10-21 10:00"), verdict::other_round);
    for (std::uint32_t round = 1; round <= max_evaluation_rounds; ++round) {
        ASSERT_EQ(d.tell(grades(v1::GRADE_SATISFIED), "2024-10-21 10:00"), verdict::applied) << round;
    }
    EXPECT_EQ(d.tell(grades(v1::GRADE_SATISFIED), "2024-10-21 11:00"), verdict::rounds_used_up);
}

TEST(Evaluations, OfACaseThatIsStillToBeHandedOverLeaveItWhereItIs) {
    docket d(limit(20));
    d.accepted("2024-10-14 10:00");
    ASSERT_EQ(d.tell(event::kDecided, "2024-10-15 10:00"), verdict::applied);
    ASSERT_EQ(d.tell(closes(v1::OUTCOME_APPROVED_WITH_CERT), "2024-10-15 10:00"), verdict::applied);
    ASSERT_EQ(d.tell(grades(v1::GRADE_DISSATISFIED), "2024-10-16 10:00"), verdict::applied);
    EXPECT_EQ(d.state.status(), v1::CASE_STATUS_CLOSED);
    EXPECT_EQ(running_clock(d.state), v1::CLOCK_KIND_DELIVERY);
    EXPECT_EQ(d.tell(event::kCertIssued, "2024-10-17 10:00"), verdict::applied);
    ASSERT_EQ(d.tell(event::kReadyForCollection, "2024-10-18 10:00"), verdict::applied);
    ASSERT_EQ(d.tell(grades(v1::GRADE_SATISFIED), "2024-10-18 11:00"), verdict::applied);
    ASSERT_EQ(d.tell(event::kCollectedByApplicant, "2024-10-21 10:00"), verdict::applied);
    EXPECT_EQ(d.state.status(), v1::CASE_STATUS_DELIVERED);
    EXPECT_TRUE(d.state.rectification_owed()) << "through all of it";
    EXPECT_EQ(d.tell(urges(platform_a()), "2024-10-21 11:00"), verdict::applied) << "and the origin may ask for it";
    EXPECT_EQ(d.tell(event::kRectified, "2024-10-22 10:00"), verdict::applied);
}

TEST(Evaluations, DoNotStandInTheWayOfALaterDelivery) {
    docket d(limit(20));
    d.filing().set_business_mode(v1::BUSINESS_MODE_FULL_ONLINE);
    d.accepted("2024-10-14 10:00");
    ASSERT_EQ(d.tell(event::kDecided, "2024-10-15 10:00"), verdict::applied);
    ASSERT_EQ(d.tell(closes(v1::OUTCOME_APPROVED_WITH_CERT), "2024-10-15 10:00"), verdict::applied);
    ASSERT_EQ(d.tell(grades(v1::GRADE_SATISFIED), "2024-10-16 10:00"), verdict::applied);
    EXPECT_EQ(d.state.status(), v1::CASE_STATUS_EVALUATED);
    EXPECT_EQ(d.tell(event::kCertIssued, "2024-10-17 10:00"), verdict::applied);
    EXPECT_EQ(d.tell(event::kShipped, "2024-10-18 10:00"), verdict::applied);
    EXPECT_EQ(running_clock(d.state), v1::CLOCK_KIND_DELIVERY);
    EXPECT_EQ(d.tell(event::kSigned, "2024-10-21 10:00"), verdict::applied);
}

TEST(Evaluations, OfABundleOweNothing) {
    docket d(limit(20));
    d.accepted("2024-10-14 10:00").closed("2024-10-15 10:00");
    d.state.mutable_bundle()->set_bundle_code("b1");
    ASSERT_EQ(d.tell(grades(v1::GRADE_DISSATISFIED), "2024-10-16 10:00"), verdict::applied);
    EXPECT_FALSE(d.state.rectification_owed()) << "its origin would owe it to itself";
    EXPECT_EQ(d.tell(urges(platform_a()), "2024-10-16 11:00"), verdict::of_bundle);
}

TEST(Closing, IsNotTheOppositeOfTheDecision) {
    docket d(limit(20));
    d.accepted("2024-10-14 10:00");
    auto decides = docket::plain(event::kDecided);
    decides.mutable_event()->mutable_decided()->set_decision(v1::DECISION_APPROVED);
    ASSERT_EQ(d.tell(decides, "2024-10-15 10:00"), verdict::applied);
    EXPECT_EQ(d.tell(closes(v1::OUTCOME_DENIED), "2024-10-15 11:00"), verdict::decision_conflict);
    EXPECT_EQ(d.tell(closes(v1::OUTCOME_COMPLETED), "2024-10-15 11:00"), verdict::applied);
}

TEST(Closing, InTimeIsWhatKeepsThePromiseAndTheLaw) {
    docket d(limit(45, v1::LIMIT_UNIT_CALENDAR_DAY));
    *d.filing().mutable_statutory() = limit(20);
    d.accepted("2024-10-14 10:00"); // promised until 2024-11-28; by law until 2024-11-11
    EXPECT_EQ(running_clock(d.state), v1::CLOCK_KIND_STATUTORY);
    EXPECT_EQ(d.run_timers("2024-11-20 00:00"), "2024-11-04 00:00 SUPERVISION_WARNING STATUTORY YELLOW; "
                                                "2024-11-12 00:00 SUPERVISION_WARNING STATUTORY RED");
    d.closed("2024-11-20 10:00");
    EXPECT_EQ(d.clocks().timeliness(), v1::TIMELINESS_LATE);
}

TEST(Receipt, OfACaseThatNobodyTakesUpIsWatched) {
    docket d(limit(20), "2024-10-14 09:00");
    d.tell(urges(platform_a()), "2024-10-14 10:00");
    d.tell(answers(platform_b()), "2024-10-14 10:00");
    d.calendar = calendars::calendar::built_in();
    const auto owed_now = owed_of(d.state);
    ASSERT_TRUE(owed_now);
    EXPECT_EQ(owed_now->clock(), v1::CLOCK_KIND_RECEIPT);
    EXPECT_EQ(owed_now->by(), region_b);
    EXPECT_EQ(date(owed_now->due().seconds() * 1000), "2024-10-21");
    EXPECT_EQ(d.run_timers("2024-12-01 00:00"), "2024-10-18 00:00 SUPERVISION_WARNING RECEIPT YELLOW; "
                                                "2024-10-22 00:00 SUPERVISION_WARNING RECEIPT RED");
    EXPECT_EQ(d.state.status(), v1::CASE_STATUS_QUEUED) << "nothing follows by itself";
    ASSERT_EQ(d.tell(event::kDestReceived, "2024-12-02 09:00"), verdict::applied);
    EXPECT_EQ(date(d.clocks().notice_due_ms()), "2024-12-09") << "the law's five days count from here";
    EXPECT_EQ(d.clocks().band(), v1::SUPERVISION_BAND_BLUE);
}

} // namespace
} // namespace tongban::cases::story
