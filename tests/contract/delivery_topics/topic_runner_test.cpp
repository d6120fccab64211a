// Exactly once into regions' topics on a real broker, whoever dies or believes to own what: what the ledger says is
// acknowledged, a reader of the topic saw once, in its case's order.
#include "topic_world.hpp"

#include "tongban/v1/event.pb.h"

namespace tongban::delivery::testing {

using namespace std::chrono_literals;
using kafka::eventually;

TEST_F(TopicWorld, EachIsSeenOnceInItsCasesOrderAndAcknowledged) {
    topics.messages_max = 7;
    auto& gateway = start();
    gateway.own_all();
    const auto cases = submit(gateway, 30, "A-");
    work_on(gateway, cases);
    expect_each_once(gateway, cases);
    const auto seen = seen_by(dest);
    ASSERT_EQ(seen.size(), cases.size());
    EXPECT_GT(seen_by(origin).size(), cases.size());
    v1::CaseEvent event;
    ASSERT_TRUE(event.ParseFromString(seen.front().value));
    EXPECT_TRUE(event.has_case_submitted());
    EXPECT_EQ(event.case_().case_id(), seen.front().key);
    EXPECT_TRUE(event.dossier().has_applicant()) << "the whole event";
    EXPECT_EQ(header(seen.front(), "case-id"), seen.front().key);
    EXPECT_EQ(header(seen.front(), "event"), "CASE_SUBMITTED");
    EXPECT_EQ(header(seen.front(), "content-type"), "application/vnd.tongban.v1+protobuf");
    EXPECT_EQ(header(seen.front(), "traceparent").size(), 55u);
    EXPECT_TRUE(gateway.runner->health().ready) << gateway.runner->health().reason;
    EXPECT_GE(gateway.transactions("committed"), 1);
}

TEST_F(TopicWorld, WhoDiesBetweenCommitAndLedgerLeavesNothingToBeSeenTwice) {
    topics.messages_max = 5;
    auto& first = start();
    const auto cases = submit(first, 20, "B-");
    first.log.is_cut = true;
    first.own_all();
    ASSERT_TRUE(eventually([&] { return first.log.refused > 0; })) << first.runner->health().reason;
    ASSERT_FALSE(seen_by(dest).empty()) << "committed before the ledger is told";
    first.runner.reset();
    EXPECT_LE(seen_by(dest).size(), 2 * topics.messages_max) << "one transaction of each partition, no more";
    EXPECT_FALSE(all_acknowledged(first, {cases.front()}) && all_acknowledged(first, cases));
    auto& second = start();
    second.own_all();
    expect_each_once(second, cases);
}

TEST_F(TopicWorld, OwnerWhoseViewLagsDoesNotDeliverAgainWhatItHasNotHeardOf) {
    topics.messages_max = 5;
    topics.report_deadline = 1s;
    auto& first = start();
    auto& second = start();
    const auto cases = submit(first, 20, "L-");
    ASSERT_TRUE(eventually([&] { return !standing(second, cases.back(), dest).empty(); }));
    second.log.is_blind = true;
    first.own_all();
    expect_each_once(first, cases);
    first.lose_all();
    second.own_all();
    // Both partitions are open, and by its view everything is due.
    ASSERT_TRUE(eventually([&] { return second.transactions("opened") >= 2; })) << second.runner->health().reason;
    ASSERT_FALSE(all_acknowledged(second, cases));
    second.log.is_blind = false;
    expect_each_once(second, cases);
    const auto more = submit(first, 4, "M-");
    expect_each_once(second, more);
    expect_each_once(second, cases);
}

TEST_F(TopicWorld, LedgerThatDoesNotTakeFactsForAWhileHoldsBackTheNextTransaction) {
    topics.messages_max = 5;
    auto& gateway = start();
    const auto cases = submit(gateway, 20, "C-");
    gateway.log.is_cut = true;
    gateway.own_all();
    ASSERT_TRUE(eventually([&] { return gateway.log.refused > 5; })) << gateway.runner->health().reason;
    EXPECT_LE(seen_by(dest).size(), 2 * topics.messages_max);
    gateway.log.is_cut = false;
    expect_each_once(gateway, cases);
    EXPECT_TRUE(gateway.counts("tongban_topic_facts_waiting 0"));
}

TEST_F(TopicWorld, TwoThatBelieveToOwnTheSameFenceEachOtherAndDoNoHarm) {
    auto& one = start();
    auto& other = start();
    one.own_all();
    auto cases = submit(one, 4, "D-");
    ASSERT_TRUE(eventually([&] { return all_acknowledged(one, cases); })) << one.runner->health().reason;
    other.own_all();
    int round = 0;
    ASSERT_TRUE(eventually([&] {
        const auto more = submit(one, 4, "E" + std::to_string(round++) + "-");
        cases.insert(cases.end(), more.begin(), more.end());
        return one.transactions("fenced") + other.transactions("fenced") >= 2;
    }));
    one.lose_all();
    expect_each_once(other, cases);
}

TEST_F(TopicWorld, PartitionsMoveToAndFroUnderLoadWithoutLossOrRepetition) {
    topics.messages_max = 3;
    auto& one = start();
    auto& other = start();
    std::vector<case_name> cases;
    for (int round = 0; round < 4; ++round) {
        auto& owner = round % 2 == 0 ? one : other;
        auto& loser = round % 2 == 0 ? other : one;
        owner.own_all();
        loser.lose_all();
        const auto more = submit(one, 12, "F" + std::to_string(round) + "-");
        cases.insert(cases.end(), more.begin(), more.end());
        ASSERT_TRUE(eventually([&] { return standing(one, more.front(), dest).front().settled_ms() != 0; }))
            << owner.runner->health().reason;
    }
    expect_each_once(one, cases);
}

} // namespace tongban::delivery::testing
