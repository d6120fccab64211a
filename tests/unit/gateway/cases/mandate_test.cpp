// 异地受理: the origin accepts in the destination's name, which takes the case over afterwards.
#include "tests/unit/gateway/cases/story.hpp"

#include <gtest/gtest.h>

namespace tongban::cases::story {
namespace {

TEST(Mandate, TheOriginAcceptsInTheDestinationsNameWhereTheAgreementSaysSo) {
    auto opening = submission();
    opening.mutable_routed()->mutable_terms()->set_accepts_by_mandate(true);
    v1::CaseState state;
    ASSERT_EQ(evolve(state, opening, at(1000)), verdict::applied);
    EXPECT_EQ(evolve(state, record(event::kCaseAccepted, platform_b()), at(1500)), verdict::illegal_transition)
        << "B takes it first";
    auto accepted = record(event::kCaseAccepted, window_a());
    accepted.mutable_event()->mutable_case_()->set_dest_case_no("not A's to give");
    ASSERT_EQ(evolve(state, accepted, at(2000)), verdict::applied);
    EXPECT_EQ(state.status(), v1::CASE_STATUS_ACCEPTED);
    EXPECT_EQ(state.times().received_ms(), 0) << "B has not taken it";
    EXPECT_EQ(state.dest_case_no(), "");
    EXPECT_EQ(turn(state), region_b);
}

TEST(Mandate, TheDestinationTellsItsReceiptOnceAndNoClockBeginsAnew) {
    auto opening = submission();
    opening.mutable_routed()->mutable_terms()->set_accepts_by_mandate(true);
    v1::CaseState state;
    ASSERT_EQ(evolve(state, opening, at(1000)), verdict::applied);
    ASSERT_EQ(evolve(state, record(event::kCaseAccepted, window_a()), at(2000)), verdict::applied);
    auto before = state.clocks();
    ASSERT_EQ(evolve(state, record(event::kDestReceived, platform_b()), at(5000)), verdict::applied);
    EXPECT_EQ(state.status(), v1::CASE_STATUS_ACCEPTED);
    EXPECT_EQ(state.times().received_ms(), 5000);
    EXPECT_EQ(state.times().accepted_ms(), 2000);
    before.set_legal_ms(state.clocks().legal_ms());
    EXPECT_EQ(state.clocks().SerializeAsString(), before.SerializeAsString());
    EXPECT_EQ(evolve(state, record(event::kDestReceived, platform_b()), at(6000)), verdict::illegal_transition);
    auto received_first = told_until({event::kDestReceived, event::kCaseAccepted});
    EXPECT_EQ(received_first.tell(event::kDestReceived, platform_b()), verdict::illegal_transition) << "told already";
}

TEST(Mandate, WithoutOneItIsNotTheOriginsToSay) {
    v1::CaseState state;
    ASSERT_EQ(evolve(state, submission(), at(1000)), verdict::applied);
    EXPECT_EQ(evolve(state, record(event::kCaseAccepted, window_a()), at(2000)), verdict::wrong_side);
}

} // namespace
} // namespace tongban::cases::story
