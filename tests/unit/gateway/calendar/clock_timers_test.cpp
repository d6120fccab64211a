// What the gateway's timers say, in which order and when: deemed acceptance, lapse, overrun, yellow and red.
#include "tests/unit/gateway/calendar/clock_story.hpp"

namespace tongban::cases::story {
namespace {

v1::LedgerRecord suspension() {
    auto special = docket::plain(event::kSpecialStarted);
    special.mutable_event()->mutable_special_started()->set_kind(v1::SPECIAL_KIND_SUSPENSION);
    return special;
}

TEST(ClockTimers, NotToldInFiveDaysIsAcceptedFromTheReceiptOn) {
    docket d(limit(15));
    ASSERT_EQ(d.tell(event::kDestReceived, "2024-10-14 10:00"), verdict::applied);
    EXPECT_EQ(d.run_timers("2024-10-22 00:00"), "2024-10-18 00:00 SUPERVISION_WARNING NOTICE YELLOW; "
                                                "2024-10-22 00:00 DEEMED_ACCEPTED");
    EXPECT_EQ(d.state.status(), v1::CASE_STATUS_ACCEPTED);
    EXPECT_EQ(d.clocks().accepted_ms(), moment("2024-10-14 10:00"));
    EXPECT_EQ(date(d.clocks().promise_due_ms()), "2024-11-04") << "fifteen days from the receipt, not from today";
}

TEST(ClockTimers, AGatewayThatWasAwayMaySayTheAcceptanceWithoutTheWarning) {
    docket d(limit(15));
    ASSERT_EQ(d.tell(event::kDestReceived, "2024-10-14 10:00"), verdict::applied);
    EXPECT_EQ(d.tell(event::kDeemedAccepted, "2024-10-21 23:59"), verdict::illegal_transition);
    EXPECT_EQ(d.tell(event::kDeemedAccepted, "2024-12-21 10:00"), verdict::applied);
    EXPECT_EQ(d.clocks().accepted_ms(), moment("2024-10-14 10:00"));
}

TEST(ClockTimers, AnItemThatIsNeverDeemedAcceptedIsWarnedAboutInstead) {
    docket d(limit(15));
    d.terms().set_never_deemed_accepted(true);
    ASSERT_EQ(d.tell(event::kDestReceived, "2024-10-14 10:00"), verdict::applied);
    EXPECT_EQ(d.run_timers("2025-10-22 00:00"), "2024-10-18 00:00 SUPERVISION_WARNING NOTICE YELLOW; "
                                                "2024-10-22 00:00 SUPERVISION_WARNING NOTICE RED");
    EXPECT_EQ(d.state.status(), v1::CASE_STATUS_DEST_RECEIVED);
}

TEST(ClockTimers, ASupplementThatDoesNotComeLapses) {
    docket d(limit(15));
    ASSERT_EQ(d.tell(event::kDestReceived, "2024-10-14 10:00"), verdict::applied);
    auto asked = docket::plain(event::kSupplementRequired);
    *asked.mutable_event()->mutable_supplement_required()->mutable_limit() = limit(3);
    ASSERT_EQ(d.tell(asked, "2024-10-16 15:00"), verdict::applied);
    EXPECT_EQ(d.run_timers("2025-01-01 00:00"), "2024-10-22 00:00 SUPPLEMENT_LAPSED");
    EXPECT_EQ(d.state.status(), v1::CASE_STATUS_LAPSED);
    EXPECT_EQ(d.state.outcome(), v1::OUTCOME_SUPPLEMENT_LAPSED);
}

TEST(ClockTimers, TheDestinationMaySayTheLapseItself) {
    docket d(limit(15));
    ASSERT_EQ(d.tell(event::kDestReceived, "2024-10-14 10:00"), verdict::applied);
    ASSERT_EQ(d.tell(event::kSupplementRequired, "2024-10-16 15:00"), verdict::applied);
    EXPECT_EQ(d.tell(event::kSupplementLapsed, "2024-10-17 15:00"), verdict::applied);
}

TEST(ClockTimers, APromiseTurnsYellowThenRedAndTheLawFollows) {
    docket d(limit(10));
    *d.filing().mutable_statutory() = limit(20);
    d.accepted("2024-10-14 10:00");
    EXPECT_EQ(d.clocks().band(), v1::SUPERVISION_BAND_BLUE);
    // Of ten days three are thirty percent, which is blue still; two are not.
    EXPECT_EQ(d.run_timers("2025-10-22 00:00"), "2024-10-24 00:00 SUPERVISION_WARNING PROMISE YELLOW; "
                                                "2024-10-29 00:00 SUPERVISION_WARNING PROMISE RED; "
                                                "2024-11-12 00:00 SUPERVISION_WARNING STATUTORY RED");
    EXPECT_EQ(d.clocks().band(), v1::SUPERVISION_BAND_RED);
    EXPECT_EQ(next_timer(d.state).at_ms, 0) << "said once";
}

TEST(ClockTimers, WhatOneClockSaidIsNotSaidOfAnother) {
    docket d(limit(3), "2026-09-07 10:00");
    *d.filing().mutable_statutory() = limit(4);
    d.open_with_calendar();
    EXPECT_EQ(d.run_timers("2026-09-15 00:00"), "2026-09-11 00:00 SUPERVISION_WARNING RECEIPT YELLOW; "
                                                "2026-09-15 00:00 SUPERVISION_WARNING RECEIPT RED");
    // B reports late, with its own times: both limits had passed.
    const auto late = [](v1::CaseEvent::BodyCase body, const char* when) {
        auto r = docket::plain(body);
        r.mutable_event()->mutable_occurred_at()->set_seconds(moment(when) / 1000);
        return r;
    };
    ASSERT_EQ(d.tell(late(event::kDestReceived, "2026-09-07 11:00"), "2026-09-16 10:00"), verdict::applied);
    ASSERT_EQ(d.tell(late(event::kCaseAccepted, "2026-09-07 11:30"), "2026-09-16 10:01"), verdict::applied);
    EXPECT_EQ(date(d.clocks().promise_due_ms()), "2026-09-10");
    EXPECT_EQ(d.clocks().band(), v1::SUPERVISION_BAND_YELLOW) << "nothing was said of the promise yet";
    EXPECT_EQ(d.clocks().band_clock(), v1::CLOCK_KIND_PROMISE);
    EXPECT_EQ(d.overdue_timers("2026-09-16 10:02"), "SUPERVISION_WARNING PROMISE RED; SUPERVISION_WARNING STATUTORY RED");
    EXPECT_EQ(next_timer(d.state).at_ms, 0) << "each once";
}

TEST(ClockTimers, TheLawsLineIsSaidOnceAlsoWhereAnExtensionComesBetween) {
    docket d(limit(3));
    *d.filing().mutable_statutory() = limit(4);
    d.in_review("2024-10-14 10:00"); // promise 10-17, law 10-18
    EXPECT_NE(d.run_timers("2024-10-18 00:00").find("PROMISE RED"), std::string::npos);
    auto extended = docket::plain(event::kDeadlineExtended);
    *extended.mutable_event()->mutable_deadline_extended()->mutable_extension() = limit(1);
    ASSERT_EQ(d.tell(extended, "2024-10-28 10:00"), verdict::applied); // and both stay passed
    EXPECT_EQ(d.clocks().band(), v1::SUPERVISION_BAND_RED);
    EXPECT_EQ(d.overdue_timers("2024-10-28 10:01"), "SUPERVISION_WARNING STATUTORY RED");
    EXPECT_EQ(next_timer(d.state).at_ms, 0);
    EXPECT_TRUE(d.clocks().law_overdue());
}

TEST(ClockTimers, TheGatewayEndsNothingOnAProvisionalDay) {
    docket notice(limit(60), "2026-12-01 09:00");
    ASSERT_EQ(notice.tell(event::kDestReceived, "2026-12-28 10:00"), verdict::applied);
    EXPECT_EQ(date(notice.clocks().notice_due_ms()), "2027-01-05");
    EXPECT_TRUE(owed_of(notice.state)->provisional());
    EXPECT_EQ(notice.run_timers("2027-02-04 23:59"), "2027-01-04 00:00 SUPERVISION_WARNING NOTICE YELLOW; "
                                                     "2027-01-06 00:00 SUPERVISION_WARNING NOTICE RED");
    docket unpublished = notice;
    EXPECT_EQ(unpublished.tell(event::kDeemedAccepted, "2027-02-04 23:59"), verdict::illegal_transition);
    EXPECT_EQ(unpublished.run_timers("2027-02-05 00:00"), "2027-02-05 00:00 DEEMED_ACCEPTED") << "over by any calendar";
    notice.calendar = calendar_of_2027();
    ASSERT_EQ(notice.tell(event::kCalendarRevised, "2027-01-20 10:00"), verdict::applied);
    EXPECT_EQ(notice.tell(event::kDeemedAccepted, "2027-01-20 10:01"), verdict::applied);

    docket supplement(limit(15), "2026-12-01 09:00");
    ASSERT_EQ(supplement.tell(event::kDestReceived, "2026-12-22 10:00"), verdict::applied);
    auto asked = docket::plain(event::kSupplementRequired);
    *asked.mutable_event()->mutable_supplement_required()->mutable_limit() = limit(5);
    ASSERT_EQ(supplement.tell(asked, "2026-12-28 10:00"), verdict::applied);
    EXPECT_TRUE(owed_of(supplement.state)->provisional());
    EXPECT_EQ(supplement.run_timers("2027-02-04 23:59"), "");
    supplement.calendar = calendar_of_2027();
    docket published = supplement;
    ASSERT_EQ(published.tell(event::kCalendarRevised, "2027-01-05 10:00"), verdict::applied);
    EXPECT_EQ(published.run_timers("2027-01-06 00:00"), "2027-01-06 00:00 SUPPLEMENT_LAPSED");
    EXPECT_EQ(supplement.run_timers("2027-02-05 00:00"), "2027-02-05 00:00 SUPPLEMENT_LAPSED");
}

TEST(ClockTimers, ASuspendedCaseIsOwedWithTheBandOfItsSpecialProcedure) {
    docket d(limit(3));
    d.in_review("2024-10-18 10:00");
    EXPECT_NE(d.run_timers("2024-10-24 00:00").find("RED"), std::string::npos);
    auto special = suspension();
    *special.mutable_event()->mutable_special_started()->mutable_limit() = limit(5);
    ASSERT_EQ(d.tell(special, "2024-10-25 10:00"), verdict::applied);
    ASSERT_EQ(owed_of(d.state)->clock(), v1::CLOCK_KIND_SPECIAL);
    EXPECT_EQ(owed_of(d.state)->band(), v1::SUPERVISION_BAND_BLUE) << "red is the promise's";
    EXPECT_EQ(d.run_timers("2024-11-02 00:00"), "2024-11-02 00:00 SPECIAL_OVERRUN");
    EXPECT_EQ(owed_of(d.state)->band(), v1::SUPERVISION_BAND_RED);
}

TEST(ClockTimers, TheShareOfYellowIsTheItems) {
    docket d(limit(10));
    d.terms().set_yellow_percent(60);
    d.accepted("2024-10-14 10:00");
    EXPECT_EQ(d.run_timers("2024-10-28 00:00"), "2024-10-21 00:00 SUPERVISION_WARNING PROMISE YELLOW");
}

TEST(ClockTimers, ADayBeforeTheEndIsYellowHoweverShortAndAShortLimitWarnsOnlyOfItsEnd) {
    docket three(limit(3));
    three.accepted("2024-10-18 10:00");
    EXPECT_EQ(three.run_timers("2024-11-28 00:00"), "2024-10-22 00:00 SUPERVISION_WARNING PROMISE YELLOW; "
                                                    "2024-10-24 00:00 SUPERVISION_WARNING PROMISE RED");
    docket one(limit(1));
    one.accepted("2024-10-18 10:00");
    EXPECT_EQ(one.clocks().band(), v1::SUPERVISION_BAND_YELLOW);
    EXPECT_EQ(one.run_timers("2024-11-28 00:00"), "2024-10-22 00:00 SUPERVISION_WARNING PROMISE RED");
}

TEST(ClockTimers, RedBeginsWithTheWorkingDayAfterTheDueDay) {
    docket d(limit(5));
    d.accepted("2024-10-18 10:00"); // due Friday 10-25
    EXPECT_EQ(d.run_timers("2024-10-27 23:59"), "2024-10-24 00:00 SUPERVISION_WARNING PROMISE YELLOW");
    EXPECT_EQ(d.run_timers("2024-10-28 00:00"), "2024-10-28 00:00 SUPERVISION_WARNING PROMISE RED");
}

TEST(ClockTimers, AnImmediateItemTurnsYellowWhenTheWindowCloses) {
    docket d(limit(0));
    d.accepted("2024-10-18 10:00");
    EXPECT_EQ(d.clocks().band(), v1::SUPERVISION_BAND_BLUE);
    EXPECT_EQ(d.run_timers("2024-10-21 00:00"), "2024-10-18 17:00 SUPERVISION_WARNING PROMISE YELLOW; "
                                                "2024-10-21 00:00 SUPERVISION_WARNING PROMISE RED");
}

TEST(ClockTimers, HoursAndNaturalDaysTurnRedWhenTheyAreOver) {
    docket hours(limit(10, v1::LIMIT_UNIT_HOUR));
    hours.accepted("2024-10-18 10:00");
    EXPECT_EQ(hours.run_timers("2024-10-20 00:00"), "2024-10-18 17:00 SUPERVISION_WARNING PROMISE YELLOW; "
                                                    "2024-10-18 20:00 SUPERVISION_WARNING PROMISE RED");
    docket days(limit(10, v1::LIMIT_UNIT_CALENDAR_DAY));
    days.accepted("2024-10-18 10:00");
    EXPECT_EQ(days.run_timers("2024-11-20 00:00"), "2024-10-26 00:00 SUPERVISION_WARNING PROMISE YELLOW; "
                                                   "2024-10-29 00:00 SUPERVISION_WARNING PROMISE RED");
}

TEST(ClockTimers, ASpecialProcedureThatTakesTooLongIsSaidOnceAndStopsAllOtherWarnings) {
    docket d(limit(3));
    d.in_review("2024-10-18 10:00");
    auto special = suspension();
    *special.mutable_event()->mutable_special_started()->mutable_limit() = limit(5);
    ASSERT_EQ(d.tell(special, "2024-10-21 10:00"), verdict::applied);
    EXPECT_EQ(d.run_timers("2025-10-28 00:00"), "2024-10-29 00:00 SPECIAL_OVERRUN");
    EXPECT_EQ(d.state.status(), v1::CASE_STATUS_SUSPENDED);
    ASSERT_EQ(d.tell(event::kSpecialEnded, "2024-11-01 10:00"), verdict::applied);
    EXPECT_EQ(d.run_timers("2024-11-06 00:00"), "2024-11-04 00:00 SUPERVISION_WARNING PROMISE YELLOW; "
                                                "2024-11-06 00:00 SUPERVISION_WARNING PROMISE RED");
}

TEST(ClockTimers, ARedCaseThatWasStoppedIsNotWarnedAboutTwice) {
    docket d(limit(3));
    d.in_review("2024-10-18 10:00");
    EXPECT_NE(d.run_timers("2024-10-24 00:00").find("RED"), std::string::npos);
    ASSERT_EQ(d.tell(suspension(), "2024-10-25 10:00"), verdict::applied);
    ASSERT_EQ(d.tell(event::kSpecialEnded, "2024-11-05 10:00"), verdict::applied);
    EXPECT_EQ(d.clocks().band(), v1::SUPERVISION_BAND_RED);
    EXPECT_EQ(d.run_timers("2025-11-05 10:00"), "");
}

TEST(ClockTimers, AnExtensionTakesAWarningBack) {
    docket d(limit(3));
    d.in_review("2024-10-18 10:00");
    EXPECT_NE(d.run_timers("2024-10-22 00:00").find("YELLOW"), std::string::npos);
    auto extended = docket::plain(event::kDeadlineExtended);
    *extended.mutable_event()->mutable_deadline_extended()->mutable_extension() = limit(10);
    ASSERT_EQ(d.tell(extended, "2024-10-22 10:00"), verdict::applied);
    EXPECT_EQ(d.clocks().band(), v1::SUPERVISION_BAND_BLUE);
    EXPECT_EQ(d.run_timers("2024-11-07 00:00"), "2024-11-01 00:00 SUPERVISION_WARNING PROMISE YELLOW; "
                                                "2024-11-07 00:00 SUPERVISION_WARNING PROMISE RED");
}

TEST(ClockTimers, ResultsToBeHandedOverAreWatchedAndOthersAreNot) {
    const auto run = [](v1::Outcome outcome, v1::BusinessMode mode) {
        docket d(limit(3));
        d.filing().set_business_mode(mode);
        d.accepted("2024-10-18 10:00");
        EXPECT_EQ(d.tell(event::kDecided, "2024-10-21 10:00"), verdict::applied);
        auto close = docket::plain(event::kCaseClosed);
        close.mutable_event()->mutable_case_closed()->set_outcome(outcome);
        EXPECT_EQ(d.tell(close, "2024-10-21 10:00"), verdict::applied);
        return d.run_timers("2025-10-21 10:00");
    };
    EXPECT_EQ(run(v1::OUTCOME_APPROVED_WITH_CERT, v1::BUSINESS_MODE_COLLECT_FOR_OTHER),
              "2024-10-31 00:00 SUPERVISION_WARNING DELIVERY YELLOW; 2024-11-05 00:00 SUPERVISION_WARNING DELIVERY RED");
    EXPECT_EQ(run(v1::OUTCOME_APPROVED_WITH_CERT, v1::BUSINESS_MODE_FULL_ONLINE), "");
    EXPECT_EQ(run(v1::OUTCOME_COMPLETED, v1::BUSINESS_MODE_COLLECT_FOR_OTHER), "");
}

TEST(ClockTimers, ACaseThatTakesNoMoreEventsIsNotAskedForEver) {
    docket d(limit(3));
    d.accepted("2024-10-18 10:00");
    ASSERT_NE(next_timer(d.state).at_ms, 0);
    d.state.set_event_count(max_events_that_stay);
    EXPECT_EQ(next_timer(d.state).at_ms, 0);
}

TEST(ClockTimers, AWarningThatIsNotTrueIsRefused) {
    docket d(limit(10));
    d.accepted("2024-10-14 10:00");
    const auto timer = next_timer(d.state);
    for (int wrong = 0; wrong < 4; ++wrong) {
        auto r = d.timer_record();
        auto& warning = *r.mutable_event()->mutable_supervision_warning();
        if (wrong == 0) {
            warning.set_band(v1::SUPERVISION_BAND_RED);
        } else if (wrong == 1) {
            warning.set_clock(v1::CLOCK_KIND_STATUTORY);
        } else if (wrong == 2) {
            warning.mutable_due()->set_seconds(1);
        } else {
            *r.mutable_sender() = platform_b();
        }
        EXPECT_EQ(d.tell_ms(r, timer.at_ms), wrong == 3 ? verdict::wrong_role : verdict::illegal_transition) << wrong;
    }
    EXPECT_EQ(d.tell_ms(d.timer_record(), timer.at_ms), verdict::applied);
}

TEST(ClockTimers, WordsAreThere) {
    for (int kind = 1; kind < v1::ClockKind_ARRAYSIZE; ++kind) {
        EXPECT_EQ("CLOCK_KIND_" + std::string(name(static_cast<v1::ClockKind>(kind))),
                  v1::ClockKind_Name(static_cast<v1::ClockKind>(kind)));
        EXPECT_FALSE(term(static_cast<v1::ClockKind>(kind)).empty());
    }
    for (int band = 1; band < v1::SupervisionBand_ARRAYSIZE; ++band) {
        EXPECT_EQ("SUPERVISION_BAND_" + std::string(name(static_cast<v1::SupervisionBand>(band))),
                  v1::SupervisionBand_Name(static_cast<v1::SupervisionBand>(band)));
        EXPECT_FALSE(term(static_cast<v1::SupervisionBand>(band)).empty());
    }
    EXPECT_EQ(name(static_cast<v1::ClockKind>(99)), "");
}

} // namespace
} // namespace tongban::cases::story
