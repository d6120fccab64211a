// Exactly once while brokers die: three brokers, replication 3, one killed after the other in the middle of
// deliveries. Whatever each call is told, in the end every message is visible once and in order.
#include "connectors/log/delivery_transactions.hpp"
#include "tests/contract/kafka_ports/topics_in_test.hpp"
#include "tests/kafka/ledger_on_kafka.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <thread>

namespace tongban::kafka {

using namespace std::chrono_literals;
using log::delivery_outcome_code;

namespace {

// Delivers 1, 2, 3… as an owner does: the same again after an abort, opened again when it is of no use.
void deliver_numbers(const log::kafka_settings& settings, const log::delivery_settings& deliveries,
                     const std::string& topic, const std::atomic<bool>& stop, std::atomic<long>& committed,
                     std::atomic<int>& troubles) {
    std::unique_ptr<log::delivery_transactions> one;
    while (!stop) {
        if (!one) {
            one = log::open_delivery_transactions(settings, deliveries, 0, 10s).transactions;
            if (one)
                committed = one->progress() ? std::stol(*one->progress()) : 0;
            continue;
        }
        const std::string value = std::to_string(committed + 1);
        const log::delivery_message message{topic, "case", value, {}};
        const log::delivery_result result = one->deliver(std::array{message}, value, 5s);
        if (result.outcome == delivery_outcome_code::committed) {
            ++committed;
            continue;
        }
        ++troubles;
        if (result.outcome != delivery_outcome_code::aborted_retry)
            one.reset();
    }
}

} // namespace

TEST(DeliveriesFailover, BrokersThatDieOneAfterTheOtherLoseAndRepeatNothing) {
    log::kafka_settings settings = ledger_settings("three");
    administrator admin("three");
    const std::string topic = settings.topic + "-region";
    log::delivery_settings deliveries;
    deliveries.transactional_id_prefix = "deliveries-" + settings.topic;
    deliveries.progress_topic = settings.topic + "-progress";
    admin.create_topic(topic, 1, {{"min.insync.replicas", "2"}}, 3);
    admin.create_topic(deliveries.progress_topic, 1, {{"cleanup.policy", "compact"}}, 3);
    std::atomic<bool> stop{false};
    std::atomic<long> committed{0};
    std::atomic<int> troubles{0};
    std::jthread owner([&] { deliver_numbers(settings, deliveries, topic, stop, committed, troubles); });
    const auto goes_on = [&] {
        const long before = committed;
        return eventually([&] { return committed > before + 10; });
    };
    EXPECT_TRUE(goes_on());
    for (const int node : {0, 1, 2}) {
        broker("three", "kill", node);
        EXPECT_TRUE(goes_on()) << "node " << node << " is away";
        broker("three", "revive", node);
        EXPECT_TRUE(goes_on()) << "node " << node << " is back";
        // The next one may go only when this one holds everything again.
        EXPECT_TRUE(eventually([&] { return admin.leader(topic) >= 0; }));
    }
    stop = true;
    owner.join();
    const auto found = read_committed(settings, topic);
    const auto last = log::open_delivery_transactions(settings, deliveries, 0, 60s);
    ASSERT_TRUE(last.transactions) << last.text;
    ASSERT_EQ(found.size(), static_cast<std::size_t>(std::stol(*last.transactions->progress())));
    EXPECT_GE(static_cast<long>(found.size()), committed.load());
    for (std::size_t i = 0; i < found.size(); ++i)
        EXPECT_EQ(found[i].value, std::to_string(i + 1));
    RecordProperty("troubles", troubles.load());
}

} // namespace tongban::kafka
