// Order of a topic's messages: of one key one after the other, positions only when all before them are done.
#include "gateway/intake/source_order.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <set>

namespace tongban::intake {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const source_order::place here{"tongban.intake.370800.v1", 0, 1};

TEST(SourceOrder, MessagesOfOneKeyWaitForEachOther) {
    source_order order;
    EXPECT_TRUE(order.add(here, 10, "A"));
    EXPECT_TRUE(order.add(here, 11, "B"));
    EXPECT_FALSE(order.add(here, 12, "A"));
    EXPECT_FALSE(order.add(here, 13, "A"));
    EXPECT_EQ(order.under_way(), 4u);
    const auto first = order.finish(here, 10);
    EXPECT_THAT(first.may_begin, ElementsAre(12));
    EXPECT_EQ(first.done_through, 10u);
    const auto second = order.finish(here, 12);
    EXPECT_THAT(second.may_begin, ElementsAre(13));
    EXPECT_EQ(second.done_through, std::nullopt) << "11 is not done";
    const auto third = order.finish(here, 11);
    EXPECT_THAT(third.may_begin, IsEmpty());
    EXPECT_EQ(third.done_through, 12u);
    EXPECT_EQ(order.finish(here, 13).done_through, 13u);
    EXPECT_EQ(order.under_way(), 0u);
}

TEST(SourceOrder, TurnsAndPartitionsAreApart) {
    source_order order;
    const source_order::place later{std::get<0>(here), 0, 2};
    EXPECT_TRUE(order.add(here, 10, "A"));
    EXPECT_TRUE(order.add(later, 10, "A")) << "the partition came back and the message with it";
    EXPECT_EQ(order.finish(later, 10).done_through, 10u);
    EXPECT_EQ(order.finish(later, 10).done_through, std::nullopt) << "twice";
    EXPECT_EQ(order.finish({"other", 0, 1}, 10).done_through, std::nullopt);
    EXPECT_EQ(order.finish(here, 10).done_through, 10u);
}

TEST(SourceOrder, WhateverTheOrderOfEndsEverythingIsDoneAtLast) {
    std::mt19937 random(3);
    for (int run = 0; run < 200; ++run) {
        source_order order;
        std::set<std::uint64_t> running;
        for (std::uint64_t offset = 0; offset < 40; ++offset) {
            if (order.add(here, offset, std::string(1, static_cast<char>('a' + random() % 4)))) {
                running.insert(offset);
            }
        }
        std::optional<std::uint64_t> through;
        while (!running.empty()) {
            const auto one = *std::next(running.begin(), static_cast<std::ptrdiff_t>(random() % running.size()));
            running.erase(one);
            const auto ended = order.finish(here, one);
            running.insert(ended.may_begin.begin(), ended.may_begin.end());
            if (ended.done_through) {
                ASSERT_TRUE(!through || *ended.done_through > *through);
                through = ended.done_through;
            }
        }
        ASSERT_EQ(through, 39u);
        ASSERT_EQ(order.under_way(), 0u);
    }
}

} // namespace
} // namespace tongban::intake
