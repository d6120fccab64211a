// What is written arrives as it was said: characters that a charset lacks, a form's own marks, attributes beside a document,
// namespaces, signatures, lists of lists.
#include "connectors/dialects/trace.hpp"
#include "tests/unit/connectors/dialects/dialect_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

namespace tongban::dialects::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* head = "dialect: t\nversion: '1'\n";
constexpr const char* one_name = R"(
messages:
  m: {event: CASE_ACCEPTED, fields: {case.source_case_no: R/no, dossier.applicant.name: {from: R/name, empty: []}, dossier.reason: R/why}}
)";

boost::system::result<dialect::writing, refusal> write(const dialect& d, const v1::CaseEvent& event) {
    const v1::CaseEvent* out = &event;
    return d.write({&out, 1});
}

v1::CaseEvent about(const std::string& name, const std::string& reason = "") {
    v1::CaseEvent event;
    event.mutable_case_()->set_source_case_no("A-1");
    event.mutable_case_accepted();
    event.mutable_dossier()->mutable_applicant()->set_name(name);
    event.mutable_dossier()->set_reason(reason);
    return event;
}

std::string in_flat(std::string text) { // paths of a flat format
    for (auto at = text.find("R/"); at != std::string::npos; at = text.find("R/")) {
        text.erase(at, 2);
    }
    return text;
}

TEST(WrittenText, WhatTheCharsetLacksIsAReferenceInXml) {
    const auto d = made(std::string(head) + "wire: {content_type: text/xml, charset: GBK, format: xml}\n" + one_name);
    EXPECT_THAT(lossless(*d, about("王䶮", "𠮷")), HasSubstr("&#x4DAE;</name><why>&#x20BB7;</why>"));
    const auto attributes = made(std::string(head) + "wire: {content_type: text/xml, charset: GB2312, format: xml, root: R}\n"
                                                     "messages: {m: {event: CASE_ACCEPTED, fields: {case.source_case_no: '@no', "
                                                     "dossier.applicant.name: '@name'}}}\n");
    EXPECT_THAT(lossless(*attributes, about("王䶮")), HasSubstr("&#x4DAE;\"/>"));
    const auto section = made(std::string(head) + "wire: {content_type: text/xml, charset: GBK, format: xml, root: E/in, "
                                                  "embed: {at: E/in, as: xml, cdata: true}}\n" +
                              one_name);
    EXPECT_THAT(lossless(*section, about("王䶮")), HasSubstr("&#x4DAE;</name>"));
    const auto held = made(std::string(head) + "wire: {content_type: text/xml, charset: GBK, format: xml, root: E/in, "
                                               "embed: {at: E/in, as: [{csv: {columns: [no, name, why], header: false}}], cdata: true}}\n"
                                               "messages: {m: {event: CASE_ACCEPTED, each: row, fields: {case.source_case_no: no, "
                                               "dossier.applicant.name: name}}}\n");
    EXPECT_THAT(lossless(*held, about("王䶮")), HasSubstr("]]>&#x4DAE;<![CDATA["));
}

TEST(WrittenText, WhatTheCharsetLacksIsAnEscapeInJson) {
    const auto d = made(std::string(head) + "wire: {content_type: application/json, charset: GBK, format: json}\n" + one_name);
    EXPECT_THAT(lossless(*d, about("王䶮", "𠮷")), HasSubstr(R"(\u4dae","why":"\ud842\udfb7")"));
    const auto form = made(std::string(head) + "wire: {content_type: application/x-www-form-urlencoded, charset: GBK, format: form, "
                                               "root: data, embed: {at: data, as: json}}\n" +
                           one_name);
    EXPECT_THAT(lossless(*form, about("王䶮")), HasSubstr("%5Cu4dae"));
}

TEST(WrittenText, WhereNothingEscapesItTheMessageIsNotWritten) {
    setenv("WRITTEN_TEXT_KEY", "k", 1);
    const std::string form = "wire: {content_type: application/x-www-form-urlencoded, charset: GBK, format: form}\n";
    const std::string is_signed = "wire: {content_type: application/x-www-form-urlencoded, charset: GBK, format: form, signature: "
                                  "{field: sign, algorithm: HMAC-SHA256, key: {env: WRITTEN_TEXT_KEY}}}\n";
    const std::string parts = "wire: {content_type: multipart/form-data, charset: GB2312, format: multipart}\n";
    for (const auto& wire : {form, is_signed, parts}) {
        const auto d = made(head + wire + in_flat(one_name));
        EXPECT_TRUE(write(*d, about("王五"))) << wire;
        const auto out = write(*d, about("王䶮"));
        ASSERT_FALSE(out) << wire;
        EXPECT_EQ(out.error().code, errc::cannot_be_written);
        EXPECT_EQ(out.error().place, "dossier.applicant.name");
        EXPECT_THAT(out.error().message_zh, HasSubstr("中没有字符“䶮”（U+4DAE）"));
        EXPECT_THAT(out.error().message_en, ::testing::MatchesRegex("dossier.applicant.name: GB.* has no character '䶮' .U.4DAE.*"));
    }
}

TEST(WrittenText, TheFieldOfAnEntryIsNamedWithItsPlace) {
    const auto d = made(std::string(head) + R"(
wire:
  content_type: multipart/form-data
  charset: GBK
  format: multipart
  embed: [{at: cases, as: csv}, {at: files, as: csv}]
  join: {each: cases/row, key: no, with: files/row, as: files}
  root: cases
  send: {~/cases/@filename: c.csv, ~/files/@filename: f.csv}
messages:
  m:
    each: row
    event: CASE_ACCEPTED
    fields: {case.source_case_no: no, dossier.materials: {each: files, fields: {name: title}}}
)");
    auto event = about("");
    event.mutable_dossier()->add_materials()->set_name("甲");
    event.mutable_dossier()->add_materials()->set_name("乙");
    lossless(*d, event);
    event.mutable_dossier()->mutable_materials(1)->set_name("䶮");
    const auto out = write(*d, event);
    ASSERT_FALSE(out);
    EXPECT_EQ(out.error().place, "dossier.materials[1].name");
}

constexpr const char* lines = R"(
wire: {content_type: text/plain, charset: GBK, format: {form: {pair: ":", separator: "\n", percent: false}}}
messages:
  m: {event: CASE_ACCEPTED, fields: {case.source_case_no: no, dossier.reason: why, dossier.form: {each: "*", except: mapped, fields: {name: name(), value: .}}}}
)";

TEST(WrittenText, NoTextBecomesAFieldOfItsOwn) {
    const auto d = made(std::string(head) + lines);
    lossless(*d, about("", "a:b=c&d"));
    for (const char* text : {"x\n新:1", "x\nno:2", "a\r\nb"}) {
        const auto out = write(*d, about("", text));
        ASSERT_FALSE(out) << text;
        EXPECT_EQ(out.error().code, errc::cannot_be_written);
        EXPECT_EQ(out.error().place, "dossier.reason");
        EXPECT_THAT(out.error().message_zh, HasSubstr("内容含有“U+000A”，它是表单字段的分隔符，无法转义"));
    }
    const auto trimmed = write(*d, about("", "尾\n")); // white space around a value means nothing
    ASSERT_TRUE(trimmed) << trimmed.error().message_en;
    EXPECT_THAT(trimmed->body, Not(HasSubstr("\n\n")));
    const auto percent = made(std::string(head) + "wire: {content_type: application/x-www-form-urlencoded, format: form}\n" + in_flat(one_name));
    lossless(*percent, about("", "x\n新=1&y"));
}

TEST(WrittenText, ANameFromTheDataThatWouldBeAnotherFieldIsNotWritten) {
    const auto d = made(std::string(head) + lines);
    auto event = about("");
    const auto add = [&](const std::string& name) {
        auto& field = *event.mutable_dossier()->add_form();
        field.set_name(name);
        field.set_value("1");
    };
    for (const char* name : {"好", "a:b", "no\nwhy", "䶮"}) {
        add(name);
    }
    const auto out = write(*d, event);
    ASSERT_TRUE(out) << out.error().message_en;
    EXPECT_EQ(out->body.find("why"), std::string::npos) << out->body;
    EXPECT_EQ(out->lost.size(), 3U);
}

TEST(WrittenText, AnyCharacterOfTheSeparatorInTheBytesCounts) {
    // 張 is 8F 88 in GBK, 億 is 83 7C: its second byte is the separator.
    const auto d = made(std::string(head) + R"(
wire: {content_type: text/plain, charset: GBK, format: {form: {pair: ":", separator: "|", percent: false}}}
messages:
  m: {event: CASE_ACCEPTED, fields: {case.source_case_no: no, dossier.reason: why}}
)");
    lossless(*d, about("", "張"));
    EXPECT_FALSE(write(*d, about("", "億")));
}

TEST(WrittenText, AFileNameCannotEndItsHeader) {
    const auto d = made(std::string(head) + R"(
wire: {content_type: multipart/form-data, format: multipart}
messages:
  m: {event: CASE_ACCEPTED, fields: {case.source_case_no: no, dossier.title: "file/@filename"}}
)");
    auto event = about("");
    event.mutable_dossier()->set_title("表.txt");
    EXPECT_TRUE(write(*d, event));
    event.mutable_dossier()->set_title("a\"\r\nX: 1");
    const auto out = write(*d, event);
    ASSERT_FALSE(out);
    EXPECT_EQ(out.error().place, "dossier.title");
}

// MD5 over the bytes of `no=A-1&xm=王五&key=k` in the charset.
TEST(WrittenText, ASignatureIsOverTheBytesOfTheForm) {
    setenv("WRITTEN_TEXT_KEY", "k", 1);
    const auto signed_as = [](const std::string& charset) {
        return made(std::string(head) + "wire: {content_type: application/x-www-form-urlencoded, charset: GBK, format: form, "
                                        "signature: {field: sign, algorithm: MD5, key: {env: WRITTEN_TEXT_KEY}, suffix: '&key=${key}'" +
                    charset + "}}\nmessages: {m: {event: CASE_ACCEPTED, fields: {case.source_case_no: no, dossier.applicant.name: xm}}}\n");
    };
    const auto gbk = signed_as("");
    const auto utf8 = signed_as(", charset: UTF-8");
    const auto of_gbk = lossless(*gbk, about("王五"));
    const auto of_utf8 = lossless(*utf8, about("王五"));
    EXPECT_THAT(of_gbk, HasSubstr("sign=7c76e957624daa6d6745075ae4f06919"));
    EXPECT_THAT(of_utf8, HasSubstr("sign=55ade86ec5c2786909a5c60047992796"));
    google::protobuf::Arena arena;
    const std::string type = "application/x-www-form-urlencoded";
    EXPECT_TRUE(gbk->read({type, of_gbk}, arena));
    EXPECT_TRUE(utf8->read({type, of_utf8}, arena));
    EXPECT_FALSE(gbk->read({type, of_utf8}, arena));
    EXPECT_FALSE(utf8->read({type, of_gbk}, arena));
    EXPECT_THAT(mistakes_of("dialect: t\nversion: '1'\nwire: {content_type: a/b, format: form, signature: {field: s, algorithm: MD5, "
                            "key: {env: WRITTEN_TEXT_KEY}, suffix: '${key}', charset: EBCDIC}}\nmessages: {m: {event: CASE_ACCEPTED, "
                            "fields: {case.source_case_no: no}}}\n"),
                HasSubstr("unknown charset 'EBCDIC'"));
}

// What parts values from each other has no escape: a value that holds it would be read as two.
TEST(WrittenText, AValueWithASeparatorInItIsNotWritten) {
    const auto d = made(std::string(head) + R"(
wire: {content_type: application/json, format: json}
messages:
  m:
    event: SUPPLEMENT_REQUIRED
    fields:
      case.source_case_no: no
      body.missing: {each: list, split: ";;", fields: {name: .}}
      dossier.applicant.name: {from: who, do: {part: {by: "/", at: 1}}}
      dossier.applicant.phone: {from: who, do: {part: {by: "/", at: 2}}}
      dossier.reason: {from: [a, b, c], join: "-"}
  t: {event: EVALUATED, fields: {case.source_case_no: no, body.items: {each: items, split: "|"}}}
)");
    const auto event = [](const std::vector<std::string>& missing, const std::string& name, const std::string& reason) {
        v1::CaseEvent one;
        one.mutable_case_()->set_source_case_no("A-1");
        for (const auto& each : missing) {
            one.mutable_supplement_required()->add_missing()->set_name(each);
        }
        one.mutable_dossier()->mutable_applicant()->set_name(name);
        one.mutable_dossier()->mutable_applicant()->set_phone("1");
        one.mutable_dossier()->set_reason(reason);
        return one;
    };
    EXPECT_THAT(lossless(*d, event({"甲;乙", "丙"}, "张三", "x-y-z-")), HasSubstr(R"("list":"甲;乙;;丙")"));
    const auto refused = [&](const v1::CaseEvent& one) {
        const auto out = write(*d, one);
        if (out) {
            ADD_FAILURE() << out->body;
            return std::string();
        }
        EXPECT_EQ(static_cast<errc>(out.error().code.value()), errc::cannot_be_written);
        return out.error().message_en;
    };
    const std::string why = "', which is what parts values here and has no escape";
    EXPECT_EQ(refused(event({"甲", "乙;;丙"}, "张三", "")), "body.missing[1].name: the text holds ';;" + why);
    EXPECT_EQ(refused(event({"甲;", "乙"}, "张三", "")), "body.missing[0].name: the text holds ';;" + why) << "with what stands behind it";
    EXPECT_EQ(refused(event({"甲"}, "张/三", "")), "dossier.applicant.name: the text holds '/" + why);
    for (const auto* reason : {"-x", "x--y", "x-"}) {
        EXPECT_EQ(refused(event({"甲"}, "张三", reason)), "dossier.reason: the text holds '-" + why) << reason;
    }
    v1::CaseEvent rated;
    rated.mutable_case_()->set_source_case_no("A-1");
    rated.mutable_evaluated()->add_items("好|快");
    EXPECT_EQ(refused(rated), "body.items: the text holds '|" + why);
}

} // namespace
} // namespace tongban::dialects::testing
