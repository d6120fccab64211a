// Ranges, digests and the fields of resumable uploads, by tables.
#include "gateway/materials/transfer_fields.hpp"
#include "security/content_digest.hpp"

#include <gtest/gtest.h>

namespace tongban::materials {
namespace {

TEST(Ranges, AreReadAsRfc9110Says) {
    struct row {
        const char* field;
        std::uint64_t size;
        range_verdict verdict;
        std::uint64_t first, last;
    };
    constexpr auto part = range_verdict::part;
    constexpr auto whole = range_verdict::whole;
    constexpr auto none = range_verdict::unsatisfiable;
    for (const auto& [field, size, verdict, first, last] : {
             row{"bytes=0-0", 10, part, 0, 0},
             row{"bytes=0-", 10, part, 0, 9},
             row{"BYTES=3-5", 10, part, 3, 5},
             row{"bytes= 3 - 5 ", 10, part, 3, 5},
             row{"bytes=9-100", 10, part, 9, 9},
             row{"bytes=-3", 10, part, 7, 9},
             row{"bytes=-30", 10, part, 0, 9},
             row{"bytes=10-", 10, none, 0, 0},
             row{"bytes=-0", 10, none, 0, 0},
             row{"bytes=0-", 0, none, 0, 0},
             row{"bytes=-1", 0, none, 0, 0},
             row{"bytes=5-4", 10, whole, 0, 0},
             row{"bytes=1-2,4-5", 10, whole, 0, 0},
             row{"bytes=", 10, whole, 0, 0},
             row{"bytes=-", 10, whole, 0, 0},
             row{"bytes=a-b", 10, whole, 0, 0},
             row{"bytes=+1-2", 10, whole, 0, 0},
             row{"items=1-2", 10, whole, 0, 0},
             row{"bytes=18446744073709551616-", 10, whole, 0, 0},
             row{"bytes=0-18446744073709551615", 10, part, 0, 9},
             row{"", 10, whole, 0, 0},
         }) {
        byte_range range;
        EXPECT_EQ(read_range(field, size, range), verdict) << field;
        if (verdict == part) {
            EXPECT_EQ(range.first, first) << field;
            EXPECT_EQ(range.last, last) << field;
        }
    }
}

TEST(Digests, AreReadAndWritten) {
    const std::string a = security::digest_of(security::digest_algorithm::sha256, "a");
    const std::string b = security::digest_of(security::digest_algorithm::sm3, "a");
    const auto both = read_digests(write_digests(a, b));
    ASSERT_TRUE(both);
    EXPECT_EQ(both->sha256, a);
    EXPECT_EQ(both->sm3, b);
    EXPECT_EQ(write_digests(a, ""), "sha-256=:ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs=:");
    const auto mixed = read_digests(" md5=:AAAA: , SHA-256=:ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs: ");
    ASSERT_TRUE(mixed);
    EXPECT_EQ(mixed->sha256, a);
    EXPECT_TRUE(read_digests("")->sha256.empty());
    for (const auto* wrong : {"sha-256", "sha-256=", "sha-256=::", "sha-256=:AAAA:", "sha-256=abc", "sm3=:*:", ",",
                              "sha-256=:ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs=:,"
                              "sha-256=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:"}) {
        EXPECT_FALSE(read_digests(wrong)) << wrong;
    }
}

// GB/T 32905-2016, annex A; and FIPS 180-2.
TEST(Digests, AreThoseOfTheStandards) {
    EXPECT_EQ(security::hex_of(security::digest_of(security::digest_algorithm::sm3, "abc")),
              "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
    EXPECT_EQ(security::hex_of(security::digest_of(security::digest_algorithm::sha256, "abc")),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(StructuredFields, IntegersAndBooleans) {
    EXPECT_EQ(read_integer("0"), 0U);
    EXPECT_EQ(read_integer(" 999999999999999 "), 999999999999999U);
    for (const auto* wrong : {"", "-1", "+1", "1.0", "1;a=b", "1000000000000000", "0x1", "1 2"}) {
        EXPECT_FALSE(read_integer(wrong)) << wrong;
    }
    EXPECT_EQ(read_boolean("?1"), true);
    EXPECT_EQ(read_boolean(" ?0 "), false);
    for (const auto* wrong : {"", "1", "?2", "true", "?1;a"}) {
        EXPECT_FALSE(read_boolean(wrong)) << wrong;
    }
}

TEST(EntityTags, AreCompared) {
    EXPECT_TRUE(has_tag("\"abc\"", "abc", true));
    EXPECT_TRUE(has_tag("\"x\" , W/\"abc\"", "abc", false));
    EXPECT_FALSE(has_tag("W/\"abc\"", "abc", true));
    EXPECT_TRUE(has_tag("*", "abc", false));
    EXPECT_FALSE(has_tag("*", "abc", true));
    EXPECT_FALSE(has_tag("abc", "abc", false));
    EXPECT_FALSE(has_tag("", "abc", false));
}

} // namespace
} // namespace tongban::materials
