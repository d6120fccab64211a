// Who acts for which partitions, on a real broker: shared among members, moved when one leaves, dies, stands
// still or loses its brokers; and never claimed after it was given up.
#include "connectors/log/partition_ownership.hpp"
#include "tests/contract/kafka_ports/child_process.hpp"
#include "tests/contract/kafka_ports/topics_in_test.hpp"
#include "tests/kafka/ledger_on_kafka.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <signal.h>

#include <atomic>
#include <future>
#include <mutex>
#include <set>
#include <thread>

namespace tongban::kafka {

using namespace std::chrono_literals;
using std::chrono::steady_clock;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

namespace {

constexpr int partition_count = 12;
const std::string cluster = "faults";

// A member that keeps its own account of what it was told, and finds the port's set in agreement with it.
class member {
public:
    member(const log::kafka_settings& settings, const log::kafka_ownership_settings& ownership)
        : port_(log::open_kafka_ownership(settings, ownership,
                                          [this](auto gained, auto lost) { on_change(gained, lost); })) {}

    log::partition_ownership& port() { return *port_; }
    void leave() { port_.reset(); }
    std::size_t owned() const { return port_->owned().size(); }
    bool contradicted() const { return contradicted_; }
    // What the next loss does before it returns.
    void on_loss(std::function<void()> act) {
        const std::scoped_lock lock(mutex_);
        on_loss_ = std::move(act);
    }

private:
    void on_change(std::span<const std::uint32_t> gained, std::span<const std::uint32_t> lost) {
        for (const std::uint32_t p : gained)
            contradicted_ = contradicted_ || !told_.insert(p).second;
        for (const std::uint32_t p : lost)
            // A partition is out of the set before its loss is told.
            contradicted_ = contradicted_ || told_.erase(p) == 0 || (port_ && port_->owns(p));
        std::function<void()> act;
        {
            const std::scoped_lock lock(mutex_);
            act = on_loss_;
        }
        if (!lost.empty() && act)
            act();
    }

    std::mutex mutex_;
    std::set<std::uint32_t> told_;
    std::atomic<bool> contradicted_{false};
    std::function<void()> on_loss_;
    std::unique_ptr<log::partition_ownership> port_;
};

class Ownership : public testing::Test {
protected:
    Ownership() : settings_(ledger_settings(cluster)) {
        ownership_.group = "owners-" + settings_.topic;
        ownership_.refresh_interval = 200ms;
        create_when_possible(cluster, settings_.topic, partition_count, ledger_values());
    }
    ~Ownership() override {
        if (paused_)
            broker(cluster, "resume");
        if (killed_)
            broker(cluster, "revive");
    }
    std::unique_ptr<member> join() { return std::make_unique<member>(settings_, ownership_); }
    std::unique_ptr<child_process> join_child() {
        return std::make_unique<child_process>(
            std::vector<std::string>{OWNING_CHILD, settings_.bootstrap, settings_.topic, ownership_.group});
    }
    static bool owns_all(member& one) {
        return eventually([&] { return one.owned() == partition_count; });
    }

    log::kafka_settings settings_;
    log::kafka_ownership_settings ownership_;
    bool paused_ = false;
    bool killed_ = false;
};

} // namespace

TEST(WholeOwnership, OwnsEverythingFromTheBeginningUntilItIsClosed) {
    std::vector<std::uint32_t> gained, lost;
    const auto port = log::own_all(3, [&](auto g, auto l) {
        gained.insert(gained.end(), g.begin(), g.end());
        lost.insert(lost.end(), l.begin(), l.end());
    });
    EXPECT_THAT(gained, ElementsAre(0, 1, 2));
    EXPECT_THAT(port->owned(), ElementsAre(0, 1, 2));
    EXPECT_TRUE(port->owns(2));
    EXPECT_FALSE(port->owns(3));
    EXPECT_TRUE(port->health().ready);
    EXPECT_EQ(port->statistics().owned, 3u);
    port->close();
    port->close();
    EXPECT_THAT(lost, ElementsAre(0, 1, 2));
    EXPECT_THAT(port->owned(), IsEmpty());
    EXPECT_FALSE(port->health().ready);
}

TEST_F(Ownership, MembersShareAndOneThatLeavesHandsOverAtOnce) {
    const auto first = join();
    ASSERT_TRUE(owns_all(*first)) << first->port().health().reason;
    EXPECT_TRUE(eventually([&] { return first->port().health().ready; }));
    auto second = join();
    ASSERT_TRUE(eventually([&] { return first->owned() == 6 && second->owned() == 6; }));
    std::vector<std::uint32_t> both = first->port().owned();
    const auto others = second->port().owned();
    both.insert(both.end(), others.begin(), others.end());
    EXPECT_EQ(std::set<std::uint32_t>(both.begin(), both.end()).size(), 12u) << "owned twice";
    const auto began = steady_clock::now();
    second->leave();
    ASSERT_TRUE(owns_all(*first));
    EXPECT_LT(steady_clock::now() - began, 3s) << "waited for a time-out although the other said good-bye";
    EXPECT_FALSE(first->contradicted() || second->contradicted());
    const auto counted = first->port().statistics();
    EXPECT_EQ(counted.owned, 12u);
    EXPECT_EQ(counted.gained, 18u);
    EXPECT_EQ(counted.lost, 6u);
    EXPECT_EQ(counted.lost_abrupt, 0u);
    EXPECT_GE(counted.rebalances, 3u);
}

TEST_F(Ownership, PartitionGoesToTheNextOnlyAfterTheLastOwnerStopped) {
    std::promise<void> stopped;
    std::atomic<bool> stopping{false};
    const auto first = join();
    ASSERT_TRUE(owns_all(*first));
    first->on_loss([&] {
        if (!stopping.exchange(true))
            stopped.get_future().wait_for(1min);
    });
    const auto second = join();
    ASSERT_TRUE(eventually([&] { return stopping.load(); }));
    EXPECT_EQ(second->owned(), 0u);
    stopped.set_value();
    EXPECT_TRUE(eventually([&] { return second->owned() == 6; }));
    EXPECT_EQ(first->port().statistics().lost_abrupt, 0u);
}

TEST_F(Ownership, KilledMemberIsReplacedInUnderTenSeconds) {
    const auto child = join_child();
    ASSERT_TRUE(eventually([&] { return child->last_line() == "12"; }));
    const auto other = join();
    ASSERT_TRUE(eventually([&] { return other->owned() == 6; }));
    const auto began = steady_clock::now();
    child->kill();
    ASSERT_TRUE(owns_all(*other));
    EXPECT_LT(steady_clock::now() - began, 10s);
    EXPECT_FALSE(other->contradicted());
    EXPECT_EQ(other->port().statistics().lost, 0u) << "the survivor's own were taken from it meanwhile";
}

TEST_F(Ownership, MemberThatStandsStillIsReplacedAndComesBack) {
    const auto child = join_child();
    ASSERT_TRUE(eventually([&] { return child->last_line() == "12"; }));
    const auto other = join();
    ASSERT_TRUE(eventually([&] { return other->owned() == 6; }));
    const auto began = steady_clock::now();
    child->signal(SIGSTOP);
    ASSERT_TRUE(owns_all(*other));
    EXPECT_LT(steady_clock::now() - began, 10s);
    const std::size_t told = child->lines().size();
    child->signal(SIGCONT);
    ASSERT_TRUE(eventually([&] { return child->last_line() == "6" && child->lines().size() > told; }));
    EXPECT_EQ(child->lines()[told], "0") << "it has to give up first what the group took from it";
    EXPECT_TRUE(eventually([&] { return other->owned() == 6; }));
}

TEST_F(Ownership, MemberWhoseThreadHangsIsReplacedAndClaimsNothingMeanwhile) {
    ownership_.session_timeout = 6s;
    std::promise<void> go_on;
    std::atomic<bool> hangs{false};
    const auto first = join();
    ASSERT_TRUE(owns_all(*first));
    first->on_loss([&] {
        if (!hangs.exchange(true))
            go_on.get_future().wait_for(1min);
    });
    const auto second = join();
    ASSERT_TRUE(eventually([&] { return hangs.load(); }));
    const auto began = steady_clock::now();
    ASSERT_TRUE(owns_all(*second));
    EXPECT_LT(steady_clock::now() - began, 12s);
    EXPECT_THAT(first->port().owned(), IsEmpty());
    EXPECT_THAT(first->port().health().reason, HasSubstr("stood still"));
    go_on.set_value();
    EXPECT_TRUE(eventually([&] { return first->owned() == 6 && second->owned() == 6; }));
    EXPECT_GT(first->port().statistics().lost_abrupt, 0u);
    EXPECT_FALSE(first->contradicted() || second->contradicted());
}

TEST_F(Ownership, WithoutBrokersForTooLongEverythingIsGivenUpAndTakenAgainAfterwards) {
    const auto one = join();
    ASSERT_TRUE(owns_all(*one));
    broker(cluster, "kill");
    killed_ = true;
    EXPECT_TRUE(eventually([&] { return one->owned() == 0; }));
    EXPECT_TRUE(eventually([&] { return !one->port().health().ready; }));
    EXPECT_THAT(one->port().health().reason, HasSubstr(ownership_.group));
    broker(cluster, "revive");
    killed_ = false;
    ASSERT_TRUE(owns_all(*one)) << one->port().health().reason;
    EXPECT_TRUE(eventually([&] { return one->port().health().ready; }));
    EXPECT_EQ(one->port().statistics().lost_abrupt, 12u);
    EXPECT_FALSE(one->contradicted());
}

// Between joining and the first assignment librdkafka's own close ends the process: a few milliseconds, so
// many moments around them are tried.
TEST_F(Ownership, MayCloseAtAnyMomentAfterItWasOpened) {
    ownership_.group += "-brief";
    const auto began = steady_clock::now();
    {
        const auto first = join();
        ASSERT_TRUE(owns_all(*first));
    }
    const auto until_owner =
        std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - began);
    for (int i = 0; i < 300; ++i) {
        const auto brief = join();
        std::this_thread::sleep_for(until_owner * (330 - i) / 300); // the moment is the test
    }
    const auto last = join();
    EXPECT_TRUE(owns_all(*last));
}

TEST_F(Ownership, ClosesInTimeWhileTheBrokerHangs) {
    const auto one = join();
    ASSERT_TRUE(owns_all(*one));
    broker(cluster, "pause");
    paused_ = true;
    const auto began = steady_clock::now();
    one->port().close();
    EXPECT_LT(steady_clock::now() - began, 10s);
    EXPECT_EQ(one->owned(), 0u);
    EXPECT_EQ(one->port().health().reason, "closed");
}

TEST_F(Ownership, WaitsForATopicThatIsNotThereYet) {
    settings_.topic += "-later";
    const auto one = join();
    EXPECT_TRUE(
        eventually([&] { return one->port().health().reason.find(settings_.topic) != std::string::npos; }));
    EXPECT_FALSE(one->port().health().ready);
    administrator(cluster).create_topic(settings_.topic, 3, ledger_values());
    EXPECT_TRUE(eventually([&] { return one->owned() == 3; })) << one->port().health().reason;
}

TEST_F(Ownership, NothingIsCommittedForIt) {
    settings_.partitions = partition_count;
    const auto ledger = log::open_kafka_log(settings_);
    const auto one = join();
    ASSERT_TRUE(owns_all(*one));
    for (int i = 0; i < 50; ++i)
        ASSERT_FALSE(append(*ledger, "case-" + std::to_string(i), "x"));
    const auto second = join();
    ASSERT_TRUE(eventually([&] { return second->owned() == 6; }));
    one->leave();
    ASSERT_TRUE(owns_all(*second));
    for (int p = 0; p < partition_count; ++p)
        EXPECT_EQ(committed_by(settings_, ownership_.group, settings_.topic, p), -1);
}

} // namespace tongban::kafka
