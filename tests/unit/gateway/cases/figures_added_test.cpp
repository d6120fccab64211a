// What one event adds to the figures, event by event: the table names every event of the schema, so that a new one has to be
// thought of. The example month is in tests/unit/gateway/ledger.
#include "gateway/cases/case_clocks.hpp"
#include "gateway/cases/figure_rates.hpp"
#include "gateway/cases/figures.hpp"
#include "gateway/cases/return_reasons.hpp"
#include "tests/unit/gateway/cases/story.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace tongban::cases::story {
namespace {

using enum figure;
using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> added(const v1::LedgerRecord& record, const v1::CaseState& state) {
    const auto more = figures_added(record, state, record_time(std::chrono::milliseconds(1'790'000'000'000)));
    figure_sums sums;
    more.add_to(sums);
    std::vector<std::string> names;
    for (std::size_t i = 0; i < figures_known; ++i) {
        if (const auto sum = sums[static_cast<figure>(i)]; sum != 0) {
            names.push_back(std::string(name(static_cast<figure>(i))) + (sum == 1 ? "" : " " + std::to_string(sum)));
        }
    }
    return names;
}

std::vector<std::string> added_by(v1::CaseEvent::BodyCase body) {
    return added(record(body, platform_b()), v1::CaseState::default_instance());
}

// Events that add to one figure or to none, whatever the case looks like. Those that depend on it have tests of their own.
const std::map<v1::CaseEvent::BodyCase, std::string_view> plain{
    {event::kCaseCollected, ""},
    {event::kRouted, ""},
    {event::kRejectedByGateway, "rejected_by_gateway"},
    {event::kCaseAccepted, "accepted"},
    {event::kSupplementSubmitted, ""},
    {event::kSupplementLapsed, "lapsed"},
    {event::kAcceptanceRefused, "refused"},
    {event::kReviewStarted, ""},
    {event::kStep, ""},
    {event::kSpecialStarted, "suspended"},
    {event::kSpecialEnded, ""},
    {event::kSpecialOverrun, ""},
    {event::kDeadlineExtended, "extended"},
    {event::kDecided, ""},
    {event::kCertIssued, ""},
    {event::kShipped, ""},
    {event::kReadyForCollection, ""},
    {event::kWithdrawRequested, ""},
    {event::kWithdrawn, "withdrawn"},
    {event::kWithdrawDenied, ""},
    {event::kCaseVoided, "voided"},
    {event::kCaseForwarded, "forwarded"},
    {event::kClaimed, ""},
    {event::kReleased, ""},
    {event::kSupplementAccepted, ""},
    {event::kLeaseExpired, ""},
    {event::kCalendarRevised, ""},
    {event::kShippedToDest, ""},
    {event::kPaperReceived, ""},
    {event::kSessionOpened, ""},
    {event::kSessionJoined, ""},
    {event::kIdentityChecked, ""},
    {event::kSessionClosed, ""},
    {event::kOwedSubmitted, ""},
    {event::kOwedCleared, ""},
    {event::kOwedReminded, ""},
    {event::kRectified, ""},
    {event::kUrged, "urged"},
    {event::kUrgeAnswered, "urge_answered"},
    {event::kBundleStarted, ""},
    {event::kChildProgressed, ""},
    {event::kBundleClosed, "bundles_closed"},
    {event::kParentInformed, ""},
    {event::kLicencesFetched, ""},
    {event::kOwedRefused, ""},
    {event::kSessionLapsed, ""},
    {event::kArchiveRequested, ""},
    {event::kArchiveReplied, ""},
    {event::kArchiveInformed, ""},
};

constexpr v1::CaseEvent::BodyCase by_the_case[] = {
    event::kCaseSubmitted, event::kDestReceived,         event::kDeemedAccepted, event::kSupplementRequired,
    event::kReturned,      event::kCaseClosed,           event::kSigned,         event::kCollectedByApplicant,
    event::kEvaluated,     event::kSupervisionWarning,   event::kOwedLapsed,
};

TEST(FiguresAdded, EveryEventOfTheSchemaIsThoughtOf) {
    for (int number = event::kCaseCollected; number <= last_event_body; ++number) {
        const auto body = static_cast<v1::CaseEvent::BodyCase>(number);
        const bool depends = std::ranges::find(by_the_case, body) != std::end(by_the_case);
        EXPECT_NE(plain.contains(body), depends) << name(body);
    }
    for (const auto& [body, expected] : plain) {
        if (expected.empty()) {
            EXPECT_THAT(added_by(body), IsEmpty()) << name(body);
        } else {
            EXPECT_THAT(added_by(body), ElementsAre(std::string(expected))) << name(body);
        }
    }
}

TEST(FiguresAdded, AnAnswerToASupplementIsNoNewFiling) {
    v1::CaseState state;
    state.set_status(v1::CASE_STATUS_QUEUED);
    EXPECT_THAT(added(submission(), state), ElementsAre("submitted"));
    state.set_status(v1::CASE_STATUS_DEST_RECEIVED);
    EXPECT_THAT(added(submission(), state), IsEmpty());
    state.set_status(v1::CASE_STATUS_JOINT_HANDLING);
    state.mutable_bundle();
    EXPECT_THAT(added(submission(), state), ElementsAre("bundles"));
}

TEST(FiguresAdded, TransferTimeRunsFromTheWindowAndAfterAReturnFromTheNewFiling) {
    const auto received_record = record(event::kDestReceived, platform_b());
    v1::CaseState state;
    auto& times = *state.mutable_times();
    times.set_submitted_ms(60'000);
    times.set_received_ms(90'000);
    EXPECT_THAT(added(received_record, state), ElementsAre("received", "transfer_seconds 30"));
    times.set_collected_ms(20'000);
    EXPECT_THAT(added(received_record, state), ElementsAre("received", "transfer_seconds 70"));
    state.set_revision(2);
    EXPECT_THAT(added(received_record, state), ElementsAre("received", "transfer_seconds 30"));
}

TEST(FiguresAdded, AnAcceptedCaseThatOwedMaterialEndedIsCountedAndNotAsUnaccepted) {
    const auto lapses = record(event::kOwedLapsed, gateway());
    v1::CaseState state;
    state.set_status(v1::CASE_STATUS_LAPSED);
    EXPECT_THAT(added(lapses, state), ElementsAre("owed_lapsed")) << "受理率 counts it as accepted: lapsed would count it twice";
    state.set_status(v1::CASE_STATUS_DECIDED);
    EXPECT_THAT(added(lapses, state), IsEmpty()) << "it goes on";
}

TEST(FiguresAdded, ADenialIsOneWhateverItsClosingIsCalled) {
    v1::CaseState state;
    state.set_status(v1::CASE_STATUS_CLOSED);
    state.set_outcome(v1::OUTCOME_COMPLETED);
    state.set_decision(v1::DECISION_DENIED);
    EXPECT_THAT(added(record(event::kCaseClosed, platform_b()), state), testing::Contains("denied"));
}

TEST(FiguresAdded, ASupplementCountsOnce) {
    const auto asked = record(event::kSupplementRequired, platform_b());
    v1::CaseState state;
    state.set_supplement_rounds(1);
    EXPECT_THAT(added(asked, state), ElementsAre("supplemented"));
    state.set_supplement_rounds(2);
    EXPECT_THAT(added(asked, state), IsEmpty());
}

TEST(FiguresAdded, ACaseSentBackBeforeItsReceiptIsSaidApart) {
    v1::CaseState state;
    EXPECT_THAT(added(record(event::kReturned, platform_b()), state),
                ElementsAre("returned", "returned_unreceived", "returned_other"));
    state.mutable_times()->set_received_ms(1);
    EXPECT_THAT(added(record(event::kReturned, platform_b()), state), ElementsAre("returned", "returned_other"));
    EXPECT_THAT(added_by(event::kDeemedAccepted), ElementsAre("accepted", "deemed_accepted"));
}

TEST(FiguresAdded, EveryClassOfReturnsHasItsFigureByItsName) {
    auto r = record(event::kReturned, platform_b());
    v1::CaseState state;
    state.mutable_times()->set_received_ms(1);
    for (int number = v1::RETURN_REASON_UNSPECIFIED + 1; number <= v1::ReturnReason_MAX; ++number) {
        if (v1::ReturnReason_IsValid(number)) {
            r.mutable_event()->mutable_returned()->set_reason(static_cast<v1::ReturnReason>(number));
            auto figure = "returned_" + std::string(name(static_cast<v1::ReturnReason>(number)));
            std::ranges::transform(figure, figure.begin(), [](unsigned char c) { return std::tolower(c); });
            EXPECT_THAT(added(r, state), ElementsAre("returned", figure));
        }
    }
    r.mutable_event()->mutable_returned()->clear_reason();
    r.mutable_event()->mutable_returned()->set_reason_class("材料不全");
    EXPECT_THAT(added(r, state), ElementsAre("returned", "returned_materials_missing")) << "by the source's own words";
}

TEST(FiguresAdded, MessagesCountForTheSideThatIsTold) {
    v1::CaseState state;
    state.set_origin_region("370800");
    state.set_dest_region("140400");
    const auto of = [&](const v1::Sender& sender) {
        increments more;
        add_messages(more, state, regions_due(state, record(event::kStep, sender)));
        return std::pair(more.of(messages_to_dest), more.of(messages_to_origin));
    };
    EXPECT_EQ(of(platform_a()), std::pair(std::int64_t{1}, std::int64_t{0}));
    EXPECT_EQ(of(platform_b()), std::pair(std::int64_t{0}, std::int64_t{1}));
    EXPECT_EQ(of(gateway()), std::pair(std::int64_t{1}, std::int64_t{1}));
    EXPECT_EQ(receipt_of(state, "140400"), receipts_of_dest);
    EXPECT_EQ(receipt_of(state, "370800"), receipts_of_origin);
}

TEST(FiguresAdded, GradesAndWarnings) {
    for (const auto& [grade, expected] : {std::pair{v1::GRADE_FAIRLY_SATISFIED, "satisfied"},
                                          std::pair{v1::GRADE_DISSATISFIED, "dissatisfied"}}) {
        auto r = record(event::kEvaluated, platform_a());
        r.mutable_event()->mutable_evaluated()->set_grade(grade);
        EXPECT_THAT(added(r, {}), ElementsAre("evaluated", expected));
    }
    auto warned = record(event::kSupervisionWarning, gateway());
    auto& warning = *warned.mutable_event()->mutable_supervision_warning();
    warning.set_clock(v1::CLOCK_KIND_PROMISE);
    warning.set_band(v1::SUPERVISION_BAND_YELLOW);
    EXPECT_THAT(added(warned, {}), ElementsAre("warned_yellow"));
    warning.set_band(v1::SUPERVISION_BAND_RED);
    EXPECT_THAT(added(warned, {}), ElementsAre("warned_red"));
    warning.set_clock(v1::CLOCK_KIND_URGE);
    EXPECT_THAT(added(warned, {}), ElementsAre("urge_overdue"));
    warning.set_clock(v1::CLOCK_KIND_ARCHIVE);
    EXPECT_THAT(added(warned, {}), ElementsAre("warned_red")) << "in the case that was asked";
    warned.mutable_sibling()->set_case_id("TB-2");
    EXPECT_THAT(added(warned, {}), IsEmpty()) << "the case that asked owes nothing";
}

TEST(FiguresAdded, WhatIsClosedWithoutADecisionIsNotAmongTheClosed) {
    for (const auto& [outcome, expected] :
         {std::pair{v1::OUTCOME_WITHDRAWN, "withdrawn"}, std::pair{v1::OUTCOME_FORWARDED, "forwarded"},
          std::pair{v1::OUTCOME_VOIDED, "voided"}, std::pair{v1::OUTCOME_DELETED, "voided"}}) {
        v1::CaseState state;
        state.set_outcome(outcome);
        EXPECT_THAT(added(record(event::kCaseClosed, platform_b()), state), ElementsAre(expected));
    }
}

TEST(FiguresAdded, APromiseInOtherUnitsIsMeasuredAndGivesNoDays) {
    v1::CaseState state;
    state.set_outcome(v1::OUTCOME_DENIED);
    state.mutable_promise()->set_value(30);
    state.mutable_promise()->set_unit(v1::LIMIT_UNIT_CALENDAR_DAY);
    state.mutable_statutory()->set_value(20);
    state.mutable_clocks()->set_timeliness(v1::TIMELINESS_EARLY);
    state.mutable_clocks()->set_used_days(4);
    state.mutable_clocks()->set_accepted_ms(1'789'999'999'000);
    state.mutable_clocks()->set_legal_ms(1'790'000'000'000);
    EXPECT_THAT(added(record(event::kCaseClosed, platform_b()), state),
                ElementsAre("closed", "denied", "measured", "early", "commitment", "commitment_early", "used_days 4",
                            "handling_seconds", "total_seconds 1790000000"));
}

TEST(FiguresAdded, AnExtensionIsPartOfThePromiseAndNotOfItsComparisonWithTheLaw) {
    v1::CaseState state;
    state.set_outcome(v1::OUTCOME_COMPLETED);
    state.mutable_promise()->set_value(10);
    state.mutable_statutory()->set_value(20);
    state.mutable_clocks()->set_extension_days(5);
    state.mutable_clocks()->set_used_days(12);
    const auto more = figures_added(record(event::kCaseClosed, platform_b()), state, {});
    EXPECT_EQ(more.of(promise_days), 15);
    EXPECT_EQ(more.of(promise_used_days), 12);
    EXPECT_EQ(more.of(statutory_days), 20);
    EXPECT_EQ(more.of(statutory_promise_days), 10);
    EXPECT_EQ(more.of(measured), 0) << "the clocks say nothing of this one";
}

TEST(FiguresAdded, AVoidedBundleIsCountedByItsChildren) {
    v1::CaseState state;
    state.mutable_bundle();
    auto voids = record(event::kCaseVoided, platform_b());
    EXPECT_THAT(added(voids, state), ElementsAre("voided")) << "stays as it was counted";
    voids.set_clock_rules(clock_rules_now);
    EXPECT_THAT(added(voids, state), IsEmpty());
    EXPECT_THAT(added(voids, {}), ElementsAre("voided"));
}

std::optional<double> rate(const figure_sums& sums, std::string_view wanted) {
    for (const auto& each : rates_of(sums)) {
        if (each.name == wanted) {
            return each.value;
        }
    }
    ADD_FAILURE() << wanted;
    return std::nullopt;
}

TEST(FigureRates, MedianOfFewOfManyAndOfWhatTookLonger) {
    figure_sums sums;
    const auto take = [&](std::size_t days, std::int64_t cases) { sums.add(figure_sums::first_used_days + days, cases); };
    take(7, 1);
    EXPECT_EQ(rate(sums, "median_used_days"), 7);
    take(10, 1);
    EXPECT_EQ(rate(sums, "median_used_days"), 8.5);
    take(10, 1);
    EXPECT_EQ(rate(sums, "median_used_days"), 10);
    take(used_days_slots - 1, 100);
    EXPECT_EQ(rate(sums, "median_used_days"), 61) << "61 stands for all above";
}

TEST(FigureRates, QuantilesAreInterpolatedAndEndAtTheLastBound) {
    figure_sums sums;
    sums.add(figure_sums::first_transfer, 4); // up to one second
    EXPECT_DOUBLE_EQ(*rate(sums, "transfer_hours_p50"), 0.5 / 3600);
    sums.add(figure_sums::first_transfer + transfer_slots - 1, 1000);
    EXPECT_DOUBLE_EQ(*rate(sums, "transfer_hours_p99"), 90 * 24.0);
}

} // namespace
} // namespace tongban::cases::story
