// How often licences may be asked for: by case, by partner, and again when the time is over.
#include "gateway/inbox/question_bounds.hpp"

#include <gtest/gtest.h>

namespace tongban::inbox {
namespace {

using std::chrono::seconds;

struct QuestionBounds : ::testing::Test {
    question_bounds::time_point now{seconds(1000)};
    question_bounds bounds{{.of_case_max = 2, .of_case_within = seconds(100), .of_partner_max = 4,
                            .of_partner_within = seconds(10), .counted_max = 3}};
    std::optional<seconds> ask(const char* partner, const char* case_id) { return bounds.wait_for(partner, case_id, now); }
};

TEST_F(QuestionBounds, OfACaseWhoeverAsks) {
    EXPECT_FALSE(ask("a", "1"));
    EXPECT_FALSE(ask("b", "1"));
    now += seconds(30);
    EXPECT_EQ(ask("a", "1"), seconds(70));
    EXPECT_FALSE(ask("a", "2")) << "another case";
    now += seconds(70);
    EXPECT_FALSE(ask("a", "1")) << "the time is over";
}

TEST_F(QuestionBounds, OfAPartnerWhateverTheCase) {
    for (const auto* one : {"1", "1", "2", "2"}) {
        EXPECT_FALSE(ask("a", one));
    }
    EXPECT_EQ(ask("a", "3"), seconds(10));
    EXPECT_FALSE(ask("b", "3")) << "what was refused is not counted";
    EXPECT_FALSE(ask("b", "3"));
    now += seconds(10);
    EXPECT_FALSE(ask("a", "4"));
}

TEST_F(QuestionBounds, WhatIsCountedIsBounded) {
    for (const auto* one : {"1", "2", "3", "4"}) {
        EXPECT_FALSE(ask("a", one)); // the fourth case is not counted by itself
        now += seconds(10);
    }
    EXPECT_FALSE(ask("b", "4"));
    EXPECT_FALSE(ask("b", "4")) << "no room to count it";
    now += seconds(100);
    EXPECT_FALSE(ask("b", "4"));
    EXPECT_FALSE(ask("c", "4"));
    EXPECT_TRUE(ask("c", "4")) << "there is room again";
}

} // namespace
} // namespace tongban::inbox
