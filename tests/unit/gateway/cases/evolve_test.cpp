// What each event does to a case beside moving it: revisions, rivals, withdrawals, times, limits.
#include "gateway/cases/verdict_detail.hpp"
#include "tests/unit/gateway/cases/story.hpp"

#include <gtest/gtest.h>

namespace tongban::cases::story {
namespace {

TEST(Evolve, SubmissionWithRouteIsQueuedAtOnce) {
    told t;
    ASSERT_EQ(t.tell(submission()), verdict::applied);
    EXPECT_EQ(t.status(), "QUEUED");
    EXPECT_EQ(t.state.case_id(), case_name);
    EXPECT_EQ(t.state.origin_region(), region_a);
    EXPECT_EQ(t.state.dest_region(), region_b);
    EXPECT_EQ(t.state.source_case_no(), "370800241018000127");
    EXPECT_EQ(t.state.item_name(), "公积金异地购房提取");
    EXPECT_EQ(t.state.promise().value(), 3);
    EXPECT_FALSE(t.state.has_statutory());
    EXPECT_EQ(t.state.revision(), 1u);
    EXPECT_EQ(t.state.event_count(), 1u);
    EXPECT_EQ(t.state.times().submitted_ms(), t.now_ms);
    EXPECT_EQ(t.state.turn_since_ms(), t.now_ms);
    EXPECT_EQ(turn(t.state), region_b);
}

TEST(Evolve, SubmissionWithoutRouteWaitsForTheGateway) {
    told t;
    ASSERT_EQ(t.tell(submission(false)), verdict::applied);
    EXPECT_EQ(t.status(), "SUBMITTED");
    EXPECT_EQ(t.tell(event::kDestReceived, platform_b()), verdict::illegal_transition);
    ASSERT_EQ(t.tell(event::kRouted, gateway()), verdict::applied);
    EXPECT_EQ(t.status(), "QUEUED");
}

TEST(Evolve, CollectionComesBeforeSubmissionAndKeepsItsTime) {
    told t;
    ASSERT_EQ(t.tell(event::kCaseCollected, window_a()), verdict::applied);
    EXPECT_EQ(t.status(), "COLLECTED");
    EXPECT_EQ(turn(t.state), region_a);
    const auto collected = t.now_ms;
    ASSERT_EQ(t.tell(submission()), verdict::applied);
    EXPECT_EQ(t.state.times().collected_ms(), collected);
    EXPECT_EQ(t.state.times().submitted_ms(), t.now_ms);
    EXPECT_EQ(t.state.revision(), 1u);
    EXPECT_EQ(t.tell(event::kCaseCollected, window_a()), verdict::illegal_transition);
}

TEST(Evolve, PriorityIsThatOfTheFilingOrElseOfTheCollectionAndEndsWithTheRun) {
    auto collected = record(event::kCaseCollected, window_a());
    collected.mutable_event()->mutable_case_collected()->set_priority(true);
    told t;
    ASSERT_EQ(t.tell(collected), verdict::applied);
    ASSERT_EQ(t.tell(submission()), verdict::applied);
    EXPECT_TRUE(t.state.priority());
    ASSERT_EQ(t.tell(event::kReturned, platform_b()), verdict::applied);
    ASSERT_EQ(t.tell(submission()), verdict::applied);
    EXPECT_FALSE(t.state.priority());
    told filed_only;
    auto filed = submission();
    filed.mutable_event()->mutable_case_submitted()->set_priority(true);
    ASSERT_EQ(filed_only.tell(filed), verdict::applied);
    EXPECT_TRUE(filed_only.state.priority());
}

struct mode_row {
    const char* what;
    std::vector<event::BodyCase> before; // said of a case that stands in `standing`
    v1::BusinessMode standing;
    v1::BusinessMode filed;
    verdict reached;
};

TEST(Evolve, ACaseRunsInOneMode) {
    constexpr auto online = v1::BUSINESS_MODE_FULL_ONLINE;
    constexpr auto for_other = v1::BUSINESS_MODE_COLLECT_FOR_OTHER;
    constexpr auto joint = v1::BUSINESS_MODE_JOINT;
    constexpr auto none = v1::BUSINESS_MODE_UNSPECIFIED;
    const std::vector<event::BodyCase> supplementing{event::kCaseSubmitted, event::kDestReceived, event::kSupplementRequired};
    const std::vector<event::BodyCase> returned{event::kCaseSubmitted, event::kReturned};
    const mode_row rows[] = {
        {"as collected", {event::kCaseCollected}, for_other, for_other, verdict::applied},
        {"collected for another place, filed online", {event::kCaseCollected}, for_other, online, verdict::wrong_mode},
        {"collected for another place, filed jointly", {event::kCaseCollected}, for_other, joint, verdict::wrong_mode},
        {"collected online, filed for another place", {event::kCaseCollected}, online, for_other, verdict::wrong_mode},
        {"collected in no mode", {event::kCaseCollected}, none, joint, verdict::applied},
        {"not collected", {}, none, joint, verdict::applied},
        {"answers a supplement", supplementing, for_other, for_other, verdict::applied},
        {"answers a supplement in another mode", supplementing, for_other, online, verdict::wrong_mode},
        {"a new run", returned, for_other, online, verdict::applied},
        {"collected, and a new run", {event::kCaseCollected, event::kCaseSubmitted, event::kReturned}, for_other, online, verdict::applied},
    };
    for (const auto& row : rows) {
        told t;
        for (const auto body : row.before) {
            auto said = record(body, side_of(body) == side::origin ? platform_a() : platform_b());
            if (body == event::kCaseSubmitted) {
                said = submission();
                said.mutable_event()->mutable_case_submitted()->set_business_mode(row.standing);
            } else if (body == event::kCaseCollected) {
                said.mutable_event()->mutable_case_collected()->set_business_mode(row.standing);
            }
            ASSERT_EQ(t.tell(said), verdict::applied) << row.what;
        }
        const auto before = t.state.SerializeAsString();
        auto filed = submission();
        filed.mutable_event()->mutable_case_submitted()->set_business_mode(row.filed);
        EXPECT_EQ(t.tell(filed), row.reached) << row.what;
        EXPECT_EQ(t.state.business_mode(), row.reached == verdict::applied ? row.filed : row.standing) << row.what;
        EXPECT_EQ(row.reached == verdict::applied, t.state.SerializeAsString() != before) << row.what;
    }
}

TEST(Evolve, AnotherModeIsToldWithTheModeOfTheCase) {
    told t;
    auto collected = record(event::kCaseCollected, window_a());
    collected.mutable_event()->mutable_case_collected()->set_business_mode(v1::BUSINESS_MODE_FULL_ONLINE);
    ASSERT_EQ(t.tell(collected), verdict::applied);
    const auto detail = detail_of(t.tell(submission()), t.state);
    EXPECT_EQ(detail.zh, "本办件的通办方式为 全程网办");
    EXPECT_EQ(detail.en, "its mode is FULL_ONLINE");
}

TEST(Evolve, WholeStoryWithTimes) {
    auto t = told_until({event::kDestReceived, event::kSupplementRequired});
    EXPECT_EQ(turn(t.state), region_a);
    EXPECT_EQ(t.state.turn_since_ms(), t.now_ms);
    const auto received = t.state.times().received_ms();
    ASSERT_EQ(t.tell(event::kSupplementSubmitted, window_a()), verdict::applied);
    EXPECT_EQ(t.state.times().received_ms(), received) << "received once";
    EXPECT_EQ(t.state.supplement_rounds(), 1u);
    auto accept = record(event::kCaseAccepted, platform_b());
    accept.mutable_event()->mutable_case_()->set_dest_case_no("CZGJJ2024101800001");
    ASSERT_EQ(t.tell(accept), verdict::applied);
    EXPECT_EQ(t.state.dest_case_no(), "CZGJJ2024101800001");
    EXPECT_EQ(t.state.times().accepted_ms(), t.now_ms);
    ASSERT_EQ(t.tell(event::kReviewStarted, platform_b()), verdict::applied);
    ASSERT_EQ(t.tell(event::kSpecialStarted, platform_b()), verdict::applied);
    ASSERT_EQ(t.tell(event::kSpecialEnded, platform_b()), verdict::applied);
    auto decision = record(event::kDecided, platform_b());
    decision.mutable_event()->mutable_decided()->set_decision(v1::DECISION_APPROVED);
    ASSERT_EQ(t.tell(decision), verdict::applied);
    EXPECT_EQ(t.state.times().decided_ms(), t.now_ms);
    auto close = record(event::kCaseClosed, platform_b());
    close.mutable_event()->mutable_case_closed()->set_outcome(v1::OUTCOME_APPROVED_WITH_CERT);
    ASSERT_EQ(t.tell(close), verdict::applied);
    const auto closed = t.now_ms;
    ASSERT_EQ(t.tell(event::kReadyForCollection, platform_a()), verdict::applied);
    EXPECT_EQ(turn(t.state), region_a);
    ASSERT_EQ(t.tell(event::kCollectedByApplicant, window_a()), verdict::applied);
    EXPECT_EQ(t.state.times().delivered_ms(), t.now_ms);
    EXPECT_EQ(turn(t.state), "");
    auto grade = record(event::kEvaluated, platform_a());
    grade.mutable_event()->mutable_evaluated()->set_grade(v1::GRADE_SATISFIED);
    ASSERT_EQ(t.tell(grade), verdict::applied);
    EXPECT_EQ(t.status(), "EVALUATED");
    EXPECT_EQ(t.state.grade(), v1::GRADE_SATISFIED);
    EXPECT_EQ(t.state.decision(), v1::DECISION_APPROVED);
    EXPECT_EQ(t.state.outcome(), v1::OUTCOME_APPROVED_WITH_CERT);
    EXPECT_EQ(t.state.times().closed_ms(), closed);
    EXPECT_EQ(t.state.event_count(), 13u);
    EXPECT_EQ(t.state.applied_event_ids().size(), 13u * 8u);
}

TEST(Evolve, DestinationsNumberIsTheFirstUntilItAccepts) {
    told t;
    ASSERT_EQ(t.tell(submission()), verdict::applied);
    const auto numbered = [](event::BodyCase body, const char* number) {
        auto r = record(body, platform_b());
        r.mutable_event()->mutable_case_()->set_dest_case_no(number);
        return r;
    };
    ASSERT_EQ(t.tell(numbered(event::kDestReceived, "B-1")), verdict::applied);
    EXPECT_EQ(t.state.dest_case_no(), "B-1");
    ASSERT_EQ(t.tell(numbered(event::kSupplementRequired, "B-2")), verdict::applied);
    EXPECT_EQ(t.state.dest_case_no(), "B-1");
    auto supplement = record(event::kSupplementSubmitted, platform_a());
    supplement.mutable_event()->mutable_case_()->set_dest_case_no("not A's to say");
    ASSERT_EQ(t.tell(supplement), verdict::applied);
    EXPECT_EQ(t.state.dest_case_no(), "B-1");
    ASSERT_EQ(t.tell(numbered(event::kCaseAccepted, "B-3")), verdict::applied);
    EXPECT_EQ(t.state.dest_case_no(), "B-3");
}

TEST(Evolve, SameEventIdTwiceIsADuplicateInAnyState) {
    told t;
    const auto first = submission();
    const auto receive = record(event::kDestReceived, platform_b());
    ASSERT_EQ(t.tell(first), verdict::applied);
    ASSERT_EQ(t.tell(receive), verdict::applied);
    const auto before = t.state.SerializeAsString();
    EXPECT_EQ(t.tell(first), verdict::duplicate);
    EXPECT_EQ(t.tell(receive), verdict::duplicate);
    EXPECT_EQ(t.state.SerializeAsString(), before);
}

TEST(Evolve, SameContentUnderAnotherIdIsADuplicate) {
    told t;
    auto first = submission();
    ASSERT_EQ(t.tell(first), verdict::applied);
    first.set_event_id("another id 16 by");
    EXPECT_EQ(t.tell(first), verdict::duplicate);
    ASSERT_EQ(t.tell(event::kReturned, platform_b()), verdict::applied);
    EXPECT_EQ(t.tell(first), verdict::duplicate) << "returned: the same content again is no new revision";
}

TEST(Evolve, OtherContentUnderTheSameNumberIsAConflict) {
    for (const auto& events : {std::initializer_list<event::BodyCase>{},
                               {event::kDestReceived},
                               {event::kDestReceived, event::kCaseAccepted},
                               {event::kDestReceived, event::kAcceptanceRefused}}) {
        auto t = told_until(events);
        const auto before = t.state.SerializeAsString();
        EXPECT_EQ(t.tell(submission()), verdict::content_conflict) << t.status();
        EXPECT_EQ(t.state.SerializeAsString(), before);
    }
}

TEST(Evolve, ReturnedCaseTakesANewRevisionAndStartsAgain) {
    auto t = told_until(
        {event::kDestReceived, event::kSupplementRequired, event::kSupplementSubmitted, event::kReturned});
    EXPECT_EQ(t.state.outcome(), v1::OUTCOME_RETURNED);
    EXPECT_EQ(t.state.times().closed_ms(), t.now_ms);
    auto again = submission();
    again.mutable_event()->mutable_case_()->set_dest_region("120103"); // the right place this time
    ASSERT_EQ(t.tell(again), verdict::applied);
    EXPECT_EQ(t.status(), "QUEUED");
    EXPECT_EQ(t.state.revision(), 2u);
    EXPECT_EQ(t.state.dest_region(), "120103");
    EXPECT_EQ(t.state.outcome(), v1::OUTCOME_UNSPECIFIED);
    EXPECT_EQ(t.state.supplement_rounds(), 0u);
    EXPECT_EQ(t.state.times().received_ms(), 0);
    EXPECT_EQ(t.state.times().closed_ms(), 0);
    EXPECT_EQ(t.state.times().submitted_ms(), t.now_ms);
    EXPECT_EQ(t.state.turn_since_ms(), t.now_ms);
    EXPECT_EQ(t.tell(event::kDestReceived, platform_b()), verdict::wrong_side)
        << "the old destination is out";
    auto unrouted = told_until({event::kReturned});
    ASSERT_EQ(unrouted.tell(submission(false)), verdict::applied);
    EXPECT_EQ(unrouted.status(), "SUBMITTED");
}

TEST(Evolve, LapsedCaseTakesANewRevision) {
    auto t = told_until({event::kDestReceived, event::kSupplementRequired, event::kSupplementLapsed});
    EXPECT_EQ(t.status(), "LAPSED");
    EXPECT_EQ(t.state.outcome(), v1::OUTCOME_SUPPLEMENT_LAPSED);
    ASSERT_EQ(t.tell(submission()), verdict::applied);
    EXPECT_EQ(t.status(), "QUEUED");
    EXPECT_EQ(t.state.revision(), 2u);
}

TEST(Evolve, RevisionAnswersASupplementButMayNotMoveTheCase) {
    auto t = told_until({event::kDestReceived, event::kSupplementRequired});
    auto elsewhere = submission();
    elsewhere.mutable_event()->mutable_case_()->set_dest_region("120103");
    EXPECT_EQ(t.tell(elsewhere), verdict::content_conflict);
    const auto submitted = t.state.times().submitted_ms();
    ASSERT_EQ(t.tell(submission()), verdict::applied);
    EXPECT_EQ(t.status(), "DEST_RECEIVED");
    EXPECT_EQ(t.state.revision(), 2u);
    EXPECT_EQ(t.state.times().submitted_ms(), submitted);
    EXPECT_EQ(turn(t.state), region_b);
    EXPECT_EQ(t.tell(event::kSupplementAccepted, platform_b()), verdict::applied);
}

TEST(Evolve, RefusedEventMayBecomeLegalWhenSentAgain) {
    told t;
    ASSERT_EQ(t.tell(submission()), verdict::applied);
    const auto accept = record(event::kCaseAccepted, platform_b());
    EXPECT_EQ(t.tell(accept), verdict::illegal_transition);
    ASSERT_EQ(t.tell(event::kDestReceived, platform_b()), verdict::applied);
    EXPECT_EQ(t.tell(accept), verdict::applied);
    EXPECT_EQ(t.tell(accept), verdict::duplicate);
}

TEST(Evolve, DecisionAndWithdrawalRaceByLogOrder) {
    auto decided_first = told_until({event::kDestReceived, event::kCaseAccepted, event::kWithdrawRequested});
    ASSERT_EQ(decided_first.tell(event::kDecided, platform_b()), verdict::applied);
    EXPECT_EQ(decided_first.tell(event::kWithdrawn, platform_b()), verdict::illegal_transition);
    EXPECT_EQ(decided_first.tell(event::kWithdrawDenied, platform_b()), verdict::applied);
    EXPECT_EQ(decided_first.status(), "DECIDED");

    auto withdrawn_first =
        told_until({event::kDestReceived, event::kCaseAccepted, event::kWithdrawRequested});
    ASSERT_EQ(withdrawn_first.tell(event::kWithdrawn, platform_b()), verdict::applied);
    EXPECT_EQ(withdrawn_first.tell(event::kDecided, platform_b()), verdict::illegal_transition);
    EXPECT_EQ(withdrawn_first.status(), "WITHDRAWN");
    EXPECT_EQ(withdrawn_first.state.outcome(), v1::OUTCOME_WITHDRAWN);
}

TEST(Evolve, WithdrawalNeedsARequestAndARequestAnAnswer) {
    auto t = told_until({event::kDestReceived});
    EXPECT_EQ(t.tell(event::kWithdrawn, platform_b()), verdict::illegal_transition);
    EXPECT_EQ(t.tell(event::kWithdrawDenied, platform_b()), verdict::illegal_transition);
    EXPECT_EQ(t.tell(event::kWithdrawRequested, platform_b()), verdict::wrong_side);
    ASSERT_EQ(t.tell(event::kWithdrawRequested, platform_a()), verdict::applied);
    EXPECT_EQ(t.tell(event::kWithdrawRequested, platform_a()), verdict::illegal_transition);
    ASSERT_EQ(t.tell(event::kWithdrawDenied, platform_b()), verdict::applied);
    EXPECT_EQ(t.tell(event::kWithdrawRequested, platform_a()), verdict::applied) << "denied: may ask again";
}

TEST(Evolve, PeriodIsExtendedOnce) {
    auto t = told_until({event::kDestReceived, event::kCaseAccepted, event::kReviewStarted});
    ASSERT_EQ(t.tell(event::kDeadlineExtended, platform_b()), verdict::applied);
    EXPECT_EQ(t.tell(event::kDeadlineExtended, platform_b()), verdict::already_extended);
    EXPECT_EQ(t.status(), "IN_REVIEW");
}

TEST(Evolve, ExtensionSentAsSpecialProcedureDoesNotStopTheClock) {
    auto t = told_until({event::kDestReceived, event::kCaseAccepted, event::kReviewStarted});
    auto wrong = record(event::kSpecialStarted, platform_b());
    wrong.mutable_event()->mutable_special_started()->set_kind(v1::SPECIAL_KIND_EXTENSION);
    EXPECT_EQ(t.tell(wrong), verdict::illegal_transition);
    EXPECT_EQ(t.status(), "IN_REVIEW");
}

TEST(Evolve, SupplementAcceptedNeedsASupplement) {
    auto t = told_until({event::kDestReceived});
    EXPECT_EQ(t.tell(event::kSupplementAccepted, platform_b()), verdict::illegal_transition);
}

TEST(Evolve, DeemedAcceptedCountsFromReceiptOrFromTheSupplement) {
    auto plain = told_until({event::kDestReceived});
    const auto received = plain.now_ms;
    constexpr std::int64_t waited_ms = 60 * 86'400'000LL; // these records have no calendar: all days are provisional
    plain.now_ms += waited_ms;
    ASSERT_EQ(plain.tell(event::kDeemedAccepted, gateway()), verdict::applied);
    EXPECT_EQ(plain.state.times().accepted_ms(), received);

    auto supplemented =
        told_until({event::kDestReceived, event::kSupplementRequired, event::kSupplementSubmitted});
    const auto completed = supplemented.now_ms;
    supplemented.now_ms += waited_ms;
    ASSERT_EQ(supplemented.tell(event::kDeemedAccepted, gateway()), verdict::applied);
    EXPECT_EQ(supplemented.state.times().accepted_ms(), completed);
}

TEST(Evolve, EndsWithoutADecisionNameTheirOutcome) {
    auto refused = told_until({event::kDestReceived, event::kAcceptanceRefused});
    EXPECT_EQ(refused.state.outcome(), v1::OUTCOME_REFUSED);
    auto forwarded = told_until({event::kDestReceived, event::kCaseForwarded});
    EXPECT_EQ(forwarded.state.outcome(), v1::OUTCOME_FORWARDED);
    auto voided = told_until({event::kDestReceived, event::kCaseVoided});
    EXPECT_EQ(voided.state.outcome(), v1::OUTCOME_VOIDED);
    auto deleted = told_until({});
    auto erase = record(event::kCaseVoided, platform_b());
    erase.mutable_event()->mutable_case_voided()->set_outcome(v1::OUTCOME_DELETED);
    ASSERT_EQ(deleted.tell(erase), verdict::applied);
    EXPECT_EQ(deleted.state.outcome(), v1::OUTCOME_DELETED);
}

TEST(Evolve, SenderMustBeAPartyInItsRole) {
    told t;
    auto foreign = submission();
    *foreign.mutable_sender() = platform_b();
    EXPECT_EQ(t.tell(foreign), verdict::wrong_side) << "origin is the sender's own region";
    EXPECT_EQ(t.state.ByteSizeLong(), 0u);
    ASSERT_EQ(t.tell(submission()), verdict::applied);
    EXPECT_EQ(t.tell(event::kDestReceived, platform_a()), verdict::wrong_side);
    EXPECT_EQ(t.tell(event::kRouted, platform_b()), verdict::wrong_role);
    EXPECT_EQ(t.tell(event::kDestReceived, gateway()), verdict::wrong_role);
    EXPECT_EQ(t.tell(event::kDestReceived, sender("ops", region_b, v1::ROLE_OPERATOR)), verdict::wrong_role);
    EXPECT_EQ(t.tell(event::kClaimed, platform_b()), verdict::wrong_role);
    EXPECT_EQ(t.tell(event::kDestReceived, sender("none", "", v1::ROLE_PLATFORM)), verdict::wrong_side);
}

TEST(Evolve, RegionMayBeBothSides) {
    told t;
    auto r = submission();
    r.mutable_event()->mutable_case_()->set_dest_region(region_a);
    ASSERT_EQ(t.tell(r), verdict::applied);
    ASSERT_EQ(t.tell(event::kDestReceived, platform_a()), verdict::applied);
    ASSERT_EQ(t.tell(event::kSupplementRequired, platform_a()), verdict::applied);
    EXPECT_EQ(t.state.turn_since_ms(), t.now_ms) << "the turn moved although the region did not";
    ASSERT_EQ(t.tell(event::kSupplementSubmitted, platform_a()), verdict::applied);
}

TEST(Evolve, UnknownCaseAndUnknownEventAreNamed) {
    told t;
    EXPECT_EQ(t.tell(event::kDestReceived, platform_b()), verdict::unknown_case);
    EXPECT_EQ(t.tell(v1::LedgerRecord{}), verdict::missing_body);
    auto bodiless = submission();
    bodiless.mutable_event()->clear_body();
    EXPECT_EQ(t.tell(bodiless), verdict::missing_body);
    EXPECT_EQ(t.state.ByteSizeLong(), 0u);
    ASSERT_EQ(t.tell(submission()), verdict::applied);
    auto other = record(event::kDestReceived, platform_b());
    other.mutable_event()->mutable_case_()->set_case_id("TB3708000000000000000000000000000B");
    EXPECT_EQ(t.tell(other), verdict::unknown_case) << "a record of another case";
}

TEST(Evolve, CaseIsBoundedAndCanStillEnd) {
    auto t = told_until({event::kDestReceived, event::kCaseAccepted, event::kReviewStarted});
    verdict last = verdict::applied;
    for (int i = 0; i < 2000 && last == verdict::applied; ++i) {
        last = t.tell(event::kStep, platform_b());
    }
    EXPECT_EQ(last, verdict::event_limit);
    EXPECT_LT(t.state.event_count(), max_events_per_case);
    const auto count = t.state.event_count();
    EXPECT_EQ(t.tell(claim(window_b(), "w1", "1001")), verdict::applied) << "a window can still act";
    EXPECT_EQ(t.tell(with_token(record(event::kDecided, window_b()), 1)), verdict::applied);
    EXPECT_EQ(t.tell(event::kCaseClosed, platform_b()), verdict::applied);
    EXPECT_EQ(t.state.event_count(), count + 3);
    t.state.set_event_count(max_events_per_case);
    EXPECT_EQ(t.tell(event::kShipped, platform_b()), verdict::event_limit);
}

TEST(Evolve, ShortOrEmptyEventIdsAreRememberedToo) {
    told t;
    auto r = submission();
    r.set_event_id("x");
    ASSERT_EQ(t.tell(r), verdict::applied);
    EXPECT_EQ(t.state.applied_event_ids(), std::string("x\0\0\0\0\0\0\0", 8));
    EXPECT_EQ(t.tell(r), verdict::duplicate);
}

TEST(Evolve, OutOfRangeStatesAndBodiesAreIllegalNotUndefined) {
    for (const int status : {-1, 21, 31, 32, 1000, -2147483647}) {
        told t;
        t.state.set_status(static_cast<v1::CaseStatus>(status));
        t.state.set_origin_region(region_a);
        t.state.set_dest_region(region_b);
        t.state.set_case_id(case_name);
        EXPECT_EQ(t.tell(event::kDestReceived, platform_b()), verdict::illegal_transition) << status;
        EXPECT_EQ(turn(t.state), "");
        EXPECT_FALSE(is_final(t.state.status()));
        EXPECT_FALSE(is_claimable(t.state.status()));
    }
    EXPECT_EQ(find_transition(v1::CASE_STATUS_QUEUED, static_cast<event::BodyCase>(63)), nullptr);
}

} // namespace
} // namespace tongban::cases::story
