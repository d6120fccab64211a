// A message that cannot be read is refused with the place of what is wrong in it, and in the sender's language.
#include "tests/unit/connectors/dialects/dialect_files.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace tongban::dialects::testing {
namespace {

std::shared_ptr<const dialect> reader_of(const std::string& wire, const std::string& more = "") {
    return made("dialect: t\nversion: '1'\nwire: " + wire + "\n" + more +
                "messages: {m: {event: CASE_ACCEPTED, fields: {case.source_case_no: no}}}\n");
}

refusal refused(const std::string& wire, const std::string& body, const std::string& more = "") {
    google::protobuf::Arena arena;
    const auto read = reader_of(wire, more)->read({"", body}, arena);
    EXPECT_FALSE(read) << body.substr(0, 80);
    return read ? refusal{} : read.error();
}

const std::string json_wire = "{content_type: application/json, format: json}";
const std::string xml_wire = "{content_type: text/xml, format: xml, root: r}";

TEST(FaultPlace, ABadByteIsFoundWhereverItStands) {
    std::string text = "{\n\"no\": \"";
    while (text.size() < 6000) {
        text += "通办";
    }
    for (const std::size_t cut : {text.size(), text.size() - 1, text.size() - 2}) { // a character that is cut, too
        auto body = text.substr(0, cut);
        const auto bad = cut == text.size() ? cut : text.size() - 3;
        body += "\xFF\"}";
        EXPECT_EQ(refused(json_wire, body).place, "byte " + std::to_string(bad) + " (line 2)");
    }
    EXPECT_EQ(refused(json_wire, "\xEF\xBB\xBF{\"no\": \"\xFF\"}").place, "byte 11 (line 1)") << "the mark counts";
    EXPECT_EQ(refused("{content_type: application/json, format: json, charset: GB18030}", "{\n\"no\": \"\xFF\"}").place,
              "byte 9 (line 2)");
}

TEST(FaultPlace, OfNulDtdAndNesting) {
    using namespace std::string_literals;
    EXPECT_EQ(refused(json_wire, "{\"no\":\n \"a\0\"}"s).place, "line 2 column 4 (byte 10)");
    EXPECT_EQ(refused(xml_wire, "<r>\n<no>通&#0;</no></r>").place, "line 2 column 6 (byte 11)");
    const auto dtd = refused(xml_wire, "<?xml version=\"1.0\"?>\n<!DOCTYPE r [<!ENTITY a \"b\">]>\n<r><no>1</no></r>");
    EXPECT_TRUE(dtd.place.starts_with("line 2 column ")) << dtd.place;
    const std::string limits = "limits: {depth: 3}\n";
    EXPECT_EQ(refused(json_wire, "{\"a\":\n{\"b\":{\"c\":{}}}}", limits).place, "line 2 column 11 (byte 16)");
    const auto deep = refused(xml_wire, "<r>\n<a><b><c/></b></a></r>", limits);
    EXPECT_TRUE(deep.place.starts_with("line 2 column ")) << deep.place;
}

TEST(FaultPlace, ADuplicateKeyIsNamed) {
    const auto twice = refused(json_wire, R"({"no": "1", "person": {"name": "a", "id": "b", "name": "c"}})");
    EXPECT_EQ(twice.place, "$.person");
    EXPECT_EQ(twice.message_zh, "JSON 对象中有重复的键“name”");
    EXPECT_EQ(twice.message_en, "duplicate key 'name' in a JSON object");
    const auto known = refused(json_wire, R"({"no": "1", "no": "2"})"); // one that a rule reads
    EXPECT_EQ(known.message_en, "duplicate key 'no' in a JSON object");
    std::string many = "{";
    for (int i = 0; i < 40; ++i) {
        many += "\"k" + std::to_string(i) + "\": 1, ";
    }
    EXPECT_EQ(refused(json_wire, many + "\"k7\": 2}").message_en, "duplicate key 'k7' in a JSON object");
    const auto longer = refused(json_wire, "{\"" + std::string(70, 'x') + "\": 1, \"" + std::string(70, 'x') + "\": 2}");
    EXPECT_EQ(longer.message_en, "duplicate key '" + std::string(64, 'x') + "…' in a JSON object");
}

TEST(FaultPlace, XmlIsFaultedInChineseWithItsLine) {
    const auto mismatch = refused(xml_wire, "<r>\n<no>1</on></r>");
    EXPECT_EQ(mismatch.message_zh, "XML 不完整或不正确：开始标签与结束标签不一致");
    EXPECT_TRUE(mismatch.place.starts_with("line 2 column ")) << mismatch.place;
    for (const std::string body : {"<r", "<r a=1/>", "<r><!-- x</r>", "<r><![CDATA[x</r>", "<r></r", "<?xml", "<r><no>"}) {
        const auto why = refused(xml_wire, body);
        const auto words = why.message_zh.substr(why.message_zh.rfind("：") + 3);
        EXPECT_TRUE(std::none_of(words.begin(), words.end(), [](char c) { return c >= 'a' && c <= 'z'; })) << body << ": " << words;
    }
}

TEST(FaultPlace, OfAnEmbeddedDocumentStandsInItsSentence) {
    const auto inside = refused("{content_type: application/json, format: json, embed: {at: data, as: xml}, root: data/r}",
                                R"({"data": "<r><no>1</on></r>"})");
    EXPECT_EQ(inside.place, "$.data");
    EXPECT_NE(inside.message_zh.find("（line 1 column "), std::string::npos) << inside.message_zh;
}

TEST(FaultPlace, ACodeThatIsNotListedSaysNothingOfOurFile) {
    const auto d = made("dialect: t\nversion: '1'\nwire: " + json_wire +
                        "\nmessages: {m: {event: CASE_ACCEPTED, fields: {case.source_case_no: no, "
                        "dossier.applicant.gender: {from: person/sex, table: {'1': MALE, '2': FEMALE}}}}}\n");
    google::protobuf::Arena arena;
    const auto read = d->read({"", R"({"no": "1", "person": {"sex": "9"}})"}, arena);
    ASSERT_TRUE(read);
    const auto& v = read->events.at(0).violations.at(0);
    EXPECT_EQ(v.source_path(), "$.person.sex");
    EXPECT_EQ(v.message_zh(), "不在代码表中；可用：1、2");
    EXPECT_EQ(v.message_en(), "not in the code table; known: 1, 2");
}

TEST(FaultPlace, AMessageThatNobodyKnowsSaysWhatEachOfThemLacks) {
    std::string yaml = "dialect: t\nversion: '1'\nwire: " + json_wire + "\nmessages:\n";
    const auto add = [&](const std::string& name, const std::string& what) {
        yaml += "  " + name + ": {" + what + ", event: CASE_ACCEPTED, fields: {case.source_case_no: no}}\n";
    };
    add("a", "match: {is: {type: ['1', '2']}}");
    add("b", "match: {has: [person/name]}");
    add("c", "at: data");
    add("d", "match: {lacks: [type]}");
    add("e", "match: {is: {kind: x}}");
    add("f", "match: {is: {kind: y}}");
    google::protobuf::Arena arena;
    const auto read = made(yaml)->read({"", R"({"type": "3"})"}, arena);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().message_en, "no rule recognises this message; the dialect knows: a (type is not 1/2), b (no person/name), "
                                       "c (no data), d (type is there), e (no kind), f");
    EXPECT_EQ(read.error().message_zh, "无法识别的报文，本格式定义的报文有：a（type 不是 1/2）, b（没有 person/name）, c（没有 data）, "
                                       "d（有 type）, e（没有 kind）, f");
}

TEST(FaultPlace, AnUnknownStatusCodeIsToldWithThoseThatAreKnown) {
    const auto d = made("dialect: t\nversion: '1'\nwire: {content_type: application/json, format: json}\n"
                        "messages: {m: {event: {from: s, table: {'10': CASE_ACCEPTED, '20': CASE_CLOSED}}, fields: {case.source_case_no: no}}}\n");
    google::protobuf::Arena arena;
    const auto read = d->read({"", R"({"s": "30", "no": "A"})"}, arena);
    ASSERT_TRUE(read);
    ASSERT_EQ(read->events[0].violations.size(), 1U);
    EXPECT_EQ(read->events[0].violations[0].message_en(), "unknown status code; known: 10, 20");
    EXPECT_EQ(read->events[0].violations[0].message_zh(), "未知的状态代码；可用：10、20");
}

TEST(FaultPlace, ARowOfTheSecondFileNamesItsFile) {
    const auto d = made("dialect: t\nversion: '1'\n"
                        "wire:\n"
                        "  content_type: multipart/form-data\n"
                        "  format: multipart\n"
                        "  embed: [{at: cases, as: csv}, {at: files, as: csv}]\n"
                        "  join: {each: cases/row, key: no, with: files/row, match: case, as: 材料}\n"
                        "  root: cases\n"
                        "messages:\n"
                        "  m:\n"
                        "    each: row\n"
                        "    event: CASE_SUBMITTED\n"
                        "    fields:\n"
                        "      case.source_case_no: {from: no, required: true}\n"
                        "      dossier.materials: {each: 材料, fields: {name: {from: name, required: true}, "
                        "copies: {from: copies, do: number}}}\n");
    const std::string body = "--b\r\nContent-Disposition: form-data; name=\"cases\"; filename=\"c.csv\"\r\n\r\nno\nA\nB\n\r\n"
                             "--b\r\nContent-Disposition: form-data; name=\"files\"; filename=\"f.csv\"\r\n\r\n"
                             "case,name,copies\nB,x,1\nA,y,many\nB,,1\n\r\n--b--";
    google::protobuf::Arena arena;
    const auto read = d->read({"multipart/form-data; boundary=b", body}, arena);
    ASSERT_TRUE(read) << read.error().message_en;
    ASSERT_EQ(read->events.size(), 2U);
    ASSERT_EQ(read->events[0].violations.size(), 1U);
    EXPECT_EQ(read->events[0].violations[0].source_path(), "files row 2 column copies");
    ASSERT_EQ(read->events[1].violations.size(), 1U);
    EXPECT_EQ(read->events[1].violations[0].source_path(), "files row for row 2 column name");
}

TEST(FaultPlace, ARowOfTheSecondFileThatBelongsToNoneHoldsNoOtherUp) {
    const std::string wire = "dialect: t\nversion: '1'\n"
                             "wire:\n"
                             "  content_type: multipart/form-data\n"
                             "  format: multipart\n"
                             "  embed: [{at: cases, as: csv}, {at: files, as: csv}]\n"
                             "  join: {each: cases/row, key: no, with: files/row, match: case, as: 材料}\n"
                             "  root: cases\n";
    const auto d = made(wire + "messages:\n"
                               "  m:\n"
                               "    each: row\n"
                               "    event: CASE_SUBMITTED\n"
                               "    fields:\n"
                               "      case.source_case_no: {from: no, required: true}\n"
                               "      dossier.materials: {each: 材料, fields: {name: name}}\n");
    const std::string body = "--b\r\nContent-Disposition: form-data; name=\"cases\"; filename=\"c.csv\"\r\n\r\nno\nA\nB\n\r\n"
                             "--b\r\nContent-Disposition: form-data; name=\"files\"; filename=\"f.csv\"\r\n\r\n"
                             "case,name\nA,x\nC,y\nD,z\nB,w\nA,v\n\r\n--b--";
    google::protobuf::Arena arena;
    const auto read = d->read({"multipart/form-data; boundary=b", body}, arena);
    ASSERT_TRUE(read) << read.error().place;
    ASSERT_EQ(read->events.size(), 4U);
    EXPECT_TRUE(read->events[0].violations.empty());
    EXPECT_TRUE(read->events[1].violations.empty());
    ASSERT_EQ(read->events[0].event->dossier().materials_size(), 2);
    EXPECT_EQ(read->events[0].event->dossier().materials(1).name(), "v");
    EXPECT_EQ(read->events[1].event->dossier().materials(0).name(), "w");
    for (const std::size_t i : {2UL, 3UL}) {
        EXPECT_EQ(read->events[i].row, i + 1);
        ASSERT_EQ(read->events[i].violations.size(), 1U);
        EXPECT_EQ(read->events[i].violations[0].rule(), "malformed");
        EXPECT_EQ(read->events[i].violations[0].source_path(), "files row " + std::to_string(i));
    }
    const auto whole = made(wire + "messages: {m: {event: CASE_ACCEPTED, fields: {case.source_case_no: row/no}}}\n");
    const auto refused = whole->read({"multipart/form-data; boundary=b", body}, arena);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().place, "files row 2");
}

// The place that was read, not the first that could have been.
std::string path_of(const dialect& d, const std::string& body, const std::string& field) {
    google::protobuf::Arena arena;
    const auto read = d.read({"", body}, arena);
    EXPECT_TRUE(read);
    return read ? read->events.at(0).source_path(field) : "";
}

TEST(FaultPlace, OfSeveralPlacesIsTheOneThatWasRead) {
    const auto d = made("dialect: t\nversion: '1'\nwire: " + json_wire + R"(
messages:
  m:
    event: CASE_ACCEPTED
    fields:
      case.source_case_no: no
      dossier.applicant.id_no: {from: [a/id, b/code], do: id}
      occurred_at: {from: [t1, t2], do: {time: [iso]}}
      dossier.applicant.phone: [p1, p2]
      dossier.applicant.name:
        - {from: person/name, when: {is: {k: "1"}}, required: true}
        - {from: corp/name, when: {is: {k: "2"}}}
      dossier.materials:
        - {each: m1, fields: {name: n, copies: {from: c, do: number}}}
        - {each: m2, fields: {name: [n, m], copies: {from: c, do: number}, code: k}}
)");
    const std::string body = R"({"no":"1","k":"2","a":{"id":""},"b":{"code":"X"},"t2":"2024-10-18","p2":"1",)"
                             R"("m1":[{"x":1},{"n":"a"}],"m2":[{"n":"","c":"1"},{"m":"b"}]})";
    EXPECT_EQ(path_of(*d, body, "dossier.applicant.id_no"), "$.b.code");
    EXPECT_EQ(path_of(*d, body, "occurred_at"), "$.t2");
    EXPECT_EQ(path_of(*d, body, "dossier.applicant.phone"), "$.p2");
    EXPECT_EQ(path_of(*d, body, "dossier.applicant.name"), "$.corp.name") << "nothing was read, but its rule was meant";
    EXPECT_EQ(path_of(*d, body, "dossier.materials[0].copies"), "$.m1[1].c") << "the first says nothing";
    EXPECT_EQ(path_of(*d, body, "dossier.materials[1].copies"), "$.m2[0].c");
    EXPECT_EQ(path_of(*d, body, "dossier.materials[2].copies"), "$.m2[1].c");
    EXPECT_EQ(path_of(*d, body, "dossier.materials[2].name"), "$.m2[1].m");
    EXPECT_EQ(path_of(*d, body, "dossier.materials[2].code"), "$.m2[1].k") << "absent";
    EXPECT_EQ(path_of(*d, R"({"no":"1"})", "occurred_at"), "$.t1") << "nothing was read of it";
    google::protobuf::Arena arena;
    const auto read = d->read({"", R"({"no":"1","k":"1","m1":[{"n":"a"}],"m2":[{"n":"b","c":"x"}]})"}, arena);
    ASSERT_TRUE(read);
    ASSERT_EQ(read->events[0].violations.size(), 2U);
    EXPECT_EQ(read->events[0].violations[0].source_path(), "$.person.name");
    EXPECT_EQ(read->events[0].violations[1].source_path(), "$.m2[0].c");
    EXPECT_EQ(read->events[0].violations[1].field(), "dossier.materials[1].copies") << "rules for a list add up";
}

TEST(FaultPlace, OfRowsInSeveralLists) {
    const auto d = made("dialect: t\nversion: '1'\nwire: " + json_wire +
                        "\nmessages: {m: {each: cases/steps, event: CASE_ACCEPTED, fields: {case.source_case_no: ../no, dossier.note: n}}}\n");
    google::protobuf::Arena arena;
    const auto read = d->read({"", R"({"cases":[{"no":"1","steps":[{"n":1},{"n":2}]},{"no":"2","steps":[{"n":3}]}]})"}, arena);
    ASSERT_TRUE(read);
    ASSERT_EQ(read->events.size(), 3U);
    EXPECT_EQ(read->events[2].source_path("dossier.note"), "$.cases[1].steps[0].n");
}

} // namespace
} // namespace tongban::dialects::testing
