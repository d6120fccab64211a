// Who must learn an event, and what each fact does to a delivery, in every state it can be in.
#include "gateway/cases/deliveries.hpp"
#include "tests/unit/gateway/cases/story.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>

namespace tongban::cases {

inline void PrintTo(delivery_verdict v, std::ostream* out) {
    *out << name(v);
}

namespace story {
namespace {

using dv = delivery_verdict;
using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> due(const v1::CaseState& state, const v1::LedgerRecord& record) {
    const auto regions = regions_due(state, record);
    return {regions.begin(), regions.end()};
}

v1::CaseState filed_case() {
    v1::CaseState state;
    EXPECT_EQ(evolve(state, submission(), at(1000)), verdict::applied);
    return state;
}

TEST(RegionsDue, AreTheOtherSidesForASideAndBothForTheGateway) {
    const auto state = filed_case();
    for (int body = event::kCaseCollected; body <= event::kLeaseExpired; ++body) {
        const auto which = static_cast<event::BodyCase>(body);
        const bool silent = which == event::kCaseCollected || which == event::kRouted || which == event::kClaimed ||
                            which == event::kReleased || which == event::kLeaseExpired;
        const auto told = [&](const v1::Sender& by) { return due(state, record(which, by)); };
        if (silent) {
            EXPECT_THAT(told(platform_a()), IsEmpty()) << name(which);
            EXPECT_THAT(told(platform_b()), IsEmpty()) << name(which);
            EXPECT_THAT(told(gateway()), IsEmpty()) << name(which);
        } else {
            EXPECT_THAT(told(platform_a()), ElementsAre(region_b)) << name(which);
            EXPECT_THAT(told(window_b()), ElementsAre(region_a)) << name(which);
            EXPECT_THAT(told(gateway()), ElementsAre(region_a, region_b)) << name(which);
        }
    }
}

TEST(RegionsDue, OfArchivesCarriedOverAreTheDestinationAlone) {
    const auto state = filed_case();
    for (const auto which : {event::kArchiveRequested, event::kArchiveReplied}) {
        EXPECT_THAT(due(state, record(which, platform_b())), ElementsAre(region_a)) << "who leads the bundle learns who asks, and who gives";
        EXPECT_THAT(due(state, record(which, gateway())), ElementsAre(region_b)) << name(which);
    }
    EXPECT_THAT(due(state, record(event::kArchiveInformed, gateway())), IsEmpty());
    auto late = record(event::kSupervisionWarning, gateway());
    EXPECT_THAT(due(state, late), ElementsAre(region_a, region_b)) << "of the case's own clocks";
    late.mutable_sibling()->set_case_id("TB-2");
    EXPECT_THAT(due(state, late), ElementsAre(region_b)) << "the origin was told in the case that is late";
}

TEST(RegionsDue, AreBothForWhatARuleSaysInTheDestinationsNameAndTheOtherSideForAHandler) {
    const auto state = filed_case();
    auto by = platform_b();
    by.set_automatic(true);
    by.set_certificate_serial("0a");
    EXPECT_THAT(due(state, record(event::kDecided, by)), ElementsAre(region_a)) << "the destination's handler said it";
    by.clear_certificate_serial();
    EXPECT_THAT(due(state, record(event::kDecided, by)), ElementsAre(region_a, region_b));
}

TEST(RegionsDue, AreNoneWithinOneRegion) {
    auto state = filed_case();
    state.set_dest_region(region_a);
    EXPECT_THAT(due(state, record(event::kDecided, platform_a())), IsEmpty());
    EXPECT_THAT(due(state, record(event::kDeemedAccepted, gateway())), IsEmpty());
}

// A case whose first three events of B wait for A: ordinals 2 to 4.
struct waiting_case {
    v1::CaseState state = filed_case();
    std::int64_t now_ms = 10'000;

    waiting_case() {
        for (std::uint32_t n = 2; n <= 4; ++n) {
            state.set_event_count(n);
            add_due(state, record(event::kStep, platform_b()), 100 + n, at(now_ms));
        }
    }

    dv tell(v1::DeliveryFact fact, std::uint32_t ordinal = 2) {
        fact.mutable_delivery()->set_case_id(case_name);
        fact.mutable_delivery()->set_ordinal(ordinal);
        fact.mutable_delivery()->set_region(region_a);
        last = fold_delivery(state, fact, at(now_ms));
        return last.verdict;
    }
    const v1::Outbox* outbox() const { return outbox_of(state, region_a); }
    delivery_outcome last;
};

v1::DeliveryFact handed_out(const char* to = "jining", std::uint32_t hidden_ms = 30'000) {
    v1::DeliveryFact fact;
    fact.set_transport(v1::DELIVERY_TRANSPORT_PULL);
    fact.set_party(to);
    fact.mutable_handed_out()->set_visible_after_ms(hidden_ms);
    return fact;
}

v1::DeliveryFact failed(std::uint32_t attempt, std::uint32_t retry_ms = 1000,
                        v1::DeliveryTransport by = v1::DELIVERY_TRANSPORT_PUSH) {
    v1::DeliveryFact fact;
    fact.set_transport(by);
    fact.mutable_failed()->set_attempt(attempt);
    fact.mutable_failed()->set_code("connect_refused");
    fact.mutable_failed()->set_retry_after_ms(retry_ms);
    return fact;
}

v1::DeliveryFact acknowledged(v1::DeliveryTransport by = v1::DELIVERY_TRANSPORT_PUSH) {
    v1::DeliveryFact fact;
    fact.set_transport(by);
    fact.mutable_acknowledged();
    return fact;
}

v1::DeliveryFact dead_lettered(std::uint32_t attempt, std::uint32_t replays = 0) {
    v1::DeliveryFact fact;
    fact.mutable_dead_lettered()->set_code("attempts_spent");
    fact.mutable_dead_lettered()->set_attempt(attempt);
    fact.mutable_dead_lettered()->set_replays(replays);
    return fact;
}

v1::DeliveryFact replayed() {
    v1::DeliveryFact fact;
    fact.mutable_replayed()->set_operator_id("9001");
    fact.mutable_replayed()->set_reason("对方系统已恢复");
    return fact;
}

v1::DeliveryFact discarded() {
    v1::DeliveryFact fact;
    fact.mutable_discarded()->set_operator_id("9001");
    fact.mutable_discarded()->set_reason("线下已送达");
    return fact;
}

TEST(Deliveries, AreSettledInTheOrderOfTheEvents) {
    waiting_case c;
    EXPECT_EQ(c.tell(acknowledged(), 3), dv::not_first);
    EXPECT_EQ(c.tell(handed_out(), 4), dv::not_first);
    ASSERT_EQ(c.tell(acknowledged(), 2), dv::applied);
    ASSERT_TRUE(c.last.settled);
    EXPECT_EQ(to_text(c.last.settled->id()), std::string(case_name) + "-2-" + region_a);
    EXPECT_EQ(c.last.settled->status(), v1::DELIVERY_STATUS_ACKNOWLEDGED);
    EXPECT_EQ(c.last.settled->due_ms(), 10'000);
    EXPECT_EQ(c.last.settled->offset(), 102u);
    EXPECT_EQ(c.tell(acknowledged(), 2), dv::not_pending) << "again";
    ASSERT_EQ(c.tell(acknowledged(), 3), dv::applied);
    ASSERT_EQ(c.tell(acknowledged(), 4), dv::applied);
    EXPECT_EQ(c.outbox(), nullptr) << "an empty outbox leaves nothing behind";
}

TEST(Deliveries, OfOneSideLeaveTheOthersAlone) {
    waiting_case c;
    for (int n = 0; n < 5; ++n) {
        c.state.set_event_count(c.state.event_count() + 1);
        add_due(c.state, record(event::kDeemedAccepted, gateway()), 200, at(c.now_ms));
    }
    ASSERT_EQ(c.state.outbox_size(), 2);
    for (const std::uint32_t ordinal : {2, 3, 4, 5, 6, 7, 8, 9}) {
        ASSERT_EQ(c.tell(acknowledged(), ordinal), dv::applied) << ordinal;
    }
    ASSERT_EQ(c.state.outbox_size(), 1);
    EXPECT_EQ(c.state.outbox(0).region(), region_b);
    EXPECT_EQ(c.state.outbox(0).pending_size(), 5);
}

TEST(Deliveries, AreHandedToOneAtATime) {
    waiting_case c;
    ASSERT_EQ(c.tell(handed_out("jining", 30'000)), dv::applied);
    EXPECT_EQ(c.tell(handed_out("jining")), dv::not_yet) << "a second poller";
    c.now_ms += 29'999;
    EXPECT_EQ(c.tell(handed_out("jining")), dv::not_yet);
    c.now_ms += 1;
    ASSERT_EQ(c.tell(handed_out("jining")), dv::applied) << "its time is over";
    EXPECT_EQ(c.outbox()->attempts(), 2u);
    ASSERT_EQ(c.tell(acknowledged(v1::DELIVERY_TRANSPORT_PULL)), dv::applied);
    EXPECT_EQ(c.last.settled->attempts(), 2u);
    EXPECT_EQ(c.last.settled->history_size(), 3);
    EXPECT_EQ(c.outbox()->attempts(), 0u) << "the next one starts anew";
}

TEST(Deliveries, RefusalOfWhatWasHandedOutPutsItOff) {
    waiting_case c;
    EXPECT_EQ(c.tell(failed(1, 5000, v1::DELIVERY_TRANSPORT_PULL)), dv::stale) << "nothing was handed out";
    ASSERT_EQ(c.tell(handed_out()), dv::applied);
    ASSERT_EQ(c.tell(failed(1, 5000, v1::DELIVERY_TRANSPORT_PULL)), dv::applied);
    EXPECT_EQ(c.outbox()->attempts(), 1u) << "the hand-out was the attempt";
    EXPECT_EQ(c.outbox()->visible_at_ms(), c.now_ms + 5000);
    EXPECT_EQ(c.outbox()->holder(), "");
}

TEST(Deliveries, FailedAttemptCountsOnceWhoeverMadeIt) {
    waiting_case c;
    ASSERT_EQ(c.tell(failed(1, 1000)), dv::applied);
    EXPECT_EQ(c.tell(failed(1, 9000)), dv::stale) << "another replica tried at the same time";
    EXPECT_EQ(c.outbox()->visible_at_ms(), c.now_ms + 1000);
    EXPECT_EQ(c.tell(failed(3)), dv::stale);
    ASSERT_EQ(c.tell(failed(2)), dv::applied);
    EXPECT_EQ(c.outbox()->attempts(), 2u);
    EXPECT_EQ(c.outbox()->budget_used(), 2u);
}

TEST(Deliveries, DeadLetterHoldsBackTheRestUntilAnOperatorDecides) {
    waiting_case c;
    EXPECT_EQ(c.tell(replayed()), dv::not_dead);
    ASSERT_EQ(c.tell(failed(1)), dv::applied);
    EXPECT_EQ(c.tell(dead_lettered(0)), dv::stale) << "decided before that attempt";
    ASSERT_EQ(c.tell(dead_lettered(1)), dv::applied);
    EXPECT_EQ(c.tell(dead_lettered(1)), dv::dead);
    EXPECT_EQ(c.tell(handed_out()), dv::dead);
    EXPECT_EQ(c.tell(failed(2)), dv::dead);
    EXPECT_EQ(c.tell(acknowledged(), 3), dv::not_first) << "order is kept";
    ASSERT_EQ(c.tell(replayed()), dv::applied);
    EXPECT_EQ(c.outbox()->budget_used(), 0u);
    EXPECT_EQ(c.outbox()->attempts(), 1u) << "attempts ever made";
    EXPECT_EQ(c.tell(dead_lettered(1)), dv::stale) << "another owner's late word does not undo the replay";
    ASSERT_EQ(c.tell(failed(2)), dv::applied);
    ASSERT_EQ(c.tell(dead_lettered(2, 1)), dv::applied);
    ASSERT_EQ(c.tell(discarded()), dv::applied);
    EXPECT_EQ(c.last.settled->status(), v1::DELIVERY_STATUS_DISCARDED);
    EXPECT_EQ(c.last.settled->history(5).operator_id(), "9001");
    EXPECT_EQ(c.tell(acknowledged(), 3), dv::applied);
}

TEST(Deliveries, ADeadLetterThatAnotherOperatorReplayedIsNotGivenUp) {
    waiting_case c;
    ASSERT_EQ(c.tell(dead_lettered(0)), dv::applied);
    ASSERT_EQ(c.tell(replayed()), dv::applied);
    EXPECT_EQ(c.tell(discarded()), dv::not_dead) << "it is under way to the target again";
    ASSERT_EQ(c.tell(dead_lettered(0, 1)), dv::applied);
    EXPECT_EQ(c.tell(discarded()), dv::applied);
}

TEST(Deliveries, LateAcknowledgementSettlesADeadLetter) {
    waiting_case c;
    ASSERT_EQ(c.tell(dead_lettered(0)), dv::applied);
    ASSERT_EQ(c.tell(acknowledged()), dv::applied);
    EXPECT_EQ(c.last.settled->status(), v1::DELIVERY_STATUS_ACKNOWLEDGED);
}

TEST(Deliveries, UnknownOnesAndEmptyFactsChangeNothing) {
    waiting_case c;
    const auto before = c.state.SerializeAsString();
    EXPECT_EQ(c.tell(v1::DeliveryFact{}), dv::malformed);
    EXPECT_EQ(c.tell(acknowledged(), 1), dv::not_pending);
    EXPECT_EQ(c.tell(acknowledged(), 9), dv::not_pending);
    v1::DeliveryFact elsewhere = acknowledged();
    elsewhere.mutable_delivery()->set_ordinal(2);
    elsewhere.mutable_delivery()->set_region("320300");
    EXPECT_EQ(fold_delivery(c.state, elsewhere, at(1)).verdict, dv::not_pending);
    EXPECT_EQ(c.state.SerializeAsString(), before);
}

TEST(Deliveries, HistoryIsBoundedAndKeepsItsBeginning) {
    waiting_case c;
    for (std::uint32_t n = 1; n <= 200; ++n) {
        c.now_ms += 1000;
        ASSERT_EQ(c.tell(failed(n)), dv::applied);
    }
    const auto& history = c.outbox()->history();
    ASSERT_EQ(history.size(), delivery_history_max);
    EXPECT_EQ(history.Get(0).recorded_ms(), 11'000);
    EXPECT_EQ(history.Get(delivery_history_max - 1).recorded_ms(), c.now_ms);
    EXPECT_EQ(c.outbox()->attempts(), 200u);
}

TEST(Deliveries, TextsOfOthersAreCutOnACharacter) {
    waiting_case c;
    auto fact = discarded();
    std::string reason;
    for (int n = 0; n < 400; ++n) {
        reason += "送";
    }
    fact.mutable_discarded()->set_reason(reason);
    ASSERT_EQ(c.tell(fact), dv::applied);
    EXPECT_EQ(c.last.settled->history(0).reason(), reason.substr(0, operator_reason_max / 3 * 3));
}

// Whatever facts come in whatever order: refused ones change nothing, and every due delivery is settled once or
// still there.
TEST(Deliveries, AnySequenceLosesNothingAndSettlesOnce) {
    std::mt19937 random(7);
    for (int run = 0; run < 300; ++run) {
        waiting_case c;
        std::map<std::uint32_t, int> settled;
        for (int step = 0; step < 60; ++step) {
            c.now_ms += static_cast<std::int64_t>(random() % 20'000);
            const auto attempts = c.outbox() == nullptr ? 0 : c.outbox()->attempts();
            const v1::DeliveryFact facts[] = {handed_out(), failed(random() % 4 + 1),
                                              failed(random() % 4 + 1, 500, v1::DELIVERY_TRANSPORT_PULL),
                                              acknowledged(), dead_lettered(attempts, random() % 2),
                                              replayed(), discarded()};
            const auto before = c.state.SerializeAsString();
            const std::uint32_t ordinal = 2 + random() % 3;
            if (c.tell(facts[random() % std::size(facts)], ordinal) != dv::applied) {
                ASSERT_EQ(c.state.SerializeAsString(), before);
            } else if (c.last.settled) {
                ++settled[ordinal];
            }
            const auto left = c.outbox() == nullptr ? 0 : c.outbox()->pending_size();
            ASSERT_EQ(settled.size() + static_cast<std::size_t>(left), 3u);
        }
        for (const auto& [ordinal, times] : settled) {
            ASSERT_EQ(times, 1) << ordinal;
        }
    }
}

TEST(DeliveryId, IsReadBackAndNothingElseIs) {
    v1::DeliveryId id;
    id.set_case_id(case_name);
    id.set_ordinal(12);
    id.set_region(region_b);
    const auto read = delivery_id(to_text(id));
    ASSERT_TRUE(read);
    EXPECT_EQ(to_text(*read), to_text(id));
    const std::string name = case_name;
    for (const char* rest : {"", "-12", "-0-140400", "-01-140400", "-x-140400", "-12-14040", "-12-14040x",
                             "-99999999999-140400", "--140400"}) {
        EXPECT_FALSE(delivery_id(name + rest)) << rest;
    }
    for (const std::string wrong : {"", "-", "--", "TB37-12-140400", "-12-140400"}) {
        EXPECT_FALSE(delivery_id(wrong)) << wrong;
    }
}

} // namespace
} // namespace story
} // namespace tongban::cases
