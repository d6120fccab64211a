// Where a text is written: beside an embedded document, under its own namespace, in a list of lists, before a body; and of one
// type in JSON whatever the value.
#include "connectors/dialects/trace.hpp"
#include "tests/unit/connectors/dialects/dialect_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tongban::dialects::testing {
namespace {

using ::testing::HasSubstr;

constexpr const char* head = "dialect: t\nversion: '1'\n";

v1::CaseEvent accepted() {
    v1::CaseEvent event;
    event.mutable_case_()->set_source_case_no("A-1");
    event.mutable_case_accepted();
    return event;
}

TEST(WrittenPlace, AttributesOfAnElementStayBesideTheJsonInIt) {
    const auto d = made(std::string(head) + R"(
wire: {content_type: text/xml, format: {xml: {declaration: false}}, root: M/data, embed: {at: M/data, as: json}, send: {~/M/data/@format: json}}
messages:
  m: {event: CASE_ACCEPTED, fields: {case.source_case_no: no, actor.name: "~/M/data/@dept"}}
)");
    auto event = accepted();
    event.mutable_actor()->set_name("民政");
    EXPECT_EQ(lossless(*d, event), "<M><data format=\"json\" dept=\"民政\">{&quot;no&quot;:&quot;A-1&quot;}</data></M>");
}

TEST(WrittenPlace, ADocumentInOneOfSeveralRows) {
    const auto d = made(std::string(head) + R"(
wire: {content_type: text/xml, format: {xml: {declaration: false}}, root: M, embed: {at: "M/row[@name=attach]", as: json, cdata: true}}
messages:
  m:
    event: CASE_ACCEPTED
    fields:
      case.source_case_no: "row[@name=no]"
      dossier.reason: "row[@name=attach]/why"
      dossier.title: "row[@name=attach]/list[2]"
)");
    auto event = accepted();
    event.mutable_dossier()->set_reason("缺件");
    event.mutable_dossier()->set_title("题");
    EXPECT_EQ(lossless(*d, event), "<M><row name=\"no\">A-1</row><row name=\"attach\">"
                                   "<![CDATA[{\"why\":\"缺件\",\"list\":[null,\"题\"]}]]></row></M>");
}

TEST(WrittenPlace, EveryPrefixThatIsWrittenIsDeclared) {
    const auto d = made(std::string(head) + R"(
namespaces: {xsi: "http://www.w3.org/2001/XMLSchema-instance", a: "urn:a", b: "urn:b", c: "urn:c"}
wire: {content_type: text/xml, format: {xml: {declaration: false}}, root: "a:R"}
messages:
  m:
    event: CASE_ACCEPTED
    send: {"@xsi:schemaLocation": "urn:a a.xsd"}
    fields: {case.source_case_no: "a:no", case.dest_case_no: "b:no"}
)");
    auto event = accepted();
    event.mutable_case_()->set_dest_case_no("B-2");
    EXPECT_EQ(lossless(*d, event), "<a:R xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xmlns:a=\"urn:a\" xmlns:b=\"urn:b\" "
                                   "xsi:schemaLocation=\"urn:a a.xsd\"><a:no>A-1</a:no><b:no>B-2</b:no></a:R>");
}

TEST(WrittenPlace, ListsOfLists) {
    const auto d = made(std::string(head) + R"(
wire: {content_type: application/json, format: json}
messages:
  m:
    each: "*"
    event: {from: "*[2]", table: {受: CASE_ACCEPTED, 办: CASE_CLOSED}}
    fields: {case.source_case_no: "*[1]"}
)");
    EXPECT_EQ(lossless(*d, accepted()), R"([["A-1","受"]])");
}

TEST(WrittenPlace, AnAmountHasOneTypeInJson) {
    const auto d = made(std::string(head) + R"(
wire: {content_type: application/json, format: json}
messages:
  m:
    event: CASE_SUBMITTED
    fields:
      case.source_case_no: no
      body.fee_fen: {from: fee, do: [{amount: {unit: 元, thousands: true, decimals: 2}}]}
      dossier.amount_fen: {from: sum, do: [{amount: 元}]}
)");
    v1::CaseEvent event;
    event.mutable_case_()->set_source_case_no("A-1");
    event.mutable_case_submitted()->set_fee_fen(2000);
    event.mutable_dossier()->set_amount_fen(2000);
    EXPECT_THAT(lossless(*d, event), HasSubstr(R"("fee":"20.00")"));
    EXPECT_THAT(lossless(*d, event), ::testing::ContainsRegex(R"("sum":20[.0]*[,}])"));
    event.mutable_case_submitted()->set_fee_fen(123456);
    EXPECT_THAT(lossless(*d, event), HasSubstr(R"("fee":"1,234.56")"));
}

TEST(WrittenPlace, ASoapHeaderStandsBeforeTheBody) {
    const auto d = made(std::string(head) + R"(
namespaces: {s: "http://schemas.xmlsoap.org/soap/envelope/", w: "urn:w"}
wire:
  content_type: text/xml
  format: {xml: {declaration: false}}
  root: "s:Envelope/s:Body/w:push"
  send: {"~/s:Envelope/s:Header/w:token": t-1}
messages:
  m: {event: CASE_ACCEPTED, fields: {case.source_case_no: no}}
)");
    EXPECT_THAT(lossless(*d, accepted()), HasSubstr("<s:Header><w:token>t-1</w:token></s:Header><s:Body><w:push><no>A-1</no>"));
}

// What cannot be taken apart is not written into one of the places, and told.
TEST(WrittenPlace, JoinedTextsWithoutASeparatorAreNotWritten) {
    for (const std::string rule : {"{from: [prov, city, county], join: ''}", "{from: [prov, city, county], join: '-', do: {strip: '-'}}",
                                   "{from: [prov, city, county], join: ' ', do: id}"}) {
        const auto yaml = std::string(head) + "wire: {content_type: application/json, format: json}\n"
                                              "messages: {m: {event: CASE_ACCEPTED, fields: {case.source_case_no: no, case.origin_region: " + rule + "}}}\n";
        EXPECT_THAT(mistakes_of(yaml), HasSubstr("cannot be written: ")) << rule;
        const auto d = made(yaml);
        auto event = events_of(*d, R"({"no":"1","prov":"37","city":"08","county":"00"})").at(0);
        EXPECT_EQ(event.case_().origin_region(), "370800");
        const v1::CaseEvent* one = &event;
        const auto out = d->write({&one, 1});
        ASSERT_TRUE(out) << out.error().message_en;
        EXPECT_EQ(out->body, R"({"no":"1"})") << rule;
        ASSERT_EQ(out->lost.size(), 1U);
        EXPECT_EQ(out->lost[0].field(), "case.origin_region");
    }
    const auto d = made(std::string(head) + "wire: {content_type: application/json, format: json}\n"
                                            "messages: {m: {event: CASE_ACCEPTED, fields: {case.source_case_no: no, "
                                            "occurred_at: {from: [d, t], join: T, do: {time: [yyyyMMddTHHmm, yyyyMMdd]}}}}}\n");
    EXPECT_EQ(lossless(*d, events_of(*d, R"({"no":"1","d":"20261124","t":"0905"})").at(0)), R"({"no":"1","d":"20261124","t":"0905"})");
}

TEST(WrittenPlace, PartsOfOneTextInAnEntryOfAList) {
    for (const std::string place : {"r[2]", "r/*[2]"}) {
        const auto yaml = std::string(head) + "wire: {content_type: application/json, format: json}\n"
                                              "messages: {m: {event: CASE_ACCEPTED, fields: {case.source_case_no: 'r/*[1]', "
                                              "dossier.applicant.name: {from: '" + place + "', do: {part: {by: /, at: 1}}}, "
                                              "dossier.applicant.id_no: {from: '" + place + "', do: {part: {by: /, at: 2}}}}}}\n";
        EXPECT_EQ(mistakes_of(yaml), "") << "an entry by its number is one place";
        const std::string body = R"({"r":["1","a/11010119900307002X"]})";
        EXPECT_EQ(lossless(*made(yaml), events_of(*made(yaml), body).at(0)), body);
    }
}

// The bytes of a packed file have no charset: its text is encoded first.
TEST(WrittenPlace, AGzipFileInAPart) {
    for (const std::string as : {"[gzip, {csv: {delimiter: '|'}}]", "[base64, gzip, {csv: {delimiter: '|'}}]", "[gzip, {charset: GB18030}, csv]"}) {
        const auto d = made(std::string(head) + "wire:\n  content_type: multipart/form-data\n  charset: GBK\n  format: multipart\n  embed: {at: list, as: " +
                            as + "}\n  root: list\n  send: {~/list/@filename: l.gz}\n"
                                 "messages: {m: {event: CASE_ACCEPTED, fields: {case.source_case_no: row/编号, actor.name: row/单位}}}\n");
        auto event = accepted();
        event.mutable_actor()->set_name("民政局");
        EXPECT_THAT(lossless(*d, event), HasSubstr("filename=\"l.gz\"")) << as;
    }
}

} // namespace
} // namespace tongban::dialects::testing
