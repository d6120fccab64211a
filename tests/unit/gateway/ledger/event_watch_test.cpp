// Who follows regions is told of each batch once, of his regions only, and never after he let go.
#include "gateway/ledger/event_watch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

namespace tongban::ledger {
namespace {

using ::testing::ElementsAre;

TEST(EventWatch, TellsOfItsRegionsWhenTheBatchIsCommitted) {
    event_watch watch;
    int told = 0;
    const auto following = watch.follow({"370800"}, 3, [&] { ++told; });
    EXPECT_THAT(following.ends(), ElementsAre(0, 0, 0));
    watch.put("370800", 1, 41);
    watch.put("370800", 1, 42);
    watch.put("140400", 2, 7);
    EXPECT_EQ(told, 0) << "nothing of the batch can be read yet";
    watch.committed();
    EXPECT_EQ(told, 1) << "once for a batch";
    EXPECT_THAT(following.ends(), ElementsAre(0, 43, 0));
    watch.put("140400", 2, 8);
    watch.committed();
    watch.committed();
    EXPECT_EQ(told, 1) << "nothing of its regions";
}

TEST(EventWatch, TellsOnceOfSeveralRegions) {
    event_watch watch;
    int told = 0;
    const auto following = watch.follow({"370800", "140400"}, 2, [&] { ++told; });
    watch.put("370800", 0, 5);
    watch.put("140400", 0, 6);
    watch.put("140400", 1, 0);
    watch.committed();
    EXPECT_EQ(told, 1);
    EXPECT_THAT(following.ends(), ElementsAre(7, 1)) << "the newest of both";
}

TEST(EventWatch, IsSilentAfterLettingGo) {
    event_watch watch;
    int told = 0;
    auto kept = watch.follow({"370800"}, 1, [&] { ++told; });
    {
        auto moved = watch.follow({"370800"}, 1, [&] { told += 100; });
        auto last = std::move(moved);
    }
    watch.put("370800", 0, 1);
    watch.committed();
    EXPECT_EQ(told, 1);
    kept = {};
    watch.put("370800", 0, 2);
    watch.committed();
    EXPECT_EQ(told, 1);
}

TEST(EventWatch, LeavesNoGapBetweenFollowingAndBeingTold) {
    // Whoever follows while a batch is under way either can read it afterwards or is told of it.
    event_watch watch;
    std::atomic<std::uint64_t> readable{0};
    std::atomic<bool> stop{false};
    std::thread projector([&] {
        for (std::uint64_t offset = 0; !stop; ++offset) {
            watch.put("370800", 0, offset);
            readable = offset + 1;
            watch.committed();
        }
    });
    for (int i = 0; i < 300; ++i) {
        std::atomic<std::uint64_t> told{0};
        const auto following = watch.follow({"370800"}, 1, [&] { ++told; });
        const auto read = readable.load();
        const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        while ((told == 0 || following.ends()[0] < read) && std::chrono::steady_clock::now() < until) {
            std::this_thread::yield();
        }
        ASSERT_GE(following.ends()[0], read);
    }
    stop = true;
    projector.join();
}

} // namespace
} // namespace tongban::ledger
