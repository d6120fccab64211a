// The partitioner against the vectors of Apache Kafka's own test (UtilsTest.testMurmur2).
#include "connectors/log/partition_of.hpp"

#include <gtest/gtest.h>

namespace tongban::log {

TEST(PartitionOf, HashesAsKafkasClientsDo) {
    const auto hash = [](std::string_view key) { return static_cast<std::int32_t>(murmur2(key)); };
    EXPECT_EQ(hash("21"), -973932308);
    EXPECT_EQ(hash("foobar"), -790332482);
    EXPECT_EQ(hash("a-little-bit-long-string"), -985981536);
    EXPECT_EQ(hash("a-little-bit-longer-string"), -1486304829);
    EXPECT_EQ(hash("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8"), -58897971);
    EXPECT_EQ(hash("abc"), 479470107);
}

TEST(PartitionOf, IsWithinThePartitions) {
    for (const char* key : {"", "21", "foobar", "abc", "case-370800-0001"}) {
        EXPECT_EQ(partition_of(key, 1), 0u) << key;
        EXPECT_LT(partition_of(key, 12), 12u) << key;
    }
    EXPECT_EQ(partition_of("foobar", 12), (static_cast<std::uint32_t>(-790332482) & 0x7fffffff) % 12);
}

} // namespace tongban::log
