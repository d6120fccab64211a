// Files on their way in: written once, resumed after a restart, bounded for each partner.
#include "gateway/materials/staging.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <functional>
#include <future>
#include <latch>
#include <thread>
#include <unistd.h>

namespace tongban::materials {
namespace {

namespace fs = std::filesystem;

class Staging : public ::testing::Test {
protected:
    Staging() : folder_(fs::temp_directory_path() / ("tongban-staging-" + std::to_string(::getpid()))) {}
    ~Staging() override { fs::remove_all(folder_); }
    static announced said(std::string partner, std::optional<std::uint64_t> length = std::nullopt) {
        return {std::move(partner), "370800", "a.pdf", "", "", length};
    }
    std::size_t files() const {
        return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
    }
    // Begun by another process: its facts and a file of so many zeros, which take no room on the disk.
    void leave_behind(const std::string& id, std::uint64_t bytes) const {
        fs::create_directories(folder_);
        std::ofstream(folder_ / (id + ".json"))
            << R"({"partner":"a","region":"370800","name":"a.pdf","sha256":"","sm3":"","begun":1800000000})";
        std::ofstream(folder_ / (id + ".part")).flush();
        fs::resize_file(folder_ / (id + ".part"), bytes);
    }
    static bool is_open(const fs::path& file) {
        for (const auto& descriptor : fs::directory_iterator("/proc/self/fd")) {
            std::error_code closed_meanwhile;
            const auto target = fs::read_symlink(descriptor.path(), closed_meanwhile).string();
            if (target.starts_with(file.string())) { // " (deleted)" may follow
                return true;
            }
        }
        return false;
    }
    // Calls `work` with 0, 1, … in as many threads, all at once.
    static void at_once(int threads, const std::function<void(int)>& work) {
        std::latch together(threads);
        std::vector<std::jthread> running;
        for (int i = 0; i < threads; ++i) {
            running.emplace_back([&, i] {
                together.arrive_and_wait();
                work(i);
            });
        }
    }
    fs::path folder_;
    staging_limits limits_{3, 100};
};

TEST_F(Staging, DigestsAreOfTheWholeWhoeverWroteIt) {
    std::string id;
    {
        staging arrivals(folder_, limits_);
        const auto made = *arrivals.create(said("a", 11), true);
        const auto turn = made->take_turn();
        ASSERT_TRUE(made->append(turn, "hello"));
        id = made->id();
    }
    staging again(folder_, limits_);
    EXPECT_EQ(again.find(id, "b"), nullptr);
    const auto found = again.find(id, "a");
    ASSERT_NE(found, nullptr);
    EXPECT_EQ(found->offset(), 5U);
    EXPECT_EQ(found->said().name, "a.pdf");
    const auto turn = found->take_turn();
    EXPECT_EQ(found->append(turn, " world and more").error(), staging_errc::wrong_length);
    ASSERT_TRUE(found->append(turn, " world"));
    for (int twice = 0; twice < 2; ++twice) {
        const auto whole = found->finish(turn);
        ASSERT_TRUE(whole);
        EXPECT_EQ(security::hex_of(whole->sha256), "b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9");
        EXPECT_EQ(whole->size, 11U);
        EXPECT_EQ(whole->media_type, "text/plain");
    }
    again.remove(found);
    EXPECT_EQ(files(), 0U);
}

TEST_F(Staging, OnlyTheLastToComeWrites) {
    staging arrivals(folder_, limits_);
    const auto made = *arrivals.create(said("a"), true);
    const auto first = made->take_turn();
    ASSERT_TRUE(made->append(first, "12345"));
    const auto second = made->take_turn();
    EXPECT_EQ(made->append(first, "late").error(), staging_errc::taken_over);
    EXPECT_EQ(made->finish(first).error(), staging_errc::taken_over);
    made->rewind(first, 0);
    EXPECT_EQ(made->offset(), 5U);
    made->rewind(second, 2);
    ASSERT_TRUE(made->append(second, "x"));
    const auto whole = made->finish(second);
    ASSERT_TRUE(whole);
    EXPECT_EQ(whole->sha256, security::digest_of(security::digest_algorithm::sha256, "12x"));
}

TEST_F(Staging, BoundsAreOfEachPartner) {
    staging arrivals(folder_, limits_);
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(arrivals.create(said("a"), false));
    }
    EXPECT_EQ(arrivals.create(said("a"), false).error(), staging_errc::crowded);
    EXPECT_EQ(arrivals.create(said("b", 101), false).error(), staging_errc::crowded);
    const auto other = *arrivals.create(said("b", 100), false);
    const auto turn = other->take_turn();
    ASSERT_TRUE(other->append(turn, std::string(60, 'x')));
    EXPECT_EQ(arrivals.all().uploads, 4U);
    EXPECT_EQ(arrivals.all().bytes, 60U);
    const auto second = *arrivals.create(said("b"), false);
    const auto turn_of_second = second->take_turn();
    EXPECT_EQ(second->append(turn_of_second, std::string(41, 'x')).error(), staging_errc::crowded);
    EXPECT_EQ(second->offset(), 0U);
    EXPECT_TRUE(second->append(turn_of_second, std::string(40, 'x')));
    EXPECT_EQ(second->append(turn_of_second, "x").error(), staging_errc::crowded);
    other->rewind(turn, 59);
    EXPECT_TRUE(second->append(turn_of_second, "x"));
    EXPECT_EQ(arrivals.all().bytes, 100U);
    arrivals.remove(other);
    arrivals.remove(other); // as after the store took it
    EXPECT_EQ(arrivals.all().uploads, 4U);
    EXPECT_EQ(arrivals.all().bytes, 41U);
    EXPECT_EQ(other->append(other->take_turn(), "x").error(), staging_errc::taken_over);
    EXPECT_TRUE(second->append(turn_of_second, std::string(59, 'x')));
}

TEST_F(Staging, BoundsHoldForThoseThatComeAtOnce) {
    staging arrivals(folder_, limits_);
    std::atomic<int> made = 0;
    at_once(8, [&](int) { made += arrivals.create(said("a"), true) ? 1 : 0; });
    EXPECT_EQ(made, 3);
    EXPECT_EQ(arrivals.all().uploads, 3U);
    std::vector<std::shared_ptr<upload>> three;
    for (int i = 0; i < 3; ++i) {
        three.push_back(*arrivals.create(said("b"), false));
    }
    at_once(3, [&](int i) {
        const auto& mine = three[static_cast<std::size_t>(i)];
        const auto turn = mine->take_turn();
        for (int piece = 0; piece < 20 && mine->append(turn, "1234567"); ++piece) {
        }
    });
    EXPECT_EQ(arrivals.all().bytes, 98U);
}

TEST_F(Staging, WhatStandsThereAtTheStartCounts) {
    leave_behind("0a", 99);
    staging arrivals(folder_, limits_);
    EXPECT_EQ(arrivals.all().bytes, 99U);
    EXPECT_EQ(arrivals.create(said("a", 2), false).error(), staging_errc::crowded);
    EXPECT_TRUE(arrivals.create(said("a", 1), false));
}

// Zeros enough that reading them takes seconds: while that goes on everything that I/O threads ask is answered.
TEST_F(Staging, WhatIsAskedDoesNotWaitForDisk) {
    const std::uint64_t large = 2UL << 30;
    leave_behind("0a", large);
    staging arrivals(folder_, {3, large * 2});
    const auto one = arrivals.find("0a", "a");
    ASSERT_NE(one, nullptr);
    const auto turn = one->take_turn();
    auto finishing = std::async(std::launch::async, [&] { return one->finish(turn); });
    const auto still = [&] { return finishing.wait_for(std::chrono::seconds(0)) == std::future_status::timeout; };
    while (!is_open(one->file()) && still()) {
        std::this_thread::yield();
    }
    EXPECT_EQ(one->offset(), large);
    EXPECT_TRUE(one->agree(large, "", ""));
    EXPECT_EQ(one->said().length, large);
    EXPECT_EQ(arrivals.find("0a", "a"), one);
    EXPECT_EQ(arrivals.all().bytes, large);
    EXPECT_TRUE(arrivals.create(said("a"), false));
    EXPECT_TRUE(still());
    one->take_turn();
    EXPECT_EQ(finishing.get().error(), staging_errc::taken_over); // and not after all was read
}

TEST_F(Staging, WhatAnOldTurnStillWritesDoesNotCount) {
    staging arrivals(folder_, {1, 1UL << 30});
    const auto made = *arrivals.create(said("a"), false);
    std::string whole;
    for (int round = 0; round < 50; ++round) {
        const auto old = made->take_turn();
        std::promise<void> wrote;
        std::jthread writer([&] {
            const std::string piece(256UL * 1024, 'o');
            bool is_first = true;
            while (made->append(old, piece)) {
                if (std::exchange(is_first, false)) {
                    wrote.set_value();
                }
            }
        });
        wrote.get_future().wait();
        const auto mine = made->take_turn();
        const auto offset = made->offset();
        ASSERT_TRUE(made->append(mine, "new"));
        ASSERT_EQ(made->offset(), offset + 3);
        whole.resize(offset, 'o');
        whole += "new";
        writer.join();
        const auto back = whole.size() > 4'000'000 ? whole.size() / 2 : whole.size();
        made->rewind(mine, back);
        whole.resize(back);
    }
    const auto turn = made->take_turn();
    const auto found = made->finish(turn);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->sha256, security::digest_of(security::digest_algorithm::sha256, whole));
    EXPECT_EQ(fs::file_size(made->file()), whole.size());
    EXPECT_EQ(arrivals.all().bytes, whole.size());
}

TEST_F(Staging, WhatLiesBehindTheOffsetGoes) {
    staging arrivals(folder_, limits_);
    const auto made = *arrivals.create(said("a"), false);
    const auto turn = made->take_turn();
    ASSERT_TRUE(made->append(turn, "12345"));
    std::ofstream(made->file(), std::ios::app) << "of a turn that ended";
    const auto found = made->finish(turn);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->size, 5U);
    EXPECT_EQ(fs::file_size(made->file()), 5U); // it goes to the store as it stands there
}

TEST_F(Staging, WhatIsFinishedDoesNotGrow) {
    staging arrivals(folder_, limits_);
    const auto made = *arrivals.create(said("a"), true);
    const auto turn = made->take_turn();
    ASSERT_TRUE(made->append(turn, "12345"));
    ASSERT_TRUE(made->finish(turn));
    const auto later = made->take_turn(); // while the first goes on to the store
    EXPECT_EQ(made->append(later, "6").error(), staging_errc::wrong_length);
    ASSERT_TRUE(made->finish(later));
    EXPECT_EQ(fs::file_size(made->file()), 5U);
}

TEST_F(Staging, WhatIsRemovedIsClosed) {
    staging arrivals(folder_, limits_);
    const auto made = *arrivals.create(said("a"), false);
    ASSERT_TRUE(made->append(made->take_turn(), "12345"));
    EXPECT_TRUE(is_open(made->file()));
    arrivals.remove(made); // by a worker; whoever lets go of it last may be an I/O thread
    EXPECT_FALSE(is_open(made->file()));
}

TEST_F(Staging, WhatIsOldOrNobodysIsRemoved) {
    {
        staging arrivals(folder_, limits_);
        ASSERT_TRUE(arrivals.create(said("a"), false)); // cannot be resumed: gone with its process
        ASSERT_TRUE(arrivals.create(said("a"), true));
        std::ofstream(folder_ / "deadbeef.json") << "{\"half\":";
    }
    staging again(folder_, limits_);
    EXPECT_EQ(again.all().uploads, 1U);
    EXPECT_EQ(files(), 2U);
    EXPECT_EQ(again.sweep(std::chrono::system_clock::now() - std::chrono::hours(1)), 0U);
    EXPECT_EQ(again.sweep(std::chrono::system_clock::now() + std::chrono::hours(1)), 1U);
    EXPECT_EQ(files(), 0U);
}

TEST_F(Staging, LaterWordsMustAgree) {
    staging arrivals(folder_, limits_);
    const auto made = *arrivals.create(said("a"), false);
    ASSERT_TRUE(made->append(made->take_turn(), "12345"));
    EXPECT_FALSE(made->agree(4, "", ""));
    EXPECT_TRUE(made->agree(9, std::string(32, 'd'), ""));
    EXPECT_TRUE(made->agree(std::nullopt, "", ""));
    EXPECT_FALSE(made->agree(10, "", ""));
    EXPECT_FALSE(made->agree(9, std::string(32, 'e'), ""));
}

TEST_F(Staging, WhatWasSaidIsACopy) {
    staging arrivals(folder_, limits_);
    const auto made = *arrivals.create(said("a"), false);
    const auto& before = made->said();
    EXPECT_TRUE(made->agree(9, std::string(32, 'd'), ""));
    EXPECT_FALSE(before.length);
    EXPECT_EQ(before.sha256, "");
    EXPECT_EQ(made->said().length, 9U);
    // Nothing is added by what contradicts.
    EXPECT_FALSE(made->agree(9, std::string(32, 'e'), std::string(32, 'f')));
    EXPECT_EQ(made->said().sm3, "");
}

TEST_F(Staging, ReadAndAddedToAtOnce) { // for a build that watches threads
    staging arrivals(folder_, limits_);
    const auto made = *arrivals.create(said("a"), false);
    at_once(4, [&](int i) {
        for (int round = 0; round < 100; ++round) {
            if (i == 0) {
                EXPECT_TRUE(made->agree(9, std::string(32, 'd'), std::string(32, 'e')));
            } else {
                const auto said = made->said();
                EXPECT_TRUE(said.sha256.empty() || said.sha256.size() == 32U);
            }
        }
    });
}

} // namespace
} // namespace tongban::materials
