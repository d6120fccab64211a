// Names and plans of the topics beside the ledger, and rights as an operator would type them.
#include "connectors/log/kafka_acls.hpp"
#include "connectors/log/kafka_topics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

namespace tongban::log {

TEST(KafkaTopics, NamesCarryTheRegionAndGiveItBack) {
    EXPECT_EQ(intake_topic("140400"), "tongban.intake.140400.v1");
    EXPECT_EQ(intake_rejected_topic("140400"), "tongban.intake-rejected.140400.v1");
    EXPECT_EQ(deliveries_topic("140400"), "tongban.deliveries.140400.v1");
    EXPECT_EQ(region_of_intake_topic("tongban.intake.140400.v1"), "140400");
    for (const char* other :
         {"tongban.intake-rejected.140400.v1", "tongban.intake.140400.v2", "tongban.intake..v1",
          "tongban.intake.v1", "tongban.intake.a.b.v1", "xtongban.intake.a.v1", ""})
        EXPECT_FALSE(region_of_intake_topic(other)) << other;
}

TEST(KafkaTopics, RegionThatCouldNameAnotherTopicIsRefused) {
    for (const std::string& region : {std::string(), std::string("a.b"), std::string("a b"),
                                      std::string("市"), std::string("*"), std::string(201, 'a')})
        EXPECT_THROW(intake_topic(region), std::invalid_argument) << region;
}

TEST(KafkaTopics, PlansNameEveryTopicOnceAndProgressOnlyWhenSomebodyConsumes) {
    kafka_settings settings;
    const std::vector<std::string> publishing{"b", "a", "b"}, consuming{"c"};
    std::vector<std::string> names;
    for (const topic_plan& plan : plan_region_topics(settings, {}, publishing, consuming))
        names.push_back(plan.name);
    EXPECT_THAT(names, testing::ElementsAre("tongban.intake.a.v1", "tongban.intake-rejected.a.v1",
                                            "tongban.intake.b.v1", "tongban.intake-rejected.b.v1",
                                            "tongban.deliveries.c.v1", "tongban.delivery-progress.v1"));
    EXPECT_THAT(plan_region_topics(settings, {}, publishing, {}), testing::SizeIs(4));
    const auto plans =
        plan_region_topics(settings, {.partitions = 5, .retention = std::chrono::hours{1}}, {}, consuming);
    EXPECT_EQ(plans[0].partitions, 5u);
    EXPECT_EQ(plans[0].values.at("retention.ms"), "3600000");
    EXPECT_EQ(plans[1].partitions, settings.partitions);
    EXPECT_EQ(plans[1].values.at("cleanup.policy"), "compact");
}

TEST(KafkaTopics, FaultsAreTooSmallNumbersAndOtherTexts) {
    const topic_plan plan{"t", 1, {{"retention.ms", "1000"}, {"cleanup.policy", "delete"}}};
    EXPECT_EQ(plan_faults({{"retention.ms", "1000"}, {"cleanup.policy", "delete"}}, plan), "");
    EXPECT_EQ(plan_faults({{"retention.ms", "-1"}, {"cleanup.policy", "delete"}}, plan), "");
    EXPECT_EQ(plan_faults({{"retention.ms", "999"}, {"cleanup.policy", "delete"}}, plan),
              "retention.ms is 999 and must be 1000 or more");
    EXPECT_EQ(plan_faults({{"retention.ms", "2000"}}, plan), "cleanup.policy is unknown and must be delete");
    const topic_plan unbound{"t", 1, {{"retention.ms", "-1"}}};
    EXPECT_EQ(plan_faults({{"retention.ms", "999999"}}, unbound), "retention.ms is 999999 and must be -1");
}

TEST(KafkaAcls, AreWrittenAsAnOperatorTypesThem) {
    EXPECT_EQ(acl_command({"User:a", acl_operation::read, acl_resource::topic, "t"}),
              "--add --allow-principal User:a --operation Read --topic t");
    EXPECT_EQ(
        acl_command({"User:a", acl_operation::idempotent_write, acl_resource::cluster, "kafka-cluster"}),
        "--add --allow-principal User:a --operation IdempotentWrite --cluster");
    EXPECT_EQ(acl_command({"User:a", acl_operation::all, acl_resource::group, "g", acl_pattern::prefixed,
                           acl_permission::deny, "10.0.0.1"}),
              "--add --deny-principal User:a --operation All --group g --resource-pattern-type prefixed "
              "--deny-host 10.0.0.1");
    EXPECT_EQ(acl_command({"User:CN=Jining O'K,O=Da Ju", acl_operation::read, acl_resource::topic, "t"}),
              R"(--add --allow-principal 'User:CN=Jining O'\''K,O=Da Ju' --operation Read --topic t)");
    EXPECT_EQ(acl_command({"User:a", acl_operation::write, acl_resource::transactional_id, "x"}),
              "--add --allow-principal User:a --operation Write --transactional-id x");
}

} // namespace tongban::log
