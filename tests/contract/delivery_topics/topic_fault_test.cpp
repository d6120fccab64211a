// Topics that refuse and brokers that hang: what is the target's fault counts against its retry budget and delays
// nobody else; what is the brokers' is waited for.
#include "topic_world.hpp"

namespace tongban::delivery::testing {

using namespace std::chrono_literals;
using kafka::eventually;

namespace {

std::vector<std::string> kinds(const v1::EventDelivery& delivery) {
    std::vector<std::string> all;
    for (const auto& each : delivery.history()) {
        all.push_back(each.kind() + (each.code().empty() ? "" : " " + each.code()));
    }
    return all;
}

} // namespace

TEST_F(TopicWorld, MissingTopicFailsItsDeliveriesAndNobodyElsesUntilItIsThere) {
    auto& gateway = start();
    const auto fine = dest;
    const auto missing = new_region(false);
    configure();
    dest = missing;
    const auto held = submit(gateway, 3, "A-");
    dest = fine;
    gateway.own_all();
    const auto others = submit(gateway, 10, "B-");
    expect_each_once(gateway, others);
    ASSERT_TRUE(eventually([&] { return standing(gateway, held[0], missing).front().attempts() > 0; }));
    EXPECT_THAT(kinds(standing(gateway, held[0], missing).front()), ::testing::Contains("failed topic_missing"));
    EXPECT_THAT(gateway.runner->health().reason, ::testing::HasSubstr(log::deliveries_topic(missing)));
    admin.create_topic(log::deliveries_topic(missing), 1, {});
    dest = missing;
    expect_each_once(gateway, held);
    EXPECT_TRUE(eventually([&] { return gateway.runner->health().ready; })) << gateway.runner->health().reason;
}

TEST_F(TopicWorld, MissingTopicSpendsTheRetryBudget) {
    settings.attempts_max = 2;
    const auto missing = new_region(false);
    dest = missing;
    auto& gateway = start();
    gateway.own_all();
    const auto cases = submit(gateway, 1, "C-");
    ASSERT_TRUE(eventually([&] {
        return standing(gateway, cases[0], missing).front().status() == v1::DELIVERY_STATUS_DEAD_LETTERED;
    }));
    EXPECT_THAT(kinds(standing(gateway, cases[0], missing).front()),
                ::testing::ElementsAre("failed topic_missing", "failed topic_missing", "dead_lettered attempts_spent"));
}

TEST_F(TopicWorld, TopicsAreCreatedWhenTheyMayBe) {
    topics.kafka.create_topic = true;
    dest = new_region(false);
    auto& gateway = start();
    gateway.own_all();
    expect_each_once(gateway, submit(gateway, 3, "D-"));
}

TEST_F(TopicWorld, WhatIsTooLargeIsADeadLetterAndHoldsUpNobody) {
    auto& gateway = start();
    const auto before = submit(gateway, 5, "E-");
    const auto large = submit(gateway, 1, "F-", std::string(200'000, 'x'));
    const auto after = submit(gateway, 5, "G-");
    gateway.own_all();
    expect_each_once(gateway, before);
    expect_each_once(gateway, after);
    ASSERT_TRUE(eventually([&] {
        return standing(gateway, large[0], dest).front().status() == v1::DELIVERY_STATUS_DEAD_LETTERED;
    }));
    EXPECT_THAT(kinds(standing(gateway, large[0], dest).front()),
                ::testing::ElementsAre("failed too_large", "dead_lettered too_large"));
    EXPECT_EQ(seen_by(dest).size(), 10u);
}

TEST_F(TopicWorld, NoneIsCondemnedBecauseTheyAreTooLargeTogether) {
    dest = new_region(true, "canonical", {{"max.message.bytes", "8000"}});
    auto& gateway = start();
    const auto cases = submit(gateway, 20, "J-", std::string(1000, 'x'));
    gateway.own_all();
    expect_each_once(gateway, cases);
    EXPECT_GE(gateway.transactions("aborted"), 1) << "they were too large together";
    for (const auto& of : cases) {
        EXPECT_THAT(kinds(standing(gateway, of, dest).front()), ::testing::ElementsAre("acknowledged"));
    }
}

TEST_F(TopicWorld, DialectsBytesAreDeliveredAndWhatADialectCannotSayIsADeadLetter) {
    dest = new_region(true, "qingdao");
    origin = new_region(true, "xuzhou-batch");
    auto& gateway = start();
    gateway.own_all();
    const auto cases = submit(gateway, 2, "K-");
    tell(gateway, ledger::story::received(cases[0]));
    tell(gateway, ledger::story::accepted(cases[0]));
    ASSERT_TRUE(eventually([&] {
        const auto due = standing(gateway, cases[0], origin);
        return !due.empty() && due.front().status() == v1::DELIVERY_STATUS_DEAD_LETTERED;
    }));
    EXPECT_THAT(kinds(standing(gateway, cases[0], origin).front()),
                ::testing::ElementsAre("dead_lettered cannot_be_written"));
    EXPECT_TRUE(seen_by(origin).empty());
    ASSERT_TRUE(eventually([&] { return seen_by(dest).size() == cases.size(); }));
    const auto seen = seen_by(dest).front();
    EXPECT_THAT(header(seen, "content-type"), ::testing::HasSubstr("json"));
    EXPECT_THAT(seen.value, ::testing::StartsWith("{"));
}

TEST_F(TopicWorld, BrokerThatHangsIsWaitedForWithoutAWordInTheLedger) {
    topics.transaction_wait = 1s;
    auto& gateway = start();
    gateway.own_all();
    auto cases = submit(gateway, 4, "H-");
    ASSERT_TRUE(eventually([&] { return all_acknowledged(gateway, cases); })) << gateway.runner->health().reason;
    kafka::broker(cluster, "pause");
    const auto more = submit(gateway, 4, "I-");
    const bool is_told = eventually([&] { return !gateway.runner->health().ready; });
    kafka::broker(cluster, "resume");
    EXPECT_TRUE(is_told);
    cases.insert(cases.end(), more.begin(), more.end());
    expect_each_once(gateway, cases);
    for (const auto& of : more) {
        EXPECT_THAT(kinds(standing(gateway, of, dest).front()), ::testing::ElementsAre("acknowledged"));
    }
}

} // namespace tongban::delivery::testing
