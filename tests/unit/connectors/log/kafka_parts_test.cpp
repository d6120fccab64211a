// The pure parts of the Kafka log: the topic's settings, librdkafka's statistics, error codes, slots,
// start-up checks.
#include "connectors/log/append_slots.hpp"
#include "connectors/log/kafka_config.hpp"
#include "connectors/log/kafka_errors.hpp"
#include "connectors/log/kafka_statistics.hpp"
#include "connectors/log/kafka_topic.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <librdkafka/rdkafka.h>

#include <array>

namespace tongban::log {

namespace {

using testing::HasSubstr;

std::map<std::string, std::string> fit_values() {
    return {{"message.timestamp.type", "LogAppendTime"},
            {"cleanup.policy", "delete"},
            {"retention.ms", "-1"},
            {"retention.bytes", "-1"},
            {"max.message.bytes", "8000000"},
            {"min.insync.replicas", "2"}};
}

} // namespace

TEST(TopicFaults, FitTopicHasNone) {
    EXPECT_EQ(topic_faults(fit_values(), {}), "");
}

TEST(TopicFaults, EachWrongOrMissingSettingIsNamed) {
    const std::vector<std::pair<std::string, std::string>> wrong{{"message.timestamp.type", "CreateTime"},
                                                                 {"cleanup.policy", "compact"},
                                                                 {"cleanup.policy", "compact,delete"},
                                                                 {"retention.ms", "604800000"},
                                                                 {"retention.bytes", "1000000"},
                                                                 {"max.message.bytes", "1048588"},
                                                                 {"max.message.bytes", "-8000000"},
                                                                 {"min.insync.replicas", "1"},
                                                                 {"min.insync.replicas", "2x"}};
    for (const auto& [name, value] : wrong) {
        auto values = fit_values();
        values[name] = value;
        EXPECT_THAT(topic_faults(values, {}), HasSubstr(name + " is " + value + " and must be ")) << value;
        values.erase(name);
        EXPECT_THAT(topic_faults(values, {}), HasSubstr(name + " is unknown"));
    }
}

TEST(KafkaStatistics, ReadsBrokersAndTheProducersState) {
    log_statistics read{.appended = 7};
    read.brokers = 99;
    bool assigned = false;
    const bool success = read_statistics(R"({"name":"x","msg_cnt":3,"brokers":{
        "GroupCoordinator":{"source":"logical","state":"INIT","tx":1},
        "a:1/0":{"source":"configured","state":"UP","tx":10,"txbytes":1000,"txretries":1,"txerrs":2,
                 "req_timeouts":3,
                 "disconnects":4,"rtt":{"p99":500},"throttle":{"avg":7}},
        "b:2/1":{"source":"learned","state":"DOWN","tx":5,"txbytes":-1,"rtt":{"p99":900},"throttle":{}}},
        "eos":{"idemp_state":"Assigned"}})",
                                         read, assigned);
    ASSERT_TRUE(success);
    EXPECT_TRUE(assigned);
    EXPECT_EQ(read.appended, 7u);
    EXPECT_EQ(read.brokers, 2u);
    EXPECT_EQ(read.brokers_up, 1u);
    EXPECT_EQ(read.requests_sent, 15u);
    EXPECT_EQ(read.bytes_sent, 1000u);
    EXPECT_EQ(read.request_retries, 1u);
    EXPECT_EQ(read.request_errors, 5u);
    EXPECT_EQ(read.disconnects, 4u);
    EXPECT_EQ(read.round_trip_p99_microseconds, 900u);
    EXPECT_EQ(read.throttle_milliseconds, 7u);
}

TEST(KafkaStatistics, UnreadableTextChangesNothing) {
    for (const char* text : {"", "{", "[]", "null", "{\"brokers\":"}) {
        log_statistics read{.appended = 7};
        read.brokers = 3;
        bool assigned = true;
        EXPECT_FALSE(read_statistics(text, read, assigned)) << text;
        EXPECT_EQ(read.brokers, 3u);
        EXPECT_TRUE(assigned);
    }
    log_statistics read;
    bool assigned = true;
    EXPECT_TRUE(read_statistics(R"({"brokers":{"a":7},"eos":"x"})", read, assigned));
    EXPECT_FALSE(assigned);
}

TEST(KafkaErrors, RefusedAtOnceMeansNotStored) {
    EXPECT_EQ(produce_refusal(RD_KAFKA_RESP_ERR__QUEUE_FULL), errc::backlog_full);
    EXPECT_EQ(produce_refusal(RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE), errc::too_large);
    EXPECT_EQ(produce_refusal(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED), errc::not_authorised);
    EXPECT_EQ(produce_refusal(RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION), errc::unavailable);
    EXPECT_EQ(produce_refusal(RD_KAFKA_RESP_ERR__FATAL), errc::unavailable);
    EXPECT_EQ(read_error(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED), errc::not_authorised);
    EXPECT_EQ(read_error(RD_KAFKA_RESP_ERR__BAD_MSG), errc::failed);
    EXPECT_EQ(read_error(RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART), errc::unavailable);
    EXPECT_THAT(kafka_error_text(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED),
                HasSubstr("TOPIC_AUTHORIZATION_FAILED (Broker: "));
}

TEST(AppendSlots, BoundsRecordsAndBytesAndGivesSlotsBack) {
    append_slots slots(2, 100);
    int done = 0;
    append_done report = [&](boost::system::error_code) { ++done; };
    std::string value(40, 'x');
    append_slot* first = slots.take(4, value, report);
    ASSERT_NE(first, nullptr);
    EXPECT_EQ(first->value.size(), 40u);
    value.assign(53, 'y');
    EXPECT_EQ(slots.take(4, value, report), nullptr) << "57 more are over 100 bytes";
    EXPECT_EQ(value.size(), 53u) << "what was not taken stays";
    value.assign(52, 'y');
    append_slot* second = slots.take(4, value, report);
    ASSERT_NE(second, nullptr);
    std::string empty;
    EXPECT_EQ(slots.take(0, empty, report), nullptr) << "two records are the most";
    EXPECT_EQ(slots.used(), 2u);
    EXPECT_EQ(slots.bytes(), 100u);
    EXPECT_EQ(slots.left().size(), 2u);
    slots.release(std::array{first});
    EXPECT_EQ(slots.used(), 1u);
    EXPECT_EQ(slots.bytes(), 56u);
    EXPECT_THAT(slots.left(), testing::ElementsAre(second));
    EXPECT_NE(slots.take(0, empty, report), nullptr);
}

TEST(KafkaSettings, WhatNoClusterCanMakeWorkIsRefused) {
    const kafka_settings fit{.bootstrap = "127.0.0.1:9092"};
    EXPECT_NO_THROW(check_settings(fit));
    const auto refusal = [&](auto change) -> std::string {
        kafka_settings settings = fit;
        change(settings);
        try {
            check_settings(settings);
        } catch (const std::runtime_error& refused) {
            return refused.what();
        }
        return "";
    };
    EXPECT_THAT(refusal([](auto& s) { s.bootstrap.clear(); }), HasSubstr("bootstrap"));
    EXPECT_THAT(refusal([](auto& s) { s.topic.clear(); }), HasSubstr("topic"));
    EXPECT_THAT(refusal([](auto& s) { s.partitions = 0; }), HasSubstr("partitions"));
    EXPECT_THAT(refusal([](auto& s) { s.min_insync_replicas = 4; }), HasSubstr("min_insync_replicas"));
    EXPECT_THAT(refusal([](auto& s) { s.tls.certificate = "/x.pem"; }), HasSubstr("CA"));
    EXPECT_THAT(refusal([](auto& s) { s.tls.ca = "/no/such/ca.pem"; }), HasSubstr("/no/such/ca.pem"));
}

} // namespace tongban::log
