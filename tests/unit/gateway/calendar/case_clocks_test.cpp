// What each event does to the clocks of a case, by the domain's tables: vectors of working days, special procedures,
// extension, immediate items, other units, legal times, provisional dates.
#include "tests/unit/gateway/calendar/clock_story.hpp"

namespace tongban::cases::story {
namespace {

v1::LedgerRecord special(int days) {
    auto r = docket::plain(event::kSpecialStarted);
    auto& body = *r.mutable_event()->mutable_special_started();
    body.set_kind(v1::SPECIAL_KIND_SUSPENSION);
    if (days > 0) {
        *body.mutable_limit() = limit(days);
    }
    return r;
}

v1::LedgerRecord extension(int days) {
    auto r = docket::plain(event::kDeadlineExtended);
    *r.mutable_event()->mutable_deadline_extended()->mutable_extension() = limit(days);
    return r;
}

v1::LedgerRecord occurred(v1::LedgerRecord r, const std::string& when) {
    r.mutable_event()->mutable_occurred_at()->set_seconds(moment(when) / 1000);
    return r;
}

TEST(CaseClocks, APromiseIsDueByEveryVectorOfTheDomain) {
    const std::tuple<const char*, int, const char*> vectors[] = {
        {"2024-02-08", 1, "2024-02-09"},  {"2024-09-27", 5, "2024-10-10"},  {"2024-10-18", 3, "2024-10-23"},
        {"2024-10-21", 15, "2024-11-11"}, {"2025-01-24", 5, "2025-02-07"},  {"2025-09-26", 20, "2025-10-30"},
        {"2026-02-13", 5, "2026-02-27"},  {"2026-09-18", 10, "2026-10-09"}, {"2026-09-30", 1, "2026-10-08"}};
    for (const auto& [accepted, n, due] : vectors) {
        docket d(limit(n));
        d.accepted(std::string(accepted) + " 10:00");
        EXPECT_EQ(date(d.clocks().promise_due_ms()), due) << accepted;
        EXPECT_EQ(d.clocks().promise_due_ms(), end_of(day_of(moment(due))));
        EXPECT_EQ(d.clocks().provisional_from(), 0);
        EXPECT_EQ(d.clocks().calendar(), "2026.1");
    }
}

TEST(CaseClocks, TheSubmissionStartsNoLegalClockAndTheReceiptStartsTheNotice) {
    docket d(limit(5));
    d.open();
    EXPECT_EQ(running_clock(d.state), v1::CLOCK_KIND_RECEIPT) << "a line of supervision";
    EXPECT_EQ(d.clocks().legal_ms(), 0);
    EXPECT_EQ(d.clocks().notice_due_ms(), 0);
    ASSERT_EQ(d.tell(event::kDestReceived, "2024-09-27 10:00"), verdict::applied);
    EXPECT_EQ(date(d.clocks().notice_due_ms()), "2024-10-10");
    EXPECT_EQ(d.clocks().promise_due_ms(), 0);
    EXPECT_EQ(running_clock(d.state), v1::CLOCK_KIND_NOTICE);
    EXPECT_EQ(owed_by(d.state, running_clock(d.state)), region_b);
}

TEST(CaseClocks, AReceiptOnADayOffKeepsItsTimeAndCountsFromTheNextWorkingDay) {
    docket d(limit(5));
    ASSERT_EQ(d.tell(event::kDestReceived, "2024-10-19 11:00"), verdict::applied); // a Saturday
    EXPECT_EQ(d.clocks().received_ms(), moment("2024-10-19 11:00"));
    EXPECT_TRUE(d.clocks().after_hours());
    EXPECT_EQ(date(d.clocks().notice_due_ms()), "2024-10-25");
}

TEST(CaseClocks, ANoticeIsOwedInAsManyDaysAsTheItemSays) {
    docket d(limit(5));
    d.terms().set_notice_days(2);
    ASSERT_EQ(d.tell(event::kDestReceived, "2024-10-18 10:00"), verdict::applied);
    EXPECT_EQ(date(d.clocks().notice_due_ms()), "2024-10-22");
}

TEST(CaseClocks, ASupplementStartsTheFiveDaysAnew) {
    docket d(limit(5));
    ASSERT_EQ(d.tell(event::kDestReceived, "2024-10-14 10:00"), verdict::applied);
    auto asked = docket::plain(event::kSupplementRequired);
    *asked.mutable_event()->mutable_supplement_required()->mutable_limit() = limit(10);
    ASSERT_EQ(d.tell(asked, "2024-10-16 15:00"), verdict::applied);
    EXPECT_EQ(date(d.clocks().supplement_due_ms()), "2024-10-30");
    EXPECT_EQ(running_clock(d.state), v1::CLOCK_KIND_SUPPLEMENT);
    EXPECT_EQ(owed_by(d.state, running_clock(d.state)), region_a);
    ASSERT_EQ(d.tell(event::kSupplementSubmitted, "2024-10-25 16:00"), verdict::applied);
    EXPECT_EQ(date(d.clocks().notice_due_ms()), "2024-11-01");
    EXPECT_EQ(d.clocks().received_ms(), moment("2024-10-25 16:00"));
    EXPECT_EQ(d.clocks().waiting_since_ms(), 0);
}

TEST(CaseClocks, ASupplementWithoutALimitHasThatOfTheItemOrNone) {
    docket none(limit(5));
    ASSERT_EQ(none.tell(event::kDestReceived, "2024-10-14 10:00"), verdict::applied);
    ASSERT_EQ(none.tell(event::kSupplementRequired, "2024-10-16 15:00"), verdict::applied);
    EXPECT_EQ(none.clocks().supplement_due_ms(), 0);
    EXPECT_EQ(next_timer(none.state).at_ms, 0) << "nothing lapses by time";

    docket item(limit(5));
    *item.terms().mutable_supplement() = limit(15, v1::LIMIT_UNIT_CALENDAR_DAY);
    ASSERT_EQ(item.tell(event::kDestReceived, "2024-10-14 10:00"), verdict::applied);
    ASSERT_EQ(item.tell(event::kSupplementRequired, "2024-10-16 15:00"), verdict::applied);
    EXPECT_EQ(date(item.clocks().supplement_due_ms()), "2024-10-31");
}

TEST(CaseClocks, ASpecialProcedureStopsTheClockAndItGoesOnTheNextWorkingDay) {
    docket d(limit(10));
    d.filing().mutable_statutory()->set_value(20);
    d.filing().mutable_statutory()->set_unit(v1::LIMIT_UNIT_WORKDAY);
    d.in_review("2024-10-14 10:00"); // due 10-28; by the law 11-11
    EXPECT_EQ(date(d.clocks().promise_due_ms()), "2024-10-28");
    EXPECT_EQ(date(d.clocks().statutory_due_ms()), "2024-11-11");
    ASSERT_EQ(d.tell(special(5), "2024-10-17 10:00"), verdict::applied); // three days used
    EXPECT_EQ(d.clocks().waiting_since_ms(), moment("2024-10-17 10:00"));
    EXPECT_EQ(date(d.clocks().special_due_ms()), "2024-10-24");
    EXPECT_EQ(running_clock(d.state), v1::CLOCK_KIND_SPECIAL);
    ASSERT_EQ(d.tell(event::kSpecialEnded, "2024-10-31 10:00"), verdict::applied);
    EXPECT_EQ(date(d.clocks().promise_due_ms()), "2024-11-11") << "seven days from 11-01 on";
    EXPECT_EQ(date(d.clocks().statutory_due_ms()), "2024-11-25");
    EXPECT_EQ(d.clocks().stopped_days(), 10);
    EXPECT_EQ(d.clocks().waiting_since_ms(), 0);
}

TEST(CaseClocks, AClockThatStoppedTwiceOrOnItsLastDayOrTooLateKeepsWhatWasUsed) {
    docket twice(limit(10));
    twice.in_review("2024-10-14 10:00");
    ASSERT_EQ(twice.tell(special(0), "2024-10-17 10:00"), verdict::applied);
    ASSERT_EQ(twice.tell(event::kSpecialEnded, "2024-10-18 10:00"), verdict::applied);
    EXPECT_EQ(date(twice.clocks().promise_due_ms()), "2024-10-29");
    ASSERT_EQ(twice.tell(special(0), "2024-10-19 10:00"), verdict::applied);
    ASSERT_EQ(twice.tell(event::kSpecialEnded, "2024-10-20 10:00"), verdict::applied);
    EXPECT_EQ(date(twice.clocks().promise_due_ms()), "2024-10-29") << "a weekend costs nothing";

    docket last(limit(3));
    last.in_review("2024-10-18 10:00");
    ASSERT_EQ(last.tell(special(0), "2024-10-23 10:00"), verdict::applied);
    ASSERT_EQ(last.tell(event::kSpecialEnded, "2024-11-05 10:00"), verdict::applied);
    EXPECT_EQ(date(last.clocks().promise_due_ms()), "2024-11-05") << "nothing is left";

    for (const auto rules : {clock_rules_now, 0U}) {
        docket off(limit(3));
        off.rules = rules;
        off.in_review("2024-10-18 10:00");
        ASSERT_EQ(off.tell(special(0), "2024-10-23 10:00"), verdict::applied);
        ASSERT_EQ(off.tell(event::kSpecialEnded, "2024-11-03 10:00"), verdict::applied);
        EXPECT_EQ(date(off.clocks().promise_due_ms()), rules != 0 ? "2024-11-04" : "2024-11-03") << "a Sunday, which is no last day";
        off.closed("2024-11-04 10:00");
        EXPECT_EQ(off.clocks().timeliness(), rules != 0 ? v1::TIMELINESS_ON_TIME : v1::TIMELINESS_LATE);
    }

    docket late(limit(3));
    late.in_review("2024-10-18 10:00");
    ASSERT_EQ(late.tell(special(0), "2024-10-25 10:00"), verdict::applied); // two days over
    ASSERT_EQ(late.tell(event::kSpecialEnded, "2024-11-05 10:00"), verdict::applied);
    EXPECT_EQ(date(late.clocks().promise_due_ms()), "2024-10-23") << "it had passed, and stays where it was";
    late.closed("2024-11-06 10:00");
    EXPECT_EQ(late.clocks().used_days(), 6);
    EXPECT_EQ(late.clocks().timeliness(), v1::TIMELINESS_LATE);
}

TEST(CaseClocks, AnExtensionMovesTheDueDateAndOnlyOnce) {
    docket d(limit(20));
    *d.filing().mutable_statutory() = limit(45, v1::LIMIT_UNIT_CALENDAR_DAY);
    d.in_review("2025-09-26 10:00");
    EXPECT_EQ(date(d.clocks().promise_due_ms()), "2025-10-30");
    EXPECT_EQ(date(d.clocks().statutory_due_ms()), "2025-11-10");
    ASSERT_EQ(d.tell(extension(10), "2025-10-28 10:00"), verdict::applied);
    EXPECT_EQ(date(d.clocks().promise_due_ms()), "2025-11-13");
    EXPECT_EQ(date(d.clocks().statutory_due_ms()), "2025-11-24");
    EXPECT_EQ(d.clocks().extension_days(), 10);
    EXPECT_EQ(d.tell(extension(10), "2025-10-28 11:00"), verdict::already_extended);
}

TEST(CaseClocks, AnImmediateItemIsOwedOnTheSameWorkingDay) {
    docket d(limit(0));
    d.filing().set_case_type(v1::CASE_TYPE_IMMEDIATE);
    d.accepted("2024-10-18 16:59");
    EXPECT_EQ(date(d.clocks().promise_due_ms()), "2024-10-18");
    EXPECT_FALSE(d.clocks().after_hours());
    d.closed("2024-10-18 18:00");
    EXPECT_EQ(d.clocks().used_days(), 0);
    EXPECT_EQ(d.clocks().timeliness(), v1::TIMELINESS_ON_TIME);
}

TEST(CaseClocks, AnImmediateItemAfterClosingIsOwedOnTheNextWorkingDayAndFlagged) {
    docket d(limit(0));
    d.filing().set_case_type(v1::CASE_TYPE_IMMEDIATE);
    *d.filing().mutable_statutory() = limit(5);
    d.accepted("2024-09-30 17:00"); // the day before the holiday
    EXPECT_EQ(date(d.clocks().promise_due_ms()), "2024-10-08");
    EXPECT_EQ(date(d.clocks().statutory_due_ms()), "2024-10-12");
    EXPECT_TRUE(d.clocks().after_hours());
    d.closed("2024-10-08 10:00");
    EXPECT_EQ(d.clocks().used_days(), 0);
    EXPECT_EQ(d.clocks().timeliness(), v1::TIMELINESS_ON_TIME);

    docket day_off(limit(0));
    day_off.accepted("2024-10-03 10:00");
    EXPECT_EQ(date(day_off.clocks().promise_due_ms()), "2024-10-08");
    day_off.closed("2024-10-09 10:00");
    EXPECT_EQ(day_off.clocks().used_days(), 1);
    EXPECT_EQ(day_off.clocks().timeliness(), v1::TIMELINESS_LATE);

    docket early_bird(limit(0));
    early_bird.terms().set_opens_minute(8 * 60 + 30);
    early_bird.terms().set_closes_minute(18 * 60);
    early_bird.accepted("2024-10-18 17:30");
    EXPECT_EQ(date(early_bird.clocks().promise_due_ms()), "2024-10-18") << "these hours are longer";
}

TEST(CaseClocks, NaturalDaysMonthsAndHoursAreNotShifted) {
    docket days(limit(5, v1::LIMIT_UNIT_CALENDAR_DAY));
    days.accepted("2024-09-27 10:00");
    EXPECT_EQ(date(days.clocks().promise_due_ms()), "2024-10-02") << "inside the holiday";
    docket months(limit(1, v1::LIMIT_UNIT_MONTH));
    months.accepted("2024-08-31 10:00");
    EXPECT_EQ(date(months.clocks().promise_due_ms()), "2024-09-30");
    docket hours(limit(2, v1::LIMIT_UNIT_HOUR));
    hours.accepted("2024-10-18 16:30");
    EXPECT_EQ(hours.clocks().promise_due_ms(), moment("2024-10-18 18:30"));
    EXPECT_EQ(hours.clocks().provisional_from(), 0);
    hours.closed("2024-10-18 18:31");
    EXPECT_EQ(hours.clocks().timeliness(), v1::TIMELINESS_LATE);
}

TEST(CaseClocks, WhatIsNotCountedInWorkingDaysStandsStillAsLongAsItWasStopped) {
    docket days(limit(10, v1::LIMIT_UNIT_CALENDAR_DAY));
    days.in_review("2024-10-14 10:00");
    ASSERT_EQ(days.tell(special(0), "2024-10-17 10:00"), verdict::applied);
    ASSERT_EQ(days.tell(event::kSpecialEnded, "2024-10-21 09:00"), verdict::applied);
    EXPECT_EQ(date(days.clocks().promise_due_ms()), "2024-10-28");
    docket hours(limit(4, v1::LIMIT_UNIT_HOUR));
    hours.in_review("2024-10-14 10:00");
    ASSERT_EQ(hours.tell(special(0), "2024-10-14 11:00"), verdict::applied);
    ASSERT_EQ(hours.tell(event::kSpecialEnded, "2024-10-14 13:30"), verdict::applied);
    EXPECT_EQ(hours.clocks().promise_due_ms(), moment("2024-10-14 16:30"));
}

TEST(CaseClocks, TheTermsOfTheItemGoBeforeWhatWasFiled) {
    docket d(limit(15));
    *d.terms().mutable_promise() = limit(3);
    *d.terms().mutable_statutory() = limit(20);
    d.accepted("2024-10-18 10:00");
    EXPECT_EQ(date(d.clocks().promise_due_ms()), "2024-10-23");
    EXPECT_EQ(date(d.clocks().statutory_due_ms()), "2024-11-15");
}

TEST(CaseClocks, DeliveryIsOwedTenDaysAfterTheDecision) {
    docket d(limit(5));
    d.accepted("2024-09-23 10:00");
    ASSERT_EQ(d.tell(event::kDecided, "2024-09-27 10:00"), verdict::applied);
    EXPECT_EQ(date(d.clocks().delivery_due_ms()), "2024-10-16");
    docket short_one(limit(5));
    short_one.terms().set_delivery_days(3);
    short_one.accepted("2024-09-23 10:00");
    ASSERT_EQ(short_one.tell(event::kDecided, "2024-09-24 10:00"), verdict::applied);
    EXPECT_EQ(date(short_one.clocks().delivery_due_ms()), "2024-09-27");
}

TEST(CaseClocks, ClosingTellsDaysUsedAndWhetherItWasInTime) {
    const std::tuple<const char*, int, v1::Timeliness> ends[] = {
        {"2024-10-21 09:00", 0, v1::TIMELINESS_EARLY},  {"2024-10-24 09:00", 3, v1::TIMELINESS_EARLY},
        {"2024-10-28 23:59", 5, v1::TIMELINESS_ON_TIME}, {"2024-10-29 00:00", 6, v1::TIMELINESS_LATE}};
    for (const auto& [closed, used, timeliness] : ends) {
        docket d(limit(5));
        d.accepted("2024-10-21 09:00").closed(closed);
        EXPECT_EQ(d.clocks().used_days(), used) << closed;
        EXPECT_EQ(d.clocks().timeliness(), timeliness) << closed;
    }
    docket stopped(limit(5));
    stopped.in_review("2024-10-21 09:00");
    ASSERT_EQ(stopped.tell(special(0), "2024-10-22 09:00"), verdict::applied);
    ASSERT_EQ(stopped.tell(event::kSpecialEnded, "2024-11-22 09:00"), verdict::applied);
    stopped.closed("2024-11-25 09:00");
    EXPECT_EQ(stopped.clocks().used_days(), 2) << "time of the special procedure is not counted";
    EXPECT_EQ(stopped.clocks().timeliness(), v1::TIMELINESS_EARLY);
}

TEST(CaseClocks, TheLegalTimeIsTheSourcesWhereItCanBeTrue) {
    docket d(limit(3), "2024-10-17 09:00");
    ASSERT_EQ(d.tell(occurred(docket::plain(event::kDestReceived), "2024-10-18 16:30"), "2024-10-21 08:00"), verdict::applied);
    EXPECT_EQ(d.clocks().received_ms(), moment("2024-10-18 16:30")) << "told on Monday, done on Friday";
    EXPECT_EQ(d.state.times().received_ms(), moment("2024-10-21 08:00")) << "the ledger's time is kept beside it";
    ASSERT_EQ(d.tell(occurred(docket::plain(event::kCaseAccepted), "2024-10-17 10:00"), "2024-10-21 08:10"), verdict::applied);
    EXPECT_EQ(d.clocks().accepted_ms(), moment("2024-10-21 08:10")) << "the day before the receipt: cannot be";
    ASSERT_EQ(d.tell(occurred(docket::plain(event::kReviewStarted), "2024-10-22 10:00"), "2024-10-21 09:00"), verdict::applied);
    ASSERT_EQ(d.tell(occurred(docket::plain(event::kDecided), "2030-01-01 10:00"), "2024-10-22 09:00"), verdict::applied);
    EXPECT_EQ(d.clocks().decided_ms(), moment("2024-10-22 09:00")) << "in the future: cannot be";
}

TEST(CaseClocks, TwoClocksThatDifferBySecondsOnOneDayMoveNoDueDay) {
    docket d(limit(3), "2026-09-07 09:00");
    auto received = occurred(docket::plain(event::kDestReceived), "2026-09-07 10:00");
    received.mutable_event()->mutable_occurred_at()->set_nanos(999'000'000);
    ASSERT_EQ(d.tell(received, "2026-09-07 10:01"), verdict::applied);
    // In minutes, and told three days later.
    ASSERT_EQ(d.tell(occurred(docket::plain(event::kCaseAccepted), "2026-09-07 10:00"), "2026-09-10 09:00"), verdict::applied);
    EXPECT_EQ(d.clocks().accepted_ms(), moment("2026-09-07 10:00") + 999) << "never before the receipt";
    EXPECT_EQ(date(d.clocks().promise_due_ms()), "2026-09-10");
}

TEST(CaseClocks, DatesBeyondTheCalendarAreProvisionalUntilItIsPublished) {
    docket d(limit(10), "2026-12-01 09:00");
    d.accepted("2026-12-24 10:00");
    EXPECT_EQ(date(d.clocks().promise_due_ms()), "2027-01-08") << "weekdays but New Year's Day: no notice for 2027 yet";
    EXPECT_EQ(date(start_of(d.clocks().provisional_from())), "2027-01-01");
    auto revised = docket::plain(event::kCalendarRevised);
    EXPECT_EQ(d.tell(revised, "2026-12-25 10:00"), verdict::illegal_transition) << "the same calendar makes nothing surer";

    d.calendar = calendar_of_2027();
    ASSERT_EQ(d.tell(revised, "2026-12-25 10:00"), verdict::applied);
    EXPECT_EQ(date(d.clocks().promise_due_ms()), "2027-01-08") << "on a Saturday, 01-09, work would go on";
    EXPECT_EQ(d.clocks().provisional_from(), 0);
    EXPECT_EQ(d.clocks().calendar(), "v2027");
    EXPECT_EQ(d.tell(docket::plain(event::kCalendarRevised), "2026-12-25 10:01"), verdict::illegal_transition) << "once";
}

TEST(CaseClocks, ACalendarThatComesAfterASpecialProcedureCountsItsDaysToo) {
    docket d(limit(10), "2026-12-01 09:00");
    *d.filing().mutable_statutory() = limit(20);
    d.in_review("2026-12-28 10:00");
    ASSERT_EQ(d.tell(special(5), "2027-01-04 10:00"), verdict::applied);
    ASSERT_EQ(d.tell(event::kSpecialEnded, "2027-01-06 10:00"), verdict::applied);
    EXPECT_EQ(date(start_of(d.clocks().provisional_from())), "2027-01-01");
    d.calendar = calendar_of_2027("    off: [2027-01-01/2027-01-04, 2027-02-10/2027-02-13, 2027-04-04, 2027-06-10, 2027-09-20,\n"
                                  "      2027-05-01/2027-05-05, 2027-10-01/2027-10-07]\n");
    ASSERT_EQ(d.tell(event::kCalendarRevised, "2027-01-06 11:00"), verdict::applied);
    EXPECT_EQ(date(d.clocks().promise_due_ms()), "2027-01-15") << "12-29, 30, 31 were used, and none in January";
    EXPECT_EQ(date(d.clocks().statutory_due_ms()), "2027-01-29");
    EXPECT_EQ(d.clocks().stopped_days(), 2);
    EXPECT_EQ(d.clocks().provisional_from(), 0);
    d.closed("2027-01-15 10:00");
    EXPECT_EQ(d.clocks().used_days(), 10);
    EXPECT_EQ(d.clocks().timeliness(), v1::TIMELINESS_ON_TIME);
}

TEST(CaseClocks, AnImmediateItemOfADayThatTurnsOutToBeOffKeepsTheLawsLimit) {
    for (const bool told : {true, false}) { // by an event of its own, or by the next one of the case
        docket d(limit(0), "2026-12-31 09:00");
        *d.filing().mutable_statutory() = limit(15);
        d.in_review("2027-01-04 10:00"); // a Monday
        EXPECT_EQ(date(d.clocks().promise_due_ms()), "2027-01-04");
        EXPECT_EQ(date(start_of(d.clocks().provisional_from())), "2027-01-04") << "the very day it is owed on";
        d.calendar = calendar_of_2027("    off: [2027-01-01/2027-01-04, 2027-02-10/2027-02-13, 2027-04-04, 2027-06-10, 2027-09-20,\n"
                                      "      2027-05-01/2027-05-05, 2027-10-01/2027-10-07]\n");
        if (told) {
            ASSERT_EQ(d.tell(event::kCalendarRevised, "2027-01-04 11:00"), verdict::applied);
        } else {
            ASSERT_EQ(d.tell(event::kDecided, "2027-01-04 11:00"), verdict::applied);
        }
        EXPECT_EQ(date(d.clocks().promise_due_ms()), "2027-01-05");
        EXPECT_EQ(date(d.clocks().statutory_due_ms()), "2027-01-25") << "the fifteenth working day after 01-04";
        EXPECT_EQ(d.clocks().provisional_from(), 0);
    }
}

TEST(CaseClocks, AnExtensionMovesADueDayThatASpecialProcedureFoundPassed) {
    for (const bool stopped : {false, true}) {
        docket d(limit(3), "2026-09-01 09:00");
        d.in_review("2026-09-07 10:00"); // due 09-10
        if (stopped) {
            ASSERT_EQ(d.tell(special(0), "2026-09-15 10:00"), verdict::applied); // three days over
            ASSERT_EQ(d.tell(event::kSpecialEnded, "2026-09-17 10:00"), verdict::applied);
        }
        ASSERT_EQ(d.tell(extension(2), "2026-09-17 11:00"), verdict::applied);
        EXPECT_EQ(date(d.clocks().promise_due_ms()), "2026-09-14") << "two days later, and passed all the same";
    }
}

TEST(CaseClocks, AnExtensionThatAlsoCoversWhatWasOverdueRunsFromTheEndOfTheSpecialProcedure) {
    docket d(limit(3), "2026-09-01 09:00");
    d.in_review("2026-09-07 10:00");
    ASSERT_EQ(d.tell(special(0), "2026-09-15 10:00"), verdict::applied); // six days used
    ASSERT_EQ(d.tell(event::kSpecialEnded, "2026-09-17 10:00"), verdict::applied);
    ASSERT_EQ(d.tell(extension(5), "2026-09-17 11:00"), verdict::applied);
    EXPECT_EQ(date(d.clocks().promise_due_ms()), "2026-09-20") << "eight days: two more, and 09-20 is a make-up day";
}

TEST(CaseClocks, AnImmediateItemIsNeverEarly) {
    docket d(limit(0));
    d.in_review("2024-10-18 10:00");
    ASSERT_EQ(d.tell(extension(3), "2024-10-18 11:00"), verdict::applied);
    d.closed("2024-10-18 12:00");
    EXPECT_EQ(d.clocks().timeliness(), v1::TIMELINESS_ON_TIME);
}

TEST(CaseClocks, NaturalDaysWithAnExtensionAreProvisionalWhereTheExtensionIs) {
    docket d(limit(15, v1::LIMIT_UNIT_CALENDAR_DAY), "2026-12-01 09:00");
    d.in_review("2026-12-14 10:00");
    EXPECT_EQ(d.clocks().provisional_from(), 0);
    ASSERT_EQ(d.tell(extension(5), "2026-12-15 10:00"), verdict::applied);
    EXPECT_EQ(date(d.clocks().promise_due_ms()), "2027-01-06") << "12-29, and five working days";
    EXPECT_EQ(date(start_of(d.clocks().provisional_from())), "2027-01-01");
    EXPECT_TRUE(owed_of(d.state)->provisional());
    d.calendar = calendar_of_2027("    off: [2027-01-01/2027-01-04, 2027-02-10/2027-02-13, 2027-04-04, 2027-06-10, 2027-09-20,\n"
                                  "      2027-05-01/2027-05-05, 2027-10-01/2027-10-07]\n");
    ASSERT_EQ(d.tell(event::kCalendarRevised, "2026-12-16 10:00"), verdict::applied);
    EXPECT_EQ(date(d.clocks().promise_due_ms()), "2027-01-07");
}

TEST(CaseClocks, ARecordWithoutACalendarCountsWeekdaysAndIsCorrectedByTheGateway) {
    docket d(limit(5), "2024-09-20 09:00");
    d.calendar = nullptr;
    d.accepted("2024-09-27 10:00");
    EXPECT_EQ(date(d.clocks().promise_due_ms()), "2024-10-09") << "the days of 国庆 that the law names are off";
    EXPECT_NE(d.clocks().provisional_from(), 0);
    d.calendar = calendars::calendar::built_in();
    ASSERT_EQ(d.tell(docket::plain(event::kCalendarRevised), "2024-09-27 11:00"), verdict::applied);
    EXPECT_EQ(date(d.clocks().promise_due_ms()), "2024-10-10");
}

TEST(CaseClocks, ANewRunAfterAReturnBeginsWithCleanClocksAndItsOwnTerms) {
    docket d(limit(5));
    d.terms().set_notice_days(2);
    ASSERT_EQ(d.tell(event::kDestReceived, "2024-10-18 10:00"), verdict::applied);
    ASSERT_EQ(d.tell(event::kReturned, "2024-10-18 11:00"), verdict::applied);
    EXPECT_EQ(next_timer(d.state).at_ms, 0);
    EXPECT_EQ(d.clocks().band(), v1::SUPERVISION_BAND_UNSPECIFIED);
    auto again = submission();
    again.mutable_routed()->mutable_terms()->set_notice_days(3);
    ASSERT_EQ(d.tell(again, "2024-10-21 10:00"), verdict::applied);
    EXPECT_EQ(d.clocks().received_ms(), 0);
    EXPECT_EQ(d.clocks().notice_due_ms(), 0);
    EXPECT_EQ(date(d.clocks().receipt_due_ms()), "2024-10-24");
    EXPECT_EQ(d.state.terms().notice_days(), 3u);
}

TEST(CaseClocks, ARevisionThatAnswersASupplementStartsTheFiveDaysToo) {
    docket d(limit(5));
    ASSERT_EQ(d.tell(event::kDestReceived, "2024-10-14 10:00"), verdict::applied);
    ASSERT_EQ(d.tell(event::kSupplementRequired, "2024-10-15 10:00"), verdict::applied);
    auto revision = submission();
    *revision.mutable_working_days() = d.calendar->slice(day_of(moment("2024-01-01")), day_of(moment("2024-12-31")));
    ASSERT_EQ(d.tell(revision, "2024-10-18 10:00"), verdict::applied);
    EXPECT_EQ(date(d.clocks().notice_due_ms()), "2024-10-25");
    EXPECT_EQ(d.clocks().provisional_from(), 0);
}

TEST(CaseClocks, AbsurdLimitsAreBoundedAndNothingOverflows) {
    for (const int value : {-5, 0, 3'000, INT32_MAX, INT32_MIN}) {
        for (const auto unit : {v1::LIMIT_UNIT_WORKDAY, v1::LIMIT_UNIT_CALENDAR_DAY, v1::LIMIT_UNIT_MONTH, v1::LIMIT_UNIT_HOUR,
                                static_cast<v1::LimitUnit>(77)}) {
            docket d(limit(value, unit));
            d.in_review("2024-10-18 10:00");
            (void)d.tell(extension(INT32_MAX), "2024-10-18 11:00");
            d.closed("2024-10-18 12:00");
            EXPECT_GE(d.clocks().promise_due_ms(), moment("2024-10-18 00:00")) << value;
        }
    }
}

} // namespace
} // namespace tongban::cases::story
