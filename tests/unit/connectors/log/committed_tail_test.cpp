// Which batches a reader finds in memory, and when it must read the disk.
#include "connectors/log/committed_tail.hpp"

#include <gtest/gtest.h>

namespace tongban::log {

namespace {

using ends = std::vector<std::uint64_t>;

std::shared_ptr<const committed_batch> batch_at(ends begins, std::size_t bytes = 10) {
    auto batch = std::make_shared<committed_batch>();
    batch->begins = std::move(begins);
    batch->records = {{{0, batch->begins[0]}, "key", "value"}};
    batch->bytes = bytes;
    return batch;
}

} // namespace

TEST(CommittedTail, ReaderAtTheEndWaitsForTheNextBatch) {
    committed_tail tail({7, 3}, 100);
    auto next = tail.find({7, 3});
    ASSERT_TRUE(next.has_value());
    committed_batches taken;
    EXPECT_TRUE(tail.take(*next, 10, taken));
    EXPECT_TRUE(taken.empty());
    tail.publish(batch_at({7, 3}), {8, 3});
    EXPECT_TRUE(tail.take(*next, 10, taken));
    EXPECT_EQ(taken.size(), 1u);
}

TEST(CommittedTail, ReaderBeforeTheOldestBatchReadsTheDisk) {
    committed_tail tail({7, 3}, 100);
    tail.publish(batch_at({7, 3}), {8, 3});
    EXPECT_FALSE(tail.find({6, 3}).has_value());
    EXPECT_FALSE(tail.find({8, 2}).has_value());
    EXPECT_TRUE(tail.find({7, 3}).has_value());
}

TEST(CommittedTail, ReaderInTheMiddleStartsAtTheNewestBatchItReached) {
    committed_tail tail({0}, 100);
    tail.publish(batch_at({0}), {1});
    tail.publish(batch_at({1}), {2});
    tail.publish(batch_at({2}), {3});
    auto next = tail.find({1});
    ASSERT_TRUE(next.has_value());
    committed_batches taken;
    EXPECT_TRUE(tail.take(*next, 10, taken));
    ASSERT_EQ(taken.size(), 2u);
    EXPECT_EQ(taken[0]->begins, ends{1});
}

TEST(CommittedTail, ForgetsTheOldestWhenTheBytesAreMany) {
    committed_tail tail({0}, 25);
    auto slow = tail.find({0});
    for (std::uint64_t i = 0; i < 4; ++i)
        tail.publish(batch_at({i}), {i + 1});
    committed_batches taken;
    EXPECT_FALSE(tail.take(*slow, 10, taken));
    EXPECT_FALSE(tail.find({1}).has_value());
    EXPECT_TRUE(tail.find({2}).has_value());
}

TEST(CommittedTail, KeepsOneBatchHoweverLarge) {
    committed_tail tail({0}, 25);
    auto next = tail.find({0});
    tail.publish(batch_at({0}, 1000), {1});
    committed_batches taken;
    EXPECT_TRUE(tail.take(*next, 10, taken));
    EXPECT_EQ(taken.size(), 1u);
}

TEST(CommittedTail, AfterAResetAReaderLooksAtItsPositionsAgain) {
    committed_tail tail({5}, 100);
    auto next = tail.find({5});
    tail.reset({6});
    committed_batches taken;
    EXPECT_FALSE(tail.take(*next, 10, taken)) << "record 5 is on disk only";
    EXPECT_FALSE(tail.find({5}).has_value());
    EXPECT_TRUE(tail.find({6}).has_value());
    EXPECT_EQ(tail.ends(), ends{6});
}

} // namespace tongban::log
