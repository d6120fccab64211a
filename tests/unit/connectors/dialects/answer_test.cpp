// Each city is answered in its own habit: format, charset, inner status, HTTP status.
#include "connectors/dialects/charset.hpp"
#include "tests/unit/connectors/dialects/dialect_files.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>
#include <pugixml.hpp>

namespace tongban::dialects::testing {
namespace {

v1::Receipt receipt(v1::ReceiptOutcome outcome, std::uint32_t row = 0) {
    v1::Receipt r;
    r.set_outcome(outcome);
    r.set_case_id("TB-1");
    r.set_source_case_no("A<1>\"&,");
    r.set_event("CASE_SUBMITTED");
    r.set_row(row);
    if (outcome == v1::RECEIPT_OUTCOME_REJECTED) {
        for (const auto* field : {"SQRZJHM", "SBSJ"}) {
            auto& v = *r.add_violations();
            v.set_source_path(std::string("/A/") + field);
            v.set_rule("check_digit");
            v.set_message_zh("校验位不对");
        }
    } else if (outcome == v1::RECEIPT_OUTCOME_CONFLICT) {
        r.set_code("other_content");
        r.set_message_zh("同一编号已有不同内容");
    }
    return r;
}

answer_input one(v1::ReceiptOutcome outcome) {
    answer_input input;
    input.receipts.push_back(receipt(outcome));
    input.request_id = "req-7";
    return input;
}

pugi::xml_document xml(const std::string& text) {
    pugi::xml_document doc;
    EXPECT_TRUE(doc.load_buffer(text.data(), text.size(), pugi::parse_default, pugi::encoding_utf8)) << text;
    return doc;
}

TEST(Answer, JiningReadsItsStatus) {
    const auto good = city("jining")->answer(one(v1::RECEIPT_OUTCOME_ACCEPTED), nullptr);
    EXPECT_EQ(good.http_status, 200);
    EXPECT_EQ(good.content_type, "text/xml; charset=UTF-8");
    const auto doc = xml(good.body);
    EXPECT_STREQ(doc.child("RESULT").child_value("STATUS"), "1");
    EXPECT_STREQ(doc.child("RESULT").child_value("SBLSH_SHORT"), "A<1>\"&,"); // escaped and back
    const auto bad = xml(city("jining")->answer(one(v1::RECEIPT_OUTCOME_REJECTED), nullptr).body);
    EXPECT_STREQ(bad.child("RESULT").child_value("STATUS"), "0");
    EXPECT_STREQ(bad.child("RESULT").child_value("CWXX"), "/A/SQRZJHM: 校验位不对; /A/SBSJ: 校验位不对");
    EXPECT_STREQ(bad.child("RESULT").child_value("QQBH"), "req-7");
}

TEST(Answer, QingdaoGetsJsonWithItsOwnMessageId) {
    google::protobuf::Arena arena;
    const auto body = sample("QINGDAO-01-ybba-apply.json");
    const auto read = city("qingdao")->read({"application/json", body}, arena);
    ASSERT_TRUE(read);
    const auto answer = city("qingdao")->answer(one(v1::RECEIPT_OUTCOME_CONFLICT), &*read);
    const auto value = boost::json::parse(answer.body);
    EXPECT_EQ(value.at("code"), 409);
    EXPECT_EQ(value.at("messageId"), "qd-7c1e4b0a-0001");
    EXPECT_EQ(value.at("data").at(0).at("projectNo"), "A<1>\"&,");
    EXPECT_EQ(value.at("data").at(0).at("reason"), "other_content");
    EXPECT_EQ(value.at("message"), "同一编号已有不同内容");
    EXPECT_EQ(answer.http_status, 200);
    EXPECT_EQ(city("qingdao")->answer(one(v1::RECEIPT_OUTCOME_UNAVAILABLE), nullptr).http_status, 503);
}

TEST(Answer, QingdaoGetsAReceiptForEachEvent) {
    answer_input input;
    input.receipts = {receipt(v1::RECEIPT_OUTCOME_ACCEPTED), receipt(v1::RECEIPT_OUTCOME_CONFLICT),
                      receipt(v1::RECEIPT_OUTCOME_DUPLICATE)};
    const auto value = boost::json::parse(city("qingdao")->answer(input, nullptr).body);
    EXPECT_EQ(value.at("code"), 207);
    EXPECT_EQ(value.at("data").as_array().size(), 3U);
    EXPECT_EQ(value.at("data").at(1).at("result"), "conflict");
    input.receipts.erase(input.receipts.begin() + 1);
    EXPECT_EQ(boost::json::parse(city("qingdao")->answer(input, nullptr).body).at("code"), 0);
}

TEST(Answer, ChangzhiGetsGb18030) {
    const auto answer = city("changzhi")->answer(one(v1::RECEIPT_OUTCOME_ACCEPTED), nullptr);
    std::string scratch;
    std::string_view text;
    std::size_t bad = 0;
    ASSERT_TRUE(to_utf8(charset::gb18030, answer.body, scratch, text, bad));
    EXPECT_NE(text.find("encoding=\"GB18030\""), std::string_view::npos);
    EXPECT_NE(text.find("<结果>成功</结果>"), std::string_view::npos);
    EXPECT_EQ(answer.body.find("成功"), std::string::npos); // not UTF-8
}

TEST(Answer, HexiGetsAPackageInASoapEnvelope) {
    const auto answer = city("hexi")->answer(one(v1::RECEIPT_OUTCOME_NOT_FOUND), nullptr);
    const auto outer = xml(answer.body);
    const std::string inner =
        outer.child("soapenv:Envelope").child("soapenv:Body").child("ser:response").child_value("ser:return");
    const auto package = xml(inner);
    EXPECT_STREQ(package.child("PACKAGE").child("RESULT").child_value("CODE"), "-903");
    EXPECT_STREQ(package.child("PACKAGE").child("PACKAGEHEAD").child_value("YWXTBH"), "A<1>\"&,");
}

TEST(Answer, XuzhouGetsCodeAndMsg) {
    const auto value =
        boost::json::parse(city("xuzhou")->answer(one(v1::RECEIPT_OUTCOME_REJECTED), nullptr).body);
    EXPECT_EQ(value.at("code"), "422");
    EXPECT_EQ(value.at("msg"), "校验位不对");
    EXPECT_EQ(city("xuzhou")->answer(one(v1::RECEIPT_OUTCOME_FORBIDDEN), nullptr).http_status, 403);
}

TEST(Answer, XuzhouBatchGetsARowReport) {
    answer_input input;
    input.receipts = {receipt(v1::RECEIPT_OUTCOME_ACCEPTED, 1), receipt(v1::RECEIPT_OUTCOME_REJECTED, 2)};
    const auto answer = city("xuzhou-batch")->answer(input, nullptr);
    std::string scratch;
    std::string_view text;
    std::size_t bad = 0;
    ASSERT_TRUE(to_utf8(charset::gb18030, answer.body, scratch, text, bad));
    EXPECT_EQ(
        text,
        "序号,办件编号,结果,网关流水号,原因代码,说明\r\n"
        "1,\"A<1>\"\"&,\",成功,TB-1,,接收成功\r\n"
        "2,\"A<1>\"\"&,\",失败,TB-1,check_digit,校验位不对/A/SQRZJHM: 校验位不对; /A/SBSJ: 校验位不对\r\n");
}

TEST(Answer, CodeAndTextByWhatIsWrong) {
    const auto d = made("dialect: t\nversion: '1'\nwire: {content_type: application/json, format: json}\n"
                        "messages: {m: {event: CASE_ACCEPTED, fields: {case.source_case_no: no}}}\n"
                        "answer:\n  content_type: text/plain\n  format: text\n"
                        "  code: {check_digit: CD, required: RQ, invalid: INV, signature_invalid: SIG, illegal-transition: IT, else: X}\n"
                        "  text: {check_digit: 校验位, else: 其他}\n"
                        "  body: '${code} ${text}'\n");
    const auto said = [&](const std::string& code, const std::vector<std::pair<std::string, bool>>& rules) {
        answer_input input;
        auto& r = input.receipts.emplace_back();
        r.set_outcome(v1::RECEIPT_OUTCOME_REJECTED);
        r.set_code(code);
        for (const auto& [rule, warning] : rules) {
            auto& v = *r.add_violations();
            v.set_rule(rule);
            v.set_warning(warning);
        }
        return d->answer(input, nullptr).body;
    };
    EXPECT_EQ(said("invalid", {{"check_digit", false}}), "CD 校验位");
    EXPECT_EQ(said("invalid", {{"date", false}, {"required", false}}), "RQ 其他") << "the first that has a code";
    EXPECT_EQ(said("invalid", {{"required", true}, {"date", false}}), "INV 其他") << "a warning refuses nothing";
    EXPECT_EQ(said("illegal_transition", {}), "IT 其他");
    answer_input refused;
    refused.canonical_status = 403;
    refused.code = "signature-invalid";
    EXPECT_EQ(d->answer(refused, nullptr).body, "SIG 其他");
}

TEST(Answer, WithoutASectionTheApisOwnJson) {
    const auto d = made("dialect: t\nversion: '1'\nwire: {content_type: application/json, format: "
                        "json}\nmessages: {m: {event: ROUTED, fields: {case.case_id: x}}}");
    const auto good = d->answer(one(v1::RECEIPT_OUTCOME_ACCEPTED), nullptr);
    EXPECT_EQ(good.http_status, 202);
    EXPECT_EQ(boost::json::parse(good.body).at("receipts").at(0).at("case_id"), "TB-1");
    answer_input input;
    input.canonical_status = 413;
    input.code = "too_large";
    const auto bad = d->answer(input, nullptr);
    EXPECT_EQ(bad.http_status, 413);
    EXPECT_EQ(bad.content_type, "application/problem+json");
    EXPECT_EQ(boost::json::parse(bad.body).at("code"), "too_large");
}

// What the sender wrote never breaks out of the answer's format.
TEST(Answer, EchoedTextIsEscapedInEveryFormat) {
    const auto d = made(R"yaml(
dialect: t
version: '1'
wire: {content_type: application/json, format: json}
capture: {id: id}
messages: {m: {event: ROUTED, fields: {case.case_id: x}}}
answer: {content_type: text/xml, format: xml, parts: {p: '<i>${echo.id}</i>'}, body: '<a>${echo.id}<b>${part.p|cdata}</b><c>${part.p}</c></a>'}
)yaml");
    google::protobuf::Arena arena;
    const std::string body = R"({"id":"]]><x>&","x":"1"})";
    const auto read = d->read({"", body}, arena);
    ASSERT_TRUE(read);
    const auto doc = xml(d->answer(one(v1::RECEIPT_OUTCOME_ACCEPTED), &*read).body);
    EXPECT_STREQ(doc.child("a").child_value(), "]]><x>&");
    EXPECT_STREQ(doc.child("a").child_value("b"), "<i>]]&gt;&lt;x&gt;&amp;</i>");
    EXPECT_STREQ(doc.child("a").child_value("c"), "<i>]]&gt;&lt;x&gt;&amp;</i>");
}

// 䶮 is not in GBK, 𠮷 in no plane of it: a name that comes back with '?' is no longer the sender's.
TEST(Answer, WhatTheCharsetLacksIsEscaped) {
    const std::string odd = "王䶮𠮷";
    const auto answer_in = [&](const std::string& format, const std::string& parts) {
        const auto d = made("dialect: t\nversion: '1'\nwire: {content_type: application/json, format: json}\ncapture: {id: id}\n"
                            "messages: {m: {event: ROUTED, fields: {case.case_id: x}}}\n"
                            "answer: {content_type: text/x, charset: GBK, format: " + format + ", " + parts + "}\n");
        google::protobuf::Arena arena;
        const std::string body = R"({"id":")" + odd + R"(","x":"1"})";
        const auto read = d->read({"", body}, arena);
        EXPECT_TRUE(read);
        const auto answer = d->answer(one(v1::RECEIPT_OUTCOME_ACCEPTED), &*read);
        std::string scratch;
        std::string_view text;
        std::size_t bad = 0;
        EXPECT_TRUE(to_utf8(charset::gbk, answer.body, scratch, text, bad));
        return std::string(text);
    };
    const auto in_xml = answer_in("xml", "parts: {p: '<i>${echo.id}</i>'}, body: '<a b=\"${echo.id}\"><c>${echo.id|cdata}</c><d>"
                                         "${part.p|cdata}</d><e>${part.p|xml}</e></a>'");
    const auto doc = xml(in_xml);
    EXPECT_EQ(doc.child("a").attribute("b").value(), odd);
    EXPECT_EQ(doc.child("a").child("c").text().as_string(), std::string("王")) << in_xml; // pugixml: the first section
    EXPECT_NE(in_xml.find("<c><![CDATA[王]]>&#x4DAE;&#x20BB7;</c>"), std::string::npos) << in_xml;
    EXPECT_NE(in_xml.find("<d><![CDATA[<i>王]]>&#x4DAE;&#x20BB7;<![CDATA[</i>]]></d>"), std::string::npos) << in_xml;
    EXPECT_EQ(doc.child("a").child_value("e"), "<i>" + odd + "</i>");
    const auto packed = answer_in("xml", "parts: {p: '<i>${echo.id}</i>'}, body: '${part.p|base64}'");
    EXPECT_EQ(packed, "PGk+zfUmI3g0REFFOyYjeDIwQkI3OzwvaT4=") << "the bytes are GBK's: <i>, CD F5, &#x4DAE;&#x20BB7;</i>";
    const auto in_json = answer_in("json", "body: '{\"a\":\"${echo.id}\",\"b\":\"${echo.id|raw}\",\"c\":\"${echo.id|xml}\"}'");
    for (const auto* key : {"a", "b", "c"}) {
        EXPECT_EQ(boost::json::parse(in_json).at(key).as_string(), odd) << in_json;
    }
    EXPECT_EQ(answer_in("csv", "body: '${echo.id},${echo.id|json},${echo.id|xml}'"),
              "王[U+4DAE][U+20BB7],王\\u4dae\\ud842\\udfb7,王&#x4DAE;&#x20BB7;");
    EXPECT_EQ(answer_in("text", "body: '${echo.id}!'"), "王[U+4DAE][U+20BB7]!");
}

TEST(Answer, ADialectsOwnWordsAreInItsCharset) {
    const std::string head = "dialect: t\nversion: '1'\nwire: {content_type: application/json, format: json}\n"
                             "messages: {m: {event: ROUTED, fields: {case.case_id: x}}}\nanswer:\n";
    EXPECT_EQ(mistakes_of(head + "  {content_type: text/plain, charset: GBK, format: text, body: 'ok 䶮'}"),
              "test.yaml:6:64: answer.body: GBK has no character '䶮'\n");
    EXPECT_EQ(mistakes_of(head + "  {content_type: text/plain, charset: GBK, format: text, text: {else: 䶮}, body: 'ok ${text}'}"),
              "test.yaml:6:71: answer.text.else: GBK has no character '䶮'\n");
    EXPECT_EQ(mistakes_of(head + "  {content_type: text/xml, charset: GBK, format: xml, body: '<a>䶮</a>'}"), "");
}

} // namespace
} // namespace tongban::dialects::testing
