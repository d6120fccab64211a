// What local platforms publish, read on a real broker: nothing is left out whatever happens to positions,
// members and brokers; nothing that is committed comes again; one stuck partition holds back no other.
#include "connectors/log/topic_source.hpp"
#include "tests/contract/kafka_ports/topics_in_test.hpp"
#include "tests/kafka/ledger_on_kafka.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace tongban::kafka {

using namespace std::chrono_literals;
using std::chrono::steady_clock;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

namespace {

const std::string cluster = "faults";

// One message as a test keeps it.
struct kept {
    std::string topic, value;
    log::source_position at;
};

class Source : public testing::Test {
protected:
    Source() : settings_(ledger_settings(cluster)), admin_(cluster), producer_(settings_) {
        first_ = settings_.topic + "-first";
        second_ = settings_.topic + "-second";
        source_.group = "intake-" + settings_.topic;
        source_.topics = {first_, second_};
        source_.refresh_interval = 200ms;
        source_.commit_interval = 50ms;
        create_when_possible(cluster, first_, 1);
        create_when_possible(cluster, second_, 1);
    }
    ~Source() override {
        if (killed_)
            broker(cluster, "revive");
    }
    std::unique_ptr<log::topic_source> open() { return log::open_kafka_source(settings_, source_); }
    void publish(const std::string& topic, int from, int to) {
        for (int i = from; i <= to; ++i)
            ASSERT_EQ(producer_.send(topic, {"key", std::to_string(i), {}}), "");
    }
    // Reads until `count` messages came, or a minute passed.
    static std::vector<kept> read(log::topic_source& source, std::size_t count) {
        std::vector<kept> all;
        eventually([&] {
            for (const log::source_message& m : source.next(100ms, 100))
                all.push_back({std::string(m.at.topic), std::string(m.value), m.at});
            return all.size() >= count;
        });
        return all;
    }
    static std::vector<std::string> values(const std::vector<kept>& messages, const std::string& topic) {
        std::vector<std::string> found;
        for (const kept& m : messages)
            if (m.topic == topic)
                found.push_back(m.value);
        return found;
    }
    // The next message of one topic; others may come again when the sharing changes.
    static std::string next_of(log::topic_source& source, const std::string& topic) {
        std::string found;
        eventually([&] {
            for (const log::source_message& m : source.next(100ms, 1))
                if (m.at.topic == topic && found.empty())
                    found = m.value;
            return !found.empty();
        });
        return found;
    }
    // Keeps the membership alive until `condition`.
    static bool while_serving(log::topic_source& source, const std::function<bool()>& condition) {
        return eventually([&] {
            source.next(20ms, 0);
            return condition();
        });
    }
    static void done(log::topic_source& source, const kept& message) { source.done(std::array{message.at}); }
    bool commits(log::topic_source& source) {
        const std::uint64_t before = source.statistics().commits;
        return while_serving(source, [&] { return source.statistics().commits > before; });
    }

    log::kafka_settings settings_;
    log::topic_source_settings source_;
    administrator admin_;
    plain_producer producer_;
    std::string first_, second_;
    bool killed_ = false;
};

} // namespace

TEST_F(Source, NewGroupBeginsWithTheOldestAndGivesAllThereIsToKnow) {
    ASSERT_EQ(producer_.send(first_, {"a-key", "a-value", {{"dialect", "qing"}, {"empty", ""}}}), "");
    const auto source = open();
    bool seen = false;
    EXPECT_TRUE(eventually([&] {
        for (const log::source_message& m : source->next(100ms, 10)) {
            seen = true;
            EXPECT_EQ(m.at.topic, first_);
            EXPECT_EQ(m.at.partition, 0u);
            EXPECT_EQ(m.at.offset, 0u);
            EXPECT_EQ(m.key, "a-key");
            EXPECT_EQ(m.value, "a-value");
            EXPECT_THAT(m.headers, SizeIs(2));
            EXPECT_EQ(m.headers[0].name, "dialect");
            EXPECT_EQ(m.headers[0].value, "qing");
            EXPECT_EQ(m.headers[1].value, "");
            const auto age = std::chrono::system_clock::now() - m.published_at;
            EXPECT_LT(age, 5min);
            EXPECT_GT(age, -1min);
        }
        return seen;
    }));
    EXPECT_TRUE(while_serving(*source, [&] { return source->health().ready; })) << source->health().reason;
}

TEST_F(Source, HeadersOfEveryMessageOfABatchAreItsOwn) {
    for (int i = 0; i < 50; ++i)
        ASSERT_EQ(producer_.send(first_, {"", "", {{"number", std::to_string(i)}}}), "");
    const auto source = open();
    int next = 0;
    EXPECT_TRUE(eventually([&] {
        for (const log::source_message& m : source->next(100ms, 100)) {
            EXPECT_THAT(m.headers, SizeIs(1));
            EXPECT_EQ(m.headers[0].value, std::to_string(next++));
        }
        return next == 50;
    }));
}

TEST_F(Source, WhatIsDoneDoesNotComeAgainAndWhatIsNotDoes) {
    publish(first_, 1, 10);
    {
        const auto source = open();
        const auto all = read(*source, 10);
        ASSERT_THAT(all, SizeIs(10));
        done(*source, all[3]);
        done(*source, all[1]); // behind: changes nothing
        source->close();
        EXPECT_EQ(source->health().reason, "closed");
    }
    const auto source = open();
    EXPECT_THAT(values(read(*source, 6), first_), ElementsAre("5", "6", "7", "8", "9", "10"));
}

TEST_F(Source, NothingIsCommittedOfWhatIsNotDone) {
    publish(first_, 1, 3);
    read(*open(), 3);
    EXPECT_THAT(read(*open(), 3), SizeIs(3));
}

TEST_F(Source, CommitsWhileItRuns) {
    publish(first_, 1, 10);
    const auto source = open();
    const auto all = read(*source, 10);
    ASSERT_THAT(all, SizeIs(10));
    for (int i = 0; i < 8; ++i) {
        done(*source, all[static_cast<std::size_t>(i)]);
        ASSERT_TRUE(commits(*source));
    }
    EXPECT_EQ(committed_by(settings_, source_.group, first_), 8);
    EXPECT_EQ(source->statistics().commits_failed, 0u);
}

TEST_F(Source, PartitionThatIsTakenAwayIsCommittedAndItsLateDoneIsHarmless) {
    publish(first_, 1, 4);
    publish(second_, 1, 4);
    source_.commit_interval = 1h; // only giving back commits
    const auto one = open();
    const auto all = read(*one, 8);
    ASSERT_THAT(all, SizeIs(8));
    for (const kept& m : all)
        if (m.value == "1" || m.value == "2")
            done(*one, m);
    const auto other = open();
    std::vector<kept> others;
    EXPECT_TRUE(eventually([&] {
        one->next(10ms, 0);
        for (const log::source_message& m : other->next(10ms, 10))
            others.push_back({std::string(m.at.topic), std::string(m.value), m.at});
        return others.size() >= 2;
    }));
    const std::string moved = others.at(0).topic;
    EXPECT_THAT(values(others, moved), ElementsAre("3", "4"));
    EXPECT_EQ(values(others, moved == first_ ? second_ : first_), std::vector<std::string>());
    // The other one has dealt with them; the first one's account of its turn comes too late.
    done(*other, others.back());
    other->close();
    for (const kept& m : all)
        if (m.topic == moved && m.value == "3")
            done(*one, m);
    EXPECT_EQ(one->statistics().done_ignored, 1u);
    EXPECT_TRUE(while_serving(*one, [&] { return one->statistics().topics.at(moved).partitions == 1; }));
    publish(moved, 5, 5);
    EXPECT_EQ(next_of(*one, moved), "5") << "what the other one did came again";
}

TEST_F(Source, PausedPartitionHoldsBackNoOtherAndGoesOnWithoutGapOrRepetition) {
    publish(first_, 1, 200);
    const auto source = open();
    std::vector<kept> all;
    ASSERT_TRUE(eventually([&] {
        for (const log::source_message& m : source->next(100ms, 50))
            all.push_back({std::string(m.at.topic), std::string(m.value), m.at});
        return !all.empty();
    }));
    const std::size_t before = all.size();
    source->pause(all[0].at);
    publish(first_, 201, 300);
    publish(second_, 1, 5);
    const auto meanwhile = read(*source, 5);
    EXPECT_THAT(values(meanwhile, second_), ElementsAre("1", "2", "3", "4", "5"));
    EXPECT_THAT(values(meanwhile, first_), IsEmpty());
    EXPECT_EQ(source->statistics().topics.at(first_).paused, 1u);
    // Seen although nothing of it is fetched.
    EXPECT_TRUE(while_serving(*source, [&] { return source->statistics().topics.at(first_).lag == 300; }));
    source->resume(all[0].at);
    const auto rest = read(*source, 300 - before);
    for (const kept& m : rest)
        all.push_back(m);
    ASSERT_THAT(all, SizeIs(300));
    for (int i = 0; i < 300; ++i)
        EXPECT_EQ(all[static_cast<std::size_t>(i)].value, std::to_string(i + 1));
}

TEST_F(Source, LagIsWhatIsPublishedAndNotDone) {
    publish(first_, 1, 20);
    const auto source = open();
    const auto all = read(*source, 20);
    const auto lag = [&] { return source->statistics().topics.at(first_).lag.value_or(std::uint64_t(-1)); };
    EXPECT_TRUE(while_serving(*source, [&] { return lag() == 20; })) << lag();
    done(*source, all[14]);
    EXPECT_TRUE(while_serving(*source, [&] { return lag() == 5; })) << lag();
    done(*source, all[19]);
    EXPECT_TRUE(while_serving(*source, [&] { return lag() == 0; })) << lag();
    EXPECT_EQ(source->statistics().topics.at(first_).messages, 20u);
    EXPECT_EQ(source->statistics().topics.at(second_).partitions, 1u);
}

TEST_F(Source, MessageLargerThanEveryBoundIsDeliveredAndBlocksNothing) {
    source_.queued_bytes_max = 64 * 1024;
    source_.partition_fetch_bytes = 16 * 1024;
    source_.batch_bytes_max = 32 * 1024;
    admin_.create_topic(first_ + "-large", 1, {{"max.message.bytes", "8000000"}});
    source_.topics = {first_ + "-large", second_};
    ASSERT_EQ(producer_.send(first_ + "-large", {"", std::string(6'000'000, 'x'), {}}), "");
    ASSERT_EQ(producer_.send(first_ + "-large", {"", "after", {}}), "");
    const auto source = open();
    const auto all = read(*source, 2);
    ASSERT_THAT(all, SizeIs(2));
    EXPECT_EQ(all[0].value.size(), 6'000'000u);
    EXPECT_EQ(all[1].value, "after");
}

TEST_F(Source, RecordThatCannotBeUnpackedIsToldByItsPositionAndBlocksNothing) {
    source_.receive_bytes_max = 8 * 1024 * 1024;
    plain_producer bomber(settings_, "zstd");
    publish(first_, 1, 2);
    ASSERT_EQ(bomber.send(first_, {"", std::string(40'000'000, '0'), {}}), "");
    publish(first_, 3, 4);
    {
        const auto source = open();
        std::vector<std::pair<std::uint64_t, std::string>> all;
        EXPECT_TRUE(eventually([&] {
            for (const log::source_message& m : source->next(100ms, 100)) {
                all.emplace_back(m.at.offset, m.unreadable ? "unreadable" : std::string(m.value));
                source->done(std::array{m.at});
            }
            return all.size() == 5;
        }));
        EXPECT_THAT(all, ElementsAre(std::pair(0u, "1"), std::pair(1u, "2"), std::pair(2u, "unreadable"),
                                     std::pair(3u, "3"), std::pair(4u, "4")));
        EXPECT_EQ(source->statistics().unreadable, 1u);
        EXPECT_TRUE(while_serving(*source, [&] { return source->health().ready; }))
            << source->health().reason;
    }
    EXPECT_EQ(committed_by(settings_, source_.group, first_), 5);
}

TEST_F(Source, ClosesInTimeWhileTheBrokerHangs) {
    publish(first_, 1, 3);
    source_.commit_interval = 1h;
    const auto source = open();
    const auto all = read(*source, 3);
    ASSERT_THAT(all, SizeIs(3));
    done(*source, all[2]);
    broker(cluster, "pause");
    const auto began = steady_clock::now();
    source->close();
    source->wake(); // harmless then
    EXPECT_LT(steady_clock::now() - began, 20s);
    broker(cluster, "resume");
    EXPECT_EQ(source->statistics().topics.at(first_).messages, 3u);
}

TEST_F(Source, BatchesAreBoundedInBytesAndNumber) {
    source_.batch_bytes_max = 10'000;
    for (int i = 0; i < 40; ++i)
        ASSERT_EQ(producer_.send(first_, {"", std::string(1000, 'x'), {}}), "");
    const auto source = open();
    std::size_t came = 0;
    EXPECT_TRUE(eventually([&] {
        const auto batch = source->next(100ms, 1000);
        EXPECT_LE(batch.size(), 10u);
        const auto small = source->next(100ms, 3);
        EXPECT_LE(small.size(), 3u);
        came += batch.size() + small.size();
        return came == 40;
    }));
}

TEST_F(Source, MissingTopicIsNamedAndPickedUpWhenItAppears) {
    const std::string later = first_ + "-later";
    source_.topics = {first_, later};
    publish(first_, 1, 1);
    const auto source = open();
    EXPECT_THAT(values(read(*source, 1), first_), ElementsAre("1")) << "the others are read meanwhile";
    EXPECT_TRUE(
        while_serving(*source, [&] { return source->health().reason.find(later) != std::string::npos; }));
    EXPECT_FALSE(source->health().ready);
    EXPECT_THAT(source->health().reason, HasSubstr("does not exist"));
    admin_.create_topic(later, 1, {});
    publish(later, 7, 7);
    EXPECT_EQ(next_of(*source, later), "7");
    EXPECT_TRUE(while_serving(*source, [&] { return source->health().ready; })) << source->health().reason;
}

TEST_F(Source, DeadMembersPartitionsComeToAnotherFromTheLastCommitOn) {
    source_.poll_interval_max = 6s; // a member that calls nothing any more leaves the group then
    publish(first_, 1, 10);
    const auto dead = open();
    const auto all = read(*dead, 10);
    ASSERT_THAT(all, SizeIs(10));
    done(*dead, all[4]);
    ASSERT_TRUE(commits(*dead));
    done(*dead, all[6]); // never committed
    const auto other = open();
    const auto began = steady_clock::now();
    const auto again = values(read(*other, 5), first_);
    EXPECT_THAT(again, ElementsAre("6", "7", "8", "9", "10"));
    EXPECT_LT(steady_clock::now() - began, 15s);
}

TEST_F(Source, GoesOnAfterBrokersWereAwayWithoutLeavingAnythingOut) {
    publish(first_, 1, 5);
    const auto source = open();
    auto all = read(*source, 5);
    ASSERT_THAT(all, SizeIs(5));
    broker(cluster, "kill");
    killed_ = true;
    // Dealt with while there is nobody to commit it to.
    done(*source, all[4]);
    EXPECT_TRUE(while_serving(*source, [&] { return !source->health().ready; }));
    EXPECT_THAT(source->health().reason, HasSubstr(source_.group));
    broker(cluster, "revive");
    killed_ = false;
    plain_producer later(settings_);
    ASSERT_TRUE(eventually([&] {
        source->next(1ms, 0);
        return later.send(first_, {"", "6", {}}) == "";
    }));
    std::vector<std::string> seen;
    EXPECT_TRUE(eventually([&] {
        for (const log::source_message& m : source->next(100ms, 10))
            seen.emplace_back(m.value);
        return !seen.empty() && seen.back() == "6";
    }));
    EXPECT_TRUE(while_serving(*source, [&] { return source->health().ready; })) << source->health().reason;
}

TEST_F(Source, WakeEndsAWait) {
    const auto source = open();
    ASSERT_TRUE(while_serving(*source, [&] { return source->health().ready; }));
    const auto began = steady_clock::now();
    std::jthread waker([&] { source->wake(); });
    EXPECT_THAT(source->next(30s, 10), IsEmpty());
    EXPECT_LT(steady_clock::now() - began, 10s);
}

} // namespace tongban::kafka
