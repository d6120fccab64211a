// The walk over JSON's structure is ours: strict in every place, whether a rule asks for it or not.
#include "tests/unit/connectors/dialects/dialect_files.hpp"

#include <gtest/gtest.h>

namespace tongban::dialects::testing {
namespace {

std::shared_ptr<const dialect> plain() {
    static const auto d = made(R"(
dialect: plain
version: "1"
wire: {content_type: application/json, format: json}
messages:
  apply:
    event: CASE_SUBMITTED
    fields:
      case.source_case_no: no
      dossier.note: note
)");
    return d;
}

class WrongJson : public ::testing::TestWithParam<std::string> {};

TEST_P(WrongJson, IsRefused) {
    google::protobuf::Arena arena;
    const auto read = plain()->read({"application/json", GetParam()}, arena);
    ASSERT_FALSE(read) << GetParam();
    EXPECT_EQ(static_cast<errc>(read.error().code.value()), errc::malformed) << read.error().message_en;
}

INSTANTIATE_TEST_SUITE_P(
    Json, WrongJson,
    ::testing::Values(R"({)", R"({"a")", R"({"a":)", R"({"a":1)", R"({"a":1,)", R"({"a":1,})", R"({,})",
                      R"({"a" 1})", R"({"a":1 "b":2})", R"({"a"::1})", R"({1:2})", R"({"a":1}})",
                      R"({"a":1} 2)", R"({"a":[1 2]})", R"({"a":[1,]})", R"({"a":[,1]})", R"({"a":[1})",
                      R"({"a":[1}])", R"({"a":tru})", R"({"a":nulL})", R"({"a":truefalse})", R"({"a":"b"c})",
                      R"({"a":"b})", R"({"a":"\q"})", R"({"a":"\ud800"})", R"({"a":"\u0000"})",
                      "{\"a\":\"\x01\"}", "{\"a\":\"b\nc\"}", R"({"a":01})", R"({"a":1.})", R"({"a":.5})",
                      R"({"a":+1})", R"({"a":1e})", R"({"a":0x10})", R"({"a":NaN})", R"({"a":1"b"})",
                      R"({"a":1,"a":2})", R"({"no":1,"no":2})", R"({"a":1,"\u0061":2})",
                      R"({"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1,"i":1,"j":1,"c":2})"));

TEST(Json, TextsAndNumbersStayAsTheyWereWritten) {
    const auto first = [](const std::string& body) {
        return events_of(*plain(), body, "application/json")[0];
    };
    EXPECT_EQ(first(R"({"no":123456789012345678901234567890})").case_().source_case_no(),
              "123456789012345678901234567890");
    EXPECT_EQ(first(R"({"no": 1.50 ,"note":"x"})").case_().source_case_no(), "1.50");
    EXPECT_EQ(first("\t{ \"no\" : \"A\\\\B\\\"\\u738b\\ud840\\udc87\" , \"x\" : { \"no\" : [ ] } }\r\n")
                  .case_()
                  .source_case_no(),
              "A\\B\"王\xF0\xA0\x82\x87");
    EXPECT_EQ(first(R"({"n\u006f":"7","note":""})").case_().source_case_no(), "7");
    EXPECT_EQ(first(R"({"no":"7","note":null})").dossier().note(), "");
}

// "*[2]" is the second child, also where children are lists: what stands in the first is not counted.
TEST(Json, PositionsOfChildrenThatAreLists) {
    const auto read = [](const std::string& path, const std::string& body) {
        const auto d = made("dialect: t\nversion: '1'\nwire: {content_type: application/json, format: json}\n"
                            "messages: {m: {event: CASE_ACCEPTED, fields: {case.source_case_no: \"" + path + "\", case.dest_case_no: no}}}\n");
        return events_of(*d, body).front().case_().source_case_no();
    };
    const std::string body = R"({"no":"1","all":[["a","b"],["c","d"],"e"]})";
    EXPECT_EQ(read("all/*[2]/*[1]", body), "c");
    EXPECT_EQ(read("all/*[3]", body), "e");
    EXPECT_EQ(read("all[2]/*[2]", body), "d") << "a name's list stands for its entries";
    EXPECT_EQ(read("*[3]", R"({"no":"1","list":["a","b"],"third":"c"})"), "c");
    EXPECT_EQ(read("all/*[1]/*[1]/../*[2]", body), "b");
}

const std::string rows_of_json = "dialect: t\nversion: '1'\nwire: {content_type: application/json, format: json}\nmessages:\n";

std::vector<std::string> numbers(const dialect& d, const std::string& body) {
    std::vector<std::string> all;
    for (const auto& event : events_of(d, body, "application/json")) {
        all.push_back(event.case_().source_case_no());
    }
    return all;
}

TEST(Json, RowsOfAListByItsPlaceAreItsEntries) {
    const std::string body = R"({"r":["batch-7",[{"no":"R-1"},{"no":"R-2"},{"no":"R-3"}]]})";
    for (const std::string each : {"r/*[2]", "r[2]"}) {
        const auto d = made(rows_of_json + "  m: {each: '" + each + "', event: CASE_ACCEPTED, fields: {case.source_case_no: no}}\n");
        EXPECT_EQ(numbers(*d, body), (std::vector<std::string>{"R-1", "R-2", "R-3"})) << each;
        const auto events = events_of(*d, body, "application/json");
        std::vector<const v1::CaseEvent*> all{&events[0], &events[1], &events[2]};
        const auto out = d->write(all);
        ASSERT_TRUE(out) << each << ": " << out.error().message_en;
        EXPECT_EQ(out->body, R"({"r":[null,[{"no":"R-1"},{"no":"R-2"},{"no":"R-3"}]]})");
        EXPECT_TRUE(out->lost.empty());
    }
}

TEST(Json, EntriesOfAListByItsPlaceAreReadAndWritten) {
    const auto d = made(rows_of_json + "  m: {event: CASE_ACCEPTED, fields: {case.source_case_no: '*[1]', "
                                       "dossier.materials: {each: '*[3]', fields: {name: '*[1]', copies: {from: '*[2]', do: number}}}}}\n");
    const std::string body = R"(["A-1",null,[["表",1],["证",2]]])";
    const auto event = events_of(*d, body, "application/json").at(0);
    ASSERT_EQ(event.dossier().materials_size(), 2);
    EXPECT_EQ(event.dossier().materials(1).name(), "证");
    EXPECT_EQ(lossless(*d, event), body);
}

TEST(Json, EveryEntryOfAListOnTheWayHasRows) {
    const auto d = made(rows_of_json + "  m: {each: cases/steps, event: CASE_ACCEPTED, fields: {case.source_case_no: ../no, "
                                       "dossier.note: {from: n, do: number}}}\n");
    const std::string body = R"({"cases":[{"no":"1","steps":[{"n":1},{"n":2}]},{"no":"2"},{"no":"3","steps":[{"n":3}]}]})";
    EXPECT_EQ(numbers(*d, body), (std::vector<std::string>{"1", "1", "3"}));
    const auto list = made(rows_of_json + "  m: {event: CASE_ACCEPTED, fields: {case.source_case_no: no, "
                                          "dossier.materials: {each: groups/files, fields: {name: n}}}}\n");
    const auto event = events_of(*list, R"({"no":"1","groups":[{"files":[]},{"files":[{"n":"a"},{"n":"b"}]},{"x":1},{"files":{"n":"c"}}]})").at(0);
    ASSERT_EQ(event.dossier().materials_size(), 3) << "also when the first entry has none";
    EXPECT_EQ(event.dossier().materials(2).name(), "c");
}

} // namespace
} // namespace tongban::dialects::testing
