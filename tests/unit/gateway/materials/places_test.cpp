// So many files sent at once, however many ask together.
#include "gateway/materials/room.hpp"

#include <gtest/gtest.h>

#include <latch>
#include <thread>

namespace tongban::materials {
namespace {

TEST(Places, AsManyAsThereAreAndThenNone) {
    places two;
    EXPECT_TRUE(two.take(2));
    EXPECT_TRUE(two.take(2));
    EXPECT_FALSE(two.take(2));
    two.give_back();
    EXPECT_TRUE(two.take(2));
}

TEST(Places, NeverMoreAtOnce) {
    constexpr int threads = 8;
    places three;
    std::atomic<int> inside = 0;
    std::atomic<int> most = 0;
    std::latch together(threads);
    {
        std::vector<std::jthread> running;
        for (int i = 0; i < threads; ++i) {
            running.emplace_back([&] {
                together.arrive_and_wait();
                for (int round = 0; round < 20'000; ++round) {
                    if (three.take(3)) {
                        const int now = ++inside;
                        int seen = most;
                        while (seen < now && !most.compare_exchange_weak(seen, now)) {
                        }
                        --inside;
                        three.give_back();
                    }
                }
            });
        }
    }
    EXPECT_LE(most, 3);
    EXPECT_GE(most, 1);
    EXPECT_TRUE(three.take(1));
}

} // namespace
} // namespace tongban::materials
