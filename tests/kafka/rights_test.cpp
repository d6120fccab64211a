// Mutual TLS and rights as the brokers see them: who may not write learns it at once, who is nobody does not
// get in.
#include "tests/kafka/cluster_address.hpp"
#include "tests/kafka/ledger_on_kafka.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tongban::kafka {

using namespace std::chrono_literals;
using testing::HasSubstr;

namespace {

const boost::system::error_code no_error;

log::kafka_settings settings_as(const std::string& name) {
    log::kafka_settings settings = ledger_settings("tls");
    settings.tls = certificate_of(name);
    settings.start_wait = 2s;
    return settings;
}

void expect_no_connection(const log::kafka_settings& settings, const std::string& reason) {
    const auto log = log::open_kafka_log(settings);
    EXPECT_FALSE(log->health().ready);
    EXPECT_TRUE(eventually([&] { return log->health().reason.find(reason) != std::string::npos; }))
        << log->health().reason;
    EXPECT_EQ(append(*log, "case", "x"), log::errc::unavailable);
}

std::string refusal(const log::kafka_settings& settings) {
    try {
        log::open_kafka_log(settings);
    } catch (const std::runtime_error& refused) {
        return refused.what();
    }
    return "";
}

} // namespace

TEST(KafkaRights, StrangerIsNotAuthorised) {
    const auto log = log::open_kafka_log(settings_as("stranger"));
    EXPECT_TRUE(eventually([&] { return append(*log, "case", "x") == log::errc::not_authorised; }));
    EXPECT_FALSE(log->health().ready);
    EXPECT_THAT(log->health().reason, HasSubstr("AUTHORIZATION_FAILED"));
}

TEST(KafkaRights, MayReadButNotWriteUntilItIsAllowed) {
    auto settings = settings_as("auditor");
    settings.create_topic = false;
    administrator admin("tls");
    admin.create_topic(settings.topic, 1, ledger_values());
    admin.allow_reading("auditor", settings.topic);
    const auto log = log::open_kafka_log(settings);
    EXPECT_TRUE(eventually([&] { return append(*log, "case", "x") == log::errc::not_authorised; }));
    EXPECT_TRUE(eventually([&] { return !log->health().ready; }));
    EXPECT_THAT(log->health().reason, HasSubstr("AUTHORIZATION_FAILED"));
    EXPECT_EQ(log->read({0}).value()->next(1s, 10).value().size(), 0u);
    admin.allow_writing("auditor", settings.topic);
    EXPECT_TRUE(eventually([&] { return log->health().ready; })) << log->health().reason;
    EXPECT_EQ(append(*log, "case", "x"), no_error);
}

// The gateway may write elsewhere, so its producer lives; on this topic each record is refused.
TEST(KafkaRights, ForeignTopicRefusesEachRecord) {
    auto settings = settings_as("gateway");
    settings.topic = "foreign-" + settings.topic;
    settings.create_topic = false;
    administrator admin("tls");
    admin.create_topic(settings.topic, 1, ledger_values());
    admin.allow_reading("gateway", settings.topic);
    const auto log = log::open_kafka_log(settings);
    EXPECT_TRUE(eventually([&] { return log->health().ready; })) << log->health().reason;
    EXPECT_EQ(append(*log, "case", "x"), log::errc::not_authorised);
    EXPECT_TRUE(eventually([&] { return !log->health().ready; }));
    EXPECT_THAT(log->health().reason, HasSubstr("rights"));
    admin.allow_writing("gateway", settings.topic);
    EXPECT_TRUE(eventually([&] { return append(*log, "case", "x") == no_error; }));
    EXPECT_TRUE(log->health().ready) << log->health().reason;
    EXPECT_THAT(values_in(*log), testing::ElementsAre("x"));
}

TEST(KafkaRights, CertificateOfAnotherAuthorityDoesNotGetIn) {
    auto settings = settings_as("gateway");
    settings.tls.certificate = certificate_file("tls", "foreign/gateway.pem");
    settings.tls.key = certificate_file("tls", "foreign/gateway.key");
    expect_no_connection(settings, "SSL");
}

TEST(KafkaRights, ExpiredCertificateDoesNotGetIn) {
    expect_no_connection(settings_as("expired"), "SSL");
}

TEST(KafkaRights, BrokerOfAnotherAuthorityIsNotTrusted) {
    auto settings = settings_as("gateway");
    settings.tls.ca = certificate_file("tls", "foreign/ca.pem");
    expect_no_connection(settings, "certificate");
}

TEST(KafkaRights, BrokerWithoutItsNameInItsCertificateIsNotTrusted) {
    auto settings = settings_as("gateway");
    // The brokers' certificate names 127.0.0.1 only.
    settings.bootstrap.replace(0, settings.bootstrap.find(':'), "localhost");
    expect_no_connection(settings, "certificate");
    settings.tls.verify_host_name = false;
    settings.start_wait = 20s;
    EXPECT_TRUE(log::open_kafka_log(settings)->health().ready);
}

TEST(KafkaRights, CertificatesThatCannotWorkAreRefusedAtTheStart) {
    auto settings = settings_as("gateway");
    settings.tls.key = certificate_file("tls", "stranger.key");
    EXPECT_THAT(refusal(settings), HasSubstr("key"));
    settings.tls.key = certificate_file("tls", "no-such.key");
    EXPECT_THAT(refusal(settings), HasSubstr("no-such.key"));
    settings = settings_as("gateway");
    settings.tls.ca.clear();
    EXPECT_THAT(refusal(settings), HasSubstr("CA"));
    settings = settings_as("gateway");
    settings.bootstrap.clear();
    EXPECT_THAT(refusal(settings), HasSubstr("bootstrap"));
}

TEST(KafkaRights, PlaintextDoesNotReachTlsBrokers) {
    auto settings = settings_as("gateway");
    settings.tls = {};
    const auto log = log::open_kafka_log(settings);
    EXPECT_FALSE(log->health().ready);
    EXPECT_EQ(append(*log, "case", "x"), log::errc::unavailable);
}

} // namespace tongban::kafka
