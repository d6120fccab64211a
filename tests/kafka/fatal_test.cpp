// A producer that went fatal is replaced. librdkafka lets a test make one fatal; its handle is had by
// standing before rd_kafka_new, below.
#include "tests/kafka/ledger_on_kafka.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <librdkafka/rdkafka.h>

#include <dlfcn.h>

#include <atomic>
#include <set>
#include <thread>

namespace {
std::atomic<rd_kafka_t*> newest_producer{nullptr};
std::atomic<int> producers_made{0};
} // namespace

extern "C" rd_kafka_t* rd_kafka_new(rd_kafka_type_t type, rd_kafka_conf_t* conf, char* text,
                                    std::size_t size) {
    static const auto real = reinterpret_cast<decltype(&rd_kafka_new)>(::dlsym(RTLD_NEXT, "rd_kafka_new"));
    rd_kafka_t* made = real(type, conf, text, size);
    if (type == RD_KAFKA_PRODUCER) {
        newest_producer = made;
        ++producers_made;
    }
    return made;
}

namespace tongban::kafka {

using namespace std::chrono_literals;

namespace {
const boost::system::error_code no_error;

void make_fatal() {
    rd_kafka_test_fatal_error(newest_producer, RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER,
                              "made by a test");
}
} // namespace

TEST(KafkaFatal, ProducerIsReplacedAndNothingAcknowledgedIsLost) {
    const auto log = log::open_kafka_log(ledger_settings("faults"));
    std::set<int> stored;
    int number = 0;
    for (int round = 0; round < 3; ++round) {
        const int before = producers_made;
        for (int i = 0; i < 20; ++i, ++number)
            if (append(*log, "case", std::to_string(number)) == no_error)
                stored.insert(number);
        make_fatal();
        // Refused or in doubt while there is no producer, never acknowledged and never stuck.
        EXPECT_TRUE(eventually([&] {
            ++number;
            const bool success = append(*log, "case", std::to_string(number), 2s) == no_error;
            if (success)
                stored.insert(number);
            return success && producers_made > before;
        }));
        ++number;
        EXPECT_TRUE(log->health().ready) << log->health().reason;
    }
    EXPECT_GE(stored.size(), 60u);
    int previous = -1;
    std::set<int> found;
    for (const std::string& value : values_in(*log)) {
        EXPECT_LT(previous, std::stoi(value));
        previous = std::stoi(value);
        found.insert(previous);
    }
    EXPECT_TRUE(std::ranges::includes(found, stored));
}

TEST(KafkaFatal, WhatWaitsAtAHungBrokerIsReportedInDoubt) {
    std::atomic<int> reported{0}, acknowledged{0};
    const auto log = log::open_kafka_log(ledger_settings("faults"));
    ASSERT_EQ(append(*log, "case", "before"), no_error);
    broker("faults", "pause");
    for (int i = 0; i < 50; ++i)
        log->append("case", std::to_string(i), [&](boost::system::error_code code) {
            acknowledged += code ? 0 : 1;
            ++reported;
        });
    make_fatal();
    EXPECT_TRUE(eventually([&] { return reported == 50; }));
    EXPECT_EQ(acknowledged, 0);
    EXPECT_FALSE(log->health().ready);
    broker("faults", "resume");
    EXPECT_TRUE(eventually([&] { return log->health().ready; })) << log->health().reason;
    EXPECT_EQ(append(*log, "case", "after"), no_error);
}

} // namespace tongban::kafka
