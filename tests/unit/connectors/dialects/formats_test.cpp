// Formats that no city of ours has: each is onboarded here by YAML alone, read, and written back without
// loss.
#include "tests/unit/connectors/dialects/dialect_files.hpp"

#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace tongban::dialects::testing {
namespace {

// Writes the events, checks that nothing was lost, and gives the body.
std::string written(const dialect& d, const std::vector<v1::CaseEvent>& events) {
    std::vector<const v1::CaseEvent*> pointers;
    for (const auto& e : events) {
        pointers.push_back(&e);
    }
    const auto out = d.write(pointers);
    if (!out) {
        ADD_FAILURE() << out.error().message_en;
        return {};
    }
    for (const auto& lost : out->lost) {
        ADD_FAILURE() << lost.field() << ": " << lost.message_en() << " in " << out->body;
    }
    const auto again = events_of(d, out->body, out->content_type);
    EXPECT_EQ(again.size(), events.size()) << out->body;
    for (std::size_t i = 0; i < std::min(again.size(), events.size()); ++i) {
        auto a = again[i];
        auto b = events[i];
        a.clear_occurred_text();
        b.clear_occurred_text();
        EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(a, b))
            << a.DebugString() << b.DebugString();
    }
    return out->body;
}

constexpr const char* head = "dialect: t\nversion: '1'\n";

TEST(Format, AttributeValuedXml) {
    const auto d = made(std::string(head) + R"(
wire: {content_type: text/xml, format: xml, root: case}
messages:
  apply:
    event: CASE_SUBMITTED
    fields:
      case.source_case_no: {from: "@no", required: true}
      occurred_at: {from: "@at", do: [{time: [epoch_s]}]}
      dossier.applicant.name: person/@name
      dossier.applicant.id_no: {from: person/id/@value, do: id}
      body.tolerance: {from: "@tolerant", table: {Y: "true", N: "false"}}
      dossier.materials: {each: file, fields: {code: "@code", name: "@title", required: {from: "@must", table: {Y: "true", N: "false"}}}}
)");
    const auto events = events_of(
        *d,
        R"(<case no="A-1" at="1729231407" tolerant="Y"><person name="张三"><id value="11010119900307721x"/></person><file code="1" title="表" must="Y"/><file code="2" title="证" must="N"/></case>)");
    EXPECT_EQ(events[0].occurred_at().seconds(), 1729231407);
    EXPECT_EQ(events[0].dossier().applicant().id_no(), "11010119900307721X");
    EXPECT_EQ(events[0].dossier().materials_size(), 2);
    EXPECT_TRUE(events[0].case_submitted().tolerance());
    EXPECT_NE(written(*d, events).find("<file code=\"2\" title=\"证\" must=\"N\"/>"), std::string::npos);
}

TEST(Format, NameValueRowsInXml) {
    const auto d = made(std::string(head) + R"(
wire: {content_type: text/xml, charset: GBK, format: xml, root: Req/Fields}
messages:
  apply:
    event: CASE_SUBMITTED
    fields:
      case.source_case_no: F[@name=BJBH]
      dossier.applicant.name: F[@name=XM]
      body.fee_fen: {from: "F[@name=JE]", do: [{amount: 元}]}
      dossier.form:
        each: ../Form/F
        fields: {name: "@name", value: .}
)");
    const auto events = events_of(
        *d,
        R"(<Req><Fields><F name="XM">Zhang</F><F name="BJBH">7</F><F name="JE">1,234.50</F></Fields><Form><F name="k1">v1</F><F name="k2">v2</F></Form></Req>)");
    EXPECT_EQ(events[0].case_().source_case_no(), "7");
    EXPECT_EQ(events[0].case_submitted().fee_fen(), 123450);
    EXPECT_EQ(events[0].dossier().form(1).value(), "v2");
    written(*d, events);
}

TEST(Format, NameValueRowsInJson) {
    const auto rows = made(std::string(head) + R"(
wire: {content_type: application/json, format: json}
messages:
  apply:
    event: CASE_SUBMITTED
    fields:
      case.source_case_no: fields[key=no]/value
      dossier.applicant.name: fields[key=name]/value
      dossier.applicant.phone: {from: "fields[key=tel]/value", do: phone}
)");
    const auto events = events_of(
        *rows,
        R"({"fields":[{"key":"name","value":"李四"},{"value":"42","key":"no"},{"key":"tel","value":"0086 139-0000-0001"}]})");
    EXPECT_EQ(events[0].case_().source_case_no(), "42");
    EXPECT_EQ(events[0].dossier().applicant().phone(), "13900000001");
    EXPECT_NE(written(*rows, events).find(R"({"key":"no","value":"42"})"), std::string::npos);
}

TEST(Format, JsonEncodedTwiceInsideAFormInsideGb18030) {
    const auto d = made(std::string(head) + R"(
wire:
  content_type: application/x-www-form-urlencoded
  charset: GB18030
  format: form
  embed: {at: payload, as: [json_string, json]}
  root: payload
messages:
  m: {event: CASE_ACCEPTED, fields: {case.source_case_no: no, actor.name: org, occurred_at: {from: ts, do: [{time: [epoch_ms]}]}}}
)");
    v1::CaseEvent e;
    e.mutable_case_()->set_source_case_no("N 1+1=2&3");
    e.mutable_actor()->set_name("䶮县政务大厅");
    e.mutable_occurred_at()->set_seconds(1729231407);
    e.mutable_occurred_at()->set_nanos(512'000'000);
    e.mutable_case_accepted();
    const auto body = written(*d, {e});
    EXPECT_NE(body.find("%FE%9F"), std::string::npos) << body;               // 䶮 in GB18030
    EXPECT_NE(body.find("payload=%22%7B%5C%22"), std::string::npos) << body; // a JSON string that holds JSON
}

TEST(Format, SeveralEventsInOneMessageAndOneColumnThatMeansDifferentEvents) {
    const auto d = made(std::string(head) + R"(
wire: {content_type: text/csv, charset: GB18030, format: csv}
tables:
  zt: {受理: CASE_ACCEPTED, 不受理: ACCEPTANCE_REFUSED, 办结: CASE_CLOSED}
messages:
  flow:
    each: row
    event: {from: 状态, table: zt}
    fields:
      case.source_case_no: 编号
      occurred_at: {from: [日期, 时刻], join: " ", do: [{time: [yyyy年M月d日 HH时mm分]}]}
      dossier.reason: 说明
      body.outcome: {from: 结果, table: {准: COMPLETED, 驳: DENIED}}
    events:
      - {event: CASE_CLOSED, fields: {dossier.result_text: 说明}}
)");
    const std::string utf8 = "编号,状态,日期,时刻,说明,结果\n1,受理,2024年1月2日,09时05分,,\n2,不受理,"
                             "2024年1月3日,10时00分,\"缺, 材料\",\n3,办结,2024年1月4日,11时30分,发证,准\n";
    const auto plain = made(std::string(head) + R"(
wire: {content_type: text/csv, format: csv}
tables:
  zt: {受理: CASE_ACCEPTED, 不受理: ACCEPTANCE_REFUSED, 办结: CASE_CLOSED}
messages:
  flow:
    each: row
    event: {from: 状态, table: zt}
    fields:
      case.source_case_no: 编号
      occurred_at: {from: [日期, 时刻], join: " ", do: [{time: [yyyy年M月d日 HH时mm分]}]}
      dossier.reason: 说明
      body.outcome: {from: 结果, table: {准: COMPLETED, 驳: DENIED}}
    events:
      - {event: CASE_CLOSED, fields: {dossier.result_text: 说明}}
)");
    const auto events = events_of(*plain, utf8);
    ASSERT_EQ(events.size(), 3U);
    EXPECT_TRUE(events[0].has_case_accepted());
    EXPECT_EQ(events[1].dossier().reason(), "缺, 材料");
    EXPECT_EQ(events[2].case_closed().outcome(), v1::OUTCOME_COMPLETED);
    EXPECT_EQ(events[2].dossier().result_text(), "发证");
    written(*plain, events);
    written(*d, events); // the same in GB18030
}

TEST(Format, OneMessageThatAlwaysMeansTwoEvents) {
    const auto d = made(std::string(head) + R"(
wire: {content_type: application/json, format: json}
messages:
  finish:
    fields: {case.source_case_no: no, occurred_at: {from: closed, do: [{time: [iso]}]}}
    events:
      - {event: CASE_CLOSED, fields: {body.outcome: {value: COMPLETED}}}
      - {event: SHIPPED, when: {has: waybill}, fields: {dossier.delivery.waybill: waybill}}
)");
    EXPECT_EQ(events_of(*d, R"({"no":"1","closed":"2024-01-02 10:00:00"})").size(), 1U);
    const auto both = events_of(*d, R"({"no":"1","closed":"2024-01-02 10:00:00","waybill":"W1"})");
    ASSERT_EQ(both.size(), 2U);
    EXPECT_EQ(both[1].dossier().delivery().waybill(), "W1");
}

TEST(Format, NamespacePrefixesMayChange) {
    const auto d = made(std::string(head) + R"(
namespaces: {s: "http://www.w3.org/2003/05/soap-envelope", a: "urn:a", b: "urn:b"}
wire: {content_type: application/soap+xml, format: xml, root: s:Envelope/s:Body}
messages:
  m:
    event: CASE_ACCEPTED
    fields: {case.source_case_no: a:req/a:no, case.dest_case_no: a:req/b:no, dossier.note: req/free}
)");
    for (
        const auto* xml :
        {R"(<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="urn:a" xmlns:b="urn:b"><s:Body><a:req><a:no>1</a:no><b:no>2</b:no><free>x</free></a:req></s:Body></s:Envelope>)",
         R"(<E:Envelope xmlns:E="http://www.w3.org/2003/05/soap-envelope"><E:Body><q:req xmlns:q="urn:a"><w:no xmlns:w="urn:b">2</w:no><q:no>1</q:no><q:free>x</q:free></q:req></E:Body></E:Envelope>)",
         R"(<Envelope xmlns="http://www.w3.org/2003/05/soap-envelope"><Body><req xmlns="urn:a"><no>1</no><no xmlns="urn:b">2</no><free>x</free></req></Body></Envelope>)"}) {
        const auto e = events_of(*d, xml).at(0);
        EXPECT_EQ(e.case_().source_case_no(), "1") << xml;
        EXPECT_EQ(e.case_().dest_case_no(), "2") << xml;
        EXPECT_EQ(e.dossier().note(), "x") << xml;
    }
    EXPECT_NE(
        written(
            *d,
            events_of(
                *d,
                R"(<E:Envelope xmlns:E="http://www.w3.org/2003/05/soap-envelope"><E:Body><q:req xmlns:q="urn:a"><q:no>1</q:no></q:req></E:Body></E:Envelope>)"))
            .find("<a:no>1</a:no>"),
        std::string::npos);
}

std::string signed_form(const std::string& algorithm, const std::string& suffix) {
    return std::string(head) + R"(
wire:
  content_type: application/x-www-form-urlencoded
  format: form
  embed: {at: data, as: json}
  root: data
  send: {~/appId: city-7, ~/timestamp: "1729231407"}
  signature: {field: sign, algorithm: )" +
           algorithm + ", key: {env: TONGBAN_TEST_KEY}" + suffix + R"(}
ignore: [~/appId, ~/timestamp]
messages:
  m: {event: CASE_ACCEPTED, fields: {case.source_case_no: no}}
)";
}

TEST(Format, SignedFormPost) {
    setenv("TONGBAN_TEST_KEY", "s3cret", 1);
    const auto hmac = made(signed_form("HMAC-SHA256", ""));
    // HMAC-SHA256 of: appId=city-7&data={"no":"1"}&timestamp=1729231407 under "s3cret", by openssl
    const std::string good = "timestamp=1729231407&appId=city-7&data=%7B%22no%22%3A%221%22%7D&sign=";
    const std::string sign = "f354eb451b9f6f1601d3e1cabac95c3b600af9dbae6d1551a5efcbbecc99d6fc";
    EXPECT_EQ(events_of(*hmac, good + sign)[0].case_().source_case_no(), "1");
    google::protobuf::Arena arena;
    for (const auto& bad :
         {good + std::string(64, '0'), good, good + sign.substr(2), std::string("data=%7B%7D")}) {
        const auto read = hmac->read({"", bad}, arena);
        ASSERT_FALSE(read) << bad;
        EXPECT_EQ(read.error().code, errc::signature_invalid);
    }
    for (const auto* algorithm : {"SM3", "SHA256", "MD5", "HMAC-SM3"}) {
        const auto d = made(signed_form(algorithm, std::string(algorithm).starts_with("HMAC")
                                                       ? ""
                                                       : ", suffix: '&key=${key}', encoding: HEX"));
        v1::CaseEvent e;
        e.mutable_case_()->set_source_case_no("甲-1");
        e.mutable_case_accepted();
        auto body = written(*d, {e}); // is read again: the signature we make is the one we accept
        body[body.find("sign=") + 6] = body[body.find("sign=") + 6] == '0' ? '1' : '0';
        EXPECT_FALSE(d->read({"", body}, arena)) << algorithm;
    }
}

TEST(Format, KeyOfASignatureThatIsNotSetIsAMistake) {
    unsetenv("TONGBAN_NO_SUCH_KEY");
    auto yaml = signed_form("HMAC-SHA256", "");
    yaml.replace(yaml.find("TONGBAN_TEST_KEY"), 16, "TONGBAN_NO_SUCH_KEY");
    EXPECT_NE(mistakes_of(yaml).find("the environment variable 'TONGBAN_NO_SUCH_KEY' is not set"),
              std::string::npos);
}

TEST(Format, MultipartWithTwoJoinedFiles) {
    const auto d = made(std::string(head) + R"(
wire:
  content_type: multipart/form-data
  charset: GB18030
  format: multipart
  embed:
    - {at: cases, as: csv}
    - {at: files, as: csv}
  join: {each: cases/row, key: 编号, with: files/row, match: 办件, as: 材料}
  root: cases
  send: {~/batch: B-1, ~/cases/@filename: cases.csv, ~/files/@filename: files.csv}
ignore: [~/batch]
messages:
  m:
    each: row
    event: CASE_SUBMITTED
    fields:
      case.source_case_no: 编号
      dossier.applicant.name: 姓名
      dossier.materials: {each: 材料, fields: {name: 名称, copies: 份数}}
)");
    const std::string body =
        "--XX\r\nContent-Disposition: form-data; name=\"batch\"\r\n\r\nB-1\r\n"
        "--XX\r\nContent-Disposition: form-data; name=\"files\"; filename=\"f.csv\"\r\nContent-Type: "
        "text/csv\r\n\r\n"
        "\xB0\xEC\xBC\xFE,\xC3\xFB\xB3\xC6,\xB7\xDD\xCA\xFD\r\n2,B,1\r\n1,A1,2\r\n1,A2,3\r\n\r\n"
        "--XX\r\nContent-Disposition: form-data; name=\"cases\"; filename=\"c.csv\"\r\n\r\n"
        "\xB1\xE0\xBA\xC5,\xD0\xD5\xC3\xFB\r\n1,\xCD\xF5\xFE\x9F\r\n2,Li\r\n\r\n--XX--\r\n";
    const auto events = events_of(*d, body, "multipart/form-data; boundary=XX");
    ASSERT_EQ(events.size(), 2U);
    EXPECT_EQ(events[0].dossier().applicant().name(), "王䶮");
    ASSERT_EQ(events[0].dossier().materials_size(), 2);
    EXPECT_EQ(events[0].dossier().materials(1).name(), "A2");
    EXPECT_EQ(events[1].dossier().materials(0).copies(), 1);
    written(*d, events);
    google::protobuf::Arena arena;
    EXPECT_FALSE(d->read(
        {"multipart/form-data; boundary=XX", std::string_view(body).substr(0, body.size() - 10)}, arena));
    EXPECT_FALSE(d->read({"multipart/form-data", body}, arena));
}

TEST(Format, OneDocumentInTwoParts) {
    const auto d = made(std::string(head) + R"(
wire:
  content_type: multipart/form-data
  format: multipart
  concat: {parts: [part1, part2], into: whole}
  embed: {at: whole, as: xml}
  root: whole/case
messages:
  m: {event: CASE_ACCEPTED, fields: {case.source_case_no: no}}
)");
    const std::string body =
        "--b\r\nContent-Disposition: form-data; name=\"part1\"; filename=\"1\"\r\n\r\n<case><n\r\n"
        "--b\r\nContent-Disposition: form-data; name=\"part2\"; "
        "filename=\"2\"\r\n\r\no>77</no></case>\r\n--b--\r\n";
    const auto events = events_of(*d, body, "multipart/form-data; boundary=\"b\"");
    EXPECT_EQ(events[0].case_().source_case_no(), "77");
    written(*d, events);
}

TEST(Format, Base64AndGzipAroundXml) {
    const auto d = made(std::string(head) + R"(
wire:
  content_type: application/json
  format: json
  embed: {at: body, as: [base64, gzip, {charset: GB18030}, xml]}
  root: body/case
messages:
  m: {event: CASE_ACCEPTED, fields: {case.source_case_no: no, actor.name: org}}
)");
    v1::CaseEvent e;
    e.mutable_case_()->set_source_case_no("1<2");
    e.mutable_actor()->set_name("䶮");
    e.mutable_case_accepted();
    EXPECT_EQ(written(*d, {e}).find("<no>"), std::string::npos);
}

TEST(Format, DelimitedTextWithoutHeaderAndPackedFields) {
    const auto d = made(std::string(head) + R"(
wire:
  content_type: text/plain
  format: {csv: {delimiter: "|", header: false, columns: [no, person, when]}}
messages:
  m:
    each: row
    event: DEST_RECEIVED
    fields:
      case.source_case_no: no
      dossier.applicant.name: {from: person, do: [{part: {by: ";", at: 1}}]}
      dossier.applicant.id_no: {from: person, do: [{part: {by: ";", at: 2}}, id]}
      occurred_at: {from: when, do: [{time: [yyyyMMddHHmmss]}]}
)");
    const auto events =
        events_of(*d, "1|甲;11010119900307721x|20240102030405\n2|乙;11010119900307722X|20240102030406\n");
    ASSERT_EQ(events.size(), 2U);
    EXPECT_EQ(events[1].dossier().applicant().name(), "乙");
    EXPECT_EQ(events[0].dossier().applicant().id_no(), "11010119900307721X");
    EXPECT_EQ(written(*d, events),
              "1|甲;11010119900307721X|20240102030405\r\n2|乙;11010119900307722X|20240102030406\r\n");
}

TEST(Format, KeyValueLines) {
    const auto d = made(std::string(head) + R"(
wire: {content_type: text/plain, format: {form: {pair: ":", separator: "\n", percent: false}}}
messages:
  m: {event: CASE_ACCEPTED, fields: {case.source_case_no: 编号, actor.name: 单位}}
)");
    const auto events = events_of(*d, "编号: 7\r\n单位: 某局\r\n", "text/plain");
    EXPECT_EQ(events[0].case_().source_case_no(), "7");
    EXPECT_EQ(events[0].actor().name(), "某局");
    written(*d, events);
}

TEST(Format, CodesAmountsAndDefaults) {
    const auto d = made(std::string(head) + R"yaml(
wire: {content_type: application/json, format: json}
tables:
  sex: {M: MALE, F: FEMALE, else: drop, write: {UNKNOWN: U}}
messages:
  m:
    match: {is: {type: [a, b]}, not: {ver: "0"}, has: no, lacks: gone}
    event: CASE_SUBMITTED
    fields:
      case.source_case_no: no
      dossier.applicant.gender: {from: sex, table: sex}
      dossier.applicant.birth_date: {from: id, do: [id, id_birth], direction: in}
      dossier.amount_fen: {from: money, do: [{amount: {unit: 元, unit_from: unit, units: {W: 万元, Y: 元}}}]}
      body.case_type: {from: kind, table: {j: IMMEDIATE}, default: COMMITMENT}
      dossier.applicant.id_no: {from: id, do: id}
      dossier.note: {from: [n1, n2], empty: ["-", 暂无]}
      case.dest_region: {from: where, do: [{between: {after: "(", before: ")"}}], direction: in}
)yaml");
    const auto e = events_of(
        *d,
        R"json({"type":"b","no":"1","sex":"?","id":"370299198808082225","money":"1.5","unit":"W","n1":"-","n2":"后补","where":"长治市(140400)"})json")
        [0];
    EXPECT_EQ(e.dossier().applicant().gender(), v1::GENDER_UNSPECIFIED);
    EXPECT_EQ(e.dossier().applicant().birth_date(), "1988-08-08");
    EXPECT_EQ(e.dossier().amount_fen(), 1'500'000);
    EXPECT_EQ(e.case_submitted().case_type(), v1::CASE_TYPE_COMMITMENT);
    EXPECT_EQ(e.dossier().note(), "后补");
    EXPECT_EQ(e.case_().dest_region(), "140400");
    google::protobuf::Arena arena;
    EXPECT_FALSE(d->read({"", R"({"type":"c","no":"1"})"}, arena));
    EXPECT_FALSE(d->read({"", R"({"type":"a","ver":"0","no":"1"})"}, arena));
    EXPECT_FALSE(d->read({"", R"({"type":"a","no":"1","gone":"x"})"}, arena));
}

TEST(Format, UnmappedFieldsAreCountedAndKeptWhenAsked) {
    const std::string rest = R"(
wire: {content_type: application/json, format: json}
messages:
  m: {each: rows, event: DEST_RECEIVED, fields: {case.source_case_no: no}}
)";
    const std::string body = R"({"rows":[{"no":"1","x":{"y":"z"}},{"no":"2","k":null,"e":""}],"top":5})";
    google::protobuf::Arena arena;
    const auto dropped = made(std::string(head) + rest)->read({"", body}, arena);
    ASSERT_TRUE(dropped);
    EXPECT_EQ(dropped->stats.unmapped_fields, 2U);
    EXPECT_EQ(dropped->events[0].event->dossier().extra_size(), 0);
    const auto kept = made(std::string(head) + "unmapped: keep" + rest);
    const auto read = kept->read({"", body}, arena);
    ASSERT_TRUE(read);
    ASSERT_EQ(read->events[0].event->dossier().extra_size(), 1);
    EXPECT_EQ(read->events[0].event->dossier().extra(0).name(), "$.rows[0].x.y");
    EXPECT_EQ(read->events[0].event->dossier().extra(0).value(), "z");
}

TEST(Format, CompositeStatusColumns) {
    const auto d = made(std::string(head) + R"(
wire: {content_type: application/json, format: json}
messages:
  m:
    event: {from: [a, b], join: "/", table: {1/1: CASE_ACCEPTED, 1/2: ACCEPTANCE_REFUSED, 2/: DECIDED}}
    fields: {case.source_case_no: no}
)");
    EXPECT_TRUE(events_of(*d, R"({"no":"1","a":1,"b":2})")[0].has_acceptance_refused());
    EXPECT_TRUE(events_of(*d, R"({"no":"1","a":"2"})")[0].has_decided());
    written(*d, events_of(*d, R"({"no":"1","a":1,"b":1})"));
    google::protobuf::Arena arena;
    const auto read = d->read({"", R"({"no":"1","a":9})"}, arena);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->events[0].violations[0].rule(), "code");
}

} // namespace
} // namespace tongban::dialects::testing
