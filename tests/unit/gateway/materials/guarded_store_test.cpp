// A store that does not answer is left alone, and found again.
#include "gateway/materials/guarded_store.hpp"

#include "memory_store.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <future>
#include <thread>

namespace tongban::materials {
namespace {

using namespace std::chrono_literals;
using objects::errc;

struct GuardedStore : ::testing::Test {
    std::unique_ptr<guarded_store> guarded(std::chrono::milliseconds pause, std::chrono::milliseconds answers_within = 1h) {
        return std::make_unique<guarded_store>(
            store,
            store_patience{.hanging_max = 2, .answers_within = answers_within,
                           .breaker = {.failures_max = 3, .open_first = pause, .open_most = pause}},
            metrics);
    }
    boost::system::error_code ask(const guarded_store& at) const {
        const auto there = at.stat("x");
        return there ? boost::system::error_code() : there.error();
    }
    void say(std::optional<errc> error) {
        store->before = [this, error](std::string_view) {
            ++asked;
            return error ? make_error_code(*error) : boost::system::error_code();
        };
    }
    bool shows(int state) const {
        return metrics.render().find("tongban_materials_store_breaker_state " + std::to_string(state)) != std::string::npos;
    }

    monitoring::registry metrics;
    std::shared_ptr<testing::memory_store> store = std::make_shared<testing::memory_store>();
    int asked = 0;
};

TEST_F(GuardedStore, IsLeftAloneAfterSomeFailures) {
    const auto at = guarded(1h);
    say(errc::unavailable);
    for (int i = 0; i < 3; ++i) {
        EXPECT_FALSE(at->is_away());
        EXPECT_EQ(ask(*at), errc::unavailable);
    }
    EXPECT_TRUE(at->is_away());
    EXPECT_EQ(ask(*at), errc::unavailable);
    EXPECT_EQ(asked, 3) << "it was not asked any more";
    EXPECT_TRUE(shows(2));
}

TEST_F(GuardedStore, WhatItRefusesItAnswers) {
    const auto at = guarded(1h);
    for (const auto error : {errc::full, errc::denied, errc::damaged, errc::failed, errc::not_found, errc::full}) {
        say(error);
        EXPECT_EQ(ask(*at), error);
    }
    EXPECT_FALSE(at->is_away());
}

TEST_F(GuardedStore, IsAskedAgainAfterItsPause) {
    const auto at = guarded(0ms);
    say(errc::unavailable);
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(ask(*at), errc::unavailable);
    }
    EXPECT_EQ(asked, 5) << "one after each pause";
    EXPECT_FALSE(at->is_away());
    say(std::nullopt);
    EXPECT_FALSE(ask(*at));
    EXPECT_TRUE(shows(0));
}

// A network file system says no error: it hangs.
TEST_F(GuardedStore, WhatHangsIsCountedWhileItHangs) {
    const auto at = guarded(1h, 0ms);
    std::promise<void> release;
    const auto released = release.get_future().share();
    std::array<std::promise<void>, 2> began;
    std::atomic<std::size_t> count{0};
    store->before = [&](std::string_view) {
        began[count++].set_value();
        released.wait();
        return boost::system::error_code();
    };
    std::vector<std::thread> callers;
    for (auto& one : began) {
        EXPECT_FALSE(at->is_away());
        callers.emplace_back([&] { EXPECT_FALSE(ask(*at)); });
        one.get_future().wait();
    }
    EXPECT_TRUE(at->is_away()) << "as many as there are workers hang";
    release.set_value();
    for (auto& each : callers) {
        each.join();
    }
    EXPECT_FALSE(at->is_away());
    EXPECT_TRUE(shows(0));
}

} // namespace
} // namespace tongban::materials
