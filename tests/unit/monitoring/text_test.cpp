// Bytes from outside end as valid UTF-8 and valid JSON, whatever they were.
#include "monitoring/text.hpp"

#include <gtest/gtest.h>

namespace tongban::monitoring {
namespace {

struct text_row {
    const char* name;
    std::string given;
    std::string expected;
};

class Text : public testing::TestWithParam<text_row> {};

TEST_P(Text, BecomesAValidJsonString) {
    std::string out;
    append_json_string(out, GetParam().given, 16);
    EXPECT_EQ(out, '"' + GetParam().expected + '"');
}

INSTANTIATE_TEST_SUITE_P(
    Rows, Text,
    testing::Values(text_row{"plain", "abc", "abc"}, text_row{"quote", "a\"b\\c", "a\\\"b\\\\c"},
                    text_row{"control", std::string("a\n\0b\x7f", 5), "a\\u000a\\u0000b\\u007f"},
                    text_row{"chinese", "济宁市", "济宁市"}, text_row{"four_bytes", "𠮷", "𠮷"},
                    text_row{"lone_continuation", "a\x80z", "a\uFFFDz"},
                    text_row{"gb18030", "\xbc\xc3\xc4\xfe", "\uFFFD\uFFFD\uFFFD\uFFFD"},
                    text_row{"overlong", "\xc0\xaf", "\uFFFD\uFFFD"},
                    text_row{"overlong_three", "\xe0\x80\x80", "\uFFFD\uFFFD\uFFFD"},
                    text_row{"surrogate", "\xed\xa0\x80", "\uFFFD\uFFFD\uFFFD"},
                    text_row{"past_the_end", "\xf4\x90\x80\x80", "\uFFFD\uFFFD\uFFFD\uFFFD"},
                    text_row{"truncated", "ab\xe6\xb5", "ab\uFFFD\uFFFD"},
                    text_row{"exactly_the_limit", "0123456789abcdef", "0123456789abcdef"},
                    text_row{"cut", "0123456789abcdefg", "0123456789abcdef…"},
                    text_row{"cut_before_a_character", "0123456789abcde济", "0123456789abcde…"}),
    [](const auto& row) { return row.param.name; });

TEST(TextCut, TellsWhetherItWasCut) {
    std::string out;
    EXPECT_FALSE(append_valid_utf8(out, "济宁", 6));
    EXPECT_TRUE(append_valid_utf8(out, "济宁", 5));
    EXPECT_EQ(out, "济宁济");
}

} // namespace
} // namespace tongban::monitoring
