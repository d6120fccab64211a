// 送达 in the three modes, and the line that warns from A's 收件: what is watched beyond the clocks of the law.
#include "gateway/cases/inbox_places.hpp"
#include "tests/unit/gateway/calendar/obligation_story.hpp"

namespace tongban::cases::story {
namespace {

// As a gateway of today writes it.
v1::LedgerRecord of_today(v1::LedgerRecord r) {
    r.set_clock_rules(clock_rules_now);
    return r;
}

v1::LedgerRecord with_licence(v1::LedgerRecord r) {
    r.set_gives_certificate(true);
    r.set_gives_licence(true);
    return of_today(std::move(r));
}

v1::LedgerRecord with_certificate() {
    auto r = docket::plain(event::kCertIssued);
    r.set_gives_certificate(true);
    return of_today(std::move(r));
}

v1::LedgerRecord closes_with_certificate() {
    return of_today(closes(v1::OUTCOME_APPROVED_WITH_CERT));
}

struct docket_in_mode : docket {
    explicit docket_in_mode(v1::BusinessMode mode) : docket(limit(20)) {
        filing().set_business_mode(mode);
        accepted("2024-10-14 10:00");
    }
};

constexpr v1::BusinessMode online_modes[] = {v1::BUSINESS_MODE_FULL_ONLINE, v1::BUSINESS_MODE_JOINT};
constexpr const char* told_late = "2024-10-25 00:00 SUPERVISION_WARNING DELIVERY YELLOW; "
                                  "2024-10-30 00:00 SUPERVISION_WARNING DELIVERY RED";

TEST(Delivery, OfAnOnlineCaseIsOwedUntilAnElectronicLicenceCame) {
    for (const auto mode : online_modes) {
        docket_in_mode d(mode);
        ASSERT_EQ(d.tell(event::kDecided, "2024-10-15 10:00"), verdict::applied);
        ASSERT_EQ(d.tell(closes_with_certificate(), "2024-10-15 11:00"), verdict::applied);
        const auto owed_now = owed_of(d.state);
        ASSERT_TRUE(owed_now);
        EXPECT_EQ(owed_now->clock(), v1::CLOCK_KIND_DELIVERY);
        EXPECT_EQ(owed_now->by(), region_b);
        EXPECT_EQ(date(owed_now->due().seconds() * 1000), "2024-10-29");
        EXPECT_EQ(inbox_places(d.state)[0].order_ms, d.clocks().delivery_due_ms());
        ASSERT_EQ(d.tell(with_certificate(), "2024-10-16 10:00"), verdict::applied);
        EXPECT_TRUE(delivery_is_owed(d.state)) << "a certificate without an identifier is on paper";
        EXPECT_EQ(d.run_timers("2024-12-01 00:00"), told_late);
        EXPECT_EQ(band_of(d.state), v1::SUPERVISION_BAND_RED);
        ASSERT_EQ(d.tell(with_licence(docket::plain(event::kCertIssued)), "2024-12-02 10:00"), verdict::applied);
        EXPECT_FALSE(delivery_is_owed(d.state));
        EXPECT_EQ(d.clocks().band(), v1::SUPERVISION_BAND_UNSPECIFIED);
        EXPECT_EQ(next_timer(d.state).at_ms, 0);
        EXPECT_FALSE(owed_of(d.state));
    }
}

TEST(Delivery, IsNotOwedWhereTheLicenceCameWithDecisionOrClosing) {
    for (const auto mode : online_modes) {
        docket_in_mode early(mode);
        ASSERT_EQ(early.tell(with_licence(docket::plain(event::kDecided)), "2024-10-15 10:00"), verdict::applied);
        ASSERT_EQ(early.tell(closes_with_certificate(), "2024-10-15 11:00"), verdict::applied);
        EXPECT_EQ(running_clock(early.state), v1::CLOCK_KIND_UNSPECIFIED);
        docket_in_mode at_end(mode);
        ASSERT_EQ(at_end.tell(with_licence(closes(v1::OUTCOME_APPROVED_WITH_CERT)), "2024-10-15 11:00"), verdict::applied);
        EXPECT_EQ(at_end.run_timers("2024-12-01 00:00"), "");
        ASSERT_EQ(at_end.tell(grades(v1::GRADE_SATISFIED), "2024-12-01 10:00"), verdict::applied);
        EXPECT_EQ(at_end.state.status(), v1::CASE_STATUS_EVALUATED);
    }
}

TEST(Delivery, IsOfNoCaseThatEndsWithoutACertificate) {
    for (const auto mode : online_modes) {
        docket_in_mode d(mode);
        ASSERT_EQ(d.tell(of_today(closes(v1::OUTCOME_COMPLETED)), "2024-10-15 11:00"), verdict::applied);
        EXPECT_EQ(d.run_timers("2024-12-01 00:00"), "");
    }
}

TEST(Delivery, OfACollectedCaseIsHandedOverWhateverLicenceItHas) {
    docket_in_mode d(v1::BUSINESS_MODE_COLLECT_FOR_OTHER);
    ASSERT_EQ(d.tell(with_licence(closes(v1::OUTCOME_APPROVED_WITH_CERT)), "2024-10-15 11:00"), verdict::applied);
    EXPECT_EQ(running_clock(d.state), v1::CLOCK_KIND_DELIVERY);
    EXPECT_EQ(d.run_timers("2024-12-01 00:00"), told_late);
}

TEST(Delivery, OfAnOnlineCaseOnPaperEndsByItsReceipt) {
    docket_in_mode d(v1::BUSINESS_MODE_FULL_ONLINE);
    ASSERT_EQ(d.tell(closes_with_certificate(), "2024-10-15 11:00"), verdict::applied);
    ASSERT_EQ(d.tell(event::kShipped, "2024-10-16 10:00"), verdict::applied);
    EXPECT_TRUE(delivery_is_owed(d.state));
    ASSERT_EQ(d.tell(event::kSigned, "2024-10-18 10:00"), verdict::applied);
    EXPECT_EQ(d.run_timers("2024-12-01 00:00"), "");
}

TEST(Delivery, ALicenceThatTheApplicantBringsIsNone) {
    docket d(limit(20));
    d.filing().set_business_mode(v1::BUSINESS_MODE_FULL_ONLINE);
    d.accepted("2024-10-14 10:00");
    ASSERT_EQ(d.tell(with_licence(record(event::kLicencesFetched, gateway())), "2024-10-14 11:00"), verdict::applied);
    ASSERT_EQ(d.tell(closes_with_certificate(), "2024-10-15 11:00"), verdict::applied);
    EXPECT_TRUE(delivery_is_owed(d.state));
}

TEST(Delivery, AnOnlineCaseThatWasGradedBeforeIsEvaluatedWhenItsLicenceComes) {
    docket_in_mode d(v1::BUSINESS_MODE_FULL_ONLINE);
    ASSERT_EQ(d.tell(closes_with_certificate(), "2024-10-15 11:00"), verdict::applied);
    ASSERT_EQ(d.tell(grades(v1::GRADE_SATISFIED), "2024-10-16 10:00"), verdict::applied);
    EXPECT_EQ(d.state.status(), v1::CASE_STATUS_CLOSED) << "it stays in the inbox of the side that owes the result";
    EXPECT_EQ(running_clock(d.state), v1::CLOCK_KIND_DELIVERY);
    ASSERT_EQ(d.tell(with_licence(docket::plain(event::kCertIssued)), "2024-10-17 10:00"), verdict::applied);
    EXPECT_EQ(d.state.status(), v1::CASE_STATUS_EVALUATED);
    EXPECT_EQ(inbox_places(d.state)[0].region, "");
}

// A ledger that was written before is folded as it was told then.
TEST(Delivery, OfARecordUnderOlderRulesIsWatchedInCollectedCasesAlone) {
    docket_in_mode d(v1::BUSINESS_MODE_FULL_ONLINE);
    ASSERT_EQ(d.tell(closes(v1::OUTCOME_APPROVED_WITH_CERT), "2024-10-15 11:00"), verdict::applied);
    EXPECT_EQ(d.run_timers("2024-12-01 00:00"), "");
    ASSERT_EQ(d.tell(grades(v1::GRADE_SATISFIED), "2024-12-02 10:00"), verdict::applied);
    EXPECT_EQ(d.state.status(), v1::CASE_STATUS_EVALUATED);
}

// Collected on 2024-10-14 and filed on the 17th, where nothing else is said.
struct collected_case {
    explicit collected_case(const v1::LedgerRecord& collection = of_today(docket::plain(event::kCaseCollected))) {
        EXPECT_EQ(evolve(state, collection, at(moment("2024-10-15 09:00"))), verdict::applied);
    }
    verdict tell(v1::LedgerRecord r, const std::string& when) {
        *r.mutable_working_days() = calendars::calendar::built_in()->slice(day_of(moment(when)) - 100, day_of(moment(when)) + 100);
        return evolve(state, r, at(moment(when)));
    }
    verdict tell(v1::CaseEvent::BodyCase body, const std::string& when) { return tell(docket::plain(body), when); }
    std::string run_timers(const std::string& when) {
        std::string said;
        for (auto timer = next_timer(state); timer.at_ms != 0 && timer.at_ms <= moment(when); timer = next_timer(state)) {
            auto r = record(timer.body, gateway());
            r.mutable_event()->MergeFrom(timer_event(state));
            EXPECT_EQ(evolve(state, r, at(timer.at_ms)), verdict::applied);
            said += (said.empty() ? "" : "; ") + date_and_time(timer.at_ms) + ' ' + std::string(name(timer.clock)) + ' ' +
                    std::string(name(timer.band));
        }
        return said;
    }
    std::string line() const { return date(state.clocks().notice_line_from_collection_ms()); }

    v1::CaseState state;
};

v1::LedgerRecord collected_on(const std::string& when) {
    auto r = of_today(docket::plain(event::kCaseCollected));
    r.mutable_event()->mutable_occurred_at()->set_seconds(moment(when) / 1000);
    return r;
}

TEST(LineFromCollection, IsShownFromTheFilingOnAndWarnsOnce) {
    collected_case c(collected_on("2024-10-14 16:00"));
    ASSERT_EQ(c.tell(submission(), "2024-10-17 09:00"), verdict::applied);
    EXPECT_EQ(c.line(), "2024-10-21") << "five working days from the day on which A's window took it";
    EXPECT_EQ(date(c.state.clocks().receipt_due_ms()), "2024-10-24");
    ASSERT_EQ(c.tell(event::kDestReceived, "2024-10-18 09:00"), verdict::applied);
    EXPECT_EQ(c.run_timers("2024-10-22 12:00"), "2024-10-22 00:00 COLLECTION YELLOW");
    EXPECT_EQ(c.state.status(), v1::CASE_STATUS_DEST_RECEIVED) << "it accepts nothing";
    EXPECT_EQ(band_of(c.state), v1::SUPERVISION_BAND_BLUE) << "the law's five days count from the receipt";
    EXPECT_EQ(date(c.state.clocks().notice_due_ms()), "2024-10-25");
    EXPECT_EQ(c.line(), "2024-10-21") << "it stays to be read";
    EXPECT_EQ(c.run_timers("2024-10-26 12:00"), "2024-10-24 00:00 NOTICE YELLOW; 2024-10-26 00:00 NOTICE ; 2024-10-24 00:00 PROMISE RED")
        << "视为受理 counts from the receipt, and three days were promised";
    EXPECT_EQ(c.state.status(), v1::CASE_STATUS_ACCEPTED);
}

TEST(LineFromCollection, WarnsOfACaseThatNobodyTookUp) {
    collected_case c(collected_on("2024-10-14 16:00"));
    ASSERT_EQ(c.tell(submission(), "2024-10-17 09:00"), verdict::applied);
    EXPECT_EQ(c.run_timers("2024-12-01 00:00"),
              "2024-10-22 00:00 COLLECTION YELLOW; 2024-10-23 00:00 RECEIPT YELLOW; 2024-10-25 00:00 RECEIPT RED");
}

TEST(LineFromCollection, IsSilentWhereTheDestinationToldSomethingInTime) {
    for (const auto body : {event::kCaseAccepted, event::kSupplementRequired, event::kAcceptanceRefused, event::kReturned}) {
        collected_case c(collected_on("2024-10-14 16:00"));
        ASSERT_EQ(c.tell(submission(), "2024-10-17 09:00"), verdict::applied);
        ASSERT_EQ(c.tell(event::kDestReceived, "2024-10-18 09:00"), verdict::applied);
        ASSERT_EQ(c.tell(body, "2024-10-21 09:00"), verdict::applied);
        EXPECT_EQ(c.run_timers("2024-10-23 12:00").find("COLLECTION"), std::string::npos);
    }
}

TEST(LineFromCollection, CountsTheItemsOwnDays) {
    collected_case c(collected_on("2024-10-14 16:00"));
    auto filed = submission();
    filed.mutable_routed()->mutable_terms()->set_notice_days(3);
    ASSERT_EQ(c.tell(filed, "2024-10-17 09:00"), verdict::applied);
    EXPECT_EQ(c.line(), "2024-10-17");
}

TEST(LineFromCollection, IsOfTheLedgersDayWhereTheSourceNamesNone) {
    collected_case c;
    ASSERT_EQ(c.tell(submission(), "2024-10-17 09:00"), verdict::applied);
    EXPECT_EQ(c.line(), "2024-10-22");
}

TEST(LineFromCollection, ThatPassedBeforeTheFilingIsShownAndNotTold) {
    collected_case c(collected_on("2024-09-02 16:00"));
    ASSERT_EQ(c.tell(submission(), "2024-10-17 09:00"), verdict::applied);
    EXPECT_EQ(c.line(), "2024-09-09");
    EXPECT_EQ(c.run_timers("2024-10-25 12:00"), "2024-10-23 00:00 RECEIPT YELLOW; 2024-10-25 00:00 RECEIPT RED");
}

TEST(LineFromCollection, EndsWithItsRun) {
    collected_case c(collected_on("2024-10-14 16:00"));
    ASSERT_EQ(c.tell(submission(), "2024-10-17 09:00"), verdict::applied);
    ASSERT_EQ(c.tell(event::kReturned, "2024-10-18 09:00"), verdict::applied);
    ASSERT_EQ(c.tell(submission(), "2024-11-18 09:00"), verdict::applied);
    EXPECT_EQ(c.line(), "-") << "what was collected then was sent back";
}

TEST(LineFromCollection, IsNotDrawnFromARecordUnderOlderRules) {
    collected_case c(docket::plain(event::kCaseCollected));
    ASSERT_EQ(c.tell(submission(), "2024-10-17 09:00"), verdict::applied);
    EXPECT_EQ(c.line(), "-");
    EXPECT_EQ(c.run_timers("2024-10-25 12:00"), "2024-10-23 00:00 RECEIPT YELLOW; 2024-10-25 00:00 RECEIPT RED");
}

} // namespace
} // namespace tongban::cases::story
