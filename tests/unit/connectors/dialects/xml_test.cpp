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

constexpr const char* prefixed = R"(dialect: t
version: '1'
namespaces: {xsi: "http://www.w3.org/2001/XMLSchema-instance", a: "urn:a", b: "urn:b", xml: "http://www.w3.org/XML/1998/namespace"}
wire: {content_type: text/xml, format: {xml: {declaration: false}}, root: "a:R"}
messages:
  m:
    match: {is: {"@xsi:type": "T"}}
    event: RETURNED
    send: {"a:v/@b:version": "2"}
    fields:
      case.source_case_no: "a:no"
      case.origin_region: "a:h/@b:from"
      case.dest_region: "a:h/@to"
      dossier.reason: "a:w[@b:kind=why]/a:t"
      dossier.note: "a:h/@xml:lang"
)";

TEST(NamespacedAttributes, MatchByUriWhateverThePrefix) {
    const auto d = made(prefixed);
    const auto read = [&](const std::string& head, const std::string& h) {
        return events_of(*d, "<R xmlns='urn:a' xmlns:q='urn:b' xmlns:c='urn:c' xmlns:i='http://www.w3.org/2001/XMLSchema-instance' " + head +
                                 "><no>A</no>" + h + "<w c:kind='why'><t>no</t></w><w q:kind='why'><t>yes</t></w></R>");
    };
    const auto e = read("i:type='T'", "<h q:from='110400' q:to='310100' xml:lang='zh'/>")[0];
    EXPECT_EQ(e.case_().origin_region(), "110400");
    EXPECT_EQ(e.case_().dest_region(), "310100") << "without a prefix: by its local name";
    EXPECT_EQ(e.dossier().reason(), "yes");
    EXPECT_EQ(e.dossier().note(), "zh");
    EXPECT_EQ(read("i:type='T'", "<h c:from='110400'/>")[0].case_().origin_region(), "") << "another namespace";
    EXPECT_EQ(read("i:type='T'", "<h from='110400'/>")[0].case_().origin_region(), "") << "xmlns='' is of elements";
    google::protobuf::Arena arena;
    const auto other = d->read({"text/xml", "<R xmlns='urn:a' xmlns:i='urn:c' i:type='T'><no>A</no></R>"}, arena);
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().code, errc::unknown_message);
}

TEST(NamespacedAttributes, AreWrittenWithTheirNamespacesDeclared) {
    const auto d = made(prefixed);
    v1::CaseEvent e;
    e.mutable_returned();
    e.mutable_case_()->set_source_case_no("A");
    e.mutable_case_()->set_origin_region("110400");
    e.mutable_dossier()->set_reason("x");
    const v1::CaseEvent* out = &e;
    const auto written = d->write({&out, 1});
    ASSERT_TRUE(written) << written.error().message_en;
    EXPECT_TRUE(written->lost.empty()) << written->body;
    for (const std::string there : {"xmlns:xsi=", "xmlns:b=\"urn:b\"", "xsi:type=\"T\"", "b:from=\"110400\"", "b:kind=\"why\"", "b:version=\"2\""}) {
        EXPECT_NE(written->body.find(there), std::string::npos) << there << " in " << written->body;
    }
}

constexpr const char* rows = R"(dialect: t
version: '1'
wire: {content_type: text/xml, format: xml, root: M}
messages:
  m:
    match: {is: {"row[@name=ywlx]/@value": 申报}}
    fields:
      case.source_case_no: "row[@name=bjbh]/@value"
      dossier.reason: "row[@name=yy]/text"
      dossier.form: {each: row, except: mapped, fields: {name: "@name", value: ["@value", text]}}
    events: [{event: RETURNED}, {event: CASE_ACCEPTED}]
)";

TEST(TheRest, IsWhatNoOtherRuleMaps) {
    const auto events = events_of(
        *made(rows), "<M><row name='ywlx' value='申报'/><row name='bjbh' value='A-1'/><row name='yy'><text>x</text></row>"
                     "<row name='zg' value='q'/><row name='bz'><text>b</text></row></M>");
    ASSERT_EQ(events.size(), 2U);
    for (const auto& e : events) {
        ASSERT_EQ(e.dossier().form_size(), 2) << e.DebugString();
        EXPECT_EQ(e.dossier().form(0).name(), "zg");
        EXPECT_EQ(e.dossier().form(1).value(), "b");
    }
}

// One local name under two prefixes is two attributes; one namespace under two prefixes is one twice.
TEST(Xml, AttributesOfTwoNamespacesAreTwo) {
    for (const std::string others : {"", " b1='' b2='' b3='' b4='' b5='' b6='' b7='' b8='' b9=''"}) {
        const auto d = made("dialect: t\nversion: '1'\nnamespaces: {p: 'urn:a', q: 'urn:b'}\n"
                            "wire: {content_type: text/xml, format: xml, root: r}\n"
                            "messages: {m: {event: CASE_ACCEPTED, fields: {case.source_case_no: '@p:x', case.dest_case_no: '@q:x'}}}\n");
        const std::string open = "<r xmlns:a='urn:a' xmlns:b='urn:b' xmlns:c='urn:a' xmlns:d='urn:d'" + others;
        const auto both = events_of(*d, open + " d:x='0' x='9' b:x='2' a:x='1'/>").front();
        EXPECT_EQ(both.case_().source_case_no(), "1");
        EXPECT_EQ(both.case_().dest_case_no(), "2");
        google::protobuf::Arena arena;
        for (const std::string twice : {" a:x='1' x='2' a:x='3'/>", " a:x='1' b:x='2' c:x='3'/>", " x='1' a:x='2' x='3'/>"}) {
            const std::string body = open + twice;
            const auto refused = d->read({"", body}, arena);
            ASSERT_FALSE(refused) << twice;
            EXPECT_EQ(refused.error().message_en, "duplicate XML attribute");
            EXPECT_EQ(refused.error().place, "/r/@x");
        }
    }
}

} // namespace
} // namespace tongban::dialects::testing
