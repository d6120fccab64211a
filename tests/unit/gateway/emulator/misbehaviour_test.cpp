// What goes wrong is drawn by seed and delivery, in the shares asked for, and in no order.
#include "gateway/emulator/misbehaviour.hpp"
#include "tests/unit/security/bilingual_mistakes.hpp"

#include <gmock/gmock.h>

namespace tongban::emulator {
namespace {

using namespace std::chrono_literals;

TEST(Choice, IsTheSameForTheSameWordsAndSpreadsOtherwise) {
    EXPECT_EQ(drawn(7, {"a", "b"}), drawn(7, {"a", "b"}));
    EXPECT_NE(drawn(7, {"a", "b"}), drawn(8, {"a", "b"}));
    EXPECT_NE(drawn(7, {"a", "b"}), drawn(7, {"ab", ""})) << "words do not run together";
    int low = 0;
    constexpr int draws = 10'000;
    for (int i = 0; i < draws; ++i) {
        const auto at = drawn(1, {"case", std::to_string(i)});
        ASSERT_GE(at, 0);
        ASSERT_LT(at, 1);
        low += at < 0.1 ? 1 : 0;
    }
    EXPECT_NEAR(low, draws / 10, 120); // four standard deviations
}

TEST(Choice, PausesAreReadStrictly) {
    EXPECT_EQ(pause_of("200ms"), (pause{200ms, 200ms}));
    EXPECT_EQ(pause_of("1s..2m"), (pause{1s, 2min}));
    for (const auto* wrong : {"", "5", "s", "-1s", "1s..", "..1s", "2s..1s", "99999999999999999999s", "25h", "1 s"}) {
        EXPECT_FALSE(pause_of(wrong)) << wrong;
    }
    EXPECT_EQ((pause{1s, 3s}).chosen(0.5), 2s);
}

TEST(Misbehaviour, SharesAreKept) {
    misbehaviour how;
    EXPECT_TRUE(take_troubles("500=20%,lost=0.1", how).empty());
    std::array<int, answer_trouble_count + 1> seen{};
    constexpr int draws = 10'000;
    for (int i = 0; i < draws; ++i) {
        const auto wrong = answer_trouble(how, 3, "TB-" + std::to_string(i) + "-1-140400", 1);
        ++seen[wrong ? static_cast<std::size_t>(*wrong) : answer_trouble_count];
        EXPECT_EQ(wrong, answer_trouble(how, 3, "TB-" + std::to_string(i) + "-1-140400", 1));
    }
    EXPECT_NEAR(seen[static_cast<std::size_t>(trouble::error_500)], draws / 5, 160);
    EXPECT_NEAR(seen[static_cast<std::size_t>(trouble::lost)], draws / 10, 120);
    EXPECT_EQ(seen[static_cast<std::size_t>(trouble::slow)], 0);
}

TEST(Misbehaviour, AnotherAttemptIsAnotherDraw) {
    misbehaviour how;
    how.of(trouble::error_500) = 0.5;
    int differs = 0;
    for (int i = 0; i < 100; ++i) {
        const auto id = std::to_string(i);
        differs += answer_trouble(how, 1, id, 1) != answer_trouble(how, 1, id, 2) ? 1 : 0;
    }
    EXPECT_GT(differs, 20);
}

std::vector<std::string> wrong(std::string_view list) {
    misbehaviour how;
    return testing::in_english(take_troubles(list, how));
}

TEST(Misbehaviour, WrongListsAreNamed) {
    EXPECT_THAT(wrong("sloww=10%"), ::testing::ElementsAre(::testing::HasSubstr("known: slow, 500")));
    EXPECT_THAT(wrong("slow"), ::testing::ElementsAre(::testing::HasSubstr("expected a share")));
    EXPECT_THAT(wrong("slow=101%,lost=x"), ::testing::SizeIs(2));
    EXPECT_THAT(wrong("slow=70%,lost=70%"), ::testing::ElementsAre(::testing::HasSubstr("more than 100%")));
}

TEST(Misbehaviour, ClockIsAnHourOffEitherWayAndPerCase) {
    misbehaviour how;
    EXPECT_EQ(clock_error(how, 1, "A"), 0ms);
    how.of(trouble::skew) = 1;
    bool early = false;
    bool late = false;
    for (int i = 0; i < 50; ++i) {
        const auto error = clock_error(how, 1, std::to_string(i));
        EXPECT_TRUE(error == 1h || error == -1h);
        EXPECT_EQ(error, clock_error(how, 1, std::to_string(i)));
        early = early || error < 0ms;
        late = late || error > 0ms;
    }
    EXPECT_TRUE(early && late);
}

TEST(Misbehaviour, NamesAreReadBack) {
    for (std::size_t i = 0; i < trouble_count; ++i) {
        EXPECT_EQ(trouble_named(name(static_cast<trouble>(i))), static_cast<trouble>(i));
    }
    EXPECT_FALSE(trouble_named("nothing"));
}

} // namespace
} // namespace tongban::emulator
