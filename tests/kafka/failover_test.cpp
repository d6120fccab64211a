// Three brokers, one of them lost or hung: appends go on at another leader, in order, each once.
#include "tests/kafka/ledger_on_kafka.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <set>
#include <thread>

namespace tongban::kafka {

using namespace std::chrono_literals;

namespace {

const boost::system::error_code no_error;

// Appends numbers in order while `fault` happens and until 200 more are stored; then checks the ledger.
void check_through(const std::string& down, const std::string& up) {
    auto settings = ledger_settings("three");
    settings.replication_factor = 3;
    settings.min_insync_replicas = 2;
    settings.backlog_records_max = 1000;
    std::mutex mutex;
    std::set<int> stored;
    std::atomic<bool> stop{false};
    const auto log = log::open_kafka_log(settings);
    ASSERT_TRUE(log->health().ready) << log->health().reason;
    std::jthread load([&] {
        for (int number = 0; !stop; ++number) {
            log->append("case", std::to_string(number), [&, number](boost::system::error_code code) {
                const std::scoped_lock lock(mutex);
                if (!code)
                    stored.insert(number);
            });
            std::this_thread::sleep_for(2ms);
        }
    });
    const auto count = [&] {
        const std::scoped_lock lock(mutex);
        return stored.size();
    };
    EXPECT_TRUE(eventually([&] { return count() > 100; }));
    const int leader = administrator("three").leader(settings.topic);
    broker("three", down, leader);
    const std::size_t before = count();
    EXPECT_TRUE(eventually([&] { return count() > before + 200; })) << log->health().reason;
    broker("three", up, leader);
    EXPECT_TRUE(eventually([&] { return log->health().ready; })) << log->health().reason;
    stop = true;
    load.join();
    EXPECT_TRUE(eventually([&] { return log->health().backlog == 0; }));
    std::set<int> found;
    int previous = -1;
    for (const std::string& value : values_in(*log)) {
        EXPECT_LT(previous, std::stoi(value)) << "the order of a key is broken, or a record is there twice";
        previous = std::stoi(value);
        found.insert(previous);
    }
    const std::scoped_lock lock(mutex);
    EXPECT_TRUE(std::ranges::includes(found, stored))
        << "acknowledged records are lost: " << found.size() << " found, " << stored.size()
        << " stored, newest " << previous << " and " << *stored.rbegin() << ", found a little later "
        << values_in(*log).size();
}

} // namespace

TEST(KafkaFailover, LeaderIsKilled) {
    check_through("kill", "revive");
}

TEST(KafkaFailover, LeaderHangs) {
    check_through("pause", "resume");
}

TEST(KafkaFailover, WithTooFewInSyncNothingIsAcknowledgedUntilEnoughAreBack) {
    auto settings = ledger_settings("three");
    settings.replication_factor = 3;
    settings.min_insync_replicas = 2;
    std::atomic<int> stored{0}, other{0};
    const auto log = log::open_kafka_log(settings);
    ASSERT_EQ(append(*log, "case", "before"), no_error);
    const int leader = administrator("three").leader(settings.topic);
    for (int node = 0; node < 3; ++node)
        if (node != leader)
            broker("three", "pause", node);
    for (int i = 0; i < 20; ++i)
        log->append("case", std::to_string(i),
                    [&](boost::system::error_code code) { ++(code ? other : stored); });
    EXPECT_TRUE(eventually([&] { return !log->health().ready; }));
    EXPECT_EQ(stored, 0);
    for (int node = 0; node < 3; ++node)
        if (node != leader)
            broker("three", "resume", node);
    EXPECT_TRUE(eventually([&] { return stored + other == 20; }));
    EXPECT_EQ(stored, 20);
    EXPECT_TRUE(eventually([&] { return log->health().ready; })) << log->health().reason;
    const auto values = values_in(*log);
    EXPECT_EQ(values.size(), 21u) << "each once";
}

} // namespace tongban::kafka
