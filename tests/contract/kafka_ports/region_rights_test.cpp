// Topics and rights of regions on a real broker with mutual TLS: a region's certificate may do what its
// entries say and nothing with another region's topics, whatever it tries; and each refusal is told by name.
#include "connectors/log/delivery_transactions.hpp"
#include "connectors/log/kafka_acls.hpp"
#include "connectors/log/kafka_topics.hpp"
#include "connectors/log/partition_ownership.hpp"
#include "connectors/log/topic_source.hpp"
#include "connectors/log/topic_writer.hpp"
#include "tests/contract/kafka_ports/topics_in_test.hpp"
#include "tests/kafka/ledger_on_kafka.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <future>
#include <random>

namespace tongban::kafka {

using namespace std::chrono_literals;
using log::acl_entry;
using log::acl_operation;
using log::acl_pattern;
using log::acl_resource;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

namespace {

// Two regions with codes of their own in each test, and the rights that a registry would imply for them.
class RegionRights : public testing::Test {
protected:
    RegionRights() : admin_(as("broker")) {
        const std::string unique = std::to_string(std::random_device{}());
        a_ = "a" + unique;
        b_ = "b" + unique;
        admin_.record_bytes_max = 100'000;
    }
    ~RegionRights() override { log::remove_acls(admin_, given_, 20s); }

    static log::kafka_settings as(const std::string& certificate) {
        log::kafka_settings settings = ledger_settings("tls");
        settings.tls = certificate_of(certificate);
        return settings;
    }
    void give(std::vector<acl_entry> entries) {
        const log::acl_report report = log::apply_acls(admin_, entries, 20s);
        EXPECT_THAT(report.failures, IsEmpty());
        EXPECT_EQ(report.applied, entries.size());
        given_.insert(given_.end(), entries.begin(), entries.end());
    }
    std::vector<acl_entry> of_region(const std::string& principal, const std::string& region) const {
        const std::string user = "User:" + principal;
        const auto topic = [&](acl_operation operation, const std::string& name) {
            return acl_entry{user, operation, acl_resource::topic, name};
        };
        return {topic(acl_operation::write, log::intake_topic(region)),
                topic(acl_operation::describe, log::intake_topic(region)),
                topic(acl_operation::read, log::intake_rejected_topic(region)),
                topic(acl_operation::read, log::deliveries_topic(region)),
                {user, acl_operation::read, acl_resource::group, region + ".", acl_pattern::prefixed}};
    }
    void make_topics() {
        const std::vector<std::string> regions{a_, b_};
        for (const log::topic_finding& f :
             log::check_topics(admin_, log::plan_region_topics(admin_, {}, regions, regions), true, 60s))
            EXPECT_TRUE(f.state == log::topic_state::created || f.state == log::topic_state::fit)
                << f.name << ": " << f.text;
    }
    static std::string refusal(const std::function<void()>& act) {
        try {
            act();
        } catch (const std::exception& refused) {
            return refused.what();
        }
        return "";
    }
    // What a member of `group` on `topic` is told by its health until it is settled or refused.
    std::string consumed(const std::string& certificate, const std::string& group, const std::string& topic) {
        log::topic_source_settings wanted;
        wanted.group = group;
        wanted.topics = {topic};
        wanted.refresh_interval = 100ms;
        const auto source = log::open_kafka_source(as(certificate), wanted);
        std::string told;
        eventually([&] {
            for (const log::source_message& m : source->next(50ms, 10))
                told = "message " + std::string(m.value);
            if (const log::source_health health = source->health();
                !health.ready && health.reason.find("AUTHORIZATION_FAILED") != std::string::npos)
                told = health.reason;
            return !told.empty();
        });
        return told;
    }

    log::kafka_settings admin_;
    std::string a_, b_;
    std::vector<acl_entry> given_;
};

} // namespace

TEST_F(RegionRights, RegionReachesItsOwnTopicsAndNoOther) {
    make_topics();
    give(of_region("region-a", a_));
    give(of_region("region-b", b_));
    const log::kafka_settings region_a = as("region-a"), region_b = as("region-b");
    plain_producer producer_a(region_a), producer_b(region_b), gateway(admin_);
    // Its own.
    EXPECT_EQ(producer_a.send(log::intake_topic(a_), {"k", "from a", {}}), "");
    EXPECT_EQ(producer_b.send(log::intake_topic(b_), {"k", "from b", {}}), "");
    ASSERT_EQ(gateway.send(log::deliveries_topic(a_), {"k", "for a", {}}), "");
    ASSERT_EQ(gateway.send(log::intake_rejected_topic(a_), {"k", "rejected of a", {}}), "");
    EXPECT_THAT(read_committed(region_a, log::deliveries_topic(a_)), SizeIs(1));
    EXPECT_THAT(read_committed(region_a, log::intake_rejected_topic(a_)), SizeIs(1));
    EXPECT_EQ(consumed("region-a", a_ + ".platform", log::deliveries_topic(a_)), "message for a");
    // The other's: neither written nor read, and the intake is not even its own to read.
    for (const std::string& topic : {log::intake_topic(b_), log::intake_rejected_topic(b_),
                                     log::deliveries_topic(b_), log::intake_rejected_topic(a_),
                                     log::deliveries_topic(a_), std::string(log::delivery_progress_topic)})
        EXPECT_EQ(producer_a.send(topic, {"k", "x", {}}), "TOPIC_AUTHORIZATION_FAILED") << topic;
    for (const std::string& topic :
         {log::intake_topic(b_), log::intake_rejected_topic(b_), log::deliveries_topic(b_),
          log::intake_topic(a_), std::string(log::delivery_progress_topic)})
        EXPECT_THAT(refusal([&] { read_committed(region_a, topic); }), HasSubstr("AUTHORIZATION_FAILED"))
            << topic;
    EXPECT_THAT(consumed("region-a", a_ + ".platform", log::deliveries_topic(b_)),
                AllOf(HasSubstr("TOPIC_AUTHORIZATION_FAILED"), HasSubstr(log::deliveries_topic(b_))));
    EXPECT_THAT(consumed("region-a", b_ + ".platform", log::deliveries_topic(a_)),
                HasSubstr("GROUP_AUTHORIZATION_FAILED"));
    EXPECT_THAT(read_committed(admin_, log::intake_topic(b_)), SizeIs(1)) << "only what b wrote";
}

TEST_F(RegionRights, RegionCannotGiveItselfRightsOrMakeTopics) {
    give(of_region("region-a", a_));
    const std::vector<acl_entry> wished{
        {"User:region-a", acl_operation::all, acl_resource::topic, "tongban.", acl_pattern::prefixed}};
    const log::acl_report report = log::apply_acls(as("region-a"), wished, 20s);
    EXPECT_EQ(report.applied, 0u);
    ASSERT_THAT(report.failures, SizeIs(1));
    EXPECT_THAT(report.failures[0], AllOf(HasSubstr("CLUSTER_AUTHORIZATION_FAILED"), HasSubstr("tongban.")));
    EXPECT_EQ(log::describe_acls(as("region-a"), {}, 20s).error(), log::errc::not_authorised);
    const std::vector<log::topic_plan> plans{{"tongban.mine-" + a_, 1, {}}};
    EXPECT_EQ(log::check_topics(as("region-a"), plans, true, 20s)[0].state, log::topic_state::denied);
}

TEST_F(RegionRights, EntriesAreShownAsTheyWereGivenAndGivingThemTwiceIsHarmless) {
    std::vector<acl_entry> entries = of_region("region-a", a_);
    entries.push_back({"User:region-a", acl_operation::write, acl_resource::topic, log::intake_topic(b_),
                       acl_pattern::literal, log::acl_permission::deny});
    give(entries);
    EXPECT_EQ(log::apply_acls(admin_, entries, 20s).applied, entries.size());
    std::sort(entries.begin(), entries.end());
    EXPECT_EQ(log::describe_acls(admin_, "User:region-a", 20s).value(), entries);
    EXPECT_THAT(log::describe_acls(admin_, "User:nobody", 20s).value(), IsEmpty());
    EXPECT_EQ(log::remove_acls(admin_, entries, 20s).applied, entries.size());
    EXPECT_THAT(log::describe_acls(admin_, "User:region-a", 20s).value(), IsEmpty());
}

TEST_F(RegionRights, EntryThatCannotBeSetIsNamedAndTheOthersAreSet) {
    const std::vector<acl_entry> entries{
        {"User:gateway", acl_operation::write, acl_resource::transactional_id, "id-" + a_,
         acl_pattern::prefixed},
        {"User:gateway", acl_operation::read, acl_resource::group, "group-" + a_}};
    const log::acl_report report = log::apply_acls(admin_, entries, 20s);
    given_ = {entries[1]};
    EXPECT_EQ(report.applied, 1u);
    ASSERT_THAT(report.failures, SizeIs(1));
    EXPECT_THAT(
        report.failures[0],
        AllOf(HasSubstr("--add --allow-principal User:gateway --operation Write --transactional-id id-"),
              HasSubstr("--resource-pattern-type prefixed"), HasSubstr("kafka-acls.sh")));
}

TEST_F(RegionRights, WriterWithoutTheRightTellsItAndWritesOnceItIsGiven) {
    make_topics();
    give(of_region("region-a", a_)); // some right to write, or its producer could not live
    log::kafka_settings settings = as("region-a");
    const auto writer = log::open_kafka_writer(settings);
    const auto write = [&] {
        std::promise<boost::system::error_code> done;
        writer->append(log::deliveries_topic(a_), "k", "x", {}, [&](auto code) { done.set_value(code); });
        return done.get_future().get();
    };
    EXPECT_TRUE(eventually([&] { return write() == log::errc::not_authorised; }));
    EXPECT_THAT(writer->health().reason,
                AllOf(HasSubstr(log::deliveries_topic(a_)), HasSubstr("AUTHORIZATION_FAILED")));
    give({{"User:region-a", acl_operation::write, acl_resource::topic, log::deliveries_topic(a_)}});
    EXPECT_TRUE(eventually([&] { return !write(); }));
    EXPECT_TRUE(writer->health().ready) << writer->health().reason;
}

TEST_F(RegionRights, DeliveriesWithoutARightTellWhichOne) {
    make_topics();
    give({{"User:region-b", acl_operation::write, acl_resource::topic, log::delivery_progress_topic},
          {"User:region-b", acl_operation::read, acl_resource::topic, log::delivery_progress_topic}});
    log::delivery_settings deliveries;
    deliveries.transactional_id_prefix = "id-" + a_;
    const auto opened = log::open_delivery_transactions(as("region-b"), deliveries, 0, 20s);
    EXPECT_FALSE(opened.transactions);
    EXPECT_EQ(opened.reason, log::errc::not_authorised);
    EXPECT_THAT(opened.text,
                AllOf(HasSubstr("TRANSACTIONAL_ID_AUTHORIZATION_FAILED"), HasSubstr("id-" + a_)));
}

// The fixture gave region-b the transactional ids that begin with "contract-".
TEST_F(RegionRights, DeliveriesIntoATopicWithoutTheRightAreAbortedAndNamedUntilItIsGiven) {
    make_topics();
    const auto topic = [](acl_operation operation, const std::string& name) {
        return acl_entry{"User:region-b", operation, acl_resource::topic, name};
    };
    give({topic(acl_operation::write, log::delivery_progress_topic),
          topic(acl_operation::read, log::delivery_progress_topic),
          topic(acl_operation::write, log::deliveries_topic(b_))});
    const auto found = [&](const std::string& in) {
        std::size_t count = 0;
        for (int p = 0; p < 3; ++p)
            count += read_committed(admin_, in, p).size();
        return count;
    };
    log::delivery_settings deliveries;
    deliveries.transactional_id_prefix = "contract-" + a_;
    const auto opened = log::open_delivery_transactions(as("region-b"), deliveries, 0, 30s);
    ASSERT_TRUE(opened.transactions) << opened.text;
    const std::string own = log::deliveries_topic(b_), foreign = log::deliveries_topic(a_);
    const std::array<log::delivery_message, 2> messages{
        {{own, "k", "own", {}}, {foreign, "k", "foreign", {}}}};
    const log::delivery_result refused = opened.transactions->deliver(messages, "1", 30s);
    EXPECT_EQ(refused.outcome, log::delivery_outcome_code::aborted_retry) << refused.text;
    EXPECT_EQ(refused.reason, log::errc::not_authorised) << refused.text;
    EXPECT_THAT(refused.text, HasSubstr(foreign));
    EXPECT_EQ(found(own), 0u);
    give({topic(acl_operation::write, foreign)});
    log::delivery_result given;
    EXPECT_TRUE(eventually([&] {
        given = opened.transactions->deliver(messages, "1", 30s);
        return given.outcome == log::delivery_outcome_code::committed;
    })) << given.text;
    EXPECT_EQ(found(own), 1u);
    EXPECT_EQ(found(foreign), 1u);
}

TEST_F(RegionRights, OwnershipWithoutTheRightToItsGroupTellsIt) {
    make_topics();
    log::kafka_settings settings = as("region-b");
    settings.topic = log::deliveries_topic(b_);
    give({{"User:region-b", acl_operation::read, acl_resource::topic, settings.topic}});
    log::kafka_ownership_settings ownership;
    ownership.group = "owners-" + a_;
    ownership.refresh_interval = 100ms;
    const auto port = log::open_kafka_ownership(settings, ownership, {});
    EXPECT_TRUE(eventually([&] {
        return port->health().reason.find("GROUP_AUTHORIZATION_FAILED") != std::string::npos;
    })) << port->health().reason;
    give({{"User:region-b", acl_operation::read, acl_resource::group, ownership.group}});
    EXPECT_TRUE(eventually([&] { return port->owned().size() == 3; })) << port->health().reason;
}

} // namespace tongban::kafka
