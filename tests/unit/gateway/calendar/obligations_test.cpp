// 容缺受理: what is owed after the acceptance, until when, and what follows.
#include "gateway/cases/obligations.hpp"

#include "gateway/cases/inbox_places.hpp"
#include "gateway/cases/tolerance_check.hpp"
#include "gateway/cases/verdict_detail.hpp"
#include "tests/unit/gateway/calendar/obligation_story.hpp"

namespace tongban::cases::story {
namespace {

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
    EXPECT_EQ(d.tell(refuses({"m1"}), "2024-09-27 08:00"), verdict::not_brought) << "nothing came in";
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
    EXPECT_EQ(d.tell(refuses({"m1", "m2"}), "2024-10-22 09:00"), verdict::not_brought) << "m2 did not come";
    EXPECT_EQ(d.tell(refuses({}), "2024-10-22 09:00"), verdict::not_owed);
    ASSERT_EQ(d.tell(clears({"m2"}), "2024-10-22 09:00"), verdict::applied);
    ASSERT_EQ(d.tell(refuses({"m1"}), "2024-10-22 10:00"), verdict::applied);
    EXPECT_FALSE(d.state.owed_materials(0).submitted());
    EXPECT_EQ(d.state.owed_materials(0).refusals(), 1u);
    EXPECT_EQ(d.run_timers("2024-12-01 00:00"), "2024-10-23 00:00 OWED_REMINDED; 2024-10-26 00:00 OWED_LAPSED");
    EXPECT_EQ(d.tell(refuses({"m1"}), "2024-12-02 10:00"), verdict::not_brought) << "it has its answer";
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
    EXPECT_EQ(d.tell(brings({"m1", "m9"}), "2024-10-15 09:00"), verdict::not_owed);
    EXPECT_EQ(d.tell(brings({}), "2024-10-15 09:00"), verdict::not_owed);
    EXPECT_EQ(d.tell(clears({"m9"}), "2024-10-15 09:00"), verdict::not_owed);
    EXPECT_EQ(d.tell(clears({"m1"}), "2024-10-15 09:00"), verdict::applied) << "B may have it without A saying so";
    EXPECT_EQ(d.tell(clears({"m1"}), "2024-10-15 09:01"), verdict::not_owed);
}

// What was missing at the filing and comes with the answer to a 补正, asked for or not, is not owed after the acceptance.
TEST(OwedMaterials, WhatASupplementBringsIsNotOwed) {
    for (const bool brought : {false, true}) {
        docket d(limit(90));
        *d.terms().add_missing() = owed("m1", 5);
        *d.terms().add_missing() = owed("m2", 5);
        ASSERT_EQ(d.tell(event::kDestReceived, "2024-10-14 09:00"), verdict::applied);
        auto asks = docket::plain(event::kSupplementRequired);
        asks.mutable_event()->mutable_supplement_required()->add_missing()->set_code("m9");
        ASSERT_EQ(d.tell(asks, "2024-10-14 10:00"), verdict::applied);
        auto answers = docket::plain(event::kSupplementSubmitted);
        if (brought) {
            answers.add_brings("m2");
        }
        ASSERT_EQ(d.tell(answers, "2024-10-15 09:00"), verdict::applied);
        ASSERT_EQ(d.tell(event::kCaseAccepted, "2024-10-15 10:00"), verdict::applied);
        EXPECT_EQ(d.state.owed_materials_size(), brought ? 1 : 2);
        EXPECT_EQ(d.state.owed_materials(0).code(), "m1");
    }
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

v1::LedgerRecord with_certificate(v1::LedgerRecord r) {
    r.set_gives_certificate(true);
    return r;
}

// Whichever event carries it: the dossier is sealed, that it holds a certificate stands beside it.
TEST(OwedMaterials, NoEventCarriesACertificateBeforeTheyAreCleared) {
    docket d(limit(90));
    d.accepted_owing({owed("m1", 5)}, "2024-10-14 10:00");
    const auto refused = [&](const v1::LedgerRecord& r) {
        const auto before = d.state.SerializeAsString();
        EXPECT_EQ(d.tell(with_certificate(r), "2024-10-15 09:00"), verdict::materials_owed) << name(r.event().body_case());
        EXPECT_EQ(d.state.SerializeAsString(), before);
    };
    refused(docket::plain(event::kStep));
    refused(docket::plain(event::kDecided));
    refused(closes(v1::OUTCOME_COMPLETED));
    ASSERT_EQ(d.tell(closes(v1::OUTCOME_COMPLETED), "2024-10-15 10:00"), verdict::applied);
    refused(docket::plain(event::kCertIssued));
    refused(docket::plain(event::kReadyForCollection));
    refused(docket::plain(event::kShipped));
    EXPECT_EQ(d.tell(with_certificate(brings({"m1"})), "2024-10-16 09:00"), verdict::applied) << "A licence may be what is owed";
    ASSERT_EQ(d.tell(clears({"m1"}), "2024-10-16 10:00"), verdict::applied);
    EXPECT_EQ(d.tell(with_certificate(docket::plain(event::kReadyForCollection)), "2024-10-16 11:00"), verdict::applied);
}

TEST(OwedMaterials, NeitherDoesTheAcceptanceThatMakesThemOwed) {
    docket d(limit(90));
    auto accepts = docket::plain(event::kCaseAccepted);
    accepts.mutable_event()->mutable_case_accepted()->set_tolerance(true);
    *accepts.mutable_event()->mutable_case_accepted()->add_owed() = owed("m1", 5);
    ASSERT_EQ(d.tell(event::kDestReceived, "2024-10-14 10:00"), verdict::applied);
    EXPECT_EQ(d.tell(with_certificate(accepts), "2024-10-14 10:00"), verdict::materials_owed);
    EXPECT_EQ(d.tell(with_certificate(docket::plain(event::kCaseAccepted)), "2024-10-14 10:00"), verdict::applied) << "nothing is owed";
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

// 不予许可: whoever was refused is not reminded of a material that would change nothing, and no word on it is owed.
TEST(OwedMaterials, AreOwedNoMoreOnceTheCaseIsDenied) {
    auto denial = docket::plain(event::kDecided);
    denial.mutable_event()->mutable_decided()->set_decision(v1::DECISION_DENIED);
    for (const auto& said : {denial, closes(v1::OUTCOME_DENIED)}) {
        docket d(limit(90));
        d.accepted_owing({owed("m1", 5), owed("m2", 5)}, "2024-10-14 10:00");
        ASSERT_EQ(d.tell(brings({"m2"}), "2024-10-15 09:00"), verdict::applied);
        ASSERT_EQ(d.tell(said, "2024-10-15 10:00"), verdict::applied);
        EXPECT_TRUE(d.state.owed_materials().empty());
        EXPECT_TRUE(owed_beside(d.state).empty());
        EXPECT_EQ(next_obligation(d.state).at_ms, 0);
        EXPECT_EQ(d.tell(brings({"m1"}), "2024-10-16 10:00"), verdict::not_owed);
        docket with_letter(limit(90));
        with_letter.accepted_owing({owed("m1", 5)}, "2024-10-14 10:00");
        EXPECT_EQ(with_letter.tell(with_certificate(said), "2024-10-15 10:00"), verdict::applied) << "不予许可决定书";
    }
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
    EXPECT_EQ(date(d.state.owed_materials(0).due_ms()), "2024-10-09");
    ASSERT_EQ(d.tell(brings({"m1"}), "2024-09-27 10:30"), verdict::applied);
    EXPECT_EQ(date(d.state.owed_materials(0).answer_due_ms()), "2024-10-09");
    d.calendar = published;
    ASSERT_EQ(d.tell(docket::plain(event::kCalendarRevised), "2024-09-27 11:00"), verdict::applied);
    EXPECT_EQ(date(d.state.owed_materials(0).due_ms()), "2024-10-10");
    EXPECT_EQ(date(d.state.owed_materials(0).answer_due_ms()), "2024-10-10");
}

TEST(OwedMaterials, EndNoCaseOnAProvisionalDay) {
    auto one = owed("m1", 5);
    one.set_consequence(v1::OWED_CONSEQUENCE_CASE_ENDS);
    docket d(limit(60), "2026-12-01 09:00");
    d.accepted_owing({one}, "2026-12-28 10:00"); // due 2027-01-05 at the latest that is known
    EXPECT_EQ(date(d.state.owed_materials(0).due_ms()), "2027-01-05");
    ASSERT_EQ(owed_beside(d.state).size(), 1u);
    EXPECT_TRUE(owed_beside(d.state).front().provisional());
    EXPECT_EQ(d.run_timers("2027-02-04 23:59"), "2026-12-31 00:00 OWED_REMINDED");
    docket unpublished = d;
    EXPECT_EQ(unpublished.run_timers("2027-02-05 00:00"), "2027-02-05 00:00 OWED_LAPSED") << "over by any calendar";
    EXPECT_EQ(unpublished.state.status(), v1::CASE_STATUS_LAPSED);

    d.calendar = calendar_of_2027();
    ASSERT_EQ(d.tell(event::kCalendarRevised, "2027-01-05 09:00"), verdict::applied);
    EXPECT_FALSE(owed_beside(d.state).front().provisional());
    EXPECT_EQ(d.run_timers("2027-01-06 00:00"), "2027-01-06 00:00 OWED_LAPSED");
}

TEST(Urges, OverDaysOfAnUnpublishedYearAreProvisionalAndRevised) {
    docket d(limit(5), "2026-12-01 09:00");
    d.accepted("2026-12-22 10:00");
    EXPECT_EQ(d.clocks().provisional_from(), 0);
    ASSERT_EQ(d.tell(docket::plain(event::kUrged), "2026-12-30 10:00"), verdict::applied);
    EXPECT_EQ(date(d.state.urge().due_ms()), "2027-01-05");
    EXPECT_NE(d.clocks().provisional_from(), 0);
    ASSERT_EQ(owed_beside(d.state).size(), 1u);
    EXPECT_TRUE(owed_beside(d.state).front().provisional());
    EXPECT_FALSE(owed_of(d.state)->provisional()) << "the promise ends on 12-29";
    d.calendar = calendar_of_2027("    off: [2027-01-01/2027-01-04, 2027-02-10/2027-02-13, 2027-04-04, 2027-06-10, 2027-09-20,\n"
                                  "      2027-05-01/2027-05-05, 2027-10-01/2027-10-07]\n");
    ASSERT_EQ(d.tell(event::kCalendarRevised, "2026-12-31 09:00"), verdict::applied);
    EXPECT_EQ(date(d.state.urge().due_ms()), "2027-01-06");
    EXPECT_EQ(d.clocks().provisional_from(), 0);
}

TEST(OwedMaterials, OutliveTheEvaluationAndTheDelivery) {
    docket d(limit(20));
    d.accepted_owing({owed("m1", 5, v1::OWED_CONSEQUENCE_REVOCATION), owed("m2", 9)}, "2024-10-14 10:00");
    ASSERT_EQ(d.tell(event::kDecided, "2024-10-15 10:00"), verdict::applied);
    ASSERT_EQ(d.tell(closes(v1::OUTCOME_COMPLETED), "2024-10-15 10:00"), verdict::applied);
    ASSERT_EQ(d.tell(grades(v1::GRADE_SATISFIED), "2024-10-16 10:00"), verdict::applied);
    EXPECT_EQ(d.state.status(), v1::CASE_STATUS_EVALUATED);
    EXPECT_EQ(d.run_timers("2024-10-22 12:00"), "2024-10-17 00:00 OWED_REMINDED; 2024-10-22 00:00 OWED_LAPSED");
    EXPECT_EQ(inbox_places(d.state)[0].region, region_a) << "who still owes";
    EXPECT_EQ(d.tell(brings({"m2", "m3"}), "2024-10-22 13:00"), verdict::not_owed);
    EXPECT_EQ(detail_of(verdict::not_owed, d.state).en, "owed now: m1, m2");
    EXPECT_EQ(d.tell(brings({"m2"}), "2024-10-22 13:00"), verdict::applied);
    EXPECT_EQ(inbox_places(d.state)[1].region, region_b) << "who owes the word on it";
    EXPECT_EQ(d.tell(clears({"m2"}), "2024-10-23 13:00"), verdict::applied);
}

// By 材料编码 or by name, with what people type around it.
TEST(OwedMaterials, AreNamedByCodeOrByName) {
    docket d(limit(20));
    auto deed = owed("CL001", 5);
    deed.set_name("购房合同");
    auto letter = owed("", 5);
    letter.set_name("情况说明");
    d.accepted_owing({deed, letter}, "2024-10-14 10:00");
    EXPECT_EQ(d.tell(brings({"合同"}), "2024-10-15 10:00"), verdict::not_owed);
    ASSERT_EQ(d.tell(brings({" 购房合同", "情况说明　"}), "2024-10-15 10:00"), verdict::applied);
    EXPECT_TRUE(d.state.owed_materials(0).submitted() && d.state.owed_materials(1).submitted());
    ASSERT_EQ(d.tell(clears({"ＣＬ００１"}), "2024-10-16 10:00"), verdict::applied);
    ASSERT_EQ(d.state.owed_materials_size(), 1);
    EXPECT_EQ(d.state.owed_materials(0).name(), "情况说明");
}

TEST(OwedMaterials, ThatSaysItIsBroughtIsAmongTheMaterials) {
    docket d(limit(20));
    auto deed = owed("CL001", 5);
    deed.set_name("购房合同");
    d.accepted_owing({deed, owed("CL002", 5)}, "2024-10-14 10:00");
    v1::CaseEvent event;
    event.mutable_owed_submitted()->add_codes("CL002");
    event.mutable_owed_submitted()->add_codes("CL001");
    const source_path_of unknown_place = [](std::string_view) { return std::string(); };
    const auto told = [&] {
        std::vector<std::string> fields;
        for (const auto& each : judge_brought(d.state, event, unknown_place)) {
            fields.push_back(each.field());
        }
        return fields;
    };
    EXPECT_EQ(told(), (std::vector<std::string>{"owed_submitted.codes[0]", "owed_submitted.codes[1]"}));
    event.mutable_dossier()->add_materials()->set_name("购房合同 ");
    EXPECT_EQ(told(), std::vector<std::string>{"owed_submitted.codes[0]"}) << "the owed one's name";
    event.mutable_dossier()->add_materials()->set_code("CL002");
    EXPECT_TRUE(told().empty());
    event.mutable_owed_submitted()->add_codes("CL009");
    EXPECT_TRUE(told().empty()) << "not owed: refused as such";
}

TEST(OwedMaterials, ThatWereMissingAtTheFilingAreOwedWhetherOrNotTheAcceptanceNamesThem) {
    const auto filed = [] {
        docket d(limit(20));
        *d.terms().add_missing() = owed("m1", 5);
        *d.terms().add_missing() = owed("m2", 5);
        *d.terms().add_missing() = owed("m3", 5);
        d.terms().mutable_missing(2)->set_commitment("CN");
        return d;
    };
    auto plain = filed();
    plain.accepted("2024-10-14 10:00");
    ASSERT_EQ(plain.state.owed_materials_size(), 2) << "for the third a letter stands";
    EXPECT_EQ(plain.state.owed_materials(1).code(), "m2");
    auto named = filed();
    named.accepted_owing({owed("m2", 3)}, "2024-10-14 10:00");
    ASSERT_EQ(named.state.owed_materials_size(), 2);
    EXPECT_EQ(named.state.owed_materials(0).limit().value(), 3);
    auto silent = filed();
    ASSERT_EQ(silent.tell(event::kDestReceived, "2024-10-14 10:00"), verdict::applied);
    EXPECT_EQ(silent.run_timers("2024-10-22 00:00"), "2024-10-18 00:00 SUPERVISION_WARNING NOTICE YELLOW; "
                                                     "2024-10-22 00:00 DEEMED_ACCEPTED");
    EXPECT_EQ(silent.state.owed_materials_size(), 2) << "视为受理";
    auto asked = filed();
    ASSERT_EQ(asked.tell(event::kDestReceived, "2024-10-14 10:00"), verdict::applied);
    auto wants = docket::plain(event::kSupplementRequired);
    wants.mutable_event()->mutable_supplement_required()->add_missing()->set_code("m1");
    ASSERT_EQ(asked.tell(wants, "2024-10-14 11:00"), verdict::applied);
    ASSERT_EQ(asked.tell(event::kSupplementSubmitted, "2024-10-14 12:00"), verdict::applied);
    ASSERT_EQ(asked.tell(event::kCaseAccepted, "2024-10-14 13:00"), verdict::applied);
    ASSERT_EQ(asked.state.owed_materials_size(), 1) << "what was asked for came before";
    EXPECT_EQ(asked.state.owed_materials(0).code(), "m2");
}

TEST(OwedMaterials, WithoutACodeGoByTheirName) {
    docket d(limit(20));
    d.accepted_owing({owed("", 5)}, "2024-10-14 10:00");
    ASSERT_EQ(d.tell(brings({"住所使用证明"}), "2024-10-15 10:00"), verdict::applied);
    ASSERT_EQ(d.tell(clears({"住所使用证明"}), "2024-10-15 11:00"), verdict::applied);
    EXPECT_TRUE(d.state.owed_materials().empty());
}

} // namespace
} // namespace tongban::cases::story
