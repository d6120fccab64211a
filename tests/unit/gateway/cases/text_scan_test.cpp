// The text scan against a plain decoder, on random mixtures of everything it treats apart.
#include "gateway/cases/text_scan.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace tongban::cases {
namespace {

TEST(TextScan, CountsCharactersNotBytes) {
    EXPECT_EQ(scan_text("").characters, 0u);
    EXPECT_EQ(scan_text("abc").characters, 3u);
    EXPECT_EQ(scan_text("王䶮").characters, 2u);
    EXPECT_EQ(scan_text("𠮷a·é").characters, 4u);
    EXPECT_EQ(scan_text(std::string(1000, 'a') + "王").characters, 1001u);
}

TEST(TextScan, KnowsWhatCannotBeSeen) {
    for (const std::string unseen : {"", " ", "\t\n", "\u00a0", "\u3000", "\u200b", "\ufeff", "\u2060", " \u3000\u200d "}) {
        EXPECT_FALSE(says(unseen)) << unseen.size();
        EXPECT_TRUE(says(unseen + "王" + unseen));
        EXPECT_EQ(has_unseen_edge("王" + unseen), !unseen.empty());
        EXPECT_EQ(has_unseen_edge(unseen + "a"), !unseen.empty());
        EXPECT_FALSE(has_unseen_edge("a" + unseen + "王"));
    }
    EXPECT_TRUE(says("\x80")) << "scan_text tells of it";
    EXPECT_FALSE(has_unseen_edge("\x80"));
}

TEST(TextScan, FindsEachFaultWhereverItStands) {
    struct fault {
        std::string text;
        bool text_facts::*fact;
    };
    const std::vector<fault> faults = {
        {std::string(1, '\0'), &text_facts::control},
        {"\x1f", &text_facts::control},
        {"\x7f", &text_facts::control},
        {"\u0085", &text_facts::control},
        {"\u202e", &text_facts::control},
        {"\u2066", &text_facts::control},
        {"\n", &text_facts::line_break},
        {"\t", &text_facts::line_break},
        {"\xEF\xBF\xBD", &text_facts::lost},
        {"\xEF\xBF\xBE", &text_facts::lost},
        {"锟斤拷", &text_facts::lost},
        {"?", &text_facts::question_mark},
        {"\x80", &text_facts::broken},
        {"\xC0\x80", &text_facts::broken},
        {"\xE4\xB8", &text_facts::broken},
        {"\xED\xA0\x80", &text_facts::broken},
        {"\xE0\x80\x80", &text_facts::broken},
        {"\xF0\x80\x80\x80", &text_facts::broken},
        {"\xF4\x90\x80\x80", &text_facts::broken},
        {"\xF8\x88\x80\x80\x80", &text_facts::broken},
        {"\xFF", &text_facts::broken},
    };
    for (const auto& [text, fact] : faults) {
        for (std::size_t place = 0; place < 20; ++place) {
            for (std::size_t after = 0; after < 20; ++after) {
                const auto whole = std::string(place, 'x') + text + std::string(after, 'y');
                ASSERT_TRUE(scan_text(whole).*fact) << place << ' ' << after;
                const auto chinese = "王" + whole + "王";
                ASSERT_TRUE(scan_text(chinese).*fact) << place << ' ' << after;
            }
        }
    }
}

TEST(TextScan, QuestionMarkCountsAsLostOnlyBesideAnIdeograph) {
    EXPECT_TRUE(scan_text("山西省?治市").question_by_ideograph);
    EXPECT_TRUE(scan_text("?治").question_by_ideograph);
    EXPECT_TRUE(scan_text("王?").question_by_ideograph);
    EXPECT_FALSE(scan_text("why? because").question_by_ideograph);
    EXPECT_FALSE(scan_text("王 ?").question_by_ideograph);
    EXPECT_FALSE(scan_text("是否？是").question_by_ideograph) << "a full-width one is punctuation";
}

TEST(TextScan, NothingIsFoundInCleanText) {
    const auto seed = std::random_device{}();
    RecordProperty("seed", std::to_string(seed));
    std::mt19937 random(seed);
    const std::vector<std::string> clean = {"a",  "Z", "0", " ",  "~",  "王", "䶮",
                                            "𠮷", "·", "é", "，", "（", "ー", "\uE000"};
    for (int round = 0; round < 5000; ++round) {
        std::string text;
        const auto characters = random() % 40;
        for (std::uint32_t i = 0; i < characters; ++i) {
            text += clean[random() % clean.size()];
        }
        const auto facts = scan_text(text);
        ASSERT_EQ(facts.characters, characters) << text;
        ASSERT_FALSE(facts.broken || facts.control || facts.line_break || facts.lost || facts.question_mark ||
                     facts.question_by_ideograph)
            << text;
    }
}

} // namespace
} // namespace tongban::cases
