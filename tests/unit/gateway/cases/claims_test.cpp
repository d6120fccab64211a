// Two windows and one case: leases, extension, expiry, and tokens a late holder cannot use.
#include "gateway/cases/claims.hpp"
#include "tests/unit/gateway/cases/story.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace tongban::cases::story {
namespace {

TEST(Claims, FirstInTheLogHoldsTheCase) {
    auto t = told_until({});
    ASSERT_EQ(t.tell(claim(window_b(), "w1", "1001")), verdict::applied);
    EXPECT_EQ(t.state.fencing_token(), 1u);
    EXPECT_EQ(t.state.lease().until_ms(), t.now_ms + 300'000);
    EXPECT_EQ(t.tell(claim(other_window_b(), "w2", "1002")), verdict::held_by_other);
    EXPECT_EQ(t.tell(claim(window_b(), "w1", "1009")), verdict::held_by_other)
        << "another clerk of the same window";
    EXPECT_EQ(t.tell(record(event::kDestReceived, other_window_b())), verdict::held_by_other);
    EXPECT_EQ(t.tell(with_token(record(event::kDestReceived, other_window_b()), 1)), verdict::held_by_other)
        << "a guessed token is no lease";
    EXPECT_EQ(t.tell(with_token(record(event::kDestReceived, window_b()), 1)), verdict::applied);
    EXPECT_EQ(t.state.lease().window_id(), "w1") << "still its turn: the lease stays";
}

TEST(Claims, WindowActsOnlyUnderAClaim) {
    auto t = told_until({});
    EXPECT_EQ(t.tell(record(event::kDestReceived, window_b())), verdict::not_claimed);
    EXPECT_EQ(t.tell(with_token(record(event::kDestReceived, window_b()), 1)), verdict::not_claimed);
    ASSERT_EQ(t.tell(claim(window_b(), "w1", "1001")), verdict::applied);
    EXPECT_EQ(t.tell(record(event::kDestReceived, window_b())), verdict::stale_token)
        << "it must show the token";
    EXPECT_EQ(t.tell(with_token(record(event::kDestReceived, window_b()), 2)), verdict::stale_token);
    auto elsewhere = with_token(record(event::kDestReceived, window_b()), 1);
    elsewhere.mutable_event()->mutable_dest_received()->set_window_id("w9");
    EXPECT_EQ(t.tell(elsewhere), verdict::held_by_other) << "another window of the same partner";
}

TEST(Claims, WhatNobodysHandSaysWaitsForNoWindowAndOverrulesNone) {
    auto t = told_until({});
    auto automatic = record(event::kDestReceived, platform_b());
    automatic.mutable_sender()->set_automatic(true);
    auto free = t.state;
    EXPECT_EQ(evolve(free, automatic, at(t.now_ms + 1)), verdict::applied);
    ASSERT_EQ(t.tell(claim(window_b(), "w1", "1001", 10)), verdict::applied);
    auto held = t.state;
    EXPECT_EQ(evolve(held, automatic, at(t.state.lease().until_ms() - 1)), verdict::held_by_other);
    EXPECT_EQ(evolve(held, automatic, at(t.state.lease().until_ms())), verdict::applied) << "the lease ran out";
    EXPECT_EQ(t.tell(record(event::kDestReceived, platform_b())), verdict::applied) << "the platform itself may";
}

TEST(Claims, WhatTheApplicantWantsBackIsDecidedByAPersonUnlessTheDecisionHadBegun) {
    auto t = told_until({});
    auto automatic = record(event::kDestReceived, platform_b());
    automatic.mutable_sender()->set_automatic(true);
    auto asked_first = t;
    ASSERT_EQ(asked_first.tell(event::kWithdrawRequested, platform_a()), verdict::applied);
    EXPECT_EQ(asked_first.tell(automatic), verdict::illegal_transition);
    EXPECT_EQ(asked_first.tell(event::kDestReceived, platform_b()), verdict::applied) << "the destination itself may";
    ASSERT_EQ(t.tell(automatic), verdict::applied);
    ASSERT_EQ(t.tell(event::kWithdrawRequested, platform_a()), verdict::applied);
    for (const auto body : {event::kCaseAccepted, event::kDecided, event::kCaseClosed}) {
        auto next = record(body, platform_b());
        next.mutable_sender()->set_automatic(true);
        EXPECT_EQ(t.tell(next), verdict::applied) << "half a decision would wait for nobody";
    }
}

TEST(Claims, HolderExtendsWithoutANewToken) {
    auto t = told_until({});
    ASSERT_EQ(t.tell(claim(window_b(), "w1", "1001", 10)), verdict::applied);
    const auto first_end = t.state.lease().until_ms();
    ASSERT_EQ(t.tell(claim(window_b(), "w1", "1001", 10)), verdict::applied);
    EXPECT_EQ(t.state.fencing_token(), 1u);
    EXPECT_EQ(t.state.lease().until_ms(), first_end + 1000);
    EXPECT_EQ(t.tell(with_token(claim(window_b(), "w1", "1001"), 9)), verdict::stale_token);
    EXPECT_EQ(t.tell(with_token(claim(window_b(), "w1", "1001"), 1)), verdict::applied);
}

TEST(Claims, LeaseEndsAtItsLastMillisecond) {
    auto t = told_until({});
    ASSERT_EQ(t.tell(claim(window_b(), "w1", "1001", 10)), verdict::applied);
    const auto end = t.state.lease().until_ms();
    auto in_time = t.state;
    EXPECT_EQ(evolve(in_time, with_token(record(event::kDestReceived, window_b()), 1), at(end - 1)),
              verdict::applied);
    auto too_late = t.state;
    EXPECT_EQ(evolve(too_late, with_token(record(event::kDestReceived, window_b()), 1), at(end)),
              verdict::stale_token);
    EXPECT_EQ(evolve(too_late, record(event::kDestReceived, other_window_b()), at(end)),
              verdict::not_claimed);
    EXPECT_EQ(evolve(too_late, claim(window_b(), "w1", "1001"), at(end)), verdict::applied);
    EXPECT_EQ(too_late.fencing_token(), 2u) << "after the end it is a new claim";
}

TEST(Claims, LateHolderCannotUseItsToken) {
    auto t = told_until({});
    ASSERT_EQ(t.tell(claim(window_b(), "w1", "1001", 1)), verdict::applied);
    t.now_ms += 5000;
    ASSERT_EQ(t.tell(claim(other_window_b(), "w2", "1002")), verdict::applied);
    EXPECT_EQ(t.state.fencing_token(), 2u);
    const auto late = with_token(record(event::kDestReceived, window_b()), 1);
    EXPECT_EQ(t.tell(late), verdict::stale_token);
    ASSERT_EQ(t.tell(with_token(record(event::kDestReceived, other_window_b()), 2)), verdict::applied);
    EXPECT_EQ(t.tell(late), verdict::stale_token) << "also where the state would not allow it";
    EXPECT_EQ(t.tell(with_token(record(event::kReleased, window_b()), 1)), verdict::held_by_other);
}

TEST(Claims, ReleaseFreesTheCaseForTheNext) {
    auto t = told_until({});
    ASSERT_EQ(t.tell(claim(window_b(), "w1", "1001")), verdict::applied);
    EXPECT_EQ(t.tell(record(event::kReleased, window_b())), verdict::stale_token);
    EXPECT_EQ(t.tell(record(event::kReleased, other_window_b())), verdict::held_by_other);
    ASSERT_EQ(t.tell(with_token(record(event::kReleased, window_b()), 1)), verdict::applied);
    EXPECT_FALSE(t.state.has_lease());
    EXPECT_EQ(t.tell(with_token(record(event::kReleased, window_b()), 1)), verdict::not_claimed);
    EXPECT_EQ(t.tell(with_token(record(event::kDestReceived, window_b()), 1)), verdict::not_claimed);
    ASSERT_EQ(t.tell(claim(other_window_b(), "w2", "1002")), verdict::applied);
    EXPECT_EQ(t.state.fencing_token(), 2u);
}

TEST(Claims, TimerEndsALeaseOnceAndOnlyWhenTheLogsTimeHasCome) {
    auto t = told_until({});
    ASSERT_EQ(t.tell(claim(window_b(), "w1", "1001", 5)), verdict::applied);
    const auto expiry = [](std::uint64_t token) { return with_token(record(event::kLeaseExpired, gateway()), token); };
    EXPECT_EQ(t.tell(expiry(1)), verdict::held_by_other) << "a clock that runs ahead";
    t.now_ms += 5000;
    EXPECT_EQ(t.tell(expiry(2)), verdict::stale_token);
    EXPECT_EQ(t.tell(with_token(record(event::kLeaseExpired, window_b()), 1)), verdict::wrong_role);
    ASSERT_EQ(t.tell(expiry(1)), verdict::applied);
    EXPECT_FALSE(t.state.has_lease());
    EXPECT_EQ(t.tell(expiry(1)), verdict::not_claimed) << "another replica's timer";
    ASSERT_EQ(t.tell(claim(window_b(), "w1", "1001", 5)), verdict::applied);
    t.now_ms += 1000;
    EXPECT_EQ(t.tell(expiry(1)), verdict::stale_token) << "a late timer ends no newer lease";
}

TEST(Claims, LeaseFallsWhenTheTurnMovesOrTheCaseEnds) {
    auto t = told_until({event::kDestReceived});
    ASSERT_EQ(t.tell(claim(window_b(), "w1", "1001")), verdict::applied);
    ASSERT_EQ(t.tell(with_token(record(event::kSupplementRequired, window_b()), 1)), verdict::applied);
    EXPECT_FALSE(t.state.has_lease());
    EXPECT_EQ(t.tell(claim(window_b(), "w1", "1001")), verdict::wrong_side) << "it is A's turn";
    ASSERT_EQ(t.tell(claim(window_a(), "a1", "2001")), verdict::applied) << "A's window may hold it now";
    EXPECT_EQ(t.state.fencing_token(), 2u);
    ASSERT_EQ(t.tell(event::kSupplementSubmitted, platform_a()), verdict::applied);
    EXPECT_FALSE(t.state.has_lease());
    ASSERT_EQ(t.tell(claim(window_b(), "w1", "1001")), verdict::applied);
    ASSERT_EQ(t.tell(with_token(record(event::kReturned, window_b()), 3)), verdict::applied);
    EXPECT_FALSE(t.state.has_lease());
    EXPECT_EQ(t.tell(claim(window_b(), "w1", "1001")), verdict::illegal_transition);
    ASSERT_EQ(t.tell(submission()), verdict::applied);
    ASSERT_EQ(t.tell(claim(window_b(), "w1", "1001")), verdict::applied);
    EXPECT_EQ(t.state.fencing_token(), 4u) << "tokens grow over revisions too";
}

TEST(Claims, PlatformNeedsNoTokenButMayNotShowAWrongOne) {
    auto t = told_until({});
    ASSERT_EQ(t.tell(claim(window_b(), "w1", "1001")), verdict::applied);
    EXPECT_EQ(t.tell(with_token(record(event::kDestReceived, platform_b()), 9)), verdict::stale_token);
    ASSERT_EQ(t.tell(record(event::kDestReceived, platform_b())), verdict::applied);
    EXPECT_TRUE(t.state.has_lease()) << "the platform's word does not take the case from the window";
}

TEST(Claims, WindowOfTheOriginNeedsNoClaimForTheApplicantsEvents) {
    told t;
    ASSERT_EQ(t.tell(event::kCaseCollected, window_a()), verdict::applied);
    auto filed = submission();
    *filed.mutable_sender() = window_a();
    ASSERT_EQ(t.tell(filed), verdict::applied);
    ASSERT_EQ(t.tell(event::kWithdrawRequested, window_a()), verdict::applied);
    EXPECT_EQ(t.tell(with_token(record(event::kWithdrawRequested, window_a()), 5)), verdict::stale_token);
}

TEST(Claims, OutOfItsTurnAWindowActsWithoutALease) {
    auto t = told_until({event::kDestReceived, event::kSupplementRequired});
    ASSERT_EQ(t.tell(claim(window_a(), "a1", "2001")), verdict::applied);
    EXPECT_EQ(t.tell(event::kSupplementLapsed, window_b()), verdict::applied);
}

TEST(Claims, AnEndedCaseIsIllegalWhateverTheToken) {
    auto t = told_until({event::kDestReceived, event::kAcceptanceRefused});
    EXPECT_EQ(t.tell(with_token(record(event::kCaseAccepted, window_b()), 9)), verdict::illegal_transition);
    EXPECT_EQ(t.tell(with_token(record(event::kCaseAccepted, platform_b()), 9)), verdict::illegal_transition);
    EXPECT_EQ(t.tell(with_token(record(event::kReleased, window_b()), 9)), verdict::illegal_transition);
}

TEST(Claims, LengthOfALeaseIsBounded) {
    auto t = told_until({});
    ASSERT_EQ(t.tell(claim(window_b(), "w1", "1001", 4'000'000'000u)), verdict::applied);
    EXPECT_EQ(t.state.lease().until_ms(), t.now_ms + max_lease_seconds * 1000);
    auto brief = told_until({});
    ASSERT_EQ(brief.tell(claim(window_b(), "w1", "1001", 0)), verdict::applied);
    EXPECT_EQ(brief.state.lease().until_ms(), brief.now_ms + 1000);
    auto end_of_time = told_until({});
    constexpr auto last = std::numeric_limits<std::int64_t>::max();
    ASSERT_EQ(evolve(end_of_time.state, claim(window_b(), "w1", "1001"), at(last)), verdict::applied);
    EXPECT_EQ(end_of_time.state.lease().until_ms(), last);
}

TEST(Claims, ExtensionsCannotUseUpTheCase) {
    auto t = told_until({});
    verdict last = verdict::applied;
    for (int i = 0; i < 2000 && last == verdict::applied; ++i) {
        last = t.tell(claim(window_b(), "w1", "1001"));
    }
    EXPECT_EQ(last, verdict::event_limit);
    EXPECT_EQ(t.tell(with_token(record(event::kDestReceived, window_b()), 1)), verdict::applied);
    t.now_ms += 400'000;
    EXPECT_EQ(t.tell(claim(other_window_b(), "w2", "1002")), verdict::applied)
        << "a new claim is still possible";
}

} // namespace
} // namespace tongban::cases::story
