// What of an event a target's dialect cannot say stands beside the delivery, and is told to the operator once.
#include "gateway/delivery/rendering.hpp"
#include "gateway/delivery/told_losses.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

namespace tongban::delivery {
namespace {

std::shared_ptr<const dialects::dialect> made(const std::string& match) {
    const auto result = dialects::load_dialect_text("dialect: narrow\n"
                                                    "version: '1'\n"
                                                    "wire: {content_type: application/json, format: json}\n"
                                                    "messages: {m: {" +
                                                        match + "event: CASE_ACCEPTED, fields: {case.source_case_no: no}}}\n",
                                                    "narrow.yaml");
    EXPECT_TRUE(result.loaded) << (result.mistakes.empty() ? "" : result.mistakes.front().text());
    return result.loaded;
}

v1::CaseEvent event_with_materials(int count) {
    v1::CaseEvent event;
    event.mutable_case_()->set_source_case_no("A-1");
    event.mutable_case_accepted();
    for (int i = 0; i < count; ++i) {
        event.mutable_dossier()->add_materials()->set_name("身份证");
    }
    return event;
}

TEST(Rendering, FieldsThatTheDialectLosesStandBesideTheMessage) {
    const auto d = made("");
    const auto shown = boost::json::parse(with_message({}, event_with_materials(2), d.get())).as_object();
    EXPECT_EQ(shown.at("dialect"), "narrow");
    const auto& lost = shown.at("lost").as_array();
    ASSERT_EQ(lost.size(), 2U);
    EXPECT_EQ(lost[0].at("field"), "dossier.materials[0]");
    EXPECT_EQ(lost[1].at("field"), "dossier.materials[1]");
    EXPECT_EQ(lost[0].at("en"), "the format has no place for it");
    EXPECT_EQ(shown.at("lost_count"), 2);
}

TEST(Rendering, TheListOfThemIsBoundedAndTheirNumberTold) {
    const auto d = made("");
    const auto shown = boost::json::parse(with_message({}, event_with_materials(300), d.get())).as_object();
    EXPECT_EQ(shown.at("lost").as_array().size(), 50U);
    EXPECT_EQ(shown.at("lost_count"), 300);
}

TEST(Rendering, WhatLosesNothingSaysNothing) {
    const auto d = made("");
    const auto shown = boost::json::parse(with_message({}, event_with_materials(0), d.get())).as_object();
    EXPECT_EQ(shown.at("dialect"), "narrow");
    EXPECT_FALSE(shown.contains("lost"));
    EXPECT_FALSE(shown.contains("lost_count"));
}

TEST(Rendering, AMessageThatItsOwnDialectCannotReadIsDeliveredCanonical) {
    const auto d = made("match: {has: [kind]}, ");
    const auto shown = boost::json::parse(with_message({}, event_with_materials(1), d.get())).as_object();
    EXPECT_EQ(shown.at("dialect"), "canonical");
    EXPECT_EQ(shown.at("message").at("case").at("source_case_no"), "A-1");
    EXPECT_FALSE(shown.contains("lost"));
    EXPECT_NE(std::string(shown.at("not_in_dialect_zh").as_string()).find("无法读回"), std::string::npos);
    EXPECT_NE(std::string(shown.at("not_in_dialect").as_string()).find("cannot be read"), std::string::npos);
}

TEST(Rendering, ALostFieldIsNewsOnceForAnEventWhateverItsPlaceInAList) {
    const auto d = made("");
    told_losses told;
    std::vector<v1::Violation> lost(2);
    lost[0].set_field("dossier.materials[0].code");
    lost[1].set_field("dossier.materials[1].code");
    EXPECT_EQ(told.news(*d, "CASE_ACCEPTED", lost), std::vector<std::string>{"dossier.materials.code"});
    EXPECT_TRUE(told.news(*d, "CASE_ACCEPTED", lost).empty());
    EXPECT_EQ(told.news(*d, "CASE_CLOSED", lost).size(), 1U);
}

} // namespace
} // namespace tongban::delivery
