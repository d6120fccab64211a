// Pauses grow and are cut; a target's wish is kept to; by default the age ends a budget, not the number of attempts.
#include "gateway/delivery/retry_policy.hpp"

#include <gtest/gtest.h>

namespace tongban::delivery {
namespace {

using namespace std::chrono_literals;

TEST(RetryPolicy, WhatATargetAsksForIsKeptToUpToAnHour) {
    std::mt19937_64 random(1);
    const delivery_settings settings;
    EXPECT_EQ(pause_after(settings, 1, 30min, random), 30min);
    EXPECT_EQ(pause_after(settings, 1, 24h, random), 1h);
    for (std::uint32_t attempt = 1; attempt < 100; ++attempt) {
        EXPECT_LE(pause_after(settings, attempt, 0ms, random), 10min);
    }
}

TEST(RetryPolicy, ByDefaultTheAgeEndsTheBudget) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        std::mt19937_64 random(seed);
        delivery_settings settings;
        for (const auto age : {std::chrono::seconds(3 * 24h), std::chrono::seconds(30 * 24h)}) {
            settings.age_max = age;
            std::chrono::milliseconds now{0};
            std::uint32_t attempts = 1;
            while (!is_spent(settings, attempts, 0, now.count())) {
                now += pause_after(settings, attempts++, 0ms, random);
            }
            EXPECT_GT(now, age) << attempts;
            EXPECT_LT(now, age + 10min);
        }
    }
}

} // namespace
} // namespace tongban::delivery
