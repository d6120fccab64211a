// Keys sort as the view needs them to, and values read back.
#include "gateway/cases/case_id.hpp"
#include "gateway/ledger/rows.hpp"

#include <gtest/gtest.h>

#include <random>

namespace tongban::ledger::rows {
namespace {

TEST(Rows, InboxKeysSortByRegionThenDueTimeThenWaitingThenNumber) {
    const std::string ordered[] = {
        std::string(inbox("140400", 0, 0, {0, 0}, false).view()),
        std::string(inbox("140400", 255, 0, {9, 9}, false).view()),
        std::string(inbox("140400", 256, 0, {0, 0}, false).view()),
        std::string(inbox("140400", 256, 0, {0, 1}, false).view()),
        std::string(inbox("140400", 256, 0, {1, 0}, false).view()),
        std::string(inbox("140400", 256, 1, {0, 0}, false).view()),
        std::string(inbox("140400", 1'790'000'000'000, 0, {0, 0}, false).view()),
        std::string(inbox("140401", 0, 0, {0, 0}, false).view()),
    };
    for (std::size_t i = 1; i < std::size(ordered); ++i) {
        EXPECT_LT(ordered[i - 1], ordered[i]) << i;
    }
    const auto region = inbox("140400");
    EXPECT_GE(ordered[0], region.view());
    EXPECT_LT(ordered[6], region.past().view());
    EXPECT_GE(ordered[7], region.past().view());
}

TEST(Rows, EventKeysOfACaseSortByOffsetAndStayWithinIt) {
    const case_number number{3, 0x0102030405060708};
    EXPECT_LT(event(number, 255).view(), event(number, 256).view());
    EXPECT_LT(event(number, ~0ull).view(), events(number).past().view());
    EXPECT_GT(event({3, number.number + 1}, 0).view(), events(number).past().view().substr(0, 11));
}

TEST(Rows, PastSkipsBytesThatCannotGrow) {
    EXPECT_EQ(key('e').text("\xff\xff").past().view(), "f");
    EXPECT_EQ(key('e').text(std::string_view("\x01\xff", 2)).past().view(), "e\x02");
}

TEST(Rows, NumberKeyTakesDigestAndOriginFromTheCaseId) {
    const auto id = cases::case_id("370800", "A-1");
    EXPECT_EQ(number_of(id).view(), "n" + cases::case_number_digest("A-1") + "370800");
    EXPECT_TRUE(number_of(id).view().starts_with(numbers_of(cases::case_number_digest("A-1")).view()));
}

TEST(Rows, ARegionOfAnyLengthFillsItsFieldExactly) {
    EXPECT_EQ(inbox("").view(), std::string_view("i\0\0\0\0\0\0", 7));
    EXPECT_EQ(inbox("1404").view(), std::string_view("i1404\0\0", 7));
    EXPECT_EQ(inbox("140400999999").view(), "i140400");
}

TEST(Rows, ValuesReadBack) {
    std::mt19937_64 random(7);
    for (int i = 0; i < 200; ++i) {
        const position_row position{random(), random()};
        const auto position_back = decode_position(encode(position));
        ASSERT_TRUE(position_back);
        EXPECT_EQ(position_back->next_offset, position.next_offset);
        EXPECT_EQ(position_back->next_number, position.next_number);
        const totals_row totals{static_cast<std::int64_t>(random() >> 1), -1};
        EXPECT_EQ(decode_totals(encode(totals))->accepted, totals.accepted);
        EXPECT_EQ(decode_totals(encode(totals))->closed, -1);
        const case_number number{static_cast<std::uint32_t>(random() % 65536), random()};
        const auto encoded = encode_number(number);
        const auto number_back = cursor(encoded).number();
        EXPECT_EQ(number_back.partition, number.partition);
        EXPECT_EQ(number_back.number, number.number);
    }
    std::string value;
    encode_event(value, {1'790'000'000'123, v1::CASE_STATUS_QUEUED, "stale_token"}, "record");
    const auto event = decode_event(value);
    ASSERT_TRUE(event);
    EXPECT_EQ(event->head.recorded_ms, 1'790'000'000'123);
    EXPECT_EQ(event->head.status, v1::CASE_STATUS_QUEUED);
    EXPECT_EQ(event->head.refused_code, "stale_token");
    EXPECT_EQ(event->record, "record");
}

TEST(Rows, AValueCutShortIsNoValue) {
    std::string value;
    encode_event(value, {1, v1::CASE_STATUS_QUEUED, "stale_token"}, "");
    for (std::size_t size = 0; size < value.size(); ++size) {
        EXPECT_FALSE(decode_event(std::string_view(value).substr(0, size))) << size;
    }
    EXPECT_FALSE(decode_position(encode(position_row{}).substr(1)));
    EXPECT_FALSE(decode_position(encode(position_row{}) + "x"));
    EXPECT_FALSE(decode_totals(""));
}

} // namespace
} // namespace tongban::ledger::rows
