// Exactly once into a region's topic, on a real broker: what is committed is seen once and in order, what is
// aborted or a zombie's never, and whoever goes on after a crash knows how far it was.
#include "connectors/log/delivery_transactions.hpp"
#include "tests/contract/kafka_ports/child_process.hpp"
#include "tests/contract/kafka_ports/topics_in_test.hpp"
#include "tests/kafka/ledger_on_kafka.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <random>
#include <thread>

namespace tongban::kafka {

using namespace std::chrono_literals;
using log::delivery_outcome_code;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

namespace {

const std::string cluster = "faults";
constexpr std::uint32_t partition = 3; // of the ledger

class Deliveries : public testing::Test {
protected:
    Deliveries() : settings_(ledger_settings(cluster)), admin_(cluster), topic_(settings_.topic + "-region") {
        deliveries_.transactional_id_prefix = "deliveries-" + settings_.topic;
        deliveries_.progress_topic = settings_.topic + "-progress";
        create_when_possible(cluster, topic_, 1);
        // Fewer partitions than the ledger has: they share.
        admin_.create_topic(deliveries_.progress_topic, 2, {{"cleanup.policy", "compact"}});
    }
    ~Deliveries() override {
        if (paused_)
            broker(cluster, "resume");
    }
    std::unique_ptr<log::delivery_transactions> open(std::uint32_t of = partition) {
        auto opened = log::open_delivery_transactions(settings_, deliveries_, of, 60s);
        EXPECT_TRUE(opened.transactions) << opened.text;
        return std::move(opened.transactions);
    }
    log::delivery_result deliver(log::delivery_transactions& into, std::vector<std::string> values,
                                 const std::string& progress, std::chrono::milliseconds wait = 60s) {
        std::vector<log::delivery_message> messages;
        for (const std::string& value : values)
            messages.push_back({topic_, "case", value, {}});
        return into.deliver(messages, progress, wait);
    }
    std::vector<std::string> seen() {
        std::vector<std::string> values;
        for (const plain_record& r : read_committed(settings_, topic_))
            values.push_back(r.value);
        return values;
    }
    std::string id() const { return deliveries_.transactional_id_prefix + "-" + std::to_string(partition); }

    log::kafka_settings settings_;
    log::delivery_settings deliveries_;
    administrator admin_;
    const std::string topic_;
    bool paused_ = false;
};

// Committed, or what is told instead.
std::string outcome(const log::delivery_result& result) {
    return result.outcome == delivery_outcome_code::committed ? "committed" : result.text;
}

} // namespace

TEST_F(Deliveries, MessagesAndProgressAreThereTogetherAndOnce) {
    const auto one = open();
    EXPECT_FALSE(one->progress());
    const std::array<log::message_header, 2> headers{{{"event-id", "e1"}, {"dialect", "qing"}}};
    const std::array<log::delivery_message, 2> messages{
        {{topic_, "case", "first", headers}, {topic_, "case", "second", {}}}};
    EXPECT_EQ(outcome(one->deliver(messages, std::string("\x01\x00\x02", 3), 60s)), "committed");
    EXPECT_EQ(one->progress(), std::string("\x01\x00\x02", 3));
    const auto found = read_committed(settings_, topic_);
    ASSERT_EQ(found.size(), 2u);
    EXPECT_EQ(found[0].key, "case");
    EXPECT_EQ(found[0].value, "first");
    EXPECT_THAT(found[0].headers, ElementsAre(std::pair<std::string, std::string>{"event-id", "e1"},
                                              std::pair<std::string, std::string>{"dialect", "qing"}));
    EXPECT_EQ(found[1].value, "second");
    EXPECT_EQ(open()->progress(), std::string("\x01\x00\x02", 3)) << "whoever opens it next knows";
}

TEST_F(Deliveries, ProgressMovesOnWithoutMessagesToo) {
    const auto one = open();
    EXPECT_EQ(outcome(deliver(*one, {}, "7")), "committed");
    EXPECT_EQ(outcome(deliver(*one, {}, "8")), "committed");
    EXPECT_EQ(open()->progress(), "8");
    EXPECT_THAT(seen(), IsEmpty());
}

TEST_F(Deliveries, PartitionsOfTheLedgerKeepTheirProgressApart) {
    const auto three = open(3), five = open(5), four = open(4);
    EXPECT_EQ(outcome(deliver(*three, {"a"}, "three")), "committed");
    // Many others behind it in the same partition of the progress topic: more than is looked at at first.
    for (int i = 0; i < 100; ++i)
        ASSERT_EQ(outcome(deliver(*five, {}, "five")), "committed");
    EXPECT_EQ(outcome(deliver(*four, {"b"}, "four")), "committed");
    EXPECT_EQ(open(3)->progress(), "three");
    EXPECT_EQ(open(4)->progress(), "four");
    EXPECT_EQ(open(5)->progress(), "five");
    EXPECT_FALSE(open(6)->progress());
}

TEST_F(Deliveries, OneThatWasReplacedIsFencedAndSaysSoForEver) {
    const auto zombie = open();
    ASSERT_EQ(outcome(deliver(*zombie, {"1"}, "1")), "committed");
    const auto owner = open();
    EXPECT_EQ(owner->progress(), "1");
    const auto result = deliver(*zombie, {"2 by the zombie"}, "2");
    EXPECT_EQ(result.outcome, delivery_outcome_code::fenced) << result.text;
    EXPECT_THAT(result.text, HasSubstr(id()));
    EXPECT_EQ(deliver(*zombie, {"2 by the zombie"}, "2").outcome, delivery_outcome_code::fenced);
    EXPECT_EQ(outcome(deliver(*owner, {"2"}, "2")), "committed");
    EXPECT_THAT(seen(), ElementsAre("1", "2"));
}

TEST_F(Deliveries, OpenTransactionOfAZombieNeverBecomesVisible) {
    ASSERT_EQ(outcome(deliver(*open(), {"1"}, "1")), "committed");
    open_transaction zombie(settings_, id(), topic_, {"case", "2 by the zombie", {}});
    const auto owner = open();
    EXPECT_EQ(owner->progress(), "1");
    EXPECT_EQ(outcome(deliver(*owner, {"2"}, "2")), "committed");
    EXPECT_NE(zombie.commit(), "") << "a fenced producer committed";
    EXPECT_THAT(seen(), ElementsAre("1", "2"));
    EXPECT_EQ(open()->progress(), "2");
}

TEST_F(Deliveries, TooLargeMessageIsNamedAndNothingOfItsTransactionIsVisible) {
    const auto one = open();
    const auto result = deliver(*one, {"a", std::string(200'000, 'x'), "c"}, "1");
    EXPECT_EQ(result.outcome, delivery_outcome_code::aborted_retry);
    EXPECT_EQ(result.reason, log::errc::too_large);
    EXPECT_EQ(result.culprit, 1u);
    EXPECT_THAT(result.text, HasSubstr(topic_));
    EXPECT_EQ(outcome(deliver(*one, {"a", "c"}, "2")), "committed");
    EXPECT_THAT(seen(), ElementsAre("a", "c"));
    EXPECT_EQ(open()->progress(), "2");
}

TEST_F(Deliveries, MessageTheTopicRefusesIsNamedAndNothingOfItsTransactionIsVisible) {
    const std::string small = topic_ + "-small";
    admin_.create_topic(small, 1, {{"max.message.bytes", "1000"}});
    const auto one = open();
    const std::string large(50'000, 'x');
    const std::array<log::delivery_message, 2> messages{
        {{topic_, "case", "a", {}}, {small, "case", large, {}}}};
    const auto result = one->deliver(messages, "1", 60s);
    EXPECT_EQ(result.outcome, delivery_outcome_code::aborted_retry) << result.text;
    EXPECT_EQ(result.reason, log::errc::too_large);
    EXPECT_EQ(result.culprit, 1u);
    EXPECT_EQ(outcome(deliver(*one, {"b"}, "2")), "committed");
    EXPECT_THAT(seen(), ElementsAre("b"));
}

TEST_F(Deliveries, MissingTopicIsNamedAndNothingOfItsTransactionIsVisible) {
    const std::string missing = topic_ + "-missing";
    const auto one = open();
    const std::array<log::delivery_message, 2> messages{
        {{topic_, "case", "a", {}}, {missing, "case", "b", {}}}};
    const auto result = one->deliver(messages, "1", 60s);
    EXPECT_EQ(result.outcome, delivery_outcome_code::aborted_retry) << result.text;
    EXPECT_EQ(result.reason, log::errc::unavailable);
    EXPECT_EQ(result.culprit, 1u);
    EXPECT_THAT(result.text, HasSubstr(missing));
    EXPECT_THAT(seen(), IsEmpty());
    admin_.create_topic(missing, 1, {});
    EXPECT_TRUE(eventually(
        [&] { return one->deliver(messages, "1", 60s).outcome == delivery_outcome_code::committed; }));
    EXPECT_THAT(seen(), ElementsAre("a"));
}

TEST_F(Deliveries, BrokerThatHangsMakesItAbortAndTheNextCallGoesOn) {
    auto one = open();
    ASSERT_EQ(outcome(deliver(*one, {"1"}, "1")), "committed");
    broker(cluster, "pause");
    paused_ = true;
    const auto began = std::chrono::steady_clock::now();
    const auto result = deliver(*one, {"2"}, "2", 1s);
    EXPECT_EQ(result.outcome, delivery_outcome_code::aborted_retry) << result.text;
    EXPECT_EQ(result.reason, log::errc::unavailable);
    EXPECT_LT(std::chrono::steady_clock::now() - began, 15s);
    broker(cluster, "resume");
    paused_ = false;
    EXPECT_TRUE(eventually([&] {
        const auto again = deliver(*one, {"2"}, "2");
        if (again.outcome == delivery_outcome_code::fenced || again.outcome == delivery_outcome_code::reopen)
            one = open();
        return again.outcome == delivery_outcome_code::committed || one->progress() == "2";
    }));
    EXPECT_THAT(seen(), ElementsAre("1", "2"));
}

TEST_F(Deliveries, CannotBeOpenedWithoutBrokersOrProgressTopicAndSaysWhy) {
    deliveries_.progress_topic += "-missing";
    auto opened = log::open_delivery_transactions(settings_, deliveries_, partition, 10s);
    EXPECT_FALSE(opened.transactions);
    EXPECT_EQ(opened.reason, log::errc::unavailable);
    EXPECT_THAT(opened.text, HasSubstr(deliveries_.progress_topic));
    broker(cluster, "pause");
    paused_ = true;
    opened = log::open_delivery_transactions(settings_, deliveries_, partition, 1s);
    EXPECT_FALSE(opened.transactions);
    EXPECT_EQ(opened.reason, log::errc::unavailable);
}

TEST_F(Deliveries, KilledAtAnyMomentEachIsSeenOnceAndInOrder) {
    std::mt19937 random(20261122);
    long committed = 0;
    for (int round = 0; round < 8; ++round) {
        child_process child({DELIVERING_CHILD, settings_.bootstrap, deliveries_.transactional_id_prefix,
                             deliveries_.progress_topic, topic_});
        // Some lines, then a moment anywhere within a transaction.
        const std::size_t lines = 2 + random() % 4;
        ASSERT_TRUE(eventually([&] { return child.lines().size() >= lines; }));
        const auto moment = std::chrono::microseconds(random() % 40'000);
        std::this_thread::sleep_for(moment);
        child.kill();
        const std::string opened_at = child.lines().front();
        EXPECT_GE(std::stol(opened_at.substr(opened_at.find(' '))), committed) << "a commit was forgotten";
        const std::string last = child.last_line();
        committed = std::stol(last.substr(last.find(' ')));
    }
    const auto last = open();
    const long progress = std::stol(*last->progress());
    EXPECT_GE(progress, committed);
    const auto values = seen();
    ASSERT_EQ(values.size(), static_cast<std::size_t>(progress));
    for (long i = 0; i < progress; ++i)
        EXPECT_EQ(values[static_cast<std::size_t>(i)], std::to_string(i + 1));
}

} // namespace tongban::kafka
