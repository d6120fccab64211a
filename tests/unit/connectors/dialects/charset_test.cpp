// GB18030 is read by a table for speed: it must say exactly what iconv says, of good bytes and of bad ones.
#include "connectors/dialects/charset.hpp"

#include <gtest/gtest.h>
#include <iconv.h>

#include <string>

namespace tongban::dialects::testing {
namespace {

// What iconv makes of `bytes`, and how many of them it understood.
std::string by_iconv(std::string bytes, std::size_t& understood) {
    const auto handle = iconv_open("UTF-8", "GB18030");
    std::string out(bytes.size() * 4 + 16, '\0');
    char* from = bytes.data();
    char* to = out.data();
    std::size_t left = bytes.size();
    std::size_t room = out.size();
    iconv(handle, &from, &left, &to, &room);
    iconv_close(handle);
    understood = bytes.size() - left;
    out.resize(static_cast<std::size_t>(to - out.data()));
    return out;
}

void expect_as_iconv(const std::string& bytes) {
    std::string scratch;
    std::string_view text;
    std::size_t bad = 0;
    std::size_t understood = 0;
    const auto expected = by_iconv(bytes, understood);
    const bool good = to_utf8(charset::gb18030, bytes, scratch, text, bad);
    ASSERT_EQ(good, understood == bytes.size()) << ::testing::PrintToString(bytes);
    ASSERT_EQ(good ? std::string(text) : expected, expected) << ::testing::PrintToString(bytes);
    ASSERT_EQ(bad, understood) << ::testing::PrintToString(bytes);
}

TEST(Charset, EveryTwoByteCharacterIsWhatIconvSays) {
    for (int lead = 0x80; lead <= 0xFF; ++lead) {
        for (int trail = 0; trail <= 0xFF; ++trail) {
            expect_as_iconv({'a', static_cast<char>(lead), static_cast<char>(trail)});
        }
    }
}

TEST(Charset, FourByteCharactersAreWhatIconvSays) {
    for (int i = 0; i < 126 * 10 * 126 * 10; i += 97) {
        expect_as_iconv({static_cast<char>(0x81 + i / 12600), static_cast<char>(0x30 + i / 1260 % 10),
                         static_cast<char>(0x81 + i / 10 % 126), static_cast<char>(0x30 + i % 10), 'z'});
    }
}

TEST(Charset, TextOfNothingButRareCharactersFits) {
    std::string rare;
    for (int i = 0; i < 5000; ++i) {
        rare += "\xFE\x51\x95\x32\x82\x36"; // both outside the first plane
    }
    expect_as_iconv(rare);
}

TEST(Charset, ATextThatEndsInTheMiddleOfACharacterIsRefusedThere) {
    const std::string whole = "12345678\xCD\xF5\x95\x32\x82\x36";
    for (std::size_t size = 0; size <= whole.size(); ++size) {
        expect_as_iconv(whole.substr(0, size));
    }
}

TEST(Charset, AsciiRunsOfEveryLengthAroundACharacter) {
    const std::string ascii = "<LXRSJ>13800138000</LXRSJ>";
    for (std::size_t before = 0; before <= ascii.size(); ++before) {
        for (std::size_t after = 0; after <= ascii.size(); ++after) {
            expect_as_iconv(ascii.substr(0, before) + "\xCD\xF5" + ascii.substr(0, after));
        }
    }
}

} // namespace
} // namespace tongban::dialects::testing
