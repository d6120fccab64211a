// Strict reading of JSON bodies.
#include "gateway/http/json_object.hpp"

#include <gtest/gtest.h>

namespace tongban::http {
namespace {

std::string duplicate_in(std::string_view json) {
    return scan_members(json).duplicate;
}

TEST(JsonObject, AMemberStandsOnceInItsObject) {
    EXPECT_EQ(duplicate_in(R"({"a": 1, "b": {"a": 2}, "c": [{"a": 3}, {"a": 4}]})"), "");
    EXPECT_EQ(duplicate_in(R"({"a": 1, "b": 2, "a": 1})"), "a");
    EXPECT_EQ(duplicate_in(R"({"c": [{"a": 3, "a": 3}]})"), "a");
    EXPECT_EQ(duplicate_in(R"({"a": 1, "\u0061": 2})"), "a") << "by an escape";
    EXPECT_EQ(duplicate_in(R"({"dest_region": "1", "destRegion": "2"})"), "destRegion") << "both names of a field";
    EXPECT_EQ(duplicate_in("{\"" + std::string(100, 'k') + "\":1,\"" + std::string(100, 'k') + "\":1}").size(), 64U);
}

TEST(JsonObject, TheOutermostMembersAndTheLengthAreTold) {
    const auto found = scan_members(R"({"events": [{"inner": 1}]} x)");
    EXPECT_FALSE(found.error);
    EXPECT_TRUE(found.outermost.contains("events"));
    EXPECT_FALSE(found.outermost.contains("inner"));
    EXPECT_EQ(found.read, 27U) << "up to what is not JSON any more";
    EXPECT_TRUE(scan_members("{").error);
    EXPECT_TRUE(scan_members(std::string(500, '[')).error) << "depth is bounded";
}

TEST(JsonObject, ABodyIsOneObject) {
    const auto read = read_object(R"({"a": 1})", "应为对象。", "Expected an object.");
    ASSERT_TRUE(read);
    EXPECT_EQ(read->at("a"), 1);
    for (const auto* wrong : {"", "[]", "1", "{", "{} x", "\xEF\xBB\xBF"}) {
        const auto refused = read_object(wrong, "应为对象。", "Expected an object.");
        ASSERT_FALSE(refused) << wrong;
        EXPECT_EQ(refused.error().status, 400);
        EXPECT_EQ(refused.error().detail_zh, "应为对象。");
    }
    const auto twice = read_object(R"({"taken": true, "taken": false})", "应为对象。", "Expected an object.");
    ASSERT_FALSE(twice);
    EXPECT_EQ(twice.error().detail_en, "Duplicate member in the JSON: taken");
}

} // namespace
} // namespace tongban::http
