// What a city's own messages leave out: 承办 before a step or a special procedure, 决定 before 办结; and what a refusal says instead.
#include "gateway/cases/verdict_detail.hpp"
#include "tests/unit/gateway/cases/story.hpp"

#include <gtest/gtest.h>

namespace tongban::cases::story {
namespace {

v1::LedgerRecord closing(v1::Outcome outcome, const v1::Sender& by = platform_b()) {
    auto r = record(event::kCaseClosed, by);
    r.mutable_event()->mutable_case_closed()->set_outcome(outcome);
    return r;
}

v1::LedgerRecord deciding(v1::Decision decision) {
    auto r = record(event::kDecided, platform_b());
    r.mutable_event()->mutable_decided()->set_decision(decision);
    return r;
}

TEST(ImpliedReview, FollowsFromWhatOnlyHappensInIt) {
    const std::pair<event::BodyCase, const char*> rows[] = {{event::kStep, "IN_REVIEW"},
                                                            {event::kSpecialStarted, "SUSPENDED"},
                                                            {event::kDeadlineExtended, "IN_REVIEW"}};
    for (const auto& [body, status] : rows) {
        auto t = told_until({event::kDestReceived, event::kCaseAccepted});
        ASSERT_EQ(t.tell(body, platform_b()), verdict::applied) << name(body);
        EXPECT_EQ(t.status(), status);
        EXPECT_EQ(t.tell(event::kReviewStarted, platform_b()), verdict::illegal_transition) << "it was implied";
    }
    auto suspended = told_until({event::kDestReceived, event::kCaseAccepted, event::kSpecialStarted});
    EXPECT_NE(suspended.state.clocks().waiting_since_ms(), 0) << "the clock stands";
    ASSERT_EQ(suspended.tell(event::kSpecialEnded, platform_b()), verdict::applied);
    EXPECT_EQ(suspended.status(), "IN_REVIEW");
    EXPECT_EQ(suspended.state.clocks().waiting_since_ms(), 0);
}

TEST(ImpliedDecision, IsThatOfTheOutcomeAtTheTimeOfTheClosing) {
    const std::pair<v1::Outcome, v1::Decision> rows[] = {{v1::OUTCOME_APPROVED_WITH_CERT, v1::DECISION_APPROVED},
                                                         {v1::OUTCOME_COMPLETED, v1::DECISION_APPROVED},
                                                         {v1::OUTCOME_DENIED, v1::DECISION_DENIED}};
    for (const auto& [outcome, decision] : rows) {
        for (const bool reviewed : {false, true}) {
            auto t = told_until({event::kDestReceived, event::kCaseAccepted});
            ASSERT_TRUE(!reviewed || t.tell(event::kReviewStarted, platform_b()) == verdict::applied);
            ASSERT_EQ(t.tell(closing(outcome)), verdict::applied) << outcome;
            EXPECT_EQ(t.status(), "CLOSED");
            EXPECT_EQ(t.state.decision(), decision);
            EXPECT_EQ(t.state.outcome(), outcome);
            EXPECT_EQ(t.state.times().decided_ms(), t.now_ms);
            EXPECT_EQ(t.state.times().closed_ms(), t.now_ms);
            EXPECT_NE(t.state.clocks().delivery_due_ms(), 0) << "送达 is owed from the decision";
        }
    }
}

TEST(ImpliedDecision, DoesNotTouchOneThatWasTold) {
    auto t = told_until({event::kDestReceived, event::kCaseAccepted});
    ASSERT_EQ(t.tell(deciding(v1::DECISION_DENIED)), verdict::applied);
    const auto decided = t.now_ms;
    ASSERT_EQ(t.tell(closing(v1::OUTCOME_COMPLETED)), verdict::applied);
    EXPECT_EQ(t.state.decision(), v1::DECISION_DENIED);
    EXPECT_EQ(t.state.times().decided_ms(), decided);
}

TEST(ImpliedDecision, RacesWithAWithdrawalAsOneThatWasToldDoes) {
    auto closed_first = told_until({event::kDestReceived, event::kCaseAccepted, event::kWithdrawRequested});
    ASSERT_EQ(closed_first.tell(closing(v1::OUTCOME_COMPLETED)), verdict::applied);
    EXPECT_EQ(closed_first.tell(event::kWithdrawn, platform_b()), verdict::illegal_transition);
    EXPECT_EQ(closed_first.tell(event::kWithdrawDenied, platform_b()), verdict::applied);
    auto withdrawn_first = told_until({event::kDestReceived, event::kCaseAccepted, event::kWithdrawRequested, event::kWithdrawn});
    EXPECT_EQ(withdrawn_first.tell(closing(v1::OUTCOME_COMPLETED)), verdict::illegal_transition);
}

TEST(ImpliedDecision, NeedsTheAcceptance) {
    for (const auto& before : {std::initializer_list<event::BodyCase>{}, {event::kDestReceived},
                               {event::kDestReceived, event::kSupplementRequired},
                               {event::kDestReceived, event::kCaseAccepted, event::kSpecialStarted}}) {
        auto t = told_until(before);
        const auto state = t.state.SerializeAsString();
        EXPECT_EQ(t.tell(closing(v1::OUTCOME_COMPLETED)), verdict::illegal_transition) << t.status();
        EXPECT_EQ(t.state.SerializeAsString(), state);
    }
}

// Every outcome at 办结, after every decision: what has an event of its own ends no case here.
TEST(Closing, TakesTheOutcomesOfADecisionAndNoOther) {
    for (int number = v1::OUTCOME_UNSPECIFIED + 1; number < v1::Outcome_ARRAYSIZE; ++number) {
        const auto outcome = static_cast<v1::Outcome>(number);
        for (const auto decision : {v1::DECISION_UNSPECIFIED, v1::DECISION_APPROVED, v1::DECISION_DENIED}) {
            auto t = told_until({event::kDestReceived, event::kCaseAccepted});
            ASSERT_TRUE(decision == v1::DECISION_UNSPECIFIED || t.tell(deciding(decision)) == verdict::applied);
            const bool fits = outcome == v1::OUTCOME_COMPLETED ||
                              (outcome == v1::OUTCOME_APPROVED_WITH_CERT && decision != v1::DECISION_DENIED) ||
                              (outcome == v1::OUTCOME_DENIED && decision != v1::DECISION_APPROVED);
            EXPECT_EQ(t.tell(closing(outcome)), fits ? verdict::applied : verdict::decision_conflict)
                << v1::Outcome_Name(outcome) << " after " << v1::Decision_Name(decision);
            EXPECT_EQ(t.state.status() == v1::CASE_STATUS_CLOSED, fits);
        }
    }
}

TEST(Refusal, NamesTheStateAndWhatMayBeSaidInIt) {
    auto t = told_until({event::kDestReceived});
    const auto said = closing(v1::OUTCOME_COMPLETED);
    const auto b = detail_of(t.tell(said), t.state, event::kCaseClosed, said.sender());
    EXPECT_EQ(b.zh, "办件现为“已接件（待受理）”（DEST_RECEIVED），办理地此时可报：受理（CASE_ACCEPTED）、补正告知（SUPPLEMENT_REQUIRED）、"
                    "不予受理（ACCEPTANCE_REFUSED）、退件（RETURNED）、作废（CASE_VOIDED）、转办（CASE_FORWARDED）；"
                    "不改变状态而可报：远程虚拟窗口开启（SESSION_OPENED）、身份核验（IDENTITY_CHECKED）、督办（URGED）");
    EXPECT_EQ(b.en, "the case is in DEST_RECEIVED, where the destination may say CASE_ACCEPTED, SUPPLEMENT_REQUIRED, "
                    "ACCEPTANCE_REFUSED, RETURNED, CASE_VOIDED, CASE_FORWARDED; without leaving it: SESSION_OPENED, IDENTITY_CHECKED, URGED");
    const auto a = detail_of(verdict::illegal_transition, t.state, event::kSupplementSubmitted, platform_a());
    EXPECT_EQ(a.en, "the case is in DEST_RECEIVED, where the origin has no next step to say; without leaving it: "
                    "WITHDRAW_REQUESTED, SHIPPED_TO_DEST, SESSION_OPENED, IDENTITY_CHECKED, URGED");
    EXPECT_EQ(a.zh, "办件现为“已接件（待受理）”（DEST_RECEIVED），收件地此时没有可报的下一步；不改变状态而可报："
                    "申请撤回（WITHDRAW_REQUESTED）、材料寄出（SHIPPED_TO_DEST）、远程虚拟窗口开启（SESSION_OPENED）、身份核验（IDENTITY_CHECKED）、督办（URGED）");
    ASSERT_EQ(t.tell(event::kWithdrawRequested, platform_a()), verdict::applied);
    EXPECT_NE(detail_of(verdict::illegal_transition, t.state, event::kStep, platform_b()).en.find("WITHDRAWN"), std::string::npos)
        << "it was asked for";
}

// What stands in the list is taken when it is said rightly, and what does not is not: by the rules that judge events.
TEST(Refusal, NamesWhatTheStateMakesPossible) {
    auto t = told_until({event::kDestReceived, event::kCaseAccepted});
    const auto names = [&](const v1::Sender& sender) {
        return detail_of(verdict::illegal_transition, t.state, event::kUrgeAnswered, sender).en;
    };
    const auto has = [](const std::string& text, const char* wanted) { return text.find(wanted) != std::string::npos; };
    EXPECT_FALSE(has(names(platform_b()), "RECTIFIED")) << "nothing is graded";
    EXPECT_FALSE(has(names(platform_b()), "OWED_CLEARED")) << "nothing is owed";
    EXPECT_FALSE(has(names(platform_b()), "URGE_ANSWERED"));
    EXPECT_FALSE(has(names(platform_b()), "CLAIMED")) << "a window's";
    EXPECT_TRUE(has(names(window_b()), "CLAIMED"));
    ASSERT_EQ(t.tell(event::kUrged, platform_a()), verdict::applied);
    EXPECT_TRUE(has(names(platform_b()), "URGE_ANSWERED"));
    EXPECT_FALSE(has(names(platform_a()), "URGE"));
    ASSERT_EQ(t.tell(closing(v1::OUTCOME_COMPLETED)), verdict::applied);
    auto bad = record(event::kEvaluated, platform_a());
    bad.mutable_event()->mutable_evaluated()->set_grade(v1::GRADE_DISSATISFIED);
    ASSERT_EQ(t.tell(bad), verdict::applied);
    EXPECT_TRUE(has(names(platform_b()), "RECTIFIED"));
    EXPECT_TRUE(has(names(platform_b()), "CERT_ISSUED"));
    EXPECT_TRUE(has(names(platform_a()), "EVALUATED")) << "the next round";
}

} // namespace
} // namespace tongban::cases::story
