// A city's closing code or kind of special procedure says which event it is: each of the five cities, code by code.
#include "connectors/dialects/charset.hpp"
#include "tests/unit/connectors/dialects/dialect_files.hpp"

#include <gtest/gtest.h>

namespace tongban::dialects::testing {
namespace {

using event = v1::CaseEvent;

struct expected {
    std::string code;
    event::BodyCase body;
    v1::Outcome outcome{};
};

void expect_event(const std::string& city_name, const std::string& text, const expected& row, const std::string& content_type) {
    const auto events = events_of(*city(city_name), text, content_type);
    ASSERT_EQ(events.size(), 1U) << city_name << ' ' << row.code;
    const auto& one = events[0];
    EXPECT_EQ(one.body_case(), row.body) << city_name << ' ' << row.code;
    EXPECT_EQ(one.has_case_closed() ? one.case_closed().outcome() : one.case_voided().outcome(), row.outcome)
        << city_name << ' ' << row.code;
    EXPECT_EQ(one.dossier().reason(), "原因") << city_name << ' ' << row.code;
}

std::vector<expected> codes_of_gdbs() {
    return {{"0", event::kCaseClosed, v1::OUTCOME_APPROVED_WITH_CERT},
            {"6", event::kCaseClosed, v1::OUTCOME_COMPLETED},
            {"7", event::kCaseClosed, v1::OUTCOME_DENIED},
            {"1", event::kReturned},
            {"2", event::kCaseVoided, v1::OUTCOME_VOIDED},
            {"3", event::kCaseVoided, v1::OUTCOME_DELETED},
            {"4", event::kCaseForwarded},
            {"5", event::kSupplementLapsed},
            {"8", event::kAcceptanceRefused},
            {"9", event::kWithdrawn}};
}

std::vector<expected> words(const char* returned, const char* voided, const char* deleted, const char* forwarded, const char* lapsed) {
    return {{"出证办结", event::kCaseClosed, v1::OUTCOME_APPROVED_WITH_CERT},
            {"办结", event::kCaseClosed, v1::OUTCOME_COMPLETED},
            {"不予许可", event::kCaseClosed, v1::OUTCOME_DENIED},
            {returned, event::kReturned},
            {voided, event::kCaseVoided, v1::OUTCOME_VOIDED},
            {deleted, event::kCaseVoided, v1::OUTCOME_DELETED},
            {forwarded, event::kCaseForwarded},
            {lapsed, event::kSupplementLapsed},
            {"不予受理", event::kAcceptanceRefused},
            {"撤回", event::kWithdrawn}};
}

// What the five cities send.
std::string jining(const std::string& inside) {
    return "<APPROVEDATAINFO><SBLSH_SHORT>1</SBLSH_SHORT>" + inside + "</APPROVEDATAINFO>";
}

std::string changzhi(const std::string& inside) {
    std::string body;
    EXPECT_EQ(from_utf8(charset::gb18030,
                        "<?xml version=\"1.0\" encoding=\"GB18030\"?><办件状态通知><办件编号>1</办件编号><办理时间>20241018 "
                        "16:30</办理时间>" + inside + "</办件状态通知>", body), 0U);
    return body;
}

std::string hexi(const std::string& inside) {
    auto text = sample("HEXI-03-byslfk-soap.xml");
    return replaced(text, "<FKLX>2</FKLX><SLZTDM>2</SLZTDM><BSLYY>申请人在我区无有效参保记录，不属于本机关职权范围</BSLYY>", inside);
}

TEST(CityEvents, AClosingCodeIsTheEventThatItMeans) {
    for (const auto& row : codes_of_gdbs()) {
        expect_event("jining", jining("<SPBANJIE><BJJGDM>" + row.code +
                                      "</BJJGDM><ZFHTHYY>原因</ZFHTHYY><BJSJ>2024-11-04 10:05:12</BJSJ></SPBANJIE>"),
                     row, "text/xml");
        expect_event("hexi", hexi("<FKLX>6</FKLX><SLZTDM>2</SLZTDM><BJJGDM>" + row.code + "</BJJGDM><YY>原因</YY>"), row, "text/xml");
    }
    for (const auto& row : words("退回办结", "作废办结", "删除办结", "转报办结", "补正不来办结")) {
        expect_event("changzhi", changzhi("<状态>已办结</状态><办结结果>" + row.code + "</办结结果><原因>原因</原因>"), row,
                     "application/xml; charset=GB18030");
    }
    for (const auto& row : words("退回", "作废", "删除", "转报", "补正超时")) {
        expect_event("xuzhou", R"({"bjbh":"1","zt":"bjie","blsj":"2024/10/18 16:30","yy":"原因","bjjg":")" + row.code + "\"}", row,
                     "application/json");
    }
    auto qingdao = codes_of_gdbs();
    const char* names[] = {"APPROVED", "COMPLETED", "DENIED", "RETURNED", "VOIDED", "DELETED", "FORWARDED", "LAPSED", "REFUSED", "WITHDRAWN"};
    for (std::size_t i = 0; i < qingdao.size(); ++i) {
        qingdao[i].code = names[i];
        expect_event("qingdao", R"({"header":{"messageType":"affair.result"},"projectNo":"1","result":{"reason":"原因",)"
                                R"("finishTime":1730429911000,"code":")" + qingdao[i].code + "\"}}",
                     qingdao[i], "application/json");
    }
}

TEST(CityEvents, AReturnThatSaysItIsADenialIsADenial) {
    for (const std::string code : {"1", "6", "7"}) {
        expect_event("jining", jining("<SPBANJIE><BJJGDM>" + code + "</BJJGDM><BJJGMC>不予许可</BJJGMC><ZFHTHYY>原因</ZFHTHYY>"
                                      "<BJSJ>2024-11-04 10:05:12</BJSJ></SPBANJIE>"),
                     {code, event::kCaseClosed, v1::OUTCOME_DENIED}, "text/xml");
    }
}

// 特别程序, kind 1: 延长审批 moves the due day and stops no clock, by whatever message it comes.
TEST(CityEvents, AnExtensionSentAsASpecialProcedureIsAnExtension) {
    struct city_words {
        std::string name, begin, end, content_type;
    };
    const auto qingdao = [](const char* status) {
        return R"({"header":{"messageType":"affair.status"},"projectNo":"1","statusList":[{"status":")" + std::string(status) +
               R"(","time":1730077200000,"special":{"kind":1,"reason":"案情复杂","result":"同意","limit":{"value":5,"unit":"WORKING_DAY"}}}]})";
    };
    const std::string limit = "<TBCXSX>5</TBCXSX><TBCXSXDW>工作日</TBCXSXDW>";
    const city_words rows[] = {
        {"jining",
         jining("<SPTEBIECHENGXU><TBCXZL>1</TBCXZL>" + limit + "<BLSJ>2024-11-04 10:05:12</BLSJ></SPTEBIECHENGXU>"),
         jining("<SPTEBIEJIEGUO><TBCXZL>1</TBCXZL><JGMS>同意</JGMS><BLSJ>2024-11-04 10:05:12</BLSJ></SPTEBIEJIEGUO>"), "text/xml"},
        {"qingdao", qingdao("SPECIAL_BEGIN"), qingdao("SPECIAL_END"), "application/json"},
        {"changzhi", changzhi("<状态>特别程序开始</状态><特别程序种类>延长审批</特别程序种类><时限>5个工作日</时限>"),
         changzhi("<状态>特别程序结束</状态><特别程序种类>延长审批</特别程序种类><结果说明>同意</结果说明>"),
         "application/xml; charset=GB18030"},
        {"hexi", hexi("<FKLX>5</FKLX><SLZTDM>1</SLZTDM><TBCXZL>1</TBCXZL><QX>5</QX><QXDWDM>1</QXDWDM>"),
         hexi("<FKLX>5</FKLX><SLZTDM>2</SLZTDM><TBCXZL>1</TBCXZL><JGMS>同意</JGMS>"), "text/xml"},
        {"xuzhou", R"({"bjbh":"1","zt":"tbks","tbzl":"延长","qx":"5","qxdw":"G","blsj":"2024/10/18 16:30"})",
         R"({"bjbh":"1","zt":"tbjs","tbzl":"延长","jgms":"同意","blsj":"2024/10/18 16:30"})", "application/json"},
    };
    for (const auto& row : rows) {
        const auto begin = events_of(*city(row.name), row.begin, row.content_type);
        ASSERT_EQ(begin.size(), 1U) << row.name;
        EXPECT_EQ(begin[0].body_case(), event::kDeadlineExtended) << row.name;
        EXPECT_EQ(begin[0].deadline_extended().extension().value(), 5) << row.name;
        EXPECT_EQ(begin[0].deadline_extended().extension().unit(), v1::LIMIT_UNIT_WORKDAY) << row.name;
        const auto end = events_of(*city(row.name), row.end, row.content_type);
        ASSERT_EQ(end.size(), 1U) << row.name;
        EXPECT_EQ(end[0].body_case(), event::kStep) << row.name;
        EXPECT_EQ(end[0].step().name(), "延长审批结果") << row.name;
        EXPECT_EQ(end[0].dossier().result_text(), "同意") << row.name;
    }
}

// The columns are tried in turn: the first whose condition holds and whose table has the code.
TEST(CityEvents, StatusColumnsAreTriedInTurnAndTheLastIsWritten) {
    const auto d = made(R"(
dialect: test
version: "1"
wire: {content_type: application/json, format: json}
messages:
  status:
    event:
      - {from: why, table: {back: RETURNED}, when: {is: {state: end}}}
      - {from: state, table: {back: RETURNED, end: CASE_CLOSED}}
    fields:
      case.source_case_no: no
      body.outcome: {from: why, table: {done: COMPLETED}}
)");
    const auto said = [&](const char* text) { return events_of(*d, text, "application/json").at(0).body_case(); };
    EXPECT_EQ(said(R"({"no":"1","state":"end","why":"back"})"), event::kReturned);
    EXPECT_EQ(said(R"({"no":"1","state":"end","why":"done"})"), event::kCaseClosed) << "its table has no such code";
    EXPECT_EQ(said(R"({"no":"1","state":"back","why":"back"})"), event::kReturned) << "its condition does not hold";
    v1::CaseEvent returned;
    returned.mutable_case_()->set_source_case_no("1");
    returned.mutable_returned();
    const v1::CaseEvent* events[] = {&returned};
    const auto written = d->write(events);
    ASSERT_TRUE(written) << written.error().message_en;
    EXPECT_EQ(written->body, R"({"state":"back","no":"1"})");
    EXPECT_NE(mistakes_of(R"(
dialect: test
version: "1"
wire: {content_type: application/json, format: json}
messages:
  status:
    event:
      - {from: why, table: {back: RETURNE}, wen: {is: {state: end}}}
)").find("did you mean"), std::string::npos);
}

} // namespace
} // namespace tongban::dialects::testing
