// Members that come, go and stand still at random while a platform publishes: every message is given to
// somebody, and in the end everything is committed. Seeded.
#include "connectors/log/topic_source.hpp"
#include "tests/contract/kafka_ports/topics_in_test.hpp"
#include "tests/kafka/ledger_on_kafka.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <random>
#include <set>
#include <thread>

namespace tongban::kafka {

using namespace std::chrono_literals;

namespace {

constexpr int partitions = 4;

// What all members together dealt with.
struct ledger_of_done {
    std::mutex mutex;
    std::set<std::string> values;
    std::size_t repeated = 0;

    void add(std::string_view value) {
        const std::scoped_lock lock(mutex);
        if (!values.insert(std::string(value)).second)
            ++repeated;
    }
    std::size_t size() {
        const std::scoped_lock lock(mutex);
        return values.size();
    }
};

// Members of one replica, one after the other, until `stop`; each says of some messages that they are done
// and leaves others to whoever comes next.
void run_members(const log::kafka_settings& settings, const log::topic_source_settings& source,
                 ledger_of_done& dealt_with, const std::atomic<bool>& stop, unsigned seed) {
    std::mt19937 random(seed);
    while (!stop) {
        const auto member = log::open_kafka_source(settings, source);
        const unsigned batches = 5 + random() % 40;
        for (unsigned i = 0; i < batches && !stop; ++i) {
            for (const log::source_message& m : member->next(50ms, 20)) {
                dealt_with.add(m.value);
                // Not each one by itself: the last word holds all before it.
                if (random() % 3 != 0)
                    member->done(std::array{m.at});
            }
            if (random() % 25 == 0)
                std::this_thread::sleep_for(std::chrono::milliseconds(random() % 1500));
        }
    }
}

} // namespace

TEST(SourceChurn, EveryMessageIsDealtWithWhateverMembersDo) {
    const log::kafka_settings settings = ledger_settings("faults");
    const std::string topic = settings.topic;
    create_when_possible("faults", topic, partitions);
    log::topic_source_settings source;
    source.group = "churn-" + topic;
    source.topics = {topic};
    source.commit_interval = 20ms;
    std::atomic<bool> stop{false};
    ledger_of_done dealt_with;
    std::vector<std::jthread> replicas;
    for (unsigned i = 0; i < 3; ++i)
        replicas.emplace_back([&, i] { run_members(settings, source, dealt_with, stop, 20261122 + i); });
    constexpr std::size_t count = 2000;
    plain_producer platform(settings);
    for (std::size_t i = 0; i < count; ++i) {
        ASSERT_EQ(platform.send(topic, {"", std::to_string(i), {}}, static_cast<int>(i % partitions)), "");
        if (i % 10 == 0)
            std::this_thread::sleep_for(60ms); // a platform's pace: the members come and go meanwhile
    }
    EXPECT_TRUE(eventually([&] { return dealt_with.size() == count; })) << dealt_with.size();
    stop = true;
    replicas.clear();
    // A last member deals with what is left: then everything is committed.
    const auto last = log::open_kafka_source(settings, source);
    EXPECT_TRUE(eventually([&] {
        for (const log::source_message& m : last->next(50ms, 100)) {
            dealt_with.add(m.value);
            last->done(std::array{m.at});
        }
        const log::topic_statistics now = last->statistics().topics.at(topic);
        return last->health().ready && now.partitions == partitions && now.lag == 0;
    }));
    last->close();
    for (int p = 0; p < partitions; ++p)
        EXPECT_EQ(committed_by(settings, source.group, topic, p),
                  static_cast<std::int64_t>(count) / partitions);
    RecordProperty("repeated", static_cast<int>(dealt_with.repeated));
}

} // namespace tongban::kafka
