// Lines, turns and deadlines of the workers, with jobs that hold until they are let go.
#include "gateway/materials/workers.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <future>

namespace tongban::materials {
namespace {

namespace asio = boost::asio;
using clock = workers::time_point::clock;
using end = workers::end;

constexpr auto far_off = std::chrono::hours(1);

// What a job waits for.
class gate {
public:
    void open() { opened_.set_value(); }
    // Gives a job that says that it began, and waits.
    std::function<void()> job() {
        return [this] {
            begun_.set_value();
            opened_.get_future().wait();
        };
    }
    void wait_until_begun() { begun_.get_future().wait(); }

private:
    std::promise<void> begun_;
    std::promise<void> opened_;
};

struct Workers : ::testing::Test {
    asio::awaitable<void> call(workers& group, std::string whose, workers::time_point until, std::function<void()> job, end* ended) {
        *ended = co_await group.run_until(until, std::move(whose), std::move(job));
    }
    // Begins a call, which ends while the context runs.
    void begin(workers& group, std::string whose, workers::time_point until, std::function<void()> job, end* ended) {
        asio::co_spawn(context, call(group, std::move(whose), until, std::move(job), ended), asio::detached);
        context.poll();
    }

    monitoring::registry metrics;
    asio::io_context context;
};

TEST_F(Workers, WhatIsNotBegunByItsDeadlineNeverIs) {
    gate held;
    bool ran = false;
    auto waited = end::done;
    {
        workers group("test", {1, 10, 1}, metrics);
        ASSERT_TRUE(group.post("a", held.job()));
        held.wait_until_begun();
        begin(group, "a", clock::now(), [&] { ran = true; }, &waited);
        context.restart();
        context.run();
        EXPECT_EQ(waited, end::dropped);
        held.open();
    }
    EXPECT_FALSE(ran);
    EXPECT_NE(metrics.render().find(R"(tongban_materials_queue_dropped_total{group="test"} 1)"), std::string::npos);
}

TEST_F(Workers, WhatIsBegunGoesOnWithoutItsCaller) {
    gate held;
    bool ran = false;
    auto waited = end::done;
    {
        workers group("test", {1, 10, 1}, metrics);
        begin(group, "a", clock::now() + std::chrono::milliseconds(300), [&, wait = held.job()] {
            wait();
            ran = true;
        }, &waited);
        held.wait_until_begun();
        context.restart();
        context.run_one(); // its deadline; the job's end comes later
        EXPECT_EQ(waited, end::late);
        held.open();
    }
    EXPECT_TRUE(ran);
}

TEST_F(Workers, ACallerIsResumedWhenItsJobIsDone) {
    workers group("test", {1, 10, 1}, metrics);
    auto waited = end::full;
    int ran = 0;
    begin(group, "a", clock::now() + far_off, [&] { ++ran; }, &waited);
    context.restart();
    context.run();
    EXPECT_EQ(waited, end::done);
    EXPECT_EQ(ran, 1);
}

TEST_F(Workers, LinesTakeTurns) {
    gate held;
    std::string order;
    {
        workers group("test", {1, 10, 1}, metrics);
        ASSERT_TRUE(group.post("a", held.job()));
        held.wait_until_begun();
        for (const char* whose : {"a", "a", "a", "b", "c", "b"}) {
            ASSERT_TRUE(group.post(whose, [&order, whose] { order += whose; }));
        }
        std::promise<void> last;
        ASSERT_TRUE(group.post("a", [&] { last.set_value(); }));
        held.open();
        last.get_future().wait();
    }
    EXPECT_EQ(order, "bcabaa");
}

TEST_F(Workers, OnesShareLeavesRoomForOthers) {
    gate first;
    std::promise<void> other;
    std::atomic<bool> second_began{false};
    workers group("test", {2, 10, 1}, metrics);
    ASSERT_TRUE(group.post("a", first.job()));
    first.wait_until_begun();
    std::promise<void> second;
    ASSERT_TRUE(group.post("a", [&] {
        second_began = true;
        second.set_value();
    }));
    ASSERT_TRUE(group.post("b", [&] { other.set_value(); }));
    other.get_future().wait();
    EXPECT_FALSE(second_began) << "a has its share";
    first.open();
    second.get_future().wait();
}

TEST_F(Workers, AFullLineIsNoOtherLinesTrouble) {
    gate held;
    workers group("test", {1, 1, 1}, metrics);
    ASSERT_TRUE(group.post("a", held.job()));
    held.wait_until_begun();
    EXPECT_TRUE(group.post("a", [] {}));
    EXPECT_FALSE(group.post("a", [] {}));
    EXPECT_TRUE(group.post("b", [] {}));
    auto refused = end::done;
    begin(group, "a", clock::now() + far_off, [] {}, &refused);
    EXPECT_EQ(refused, end::full);
    held.open();
}

TEST_F(Workers, WhatWaitsWhenTheyStopIsNotRun) {
    gate held;
    bool ran = false;
    auto waited = end::done;
    workers group("test", {1, 10, 1}, metrics);
    ASSERT_TRUE(group.post("a", held.job()));
    held.wait_until_begun();
    begin(group, "a", clock::now() + far_off, [&] { ran = true; }, &waited);
    held.open();
    group.stop();
    context.restart();
    context.run();
    EXPECT_TRUE(waited == end::full || ran) << "it was begun, or is told that it was not";
    EXPECT_FALSE(group.post("a", [] {}));
}

} // namespace
} // namespace tongban::materials
