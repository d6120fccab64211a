// Brokers that hang, die, come back, or are not there at the start: no false acknowledgement, a reason in
// health(), and recovery without opening the log again. The fixture's only broker runs before and after each
// test.
#include "tests/kafka/ledger_on_kafka.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <set>
#include <thread>

namespace tongban::kafka {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

const boost::system::error_code no_error;

class BrokerFault : public testing::Test {
protected:
    void TearDown() override {
        if (paused_)
            broker("faults", "resume");
        if (killed_)
            broker("faults", "revive");
    }
    void pause() {
        broker("faults", "pause");
        paused_ = true;
    }
    void resume() {
        broker("faults", "resume");
        paused_ = false;
    }
    void kill() {
        broker("faults", "kill");
        killed_ = true;
    }
    void revive() {
        broker("faults", "revive");
        killed_ = false;
    }

private:
    bool paused_ = false;
    bool killed_ = false;
};

TEST_F(BrokerFault, HungBrokerIsToldAndWhatWaitsIsStoredOnceWhenItGoesOn) {
    std::promise<boost::system::error_code> waiting;
    const auto log = log::open_kafka_log(ledger_settings("faults"));
    ASSERT_TRUE(log->health().ready) << log->health().reason;
    ASSERT_EQ(append(*log, "case", "before"), no_error);
    pause();
    log->append("case", "meanwhile", [&](boost::system::error_code code) { waiting.set_value(code); });
    EXPECT_TRUE(eventually([&] { return !log->health().ready; }));
    EXPECT_NE(log->health().reason, "");
    EXPECT_EQ(log->health().backlog, 1u);
    // Longer out than a request's own time-out: it has to be sent again.
    EXPECT_TRUE(
        eventually([&] { return append(*log, "case", "too late", 200ms) == log::errc::unavailable; }));
    resume();
    EXPECT_EQ(waiting.get_future().get(), no_error);
    EXPECT_TRUE(eventually([&] { return log->health().ready; })) << log->health().reason;
    EXPECT_EQ(append(*log, "case", "after"), no_error);
    EXPECT_THAT(values_in(*log), testing::Contains("meanwhile").Times(1));
    EXPECT_EQ(values_in(*log).back(), "after");
}

TEST_F(BrokerFault, KilledBrokerIsToldAppendsAreRefusedAndReadersGoOnAfterwards) {
    const auto log = log::open_kafka_log(ledger_settings("faults"));
    const auto reader = log->read({0}).value();
    ASSERT_EQ(append(*log, "case", "before"), no_error);
    kill();
    EXPECT_TRUE(eventually([&] { return append(*log, "case", "refused", 200ms) == log::errc::unavailable; }));
    EXPECT_FALSE(log->health().ready);
    EXPECT_NE(log->health().reason, "");
    EXPECT_FALSE(log->end(500ms).has_value());
    revive();
    EXPECT_TRUE(eventually([&] { return log->health().ready; })) << log->health().reason;
    EXPECT_EQ(append(*log, "case", "after"), no_error);
    std::vector<std::string> read;
    EXPECT_TRUE(eventually([&] {
        if (const auto came = reader->next(200ms, 10))
            for (const log::record& r : *came)
                read.emplace_back(r.value);
        return !read.empty() && read.back() == "after";
    }));
    EXPECT_EQ(read.front(), "before");
}

TEST_F(BrokerFault, EveryAcknowledgedRecordSurvivesAKillUnderLoad) {
    std::mutex mutex;
    std::set<int> stored, refused;
    std::atomic<bool> stop{false};
    std::atomic<int> last{0};
    const auto log = log::open_kafka_log(ledger_settings("faults"));
    std::jthread load([&] {
        for (int number = 1; !stop; ++number) {
            log->append("case", std::to_string(number), [&, number](boost::system::error_code code) {
                const std::scoped_lock lock(mutex);
                (code ? refused : stored).insert(number);
                if (!code)
                    last = number;
            });
            std::this_thread::sleep_for(1ms);
        }
    });
    EXPECT_TRUE(eventually([&] { return last > 50; }));
    kill();
    EXPECT_TRUE(eventually([&] {
        const std::scoped_lock lock(mutex);
        return !refused.empty();
    }));
    const int before = last;
    revive();
    EXPECT_TRUE(eventually([&] { return last > before + 50; }));
    stop = true;
    load.join();
    EXPECT_TRUE(eventually([&] { return log->health().backlog == 0; }));
    int previous = 0;
    std::set<int> found;
    for (const std::string& value : values_in(*log)) {
        const int number = std::stoi(value);
        EXPECT_LT(previous, number) << "the order of a key is broken, or a record is there twice";
        previous = number;
        found.insert(number);
    }
    const std::scoped_lock lock(mutex);
    for (const int number : stored)
        EXPECT_TRUE(found.contains(number)) << number << " was acknowledged and is lost";
}

TEST_F(BrokerFault, BrokersThatAreNotThereAtTheStartAreNoError) {
    auto settings = ledger_settings("faults");
    settings.start_wait = 300ms;
    kill();
    const auto log = log::open_kafka_log(settings);
    EXPECT_FALSE(log->health().ready);
    EXPECT_THAT(log->health().reason, HasSubstr(settings.topic));
    EXPECT_EQ(append(*log, "case", "early"), log::errc::unavailable);
    EXPECT_EQ(log->partition_count(), 1u);
    EXPECT_EQ(log->identity(), "");
    // A reader opened meanwhile begins to read when there is something.
    const auto reader = log->read({0}).value();
    revive();
    EXPECT_TRUE(eventually([&] { return log->health().ready; })) << log->health().reason;
    EXPECT_NE(log->identity(), "");
    EXPECT_EQ(append(*log, "case", "first"), no_error);
    std::string read;
    EXPECT_TRUE(eventually([&] {
        if (const auto came = reader->next(200ms, 10); came && !came->empty())
            read = (*came)[0].value;
        return !read.empty();
    }));
    EXPECT_EQ(read, "first");
}

TEST_F(BrokerFault, AnotherPartitionCountFoundLaterIsToldAndRefused) {
    auto settings = ledger_settings("faults");
    settings.partitions = 3;
    log::open_kafka_log(settings);
    settings.partitions = 2;
    settings.start_wait = 300ms;
    pause();
    const auto log = log::open_kafka_log(settings);
    EXPECT_FALSE(log->health().ready);
    resume();
    EXPECT_TRUE(eventually([&] { return log->health().reason.find("3 partitions") != std::string::npos; }))
        << log->health().reason;
    EXPECT_EQ(append(*log, "case", "x"), log::errc::unavailable);
    EXPECT_EQ(log->partition_count(), 2u);
}

TEST_F(BrokerFault, ClosingWhileTheBrokerHangsEndsInTimeAndReportsEverything) {
    std::atomic<int> unknown{0}, reported{0};
    const auto log = log::open_kafka_log(ledger_settings("faults"));
    ASSERT_EQ(append(*log, "case", "before"), no_error);
    pause();
    for (int i = 0; i < 100; ++i)
        log->append("case", std::to_string(i), [&](boost::system::error_code code) {
            unknown += code == log::errc::outcome_unknown ? 1 : 0;
            ++reported;
        });
    const auto began = std::chrono::steady_clock::now();
    log->close(500ms);
    EXPECT_EQ(reported, 100);
    EXPECT_EQ(unknown, 100);
    EXPECT_LT(std::chrono::steady_clock::now() - began, 15s);
}

TEST_F(BrokerFault, BacklogStaysBoundedWhileTheBrokerHangs) {
    auto settings = ledger_settings("faults");
    settings.backlog_records_max = 500;
    std::atomic<int> full{0}, stored{0}, other{0};
    const auto log = log::open_kafka_log(settings);
    ASSERT_EQ(append(*log, "case", "before"), no_error);
    pause();
    for (int i = 0; i < 2000; ++i)
        log->append("case", std::to_string(i), [&](boost::system::error_code code) {
            ++(!code ? stored : code == log::errc::backlog_full ? full : other);
        });
    EXPECT_EQ(full, 1500);
    EXPECT_EQ(log->health().backlog, 500u);
    resume();
    EXPECT_TRUE(eventually([&] { return stored + other == 500; }));
    EXPECT_EQ(stored, 500);
}

} // namespace tongban::kafka
