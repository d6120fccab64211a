// Positions of a member's turns with partitions: only what was given can be done, a turn that is over changes
// nothing, and a commit holds everything that is done and nothing else.
#include "connectors/log/source_turns.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tongban::log {

namespace {

const source_turns::place here{"topic", 0}, there{"topic", 1};

// A turn in which the messages up to `last` were given.
std::uint64_t given(source_turns& turns, const source_turns::place& of, std::uint64_t last) {
    turns.begin(of);
    turns.find(of)->next_given = last + 1;
    return turns.find(of)->number;
}

} // namespace

TEST(SourceTurns, OnlyWhatWasGivenInThisTurnCanBeDone) {
    source_turns turns;
    EXPECT_FALSE(turns.done(here, 1, 0));
    const std::uint64_t first = given(turns, here, 9);
    EXPECT_TRUE(turns.done(here, first, 9));
    EXPECT_FALSE(turns.done(here, first, 10));
    turns.end(here);
    EXPECT_FALSE(turns.done(here, first, 5));
    const std::uint64_t second = given(turns, here, 9);
    EXPECT_NE(first, second);
    EXPECT_FALSE(turns.done(here, first, 5));
    EXPECT_FALSE(turns.uncommitted());
}

TEST(SourceTurns, ASourceThatIsOpenedAnewHasOtherTurns) {
    source_turns before, after;
    const std::uint64_t old = given(before, here, 9);
    EXPECT_NE(given(after, here, 9), old) << "what the first gave would be taken for what the second gives again";
    EXPECT_FALSE(after.done(here, old, 5));
    EXPECT_FALSE(after.uncommitted());
}

TEST(SourceTurns, CommitsWhatIsDoneOnceAndAgainOnlyAfterAFailure) {
    source_turns turns;
    const std::uint64_t turn = given(turns, here, 9);
    given(turns, there, 9);
    EXPECT_TRUE(turns.take_uncommitted().empty());
    turns.done(here, turn, 4);
    turns.done(here, turn, 2);
    auto taken = turns.take_uncommitted();
    ASSERT_EQ(taken.size(), 1u);
    EXPECT_EQ(taken[0].of, here);
    EXPECT_EQ(taken[0].next, 5u);
    EXPECT_TRUE(turns.take_uncommitted().empty()) << "it is under way";
    turns.commit_ended(taken[0], false);
    EXPECT_TRUE(turns.uncommitted());
    taken = turns.take_uncommitted();
    ASSERT_EQ(taken.size(), 1u);
    turns.commit_ended(taken[0], true);
    EXPECT_FALSE(turns.uncommitted());
    EXPECT_TRUE(turns.take_uncommitted().empty());
}

TEST(SourceTurns, GivingBackCommitsAlsoWhatIsStillUnderWay) {
    source_turns turns;
    const std::uint64_t turn = given(turns, here, 9);
    turns.done(here, turn, 4);
    const auto under_way = turns.take_uncommitted();
    const auto last_word = turns.take_uncommitted(here);
    ASSERT_EQ(last_word.size(), 1u);
    EXPECT_EQ(last_word[0].next, 5u);
    turns.commit_ended(last_word[0], true);
    EXPECT_TRUE(turns.take_uncommitted(here).empty());
    EXPECT_TRUE(turns.take_uncommitted(there).empty());
    // The other one's answer comes late, for a partition that is somebody else's.
    turns.end(here);
    turns.commit_ended(under_way[0], false);
    EXPECT_FALSE(turns.uncommitted());
}

} // namespace tongban::log
