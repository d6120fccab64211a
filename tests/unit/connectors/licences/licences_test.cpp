// The two bodies of a licence service: what is asked, and which answers are taken.
#include "connectors/licences/licence_service.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

namespace tongban::licences {
namespace {

licence_question question() {
    return {"TB1", "r-1", "11140400TT000031433002017003000", {"居民身份证", "结婚证"}, "测试甲", "111", "370899198506150010"};
}

licence_answer read(const std::string& licences) {
    return read_answer("{\"licences\":[" + licences + "]}", question());
}

const std::string good = R"({"type":"居民身份证","ref":"1.2.156.3005.2.A.B.C.1.X","name":"居民身份证","number":"N1",
                             "issuer":"济宁市公安局","valid_from":"2020-01-01","valid_to":"2040-01-01"})";

TEST(Licences, TheQuestionNamesHolderTypesAndPurpose) {
    const auto text = boost::json::parse(question_text(question()));
    EXPECT_EQ(text.at("holder").at("id_no").as_string(), "370899198506150010");
    EXPECT_EQ(text.at("licence_types").as_array().size(), 2U);
    EXPECT_EQ(text.at("item").as_string(), "11140400TT000031433002017003000");
}

TEST(Licences, ValidityIsKeptAsItIs) {
    const auto dated = read(good);
    ASSERT_EQ(dated.result, licence_result::found);
    const auto& one = dated.licences.at(0).certificate;
    EXPECT_EQ(one.valid_from(), "2020-01-01");
    EXPECT_EQ(one.valid_to(), "2040-01-01");
    EXPECT_FALSE(one.long_term());
    const auto forever = read(R"({"type":"结婚证","ref":"R","valid_from":null,"valid_to":"长期"})");
    ASSERT_EQ(forever.result, licence_result::found);
    EXPECT_TRUE(forever.licences.at(0).certificate.long_term());
    EXPECT_EQ(forever.licences.at(0).certificate.valid_to(), "");
    const auto last_day = read(R"({"type":"结婚证","ref":"R","valid_to":"9999-12-31"})");
    ASSERT_EQ(last_day.result, licence_result::found);
    EXPECT_TRUE(last_day.licences.at(0).certificate.long_term());
    EXPECT_EQ(last_day.licences.at(0).certificate.valid_to(), "");
}

TEST(Licences, NoneIsNone) {
    EXPECT_EQ(read("").result, licence_result::none);
}

TEST(Licences, WhatIsNotAnAnswerIsNotTaken) {
    for (const std::string& wrong :
         {std::string("1"), std::string(R"({"type":"居民身份证"})"), std::string(R"({"type":"护照","ref":"R"})"),
          std::string(R"({"ref":"R"})"), std::string(R"({"type":"结婚证","ref":5})"),
          std::string(R"({"type":"结婚证","ref":"R","valid_to":"2040"})"),
          std::string(R"({"type":"结婚证","ref":"R","valid_to":"永久"})"),
          std::string(R"({"type":"结婚证","ref":"R","valid_to":"2026-02-30"})"),
          std::string(R"({"type":"结婚证","ref":"R","valid_from":"2026-13-01"})"),
          std::string(R"({"type":"结婚证","ref":"R\u0000S"})"), std::string(R"({"type":"结婚证\u0000","ref":"R"})"),
          R"({"type":"结婚证","ref":")" + std::string(600, 'x') + "\"}", good + ",{}"}) {
        const auto answer = read(wrong);
        EXPECT_EQ(answer.result, licence_result::unavailable) << wrong;
        EXPECT_FALSE(answer.reason.empty());
        EXPECT_EQ(answer.reason.find("居民"), std::string::npos) << "nothing of the answer stands in a log";
    }
    std::string many;
    for (std::size_t i = 0; i <= licences_max; ++i) {
        many += (i == 0 ? "" : ",") + good;
    }
    EXPECT_EQ(read(many).result, licence_result::unavailable);
    for (const char* body : {"", "[]", "{", "{\"licences\":1}", "<html>"}) {
        EXPECT_EQ(read_answer(body, question()).result, licence_result::unavailable) << body;
    }
}

} // namespace
} // namespace tongban::licences
