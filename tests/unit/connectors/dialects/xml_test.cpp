// What XML allows: words beside elements, and prefixes of any name.
#include "connectors/dialects/trace.hpp"
#include "tests/unit/connectors/dialects/dialect_files.hpp"

#include <gtest/gtest.h>

namespace tongban::dialects::testing {
namespace {

constexpr const char* reason_of_m = R"(dialect: t
version: '1'
wire: {content_type: text/xml, format: xml, root: M}
messages:
  m:
    event: RETURNED
    fields:
      case.source_case_no: no
      case.origin_region: why/u
      dossier.reason: why
      dossier.note: why/b/i
)";

v1::CaseEvent returned(const std::string& why) {
    return events_of(*made(reason_of_m), "<M><no>A-1</no><why>" + why + "</why></M>")[0];
}

std::string reason(const std::string& why) {
    return returned(why).dossier().reason();
}

TEST(MixedXml, IsTheTextOfAllThatItHolds) {
    EXPECT_EQ(reason("本决定<u>不</u>予同意"), "本决定不予同意");
    EXPECT_EQ(reason("<b>不<i>予</i></b>同意"), "不予同意");
    EXPECT_EQ(reason("一<b>二<i>三</i>四<i>五</i></b>六<b/>七<![CDATA[<八>]]>"), "一二三四五六七<八>");
    EXPECT_EQ(reason("a &lt; b<br/>c"), "a < bc");
    EXPECT_EQ(reason("see <b>not</b> <i>valid</i>\n<![CDATA[here]]>"), "see not valid\nhere");
}

TEST(MixedXml, ElementsInItKeepTheirPlaces) {
    const auto e = returned("本决定<u>不</u>予<b>同<i>意</i></b>");
    EXPECT_EQ(e.case_().origin_region(), "不");
    EXPECT_EQ(e.dossier().note(), "意");
    EXPECT_EQ(e.dossier().reason(), "本决定不予同意");
}

TEST(MixedXml, BlanksBetweenElementsAreNoWords) {
    EXPECT_EQ(reason("\n  <u>不</u>\n  <b>x</b>\n"), "");
    EXPECT_EQ(reason("<![CDATA[ ]]><u>不</u>　<b>x</b>"), "");
    EXPECT_EQ(reason("one<!-- c --> piece"), "one piece");
}

TEST(MixedXml, WhatStandsInATextIsMappedWithIt) {
    const auto d = made(reason_of_m);
    const auto report = trace(
        *d, {"text/xml", "<M><no>A-1</no><why>本<em by=\"1\">决<s>定</s></em></why><other>一<u>二</u></other></M>"});
    ASSERT_EQ(report.unmapped.size(), 3U);
    EXPECT_EQ(report.unmapped[0].source, "/M/why/em/@by");
    EXPECT_EQ(report.unmapped[1].source, "/M/other");
    EXPECT_EQ(report.unmapped[1].value, "一二");
    EXPECT_EQ(report.unmapped[2].source, "/M/other/u");
}

// Sixty texts that lie in one another, each all of the rest: kept once.
TEST(MixedXml, DeepNestingCostsNoMoreThanItsLength) {
    std::string why = std::string(200'000, 'x');
    for (int i = 0; i < 60; ++i) {
        why = "a<b>" + why + "</b>";
    }
    const auto text = reason(why);
    EXPECT_EQ(text.size(), 200'060U);
    EXPECT_TRUE(text.starts_with("aaa"));
}

} // namespace
} // namespace tongban::dialects::testing
