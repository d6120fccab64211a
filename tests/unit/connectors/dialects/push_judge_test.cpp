// What a platform's answer to a push means, city by city and mistake by mistake.
#include "connectors/dialects/charset.hpp"
#include "tests/unit/connectors/dialects/dialect_files.hpp"

#include <gtest/gtest.h>

namespace tongban::dialects::testing {
namespace {

using enum push_verdict;

// "taken", "retry E42", …
std::string said(const dialect& d, const std::string& body, int status = 200, const std::string& type = "") {
    const auto judged = d.judge(status, type, body);
    if (!judged) {
        return "no rule";
    }
    static const char* const names[] = {"taken", "retry", "refused", "unreadable"};
    const std::string name = names[static_cast<int>(judged->verdict)];
    return judged->target_code.empty() ? name : name + ' ' + judged->target_code;
}

std::string with_answer(const std::string& answer) {
    return "dialect: t\nversion: \"1\"\nwire: {content_type: application/json, format: json}\n"
           "messages: {apply: {event: CASE_SUBMITTED, fields: {case.source_case_no: no}}}\npush:\n" +
           answer;
}

// A dialect's own answer to us says how it answers: both sections must agree.
TEST(Judge, EachCityTakesItsOwnWayOfSayingYes) {
    for (const auto& name : city_names()) {
        const auto d = city(name);
        ASSERT_TRUE(d);
        for (const auto outcome : {v1::RECEIPT_OUTCOME_ACCEPTED, v1::RECEIPT_OUTCOME_DUPLICATE,
                                   v1::RECEIPT_OUTCOME_REJECTED}) {
            answer_input input;
            auto& receipt = input.receipts.emplace_back();
            receipt.set_outcome(outcome);
            receipt.set_source_case_no("A-1");
            receipt.set_code("check_digit");
            const auto answer = d->answer(input, nullptr);
            const auto judged = d->judge(answer.http_status, answer.content_type, answer.body);
            ASSERT_TRUE(judged) << name;
            if (outcome == v1::RECEIPT_OUTCOME_REJECTED) {
                EXPECT_TRUE(judged->verdict == retry || judged->verdict == refused) << name << ": " << answer.body;
            } else {
                EXPECT_EQ(judged->verdict, taken) << name << ": " << answer.body;
            }
        }
    }
}

TEST(Judge, Jining) {
    const auto d = city("jining");
    EXPECT_EQ(said(*d, "<RESULT><STATUS>1</STATUS></RESULT>"), "taken 1");
    EXPECT_EQ(said(*d, "<RESULT><STATUS> 1 </STATUS></RESULT>"), "taken 1");
    EXPECT_EQ(said(*d, "<RESULT><STATUS>-2</STATUS></RESULT>"), "retry -2");
    EXPECT_EQ(said(*d, "<RESULT><STATUS>0</STATUS></RESULT>"), "retry 0");
    EXPECT_EQ(said(*d, "<RESULT><STATUS>11</STATUS></RESULT>"), "retry 11");
    EXPECT_EQ(said(*d, "<RESULT><STATUS>1</STATUS></RESULT>", 500), "retry 1"); // they contradict each other
    EXPECT_EQ(said(*d, "<html><body>It works!</body></html>"), "unreadable");
    EXPECT_EQ(said(*d, "<RESULT><STATUS>1</STATUS>"), "unreadable");
    EXPECT_EQ(said(*d, ""), "unreadable");
    EXPECT_EQ(said(*d, "<!DOCTYPE a [<!ENTITY b \"1\">]><RESULT><STATUS>&b;</STATUS></RESULT>"), "unreadable");
    EXPECT_EQ(said(*d, "\xff\xfe"), "unreadable");
}

TEST(Judge, HexiReadsTheDocumentInTheBody) {
    const auto d = city("hexi");
    const auto soap = [](const std::string& inside) {
        return "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>" + inside +
               "</s:Body></s:Envelope>";
    };
    const auto with_code = [&](const std::string& code) {
        return soap("<r:response xmlns:r=\"http://service.kstb.hexi.example/\"><r:return><![CDATA[<PACKAGE><RESULT><CODE>" +
                    code + "</CODE></RESULT></PACKAGE>]]></r:return></r:response>");
    };
    EXPECT_EQ(said(*d, with_code("0")), "taken 0");
    EXPECT_EQ(said(*d, with_code("-909")), "retry -909");
    EXPECT_EQ(said(*d, with_code("-902")), "refused -902");
    EXPECT_EQ(said(*d, soap("<s:Fault><faultcode>s:Server</faultcode><faultstring>张三</faultstring></s:Fault>"), 500),
              "retry s:Server");
    EXPECT_EQ(said(*d, soap("<s:Fault><s:Code><s:Value>s:Sender</s:Value></s:Code></s:Fault>"), 400),
              "retry s:Sender");
    EXPECT_EQ(said(*d, soap("<r:response xmlns:r=\"http://service.kstb.hexi.example/\"><r:return>&lt;broken"
                            "</r:return></r:response>")),
              "unreadable");
    EXPECT_EQ(said(*d, soap("")), "unreadable");
    EXPECT_EQ(said(*d, "<a/>"), "unreadable");
    ASSERT_EQ(d->call().headers.size(), 1U);
    EXPECT_EQ(d->call().headers[0].first, "SOAPAction");
}

TEST(Judge, JsonByNumberOrText) {
    for (const auto* name : {"qingdao", "xuzhou"}) {
        const auto d = city(name);
        const std::string good = std::string(name) == "qingdao" ? "0" : "200";
        EXPECT_EQ(said(*d, "{\"code\":" + good + "}"), "taken " + good);
        EXPECT_EQ(said(*d, "{\"code\":\"" + good + "\"}"), "taken " + good);
        EXPECT_EQ(said(*d, R"({"code":503,"msg":"x"})"), "retry 503");
        EXPECT_EQ(said(*d, R"({"code":422,"msg":"x"})"), "refused 422");
        EXPECT_EQ(said(*d, R"({"code":422,"msg":"x"})", 422), "refused 422");
        EXPECT_EQ(said(*d, R"({"kode":0})"), "unreadable");
        EXPECT_EQ(said(*d, R"({"code":0,"code":1})"), "unreadable");
        EXPECT_EQ(said(*d, "null"), "unreadable");
        // A text where a code is expected may name a person.
        EXPECT_EQ(said(*d, R"({"code":"张三的材料不齐"})"), "retry");
        EXPECT_EQ(said(*d, "{\"code\":\"" + std::string(65, 'x') + "\"}"), "retry");
    }
}

TEST(Judge, ChangzhiInGb18030) {
    const auto d = city("changzhi");
    const auto answer = [](const std::string& result) {
        std::string bytes;
        from_utf8(charset::gb18030, "<?xml version=\"1.0\" encoding=\"GB18030\"?><接收回执><结果>" + result + "</结果></接收回执>",
                  bytes);
        return bytes;
    };
    EXPECT_EQ(said(*d, answer("成功")), "taken");
    EXPECT_EQ(said(*d, answer("重复")), "taken");
    EXPECT_EQ(said(*d, answer("稍后重发")), "retry");
    EXPECT_EQ(said(*d, answer("失败")), "retry");
}

TEST(Judge, PlainTextDuplicatesAndOrderOfRules) {
    const auto d = made(with_answer("  path: /receive?v=2\n  headers: {X-Version: \"2\"}\n"
                                    "  answer:\n    format: text\n    taken: {is: {.: [OK, success]}}\n"
                                    "    duplicate: {is: {.: [EXISTS]}}\n    refused: {is: {.: [BAD]}}\n    code: .\n"));
    ASSERT_TRUE(d);
    EXPECT_EQ(d->call().path, "/receive?v=2");
    EXPECT_EQ(said(*d, " OK\r\n"), "taken OK");
    EXPECT_EQ(said(*d, "success"), "taken success");
    EXPECT_EQ(said(*d, "EXISTS", 409), "taken EXISTS");
    EXPECT_EQ(said(*d, "BAD"), "refused BAD");
    EXPECT_EQ(said(*d, "BUSY"), "retry BUSY");
    EXPECT_EQ(said(*d, "", 204), "retry"); // an empty text is a text, and not one that says yes
    EXPECT_EQ(said(*made(with_answer("  headers: {A: b}\n")), "OK"), "no rule");
}

TEST(Judge, MistakesAreNamedWithTheirPlace) {
    EXPECT_EQ(mistakes_of(with_answer("  answr: {}\n")),
              "test.yaml:6:3: push.answr: unknown key 'answr' (did you mean 'answer'?)\n");
    EXPECT_EQ(mistakes_of(with_answer("  path: receive\n")),
              "test.yaml:6:9: push.path: expected a path such as /receive?v=2, percent-encoded\n");
    EXPECT_EQ(mistakes_of(with_answer("  headers: {\"a b\": c}\n")),
              "test.yaml:6:20: push.headers.a b: 'a b' is no name of a header field\n");
    EXPECT_EQ(mistakes_of(with_answer("  headers: {a: 张三}\n")),
              "test.yaml:6:16: push.headers.a: a header's value is at most 1024 visible ASCII characters\n");
    EXPECT_EQ(mistakes_of(with_answer("  answer: {format: jsn, taken: {is: {code: 0}}}\n")),
              "test.yaml:6:20: push.answer.format: unknown format 'jsn' (did you mean 'json'?); known: json, xml, csv, form, "
              "multipart, base64, gzip, json_string, charset\n");
    EXPECT_EQ(mistakes_of(with_answer("  answer: {format: json, retry: {is: {code: 0}}}\n")),
              "test.yaml:6:11: push.answer: taken: is needed, with is or has: how the platform says that it has the "
              "message\n");
    EXPECT_EQ(mistakes_of(with_answer("  answer: {format: json, taken: {is: {\"a[b\": 0}}}\n")),
              "test.yaml:6:46: push.answer.taken.is.a[b: path 'a[b': a '[' in the path is not closed\n");
    EXPECT_EQ(mistakes_of(with_answer("  answer: {format: text, root: a, taken: {is: {.: OK}}}\n")),
              "test.yaml:6:32: push.answer.root: a text has no parts: its path is '.'\n");
}

} // namespace
} // namespace tongban::dialects::testing
