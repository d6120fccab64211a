// 容缺受理, 督办 and 差评整改: what is owed beside the step of the case, until when, and what follows.
#include "gateway/cases/obligations.hpp"

#include "tests/unit/gateway/calendar/clock_story.hpp"

namespace tongban::cases::story {
namespace {

v1::OwedMaterial owed(const char* code, int days, v1::OwedConsequence consequence = v1::OWED_CONSEQUENCE_UNSPECIFIED) {
    v1::OwedMaterial material;
    material.set_code(code);
    material.set_name("住所使用证明");
    *material.mutable_limit() = limit(days);
    material.set_consequence(consequence);
    return material;
}

v1::LedgerRecord brings(std::initializer_list<const char*> codes) {
    auto r = docket::plain(event::kOwedSubmitted);
    for (const auto* code : codes) {
        r.mutable_event()->mutable_owed_submitted()->add_codes(code);
    }
    return r;
}

v1::LedgerRecord clears(std::initializer_list<const char*> codes) {
    auto r = docket::plain(event::kOwedCleared);
    for (const auto* code : codes) {
        r.mutable_event()->mutable_owed_cleared()->add_codes(code);
    }
    return r;
}

v1::LedgerRecord refuses(std::initializer_list<const char*> codes, int days = 0) {
    auto r = docket::plain(event::kOwedRefused);
    for (const auto* code : codes) {
        r.mutable_event()->mutable_owed_refused()->add_codes(code);
    }
    if (days != 0) {
        *r.mutable_event()->mutable_owed_refused()->mutable_limit() = limit(days);
    }
    return r;
}

v1::LedgerRecord closes(v1::Outcome outcome) {
    auto r = docket::plain(event::kCaseClosed);
    r.mutable_event()->mutable_case_closed()->set_outcome(outcome);
    return r;
}

v1::LedgerRecord grades(v1::Grade grade, int nth = 0) {
    auto r = docket::plain(event::kEvaluated);
    r.mutable_event()->mutable_evaluated()->set_grade(grade);
    r.mutable_event()->mutable_evaluated()->set_nth(nth);
    return r;
}

v1::LedgerRecord urges(const v1::Sender& by, const char* number = "DB-1") {
    auto r = record(event::kUrged, by);
    r.mutable_event()->mutable_urged()->set_urge_no(number);
    return r;
}

v1::LedgerRecord answers(const v1::Sender& by, const char* number = "") {
    auto r = record(event::kUrgeAnswered, by);
    r.mutable_event()->mutable_urge_answered()->set_urge_no(number);
    return r;
}

TEST(OwedMaterials, AreOwedInWorkingDaysFromTheAcceptance) {
    docket d(limit(20));
    d.accepted_owing({owed("m1", 5), owed("m2", 10)}, "2024-09-27 10:00"); // five days across the National Day holidays
    ASSERT_EQ(d.state.owed_materials_size(), 2);
    EXPECT_EQ(date(d.state.owed_materials(0).due_ms()), "2024-10-10");
    EXPECT_EQ(date(d.state.owed_materials(1).due_ms()), "2024-10-16");
    EXPECT_EQ(d.state.owed_materials(0).consequence(), v1::OWED_CONSEQUENCE_NO_CERTIFICATE);
}

TEST(OwedMaterials, WithoutALimitFifteenWorkingDays) {
    docket d(limit(20));
    auto one = owed("m1", 0);
    one.clear_limit();
    d.accepted_owing({one}, "2024-10-21 10:00");
    EXPECT_EQ(date(d.state.owed_materials(0).due_ms()), "2024-11-11");
}

TEST(OwedMaterials, AreRemindedOfTwoDaysBeforeAndLapseAfterTheDay) {
    docket d(limit(90));
    d.accepted_owing({owed("m1", 5), owed("m2", 5), owed("m3", 10)}, "2024-10-14 10:00");
    EXPECT_EQ(d.run_timers("2024-11-15 00:00"), "2024-10-17 00:00 OWED_REMINDED; 2024-10-22 00:00 OWED_LAPSED; "
                                                "2024-10-24 00:00 OWED_REMINDED; 2024-10-29 00:00 OWED_LAPSED");
    EXPECT_EQ(d.state.status(), v1::CASE_STATUS_ACCEPTED) << "nothing but the certificate waits";
    EXPECT_TRUE(d.state.owed_materials(2).lapsed());
}

TEST(OwedMaterials, TheReminderNamesWhatIsDueThatDayOnly) {
    docket d(limit(90));
    d.accepted_owing({owed("m1", 5), owed("m2", 6), owed("m3", 5)}, "2024-10-14 10:00");
    const auto said = d.timer_record().event().owed_reminded();
    ASSERT_EQ(said.codes_size(), 2);
    EXPECT_EQ(said.codes(0), "m1");
    EXPECT_EQ(said.codes(1), "m3");
    auto other = d.timer_record();
    other.mutable_event()->mutable_owed_reminded()->add_codes("m2");
    EXPECT_EQ(d.tell(other, "2024-10-17 08:00"), verdict::illegal_transition);
}

TEST(OwedMaterials, WhatCameInWaitsForTheDestinationAndDoesNotLapse) {
    docket d(limit(90));
    d.accepted_owing({owed("m1", 5), owed("m2", 5)}, "2024-10-14 10:00");
    ASSERT_EQ(d.tell(brings({"m1"}), "2024-10-16 09:00"), verdict::applied);
    EXPECT_EQ(d.run_timers("2024-10-30 00:00"), "2024-10-17 00:00 OWED_REMINDED; 2024-10-22 00:00 OWED_LAPSED; "
                                                "2024-10-24 00:00 SUPERVISION_WARNING OWED_ANSWER RED");
    EXPECT_FALSE(d.state.owed_materials(0).lapsed());
    EXPECT_TRUE(d.state.owed_materials(1).lapsed());
    ASSERT_EQ(d.tell(clears({"m1", "m2"}), "2024-11-01 09:00"), verdict::applied) << "late, and B takes it";
    EXPECT_EQ(d.state.owed_materials_size(), 0);
}

TEST(OwedMaterials, TheDestinationOwesItsWordOnWhatCameIn) {
    docket d(limit(90));
    d.terms().set_notice_days(3);
    d.accepted_owing({owed("m1", 10), owed("m2", 10)}, "2024-09-26 10:00");
    EXPECT_EQ(d.tell(refuses({"m1"}), "2024-09-27 08:00"), verdict::illegal_transition) << "nothing came in";
    ASSERT_EQ(d.tell(brings({"m1"}), "2024-09-27 09:00"), verdict::applied);
    auto beside = owed_beside(d.state);
    ASSERT_EQ(beside.size(), 2u);
    EXPECT_EQ(beside[0].clock(), v1::CLOCK_KIND_OWED_MATERIAL) << "m2";
    EXPECT_EQ(beside[1].clock(), v1::CLOCK_KIND_OWED_ANSWER);
    EXPECT_EQ(beside[1].by(), region_b);
    EXPECT_EQ(beside[1].band(), v1::SUPERVISION_BAND_BLUE);
    EXPECT_EQ(date(d.state.owed_materials(0).answer_due_ms()), "2024-10-08") << "three working days over the holidays";
    ASSERT_EQ(d.tell(brings({"m2"}), "2024-09-30 09:00"), verdict::applied);
    EXPECT_EQ(d.run_timers("2024-12-01 00:00"), "2024-10-09 00:00 SUPERVISION_WARNING OWED_ANSWER RED; "
                                                "2024-10-11 00:00 SUPERVISION_WARNING OWED_ANSWER RED")
        << "once for each, and nothing lapses";
    EXPECT_EQ(owed_beside(d.state)[0].band(), v1::SUPERVISION_BAND_RED);
    EXPECT_EQ(d.clocks().band(), v1::SUPERVISION_BAND_BLUE) << "no clock of the case";
    ASSERT_EQ(d.tell(brings({"m1"}), "2024-12-02 09:00"), verdict::applied) << "once more";
    EXPECT_EQ(d.run_timers("2024-12-20 00:00"), "2024-12-06 00:00 SUPERVISION_WARNING OWED_ANSWER RED");
    ASSERT_EQ(d.tell(clears({"m1", "m2"}), "2024-12-20 09:00"), verdict::applied);
    EXPECT_TRUE(owed_beside(d.state).empty());
}

TEST(OwedMaterials, WhatIsRefusedIsOwedAgainAndTheDaysItWaitedDoNotCount) {
    docket d(limit(90));
    d.accepted_owing({owed("m1", 5), owed("m2", 5)}, "2024-10-14 10:00");
    ASSERT_EQ(d.tell(brings({"m1"}), "2024-10-16 09:00"), verdict::applied); // three working days before its day
    EXPECT_EQ(d.tell(refuses({"m1", "m2"}), "2024-10-22 09:00"), verdict::illegal_transition) << "m2 did not come";
    EXPECT_EQ(d.tell(refuses({}), "2024-10-22 09:00"), verdict::illegal_transition);
    ASSERT_EQ(d.tell(clears({"m2"}), "2024-10-22 09:00"), verdict::applied);
    ASSERT_EQ(d.tell(refuses({"m1"}), "2024-10-22 10:00"), verdict::applied);
    EXPECT_FALSE(d.state.owed_materials(0).submitted());
    EXPECT_EQ(d.state.owed_materials(0).refusals(), 1u);
    EXPECT_EQ(d.run_timers("2024-12-01 00:00"), "2024-10-23 00:00 OWED_REMINDED; 2024-10-26 00:00 OWED_LAPSED");
    EXPECT_EQ(d.tell(refuses({"m1"}), "2024-12-02 10:00"), verdict::illegal_transition) << "it has its answer";
}

TEST(OwedMaterials, ThePromisedDayStandsWhereTheAnswerCameTheSameDay) {
    docket d(limit(90));
    d.accepted_owing({owed("m1", 5, v1::OWED_CONSEQUENCE_CASE_ENDS)}, "2024-10-14 10:00");
    EXPECT_EQ(d.run_timers("2024-10-18 00:00"), "2024-10-17 00:00 OWED_REMINDED");
    ASSERT_EQ(d.tell(brings({"m1"}), "2024-10-18 09:00"), verdict::applied);
    ASSERT_EQ(d.tell(refuses({"m1"}), "2024-10-18 10:00"), verdict::applied);
    EXPECT_EQ(date(d.state.owed_materials(0).due_ms()), "2024-10-21");
    EXPECT_EQ(d.run_timers("2024-12-01 00:00"), "2024-10-17 00:00 OWED_REMINDED; 2024-10-22 00:00 OWED_LAPSED")
        << "reminded again, and it ends";
    EXPECT_EQ(d.state.status(), v1::CASE_STATUS_LAPSED);
}

TEST(OwedMaterials, TheDestinationMayNameAnotherDayAlsoAfterTheLapse) {
    docket d(limit(90));
    d.accepted_owing({owed("m1", 5)}, "2024-10-14 10:00");
    (void)d.run_timers("2024-10-28 00:00");
    ASSERT_TRUE(d.state.owed_materials(0).lapsed());
    ASSERT_EQ(d.tell(brings({"m1"}), "2024-10-28 09:00"), verdict::applied);
    auto late = d;
    ASSERT_EQ(late.tell(refuses({"m1"}), "2024-10-29 09:00"), verdict::applied);
    EXPECT_EQ(late.run_timers("2024-12-01 00:00"), "") << "its day has passed, and that was said";
    ASSERT_EQ(d.tell(refuses({"m1"}, 5), "2024-10-29 09:00"), verdict::applied);
    EXPECT_EQ(d.run_timers("2024-12-01 00:00"), "2024-11-01 00:00 OWED_REMINDED; 2024-11-06 00:00 OWED_LAPSED");
}

TEST(OwedMaterials, OnlyWhatIsOwedCanBeBroughtOrCleared) {
    docket d(limit(90));
    d.accepted_owing({owed("m1", 5)}, "2024-10-14 10:00");
    EXPECT_EQ(d.tell(brings({"m1", "m9"}), "2024-10-15 09:00"), verdict::illegal_transition);
    EXPECT_EQ(d.tell(brings({}), "2024-10-15 09:00"), verdict::illegal_transition);
    EXPECT_EQ(d.tell(clears({"m9"}), "2024-10-15 09:00"), verdict::illegal_transition);
    EXPECT_EQ(d.tell(clears({"m1"}), "2024-10-15 09:00"), verdict::applied) << "B may have it without A saying so";
    EXPECT_EQ(d.tell(clears({"m1"}), "2024-10-15 09:01"), verdict::illegal_transition);
}

TEST(OwedMaterials, NoCertificateBeforeTheyAreCleared) {
    docket d(limit(90));
    d.accepted_owing({owed("m1", 5)}, "2024-10-14 10:00");
    ASSERT_EQ(d.tell(event::kDecided, "2024-10-15 09:00"), verdict::applied);
    EXPECT_EQ(d.tell(closes(v1::OUTCOME_APPROVED_WITH_CERT), "2024-10-15 10:00"), verdict::materials_owed);
    ASSERT_EQ(d.tell(clears({"m1"}), "2024-10-15 11:00"), verdict::applied);
    EXPECT_EQ(d.tell(closes(v1::OUTCOME_APPROVED_WITH_CERT), "2024-10-15 12:00"), verdict::applied);
    EXPECT_EQ(d.tell(event::kCertIssued, "2024-10-15 13:00"), verdict::applied);
}

TEST(OwedMaterials, AnEndWithoutACertificateDoesNotWaitButACertificateAfterItDoes) {
    docket d(limit(90));
    d.accepted_owing({owed("m1", 5)}, "2024-10-14 10:00");
    ASSERT_EQ(d.tell(event::kDecided, "2024-10-15 09:00"), verdict::applied);
    ASSERT_EQ(d.tell(closes(v1::OUTCOME_COMPLETED), "2024-10-15 10:00"), verdict::applied);
    EXPECT_EQ(d.tell(event::kCertIssued, "2024-10-15 13:00"), verdict::materials_owed);
}

TEST(OwedMaterials, TheItemMaySayThatTheCertificateComesBefore) {
    docket d(limit(90));
    d.terms().set_certificate_before_cleared(true);
    d.accepted_owing({owed("m1", 5)}, "2024-10-14 10:00");
    ASSERT_EQ(d.tell(event::kDecided, "2024-10-15 09:00"), verdict::applied);
    EXPECT_EQ(d.tell(closes(v1::OUTCOME_APPROVED_WITH_CERT), "2024-10-15 10:00"), verdict::applied);
    EXPECT_EQ(d.run_timers("2024-10-22 00:00"), "2024-10-17 00:00 OWED_REMINDED; 2024-10-22 00:00 OWED_LAPSED")
        << "it is owed after the end too";
}

TEST(OwedMaterials, TheCaseEndsWhereTheAcceptanceSaidSo) {
    docket d(limit(90));
    d.accepted_owing({owed("m1", 5, v1::OWED_CONSEQUENCE_CASE_ENDS)}, "2024-10-14 10:00");
    EXPECT_EQ(d.run_timers("2024-10-30 00:00"), "2024-10-17 00:00 OWED_REMINDED; 2024-10-22 00:00 OWED_LAPSED");
    EXPECT_EQ(d.state.status(), v1::CASE_STATUS_LAPSED);
    EXPECT_EQ(d.state.outcome(), v1::OUTCOME_SUPPLEMENT_LAPSED);
    EXPECT_NE(d.state.times().closed_ms(), 0);
}

TEST(OwedMaterials, ADecidedCaseDoesNotEndAnyMore) {
    docket d(limit(90));
    d.accepted_owing({owed("m1", 5, v1::OWED_CONSEQUENCE_CASE_ENDS)}, "2024-10-14 10:00");
    ASSERT_EQ(d.tell(event::kDecided, "2024-10-15 09:00"), verdict::applied);
    (void)d.run_timers("2024-10-30 00:00");
    EXPECT_EQ(d.state.status(), v1::CASE_STATUS_DECIDED);
    EXPECT_TRUE(d.state.owed_materials(0).lapsed());
}

TEST(OwedMaterials, AnItemOfTheCatalogueMayExcludeThem) {
    docket d(limit(90));
    d.terms().set_item_version("2024-1");
    ASSERT_EQ(d.tell(event::kDestReceived, "2024-10-14 10:00"), verdict::applied);
    auto r = docket::plain(event::kCaseAccepted);
    *r.mutable_event()->mutable_case_accepted()->add_owed() = owed("m1", 5);
    EXPECT_EQ(d.tell(r, "2024-10-14 11:00"), verdict::tolerance_excluded);
    EXPECT_EQ(d.tell(event::kCaseAccepted, "2024-10-14 11:00"), verdict::applied) << "with everything there";
}

TEST(OwedMaterials, FollowAPublishedCalendar) {
    docket d(limit(5));
    const auto published = d.calendar;
    d.calendar = nullptr; // weekdays count, and nothing is certain
    d.accepted_owing({owed("m1", 5)}, "2024-09-27 10:00");
    EXPECT_EQ(date(d.state.owed_materials(0).due_ms()), "2024-10-04");
    ASSERT_EQ(d.tell(brings({"m1"}), "2024-09-27 10:30"), verdict::applied);
    EXPECT_EQ(date(d.state.owed_materials(0).answer_due_ms()), "2024-10-04");
    d.calendar = published;
    ASSERT_EQ(d.tell(docket::plain(event::kCalendarRevised), "2024-09-27 11:00"), verdict::applied);
    EXPECT_EQ(date(d.state.owed_materials(0).due_ms()), "2024-10-10");
    EXPECT_EQ(date(d.state.owed_materials(0).answer_due_ms()), "2024-10-10");
}

TEST(Urges, AreAnsweredByTheOtherSideInThreeWorkingDays) {
    docket d(limit(20));
    ASSERT_EQ(d.tell(urges(platform_a()), "2024-10-18 10:00"), verdict::applied) << "not received yet: no clock of its own";
    EXPECT_FALSE(d.state.has_clocks());
    EXPECT_EQ(date(d.state.urge().due_ms()), "2024-10-23");
    EXPECT_EQ(owed_by(d.state, v1::CLOCK_KIND_URGE), region_b);
    EXPECT_EQ(d.tell(urges(platform_b()), "2024-10-18 11:00"), verdict::illegal_transition) << "one is open";
    EXPECT_EQ(d.tell(answers(platform_a()), "2024-10-18 11:00"), verdict::illegal_transition) << "not by who urged";
    EXPECT_EQ(d.tell(answers(platform_b(), "DB-2"), "2024-10-18 11:00"), verdict::illegal_transition);
    EXPECT_EQ(d.tell(answers(platform_b(), "DB-1"), "2024-10-18 11:00"), verdict::applied);
    EXPECT_EQ(d.run_timers("2024-12-01 00:00"), "");
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
    EXPECT_EQ(running_clock(d.state), v1::CLOCK_KIND_RECTIFICATION);
    EXPECT_EQ(date(d.clocks().rectification_due_ms()), "2024-11-11");
    const auto owed_now = owed_of(d.state);
    ASSERT_TRUE(owed_now);
    EXPECT_EQ(owed_now->by(), region_b);
    EXPECT_EQ(d.run_timers("2024-12-01 00:00"), "2024-11-05 00:00 SUPERVISION_WARNING RECTIFICATION YELLOW; "
                                                "2024-11-12 00:00 SUPERVISION_WARNING RECTIFICATION RED");
    ASSERT_EQ(d.tell(event::kRectified, "2024-12-02 10:00"), verdict::applied);
    EXPECT_FALSE(d.state.rectification_owed());
    EXPECT_EQ(d.clocks().band(), v1::SUPERVISION_BAND_UNSPECIFIED);
    EXPECT_EQ(d.tell(event::kRectified, "2024-12-02 11:00"), verdict::illegal_transition);
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
    EXPECT_EQ(d.tell(grades(v1::GRADE_SATISFIED, 1), "2024-10-22 10:00"), verdict::illegal_transition) << "that was the first";
    ASSERT_EQ(d.tell(event::kRectified, "2024-10-23 10:00"), verdict::applied);
    ASSERT_EQ(d.tell(grades(v1::GRADE_SATISFIED, 2), "2024-10-24 10:00"), verdict::applied);
    EXPECT_EQ(d.state.grade(), v1::GRADE_SATISFIED);
    EXPECT_EQ(d.state.evaluation_rounds(), 2u);
    EXPECT_EQ(d.state.status(), v1::CASE_STATUS_EVALUATED);
    ASSERT_EQ(d.tell(grades(v1::GRADE_DISSATISFIED), "2024-10-25 10:00"), verdict::applied);
    EXPECT_EQ(date(d.clocks().rectification_due_ms()), "2024-11-15") << "from the newest round";
}

} // namespace
} // namespace tongban::cases::story
