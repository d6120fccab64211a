// The twelve ways in which real city messages go wrong, one test each (docs/dialects.md lists them).
#include "tests/unit/connectors/dialects/dialect_files.hpp"

#include <gtest/gtest.h>

namespace tongban::dialects::testing {
namespace {

errc refused(const dialect& d, const std::string& body, const std::string& type = "") {
    google::protobuf::Arena arena;
    const auto read = d.read({type, body}, arena);
    EXPECT_FALSE(read);
    return read ? errc{} : static_cast<errc>(read.error().code.value());
}

// Rules of the violations of the first event: "date occurred_at; …".
std::string violations(const dialect& d, const std::string& body) {
    google::protobuf::Arena arena;
    const auto read = d.read({"", body}, arena);
    if (!read) {
        return "refused: " + read.error().message_en;
    }
    std::string all;
    for (const auto& v : read->events.front().violations) {
        all += (all.empty() ? "" : "; ") + v.rule() + ' ' + v.field() + " at " + v.source_path();
        EXPECT_FALSE(v.message_zh().empty());
        EXPECT_FALSE(v.message_en().empty());
    }
    return all;
}

TEST(Gotcha, 01_Gb18030IsTranscodedBeforeTheParserAndRareNamesLive) {
    const auto body = sample("CHANGZHI-01-sbzy-apply.xml");
    EXPECT_NE(body.find("\xFE\x9F"), std::string::npos); // 䶮 in GB18030
    EXPECT_EQ(events_of(*city("changzhi"), body)[0].dossier().applicant().name(), "王䶮");
}

TEST(Gotcha, 01_QuestionMarkInANameIsReportedNotStored) {
    const auto body = replaced(sample("CHANGZHI-01-sbzy-apply.xml"), "\xCD\xF5\xFE\x9F", "\xCD\xF5?");
    EXPECT_EQ(violations(*city("changzhi"), body),
              "encoding dossier.applicant.name at /跨省通办办件/申请人/姓名");
}

// Sentences of the first event, in both languages.
std::string sentences(const dialect& d, const std::string& body) {
    google::protobuf::Arena arena;
    const auto read = d.read({"", body}, arena);
    std::string all;
    for (const auto& v : read ? read->events.front().violations : std::vector<v1::Violation>()) {
        all += v.message_zh() + '\n' + v.message_en() + '\n';
    }
    return all;
}

TEST(Gotcha, 01_BytesOfAnotherCharsetAreWrongEncoding) {
    EXPECT_EQ(refused(*city("jining"), sample("CHANGZHI-01-sbzy-apply.xml"), "application/xml"),
              errc::wrong_encoding);
    EXPECT_EQ(refused(*city("changzhi"), "<a>\xFF\xFF\xFF</a>"), errc::wrong_encoding);
}

TEST(Gotcha, 02_DtdIsRefused) {
    const auto body = "<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY x SYSTEM "
                      "\"file:///etc/passwd\">]><APPROVEDATAINFO>&x;</APPROVEDATAINFO>";
    EXPECT_EQ(refused(*city("jining"), body, "text/xml"), errc::malformed);
}

TEST(Gotcha, 02_NestingAndNodesAreBounded) {
    std::string deep;
    for (int i = 0; i < 100'000; ++i) {
        deep += "<a>";
    }
    for (int i = 0; i < 100'000; ++i) {
        deep += "</a>";
    }
    EXPECT_EQ(refused(*city("jining"), deep, "text/xml"), errc::too_deep);
    EXPECT_EQ(refused(*city("qingdao"), std::string(100'000, '[') + std::string(100'000, ']')),
              errc::too_deep);
    std::string wide = "<a>";
    for (int i = 0; i < 500'000; ++i) {
        wide += "<b/>";
    }
    EXPECT_EQ(refused(*city("jining"), wide + "</a>", "text/xml"), errc::too_large);
}

TEST(Gotcha, 02_CdataHoldsADocumentWithItsOwnDeclaration) {
    const auto events = events_of(*city("hexi"), sample("HEXI-01-sfz-apply-soap.xml"));
    EXPECT_EQ(events[0].dossier().materials(0).files(0).content().substr(0, 3),
              "\xFF\xD8\xFF"); // the JPEG itself
}

TEST(Gotcha, 03_JsonInsideJsonOnceOrTwice) {
    const std::string yaml = R"(
dialect: t
version: "1"
wire: {content_type: application/json, format: json, embed: {at: data, as: [json_string, json]}}
messages:
  m: {event: DEST_RECEIVED, fields: {case.source_case_no: data/no}}
)";
    const auto d = made(yaml);
    EXPECT_EQ(events_of(*d, R"({"data":"{\"no\":\"A1\"}"})")[0].case_().source_case_no(), "A1");
    EXPECT_EQ(events_of(*d, R"({"data":"\"{\\\"no\\\":\\\"A2\\\"}\""})")[0].case_().source_case_no(), "A2");
}

TEST(Gotcha, 03_DuplicateKeysAreRefused) {
    EXPECT_EQ(refused(*city("qingdao"),
                      R"({"header":{"messageType":"affair.apply","messageType":"affair.status"}})"),
              errc::malformed);
    std::string many = "{";
    for (int i = 0; i < 5000; ++i) {
        many += "\"k" + std::to_string(i) + "\":1,";
    }
    EXPECT_EQ(refused(*city("qingdao"), many + "\"k77\":2}"), errc::malformed);
    EXPECT_EQ(refused(*city("jining"), "token=a&token=b", "application/x-www-form-urlencoded"),
              errc::malformed);
}

TEST(Gotcha, 03_NumbersKeepTheirDigits) {
    const auto d = made(R"(
dialect: t
version: "1"
wire: {content_type: application/json, format: json}
messages:
  m: {event: DEST_RECEIVED, fields: {case.source_case_no: no, dossier.applicant.id_no: {from: id, do: id}}}
)");
    const auto events = events_of(*d, R"({"no": 123456789012345678901234567890, "id": 370899198506150010})");
    EXPECT_EQ(events[0].case_().source_case_no(), "123456789012345678901234567890");
    EXPECT_EQ(events[0].dossier().applicant().id_no(), "370899198506150010");
    // what a spreadsheet made of a number stays visible to the rules of the schema
    EXPECT_EQ(events_of(*d, R"({"no":"1","id":3.2E+17})")[0].dossier().applicant().id_no(), "3.2E+17");
}

TEST(Gotcha, 04_FullWidthMarksQuotesAndTabs) {
    const auto csv = events_of(*city("xuzhou-batch"), sample("XUZHOU-02-zgrz-batch.csv"));
    EXPECT_EQ(csv[3].dossier().applicant().id_no(), "32039919440414044X");
    const auto d = made(R"(
dialect: t
version: "1"
wire: {content_type: text/csv, format: csv}
messages:
  m:
    each: row
    event: DEST_RECEIVED
    fields: {case.source_case_no: 编号, dossier.applicant.name: 姓名, dossier.applicant.id_no: {from: 证件, do: id}, dossier.applicant.phone: {from: 电话, do: phone}}
)");
    const auto events =
        events_of(*d, "\xEF\xBB\xBF编号,姓名,证件,电话\r\n\t7 "
                      ",　ＡＢ甲　,３７０８９９１９８５０６１５００１ｘ,（０２２）－００００ ０４０１\r\n");
    EXPECT_EQ(events[0].case_().source_case_no(), "7");
    EXPECT_EQ(events[0].dossier().applicant().name(), "ＡＢ甲"); // a name is trimmed, never folded
    EXPECT_EQ(events[0].dossier().applicant().id_no(), "37089919850615001X");
    EXPECT_EQ(events[0].dossier().applicant().phone().find("０"), std::string::npos);
}

TEST(Gotcha, 05_ZonesAndSendTime) {
    const auto d = made(R"(
dialect: t
version: "1"
wire: {content_type: application/json, format: json}
messages:
  m: {event: DEST_RECEIVED, fields: {occurred_at: {from: t, do: [{time: [iso]}]}}}
)");
    const auto seconds = [&](const std::string& t) {
        return events_of(*d, R"({"t":")" + t + "\"}")[0].occurred_at().seconds();
    };
    EXPECT_EQ(seconds("2024-10-18T01:54:58Z"), seconds("2024-10-18 09:54:58"));
    EXPECT_EQ(seconds("2024-10-18T09:54:58+08:00"), seconds("20241018T095458"));
    // the event's time, not the time of sending
    EXPECT_EQ(events_of(*city("hexi"), sample("HEXI-03-byslfk-soap.xml"))[0].occurred_text(),
              "20241018170422");
}

TEST(Gotcha, 05_DaysThatDoNotExist) {
    const auto good = sample("JINING-01-gjj-apply.xml");
    for (const auto* bad : {"2024-10-18 24:00:00", "2024-02-30 10:00:00", "2023-02-29 10:00:00",
                            "2024-13-01 10:00:00", "昨天"}) {
        EXPECT_EQ(violations(*city("jining"), replaced(good, "2024-10-18 09:12:33", bad)),
                  "date occurred_at at /APPROVEDATAINFO/SPSHENQIN/SBSJ")
            << bad;
    }
}

TEST(Gotcha, 06_DaysWorkingDaysTodayAndCapitals) {
    const auto d = made(R"(
dialect: t
version: "1"
wire: {content_type: application/json, format: json}
messages:
  m: {event: CASE_SUBMITTED, fields: {body.promise: {from: p, do: limit}}}
)");
    const auto limit = [&](const std::string& p) {
        const auto l = events_of(*d, R"({"p":")" + p + "\"}")[0].case_submitted().promise();
        return std::to_string(l.value()) + ' ' + v1::LimitUnit_Name(l.unit());
    };
    EXPECT_EQ(limit("45日"), "45 LIMIT_UNIT_CALENDAR_DAY");
    EXPECT_EQ(limit("15个工作日"), "15 LIMIT_UNIT_WORKDAY");
    EXPECT_EQ(limit("１５个工作日"), "15 LIMIT_UNIT_WORKDAY");
    EXPECT_EQ(limit("贰拾个工作日"), "20 LIMIT_UNIT_WORKDAY");
    EXPECT_EQ(limit("一百二十日"), "120 LIMIT_UNIT_CALENDAR_DAY");
    EXPECT_EQ(limit("当日"), "0 LIMIT_UNIT_WORKDAY");
    EXPECT_EQ(limit("2小时"), "2 LIMIT_UNIT_HOUR");
    EXPECT_EQ(limit("3个月"), "3 LIMIT_UNIT_MONTH");
}

TEST(Gotcha, 07_NothingIsSaidPerField) {
    const auto body = replaced(sample("CHANGZHI-02-cjrz-apply.xml"),
                               "\xB0\xA2\xD2\xC0\xA1\xA4\xD1\xF9\xC0\xFD", "\xCE\xDE"); // 姓名 无
    const auto events = events_of(*city("changzhi"), body);
    EXPECT_EQ(events[0].dossier().applicant().name(), "无"); // a person may be called so
    EXPECT_EQ(events[0].dossier().applicant().address(), "");
    EXPECT_FALSE(events[0].case_submitted().has_statutory());
    EXPECT_EQ(
        events_of(*city("xuzhou"), replaced(sample("XUZHOU-01-qykb-apply.json"), " 样例 辛 ", "null"))[0]
            .dossier()
            .applicant()
            .name(),
        "null");
}

TEST(Gotcha, 08_CodeDecidesWhenTextDisagrees) {
    google::protobuf::Arena arena;
    const auto body =
        replaced(sample("JINING-04-banjie-event.xml"), "<BJJGMS>", "<BJJGMC>退回办结</BJJGMC><BJJGMS>");
    const auto read = city("jining")->read({"text/xml", body}, arena);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->stats.code_text_conflicts, 1U);
    EXPECT_EQ(read->events[0].event->case_closed().outcome(), v1::OUTCOME_APPROVED_WITH_CERT);
    EXPECT_TRUE(read->events[0].event->case_closed().code_text_conflict());
    EXPECT_EQ(read->events[0].event->dossier().result_text(), "准予转入");
}

TEST(Gotcha, 08_AnUnknownCodeIsToldWithTheCodesThatAreKnown) {
    const auto by_table = made(R"(
dialect: t
version: '1'
wire: {content_type: application/json, format: json}
tables:
  sex: {男: MALE, 女: FEMALE}
messages:
  m:
    event: CASE_SUBMITTED
    fields:
      case.source_case_no: no
      dossier.applicant.gender: {from: sex, table: sex}
      body.business_mode: mode
)");
    EXPECT_EQ(sentences(*by_table, R"({"no": "1", "sex": "中", "mode": "HALF_ONLINE"})"),
              "不在代码表“sex”中；可用：男、女\nnot in the code table 'sex'; known: 男, 女\n"
              "未知代码；可用：FULL_ONLINE、COLLECT_FOR_OTHER、JOINT\nunknown code; known: FULL_ONLINE, COLLECT_FOR_OTHER, JOINT\n");
}

TEST(Gotcha, 09_OneFileManyCasesAndOneBadRow) {
    google::protobuf::Arena arena;
    auto body = sample("XUZHOU-02-zgrz-batch.csv");
    body = replaced(body, "20241018,", "20240230,"); // row 2
    const auto read = city("xuzhou-batch")->read({"text/csv", body}, arena);
    ASSERT_TRUE(read);
    ASSERT_EQ(read->events.size(), 6U);
    for (const auto& e : read->events) {
        EXPECT_EQ(e.violations.size(), e.row == 2 ? 1U : 0U) << e.row;
    }
    EXPECT_EQ(read->events[1].violations[0].source_path(), "row 2 column 认证日期");
}

TEST(Gotcha, 09_ARowOfTheWrongWidthIsThatRowsFault) {
    google::protobuf::Arena arena;
    auto body = sample("XUZHOU-02-zgrz-batch.csv");
    body += "7,XZ-ZGRZ-20241018-01,XZRZ202410180007\r\n";
    const auto read = city("xuzhou-batch")->read({"text/csv", body}, arena);
    ASSERT_TRUE(read);
    ASSERT_EQ(read->events.size(), 7U);
    EXPECT_TRUE(read->events[5].violations.empty());
    EXPECT_EQ(read->events[6].violations[0].rule(), "malformed");
}

TEST(Gotcha, 09_OneMessageManyEvents) {
    const auto events = events_of(*city("qingdao"), sample("QINGDAO-03-status-callback.json"));
    ASSERT_EQ(events.size(), 3U);
    EXPECT_TRUE(events[0].has_case_accepted());
    EXPECT_EQ(events[1].special_started().limit().value(), 5);
    EXPECT_EQ(events[2].dossier().result_text(), "查看结果一致");
}

TEST(Gotcha, 10_TheSameMessageGivesTheSameBytes) { // what duplicate and revision are told by
    for (const auto& name : sample_names()) {
        const auto a = events_of(*city(city_of(name)), sample(name), content_type_of(name));
        const auto b = events_of(*city(city_of(name)), sample(name), content_type_of(name));
        for (std::size_t i = 0; i < a.size(); ++i) {
            EXPECT_EQ(a[i].SerializeAsString(), b[i].SerializeAsString());
        }
    }
}

TEST(Gotcha, 11_AttachmentsInlineByReferenceAndByUrl) {
    const auto inline_file =
        events_of(*city("changzhi"), sample("CHANGZHI-01-sbzy-apply.xml"))[0].dossier().materials(1).files(0);
    EXPECT_EQ(inline_file.content().substr(0, 5), "%PDF-");
    const auto by_reference =
        events_of(*city("qingdao"), sample("QINGDAO-01-ybba-apply.json"))[0].dossier().materials(0).files(0);
    EXPECT_EQ(by_reference.file_id(), "qdoss-0000000201");
    EXPECT_EQ(by_reference.sm3().size(), 64U);
    const auto by_url =
        events_of(*city("xuzhou"), sample("XUZHOU-01-qykb-apply.json"))[0].dossier().materials(0).files(0);
    EXPECT_TRUE(by_url.url().starts_with("https://"));
    EXPECT_EQ(violations(*city("changzhi"),
                         replaced(sample("CHANGZHI-01-sbzy-apply.xml"), "JVBERi0xLjQK", "JVBERi0*LjQK")),
              "encoding dossier.materials[1].files[0].content at /跨省通办办件/材料清单/材料[2]/附件");
}

TEST(Gotcha, 12_AnErrorIsAnsweredInsideAn200) {
    answer_input input;
    input.canonical_status = 400;
    input.code = "malformed";
    input.message_zh = "XML 不完整";
    const auto jining = city("jining")->answer(input, nullptr);
    EXPECT_EQ(jining.http_status, 200);
    EXPECT_NE(jining.body.find("<STATUS>0</STATUS>"), std::string::npos) << jining.body;
    const auto hexi = city("hexi")->answer(input, nullptr);
    EXPECT_EQ(hexi.http_status, 200);
    EXPECT_NE(hexi.body.find("<![CDATA[<?xml version=\"1.0\" encoding=\"UTF-8\"?><PACKAGE>"),
              std::string::npos)
        << hexi.body;
    EXPECT_NE(hexi.body.find("<CODE>-901</CODE>"), std::string::npos) << hexi.body;
}

TEST(Gotcha, TruncatedIsMalformedAtEveryByte) {
    for (const auto& name : {"JINING-01-gjj-apply.xml", "QINGDAO-01-ybba-apply.json",
                             "HEXI-01-sfz-apply-soap.xml", "CHANGZHI-01-sbzy-apply.xml"}) {
        const auto body = sample(name);
        const auto& d = *city(city_of(name));
        for (std::size_t n = 1; n + 2 < body.size(); n += 7) {
            google::protobuf::Arena arena;
            EXPECT_FALSE(d.read({content_type_of(name), std::string_view(body).substr(0, n)}, arena))
                << name << ' ' << n;
        }
    }
}

TEST(Gotcha, NulIsRefused) {
    EXPECT_EQ(refused(*city("qingdao"), std::string("{\"a\":\"\0\"}", 9)), errc::malformed);
    EXPECT_EQ(refused(*city("qingdao"), R"({"a":"x\u0000y"})"), errc::malformed);
    EXPECT_EQ(refused(*city("jining"), "<a>&#0;</a>", "text/xml"), errc::malformed);
    EXPECT_EQ(refused(*city("jining"), "<a>&#x000;</a>", "text/xml"), errc::malformed);
    EXPECT_EQ(refused(*city("jining"), "xmlStr=%3Ca%3E%00%3C/a%3E", "application/x-www-form-urlencoded"),
              errc::malformed);
}

TEST(Gotcha, ByteOrderMarkIsNoError) {
    EXPECT_EQ(
        events_of(*city("qingdao"), "\xEF\xBB\xBF" + sample("QINGDAO-01-ybba-apply.json"), "application/json")
            .size(),
        1U);
    EXPECT_EQ(
        events_of(*city("jining"), "\xEF\xBB\xBF" + sample("JINING-01-gjj-apply.xml"), "text/xml").size(),
        1U);
}

TEST(Gotcha, UnknownMessageAndContentTypeNameWhatIsKnown) {
    google::protobuf::Arena arena;
    const auto message =
        city("jining")->read({"text/xml", "<APPROVEDATAINFO><X>1</X></APPROVEDATAINFO>"}, arena);
    ASSERT_FALSE(message);
    EXPECT_EQ(message.error().code, errc::unknown_message);
    EXPECT_NE(message.error().message_zh.find("apply"), std::string::npos);
    const auto type = city("jining")->read({"application/json", "{}"}, arena);
    ASSERT_FALSE(type);
    EXPECT_EQ(type.error().code, errc::unsupported_content_type);
    EXPECT_NE(type.error().message_en.find("application/xml"), std::string::npos);
}

TEST(Gotcha, SourcePathOfAFieldIsTheSendersOwn) {
    google::protobuf::Arena arena;
    const auto path = [&](const std::string& name, const std::string& field) {
        const auto body = sample(name);
        const auto read = city(city_of(name))->read({content_type_of(name), body}, arena);
        return read ? read->events.back().source_path(field) : "refused";
    };
    EXPECT_EQ(path("JINING-02-gjj-apply-formbody.txt", "dossier.applicant.id_no"),
              "/APPROVEDATAINFO/SPSHENQIN/SQRZJHM");
    EXPECT_EQ(path("QINGDAO-01-ybba-apply.json", "dossier.materials[1].name"), "$.materials[1].materialName");
    EXPECT_EQ(path("QINGDAO-01-ybba-apply.json", "dossier.materials[0].files[0].sm3"),
              "$.materials[0].files[0].sm3");
    EXPECT_EQ(path("QINGDAO-03-status-callback.json", "occurred_at"), "$.statusList[2].time");
    EXPECT_EQ(path("XUZHOU-02-zgrz-batch.csv", "dossier.applicant.id_no"), "row 6 column 公民身份号码");
    EXPECT_EQ(path("HEXI-01-sfz-apply-soap.xml", "body.promise.value"), "/PACKAGE/DATA/RECORD[@no=1]/CNQX");
    EXPECT_EQ(path("CHANGZHI-01-sbzy-apply.xml", "case_submitted.promise.value"), "/跨省通办办件/承诺时限");
    EXPECT_EQ(path("CHANGZHI-01-sbzy-apply.xml", "fencing_token"), "");
}

std::shared_ptr<const dialect> with_time(const std::string& step) {
    return made("dialect: t\nversion: '1'\nwire: {content_type: application/json, format: json}\nempty: ['', null]\n"
                "messages: {m: {event: CASE_ACCEPTED, fields: {case.source_case_no: no, dossier.note: note, "
                "occurred_at: {from: t, do: {time: " + step + "}}}}}\n");
}

TEST(Gotcha, ATimesOwnZoneCounts) {
    const auto d = with_time("{formats: ['yyyy-MM-dd HH:mm:ss'], zone: Z}");
    const std::string body = R"({"no":"1","t":"2026-11-24 20:00:00"})";
    const auto event = events_of(*d, body).at(0);
    EXPECT_EQ(event.occurred_at().seconds(), 1'795'550'400) << "20:00 in UTC, the 25th in Beijing";
    EXPECT_EQ(lossless(*d, event), body);
    const auto told = mistakes_of("dialect: t\nversion: '1'\nwire: {content_type: application/json, format: json}\n"
                                  "messages: {m: {event: CASE_ACCEPTED, fields: {case.source_case_no: no, "
                                  "occurred_at: {from: t, do: {time: {formats: [iso], zone: nonsense}}}}}}\n");
    EXPECT_NE(told.find("time.zone: expected a zone such as +08:00 or Z"), std::string::npos) << told;
}

TEST(Gotcha, LettersInQuotesAreAsTheyStandAsInJava) {
    for (const auto& [format, text] : std::vector<std::pair<std::string, std::string>>{
             {"\"yyyy-MM-dd'T'HH:mm:ss\"", "2026-11-24T09:00:00"},
             {"\"yyyy-MM-dd'T'HH:mm:ss'Z'\"", "2026-11-24T09:00:00Z"},
             {"\"yyyy'年'MM'MM''dd'dd HH''mm ss\"", "2026年11MM'dd24 09'00 00"}}) {
        const auto d = with_time("[" + format + "]");
        const auto body = R"({"no":"1","t":")" + text + "\"}";
        const auto event = events_of(*d, body).at(0);
        EXPECT_EQ(event.occurred_at().seconds(), 1'795'482'000) << format;
        EXPECT_EQ(lossless(*d, event), body);
    }
    const auto yaml = [](const std::string& format) {
        return mistakes_of("dialect: t\nversion: '1'\nwire: {content_type: application/json, format: json}\n"
                           "messages: {m: {event: CASE_ACCEPTED, fields: {case.source_case_no: no, occurred_at: {from: t, do: {time: [\"" +
                           format + "\"]}}}}}\n");
    };
    EXPECT_EQ(yaml("yyyy-MM-dd'T'HH:mm:ss'GMT'"), "");
    EXPECT_NE(yaml("yyyy-MM-dd'T HH:mm").find("a single quote is not closed"), std::string::npos);
}

TEST(Gotcha, AnUnquotedNullAmongTheEmptyTextsIsTheTextNull) {
    EXPECT_EQ(events_of(*with_time("[iso]"), R"({"no":"1","note":"null"})").at(0).dossier().note(), "");
    EXPECT_EQ(events_of(*with_time("[iso]"), R"({"no":"1","note":"nil"})").at(0).dossier().note(), "nil");
}

} // namespace
} // namespace tongban::dialects::testing
