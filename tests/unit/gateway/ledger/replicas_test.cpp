// Two replicas over one log: rivals meet only there, and a retry is known wherever it arrives.
#include "running_ledger.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tongban::ledger {
namespace {

using story::running_ledger;

class Replicas : public ::testing::Test {
protected:
    log::memory_log log;
    store::memory_view_store rows_a;
    store::memory_view_store rows_b;
    running_ledger a{log, rows_a};
    running_ledger b{log, rows_b};
    story::case_name of;
};

TEST_F(Replicas, ARetryOnTheOtherReplicaIsADuplicateWithTheSameEventId) {
    auto record = story::submitted(of);
    const auto first = a.told(record).value();
    const auto second = b.told(story::submitted(of)).value();
    EXPECT_EQ(first.verdict, cases::verdict::applied);
    EXPECT_EQ(second.verdict, cases::verdict::duplicate);
    EXPECT_EQ(second.state.SerializeAsString(), first.state.SerializeAsString());
}

TEST_F(Replicas, WhatOneWroteTheOtherReadsAfterCatchingUp) {
    ASSERT_TRUE(a.told(story::submitted(of)));
    ASSERT_FALSE(b.catch_up().get());
    EXPECT_TRUE(b->read().find(of.id()).value());
}

TEST_F(Replicas, OfManyRivalClaimsExactlyOneWinsEverywhere) {
    for (int round = 0; round < 40; ++round) {
        const story::case_name contested{"370800", "140400", "R-" + std::to_string(round)};
        ASSERT_TRUE(a.told(story::submitted(contested)));
        std::vector<std::future<story::append_outcome>> claims;
        for (int window = 0; window < 6; ++window) {
            auto& replica = window % 2 == 0 ? a : b;
            claims.push_back(replica.append(story::claimed(contested, "window-" + std::to_string(window))));
        }
        int winners = 0;
        std::set<std::string> holders;
        for (auto& claim : claims) {
            const auto outcome = claim.get().value();
            winners += outcome.verdict == cases::verdict::applied;
            holders.insert(outcome.state.lease().partner());
        }
        ASSERT_EQ(winners, 1) << "round " << round;
        ASSERT_EQ(holders.size(), 1u) << "all are told the same holder";
    }
    ASSERT_FALSE(a.catch_up().get());
    ASSERT_FALSE(b.catch_up().get());
    EXPECT_EQ(rows_a.rows(), rows_b.rows()) << "two replicas, one history, equal bytes";
}

TEST_F(Replicas, EachAnswersItsOwnAttempts) {
    std::vector<std::future<story::append_outcome>> all;
    for (int i = 0; i < 500; ++i) {
        const story::case_name each{"370800", "140400", "E-" + std::to_string(i / 2)};
        all.push_back((i % 2 == 0 ? a : b).append(story::submitted(each)));
    }
    int applied = 0;
    int duplicates = 0;
    for (auto& each : all) {
        const auto outcome = each.get();
        ASSERT_TRUE(outcome);
        applied += outcome->verdict == cases::verdict::applied;
        duplicates += outcome->verdict == cases::verdict::duplicate;
    }
    EXPECT_EQ(applied, 250);
    EXPECT_EQ(duplicates, 250);
}

} // namespace
} // namespace tongban::ledger
