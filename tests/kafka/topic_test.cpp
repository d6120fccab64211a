// Topics that are missing, wrong, or lose records under the ledger.
#include "tests/kafka/ledger_on_kafka.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>
#include <optional>

namespace tongban::kafka {

using namespace std::chrono_literals;
using testing::HasSubstr;

const boost::system::error_code no_error;

TEST(KafkaTopic, MissingTopicIsToldAndFoundWhenItIsMade) {
    auto settings = ledger_settings("plaintext");
    settings.create_topic = false;
    settings.start_wait = 1s;
    const auto log = log::open_kafka_log(settings);
    EXPECT_FALSE(log->health().ready);
    EXPECT_THAT(log->health().reason, HasSubstr("does not exist"));
    EXPECT_EQ(append(*log, "case", "x"), log::errc::unavailable);
    administrator("plaintext").create_topic(settings.topic, 1, ledger_values());
    EXPECT_TRUE(eventually([&] { return log->health().ready; })) << log->health().reason;
    EXPECT_EQ(append(*log, "case", "x"), no_error);
}

TEST(KafkaTopic, WrongSettingsAreAllNamedAtTheStart) {
    auto settings = ledger_settings("plaintext");
    settings.min_insync_replicas = settings.replication_factor = 2;
    administrator("plaintext")
        .create_topic(settings.topic, 1, {{"retention.ms", "86400000"}, {"cleanup.policy", "compact"}});
    try {
        FAIL() << "opened on a topic that deletes records: "
               << log::open_kafka_log(settings)->health().reason;
    } catch (const std::runtime_error& refused) {
        for (const char* fault : {"message.timestamp.type is CreateTime", "cleanup.policy is compact",
                                  "retention.ms is 86400000", "min.insync.replicas is 1"})
            EXPECT_THAT(refused.what(), HasSubstr(fault));
        EXPECT_THAT(refused.what(), HasSubstr(settings.topic));
    }
}

TEST(KafkaTopic, TopicMadeHereHasTheSettingsOfALedger) {
    auto settings = ledger_settings("plaintext");
    log::open_kafka_log(settings)->close(10s);
    settings.create_topic = false;
    EXPECT_TRUE(log::open_kafka_log(settings)->health().ready);
}

TEST(KafkaTopic, DeletedTopicIsToldAndNothingIsAcknowledged) {
    auto settings = ledger_settings("plaintext");
    const auto log = log::open_kafka_log(settings);
    ASSERT_EQ(append(*log, "case", "x"), no_error);
    settings.create_topic = false;
    const auto watching = log::open_kafka_log(settings);
    log->close(10s);
    administrator("plaintext").delete_topic(settings.topic);
    // Attempts make it look again.
    EXPECT_TRUE(eventually([&] {
        watching->append("case", "gone", [](boost::system::error_code code) { EXPECT_TRUE(code.failed()); });
        return watching->health().reason.find("does not exist") != std::string::npos;
    })) << watching->health().reason;
    EXPECT_EQ(append(*watching, "case", "gone"), log::errc::unavailable);
    watching->close(0ms);
}

TEST(KafkaTopic, DeletedRecordsMakeTheirPositionLost) {
    const auto settings = ledger_settings("plaintext");
    const auto log = log::open_kafka_log(settings);
    for (int i = 0; i < 10; ++i)
        ASSERT_EQ(append(*log, "case", std::to_string(i)), no_error);
    administrator("plaintext").delete_records(settings.topic, 5);
    const auto lost = log->read({4}).value();
    boost::system::error_code seen;
    EXPECT_TRUE(eventually([&] {
        if (const auto came = lost->next(200ms, 10); !came)
            seen = came.error();
        else
            EXPECT_TRUE(came->empty()) << "records after a gap are not to be given";
        return seen.failed();
    }));
    EXPECT_EQ(seen, log::errc::position_lost);
    const auto kept = log->read({5}).value();
    std::string first;
    EXPECT_TRUE(eventually([&] {
        if (const auto came = kept->next(200ms, 1); came && !came->empty())
            first = (*came)[0].value;
        return !first.empty();
    }));
    EXPECT_EQ(first, "5");
}

TEST(KafkaTopic, FirstAppendAfterReadyIsQuick) {
    const auto log = log::open_kafka_log(ledger_settings("plaintext"));
    const auto began = std::chrono::steady_clock::now();
    ASSERT_EQ(append(*log, "case", "first"), no_error);
    // Not warmed, librdkafka waits a whole second for the topic's metadata.
    EXPECT_LT(std::chrono::steady_clock::now() - began, 700ms);
}

TEST(KafkaTopic, TellsTheBrokersStatistics) {
    auto settings = ledger_settings("plaintext");
    std::mutex mutex;
    std::optional<log::log_statistics> told;
    settings.statistics = [&](const log::log_statistics& now) {
        const std::scoped_lock lock(mutex);
        told = now;
    };
    const auto log = log::open_kafka_log(settings);
    for (int i = 0; i < 5; ++i)
        ASSERT_EQ(append(*log, "case", "x"), no_error);
    EXPECT_EQ(append(*log, "case", std::string(200'000, 'x')), log::errc::too_large);
    EXPECT_TRUE(eventually([&] {
        const std::scoped_lock lock(mutex);
        return told && told->appended == 5 && told->refused_too_large == 1;
    }));
    const std::scoped_lock lock(mutex);
    EXPECT_TRUE(told->ready);
    EXPECT_EQ(told->producers_made, 1u);
    EXPECT_GE(told->brokers_up, 1u);
    EXPECT_GT(told->requests_sent, 5u);
    EXPECT_GT(told->round_trip_p99_microseconds, 0u);
    EXPECT_EQ(told->backlog_records, 0u);
}

} // namespace tongban::kafka
