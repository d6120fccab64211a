// Files on their way in: written once, resumed after a restart, bounded for each partner.
#include "gateway/materials/staging.hpp"

#include <gtest/gtest.h>

#include <fstream>
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
    ASSERT_TRUE(other->append(other->take_turn(), std::string(60, 'x')));
    EXPECT_TRUE(arrivals.has_room("b", 40));
    EXPECT_FALSE(arrivals.has_room("b", 41));
    EXPECT_EQ(arrivals.all().uploads, 4U);
    EXPECT_EQ(arrivals.all().bytes, 60U);
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

} // namespace
} // namespace tongban::materials
