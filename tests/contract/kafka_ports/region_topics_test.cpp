// The topics beside the ledger on a real broker: made as planned, found as they are, and what is wrong with
// one named.
#include "connectors/log/kafka_topics.hpp"
#include "tests/contract/kafka_ports/topics_in_test.hpp"
#include "tests/kafka/ledger_on_kafka.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace tongban::kafka {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST(RegionTopics, AreMadeOnceAndFoundFitAfterwards) {
    const log::kafka_settings settings = ledger_settings("plaintext");
    const std::vector<std::string> regions{"r" + std::to_string(std::random_device{}())};
    const auto plans = log::plan_region_topics(settings, {}, regions, regions);
    ASSERT_EQ(plans.size(), 4u);
    // The progress topic may be there from another test.
    const std::span made(plans.data(), 3);
    for (const log::topic_finding& f : log::check_topics(settings, made, false, 20s))
        EXPECT_EQ(f.state, log::topic_state::missing) << f.name << ": " << f.text;
    for (const log::topic_finding& f : log::check_topics(settings, plans, true, 20s))
        EXPECT_TRUE(f.state == log::topic_state::created || f.state == log::topic_state::fit)
            << f.name << ": " << f.text;
    EXPECT_TRUE(eventually([&] {
        const auto found = log::check_topics(settings, plans, true, 20s);
        return std::all_of(found.begin(), found.end(),
                           [](const auto& f) { return f.state == log::topic_state::fit; });
    }));
}

TEST(RegionTopics, WhatIsNotAsPlannedIsNamed) {
    const log::kafka_settings settings = ledger_settings("plaintext");
    const std::string region = "r" + std::to_string(std::random_device{}());
    administrator admin("plaintext");
    admin.create_topic(log::intake_topic(region), 1,
                       {{"retention.ms", "1000"}, {"cleanup.policy", "compact"}});
    const std::vector<std::string> regions{region};
    const auto plans = log::plan_region_topics(settings, {}, regions, {});
    const auto found = log::check_topics(settings, std::span(plans.data(), 1), false, 20s);
    EXPECT_EQ(found.at(0).state, log::topic_state::unfit);
    EXPECT_THAT(found.at(0).text,
                AllOf(HasSubstr("retention.ms is 1000 and must be 1209600000 or more"),
                      HasSubstr("cleanup.policy is compact and must be delete"), Not(HasSubstr("insync"))));
}

// Otherwise some kilobytes from a platform would become gigabytes in the gateway's memory.
TEST(RegionTopics, BatchThatUnpacksToTooMuchIsRefusedByTheBrokerAndCompressionAsSuchIsNot) {
    const log::kafka_settings settings = ledger_settings("plaintext");
    const std::vector<std::string> regions{"r" + std::to_string(std::random_device{}())};
    const auto plans = log::plan_region_topics(settings, {}, regions, {});
    for (const log::topic_finding& f : log::check_topics(settings, plans, true, 20s))
        ASSERT_EQ(f.state, log::topic_state::created) << f.text;
    for (const char* codec : {"gzip", "lz4", "zstd", "snappy"}) {
        plain_producer platform(settings, codec);
        EXPECT_EQ(platform.send(plans[0].name, {"", std::string(20'000'000, '0'), {}}), "MSG_SIZE_TOO_LARGE")
            << codec;
        EXPECT_EQ(platform.send(plans[0].name, {"", std::string(20'000, '0'), {}}), "") << codec;
    }
}

TEST(RegionTopics, SilentBrokersAreNoVerdict) {
    log::kafka_settings settings = ledger_settings("plaintext");
    settings.bootstrap = "127.0.0.1:1";
    const std::vector<log::topic_plan> plans{{"t", 1, {}}};
    const auto found = log::check_topics(settings, plans, true, 500ms);
    EXPECT_EQ(found.at(0).state, log::topic_state::unreachable);
    EXPECT_NE(found.at(0).text, "");
}

} // namespace tongban::kafka
