// The verdict on Kafka, news by news: what appends get and what health says. No broker, no thread, no clock.
#include "connectors/log/kafka_readiness.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <librdkafka/rdkafka.h>

namespace tongban::log {

namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class KafkaReadiness : public testing::Test {
protected:
    void found(topic_condition condition, const std::string& text = "") {
        readiness.checked({condition, text, condition == topic_condition::fit ? "cluster-1" : ""});
    }
    std::string reason() { return readiness.health(now).reason; }
    bool ready() { return readiness.health(now).ready; }

    kafka_settings settings{.bootstrap = "127.0.0.1:9092"};
    kafka_readiness::time_point now{1h};
    kafka_readiness readiness{settings, now};
};

} // namespace

TEST_F(KafkaReadiness, RefusesUntilTheTopicIsKnownToBeFit) {
    EXPECT_FALSE(ready());
    EXPECT_EQ(readiness.refusal(), errc::unavailable);
    EXPECT_TRUE(readiness.check_due());
    found(topic_condition::fit);
    EXPECT_TRUE(ready());
    EXPECT_EQ(reason(), "");
    EXPECT_EQ(readiness.refusal(), errc{});
    EXPECT_FALSE(readiness.check_due());
    EXPECT_EQ(readiness.cluster_id(), "cluster-1");
}

TEST_F(KafkaReadiness, EachFaultOfTheTopicHasItsAnswer) {
    const std::vector<std::pair<topic_condition, errc>> cases{
        {topic_condition::unreachable, errc::unavailable}, {topic_condition::missing, errc::unavailable},
        {topic_condition::denied, errc::not_authorised},   {topic_condition::unfit, errc::unavailable},
        {topic_condition::electing, errc::unavailable},    {topic_condition::silent, errc::unavailable}};
    for (const auto& [condition, refusal] : cases) {
        kafka_readiness fresh(settings, now);
        fresh.checked({condition, "what is wrong", ""});
        EXPECT_EQ(fresh.refusal(), refusal) << static_cast<int>(condition);
        EXPECT_FALSE(fresh.health(now).ready);
        EXPECT_TRUE(fresh.check_due());
        EXPECT_THAT(fresh.health(now).reason, HasSubstr(settings.topic));
    }
}

TEST_F(KafkaReadiness, AnElectionLetsAppendsWaitWhenTheLedgerWasReadyOnce) {
    found(topic_condition::electing, "partition 3 has no leader");
    EXPECT_EQ(readiness.refusal(), errc::unavailable);
    found(topic_condition::fit);
    found(topic_condition::electing, "partition 3 has no leader");
    EXPECT_EQ(readiness.refusal(), errc{});
    EXPECT_FALSE(ready());
    EXPECT_THAT(reason(), HasSubstr("partition 3"));
}

TEST_F(KafkaReadiness, OneUnansweredQuestionIsNoOutageThreeAre) {
    found(topic_condition::fit);
    found(topic_condition::silent, "no metadata");
    found(topic_condition::silent, "no metadata");
    EXPECT_FALSE(ready());
    EXPECT_EQ(readiness.refusal(), errc{});
    found(topic_condition::silent, "no metadata");
    EXPECT_EQ(readiness.refusal(), errc::unavailable);
    found(topic_condition::silent, "no metadata");
    EXPECT_EQ(readiness.refusal(), errc::unavailable) << "the outage goes on";
    found(topic_condition::fit);
    EXPECT_TRUE(ready());
}

TEST_F(KafkaReadiness, AConnectionsOwnErrorTellsMoreThanSilence) {
    readiness.suspect("ssl://10.0.0.1: certificate verify failed");
    found(topic_condition::silent, "no metadata");
    EXPECT_THAT(reason(), HasSubstr("certificate verify failed"));
    found(topic_condition::missing, "the topic does not exist");
    EXPECT_THAT(reason(), HasSubstr("does not exist"));
}

TEST_F(KafkaReadiness, AnotherClusterBehindTheSameAddressIsUnfit) {
    found(topic_condition::fit);
    readiness.checked({topic_condition::fit, "", "cluster-2"});
    EXPECT_FALSE(ready());
    EXPECT_THAT(reason(), HasSubstr("cluster-2"));
    EXPECT_EQ(readiness.cluster_id(), "cluster-1");
}

TEST_F(KafkaReadiness, EndedProducerRefusesUntilANewOneIsMade) {
    found(topic_condition::fit);
    readiness.producer_ended(RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, "out of order");
    EXPECT_TRUE(readiness.ended());
    EXPECT_EQ(readiness.refusal(), errc::unavailable);
    EXPECT_THAT(reason(), HasSubstr("OUT_OF_ORDER_SEQUENCE_NUMBER"));
    readiness.producer_made();
    EXPECT_EQ(readiness.refusal(), errc::unavailable);
    found(topic_condition::fit);
    EXPECT_TRUE(ready());
}

TEST_F(KafkaReadiness, ProducerWithoutRightsIsTrustedOnlyWithItsId) {
    found(topic_condition::fit);
    readiness.producer_ended(RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED, "denied");
    EXPECT_EQ(readiness.refusal(), errc::not_authorised);
    readiness.producer_made();
    found(topic_condition::fit);
    EXPECT_FALSE(ready());
    EXPECT_EQ(readiness.refusal(), errc::not_authorised);
    EXPECT_THAT(reason(), HasSubstr("CLUSTER_AUTHORIZATION_FAILED"));
    readiness.producer_has_id();
    EXPECT_TRUE(readiness.check_due());
    found(topic_condition::fit);
    EXPECT_TRUE(ready());
}

TEST_F(KafkaReadiness, ProducersThatKeepEndingAreMadeMoreSlowly) {
    EXPECT_EQ(readiness.producer_pause(), 0ms);
    for (int i = 0; i < 30; ++i)
        readiness.producer_ended(RD_KAFKA_RESP_ERR_UNKNOWN_PRODUCER_ID, "again");
    EXPECT_EQ(readiness.producer_pause(), settings.retry_interval * 10);
    readiness.stored();
    EXPECT_EQ(readiness.producer_pause(), 0ms);
}

TEST_F(KafkaReadiness, DenialIsRememberedForAWhileAndForgottenWhenARecordIsStored) {
    found(topic_condition::fit);
    readiness.denied(now);
    EXPECT_FALSE(ready());
    EXPECT_EQ(readiness.refusal(), errc{}) << "only trying tells whether the right was given";
    now += 11s;
    EXPECT_TRUE(ready());
    readiness.denied(now);
    readiness.stored();
    EXPECT_TRUE(ready());
}

TEST_F(KafkaReadiness, AppendsUnderWayWithoutReportsAreAStall) {
    found(topic_condition::fit);
    readiness.observe(5, 10, now);
    now += settings.stall_limit;
    readiness.observe(5, 10, now);
    EXPECT_FALSE(ready());
    EXPECT_THAT(reason(), HasSubstr("no acknowledgement"));
    EXPECT_EQ(readiness.refusal(), errc{});
    readiness.observe(4, 11, now);
    EXPECT_TRUE(ready());
    now += settings.stall_limit;
    readiness.observe(0, 11, now);
    EXPECT_TRUE(ready()) << "nothing is under way";
}

TEST_F(KafkaReadiness, AsksAgainQuicklyFirstThenAtTheInterval) {
    EXPECT_LE(readiness.pause(), 50ms);
    for (int i = 0; i < 20; ++i)
        found(topic_condition::missing, "missing");
    EXPECT_EQ(readiness.pause(), settings.retry_interval);
}

} // namespace tongban::log
