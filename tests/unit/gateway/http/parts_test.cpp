// The parts without sockets: routes, ids, targets, problems.
#include "gateway/http/problem.hpp"
#include "gateway/http/router.hpp"
#include "gateway/http/target.hpp"
#include "gateway/http/trace.hpp"
#include "tongban/v1/receipt.pb.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace tongban::http {
namespace {

using ::testing::ElementsAre;

route to(method m, const char* pattern) {
    return {m, pattern, {}};
}

struct found {
    std::string pattern;
    std::vector<std::string> parameters;
};

found look_up(const router& routing, method m, std::string_view path) {
    found f;
    const router::match match = routing.find(m, path, f.parameters);
    f.pattern = match.index == router::npos ? "" : routing.routes()[match.index].pattern;
    return f;
}

TEST(Router, PrefersLiteralsAndFillsParametersInOrder) {
    const router routing({to(method::get, "/v1/{kind}/{id}"), to(method::get, "/v1/cases/{id}"),
                          to(method::post, "/v1/cases/{id}/claim"), to(method::get, "/")});
    EXPECT_EQ(look_up(routing, method::get, "/v1/cases/7").pattern, "/v1/cases/{id}");
    EXPECT_THAT(look_up(routing, method::get, "/v1/cases/7").parameters, ElementsAre("7"));
    EXPECT_THAT(look_up(routing, method::get, "/v1/other/8%2F9").parameters, ElementsAre("other", "8/9"));
    EXPECT_EQ(look_up(routing, method::head, "/v1/cases/7").pattern, "/v1/cases/{id}");
    EXPECT_EQ(look_up(routing, method::get, "/").pattern, "/");
    for (const char* nowhere : {"/v1", "/v1/cases", "/v1/cases/", "/v1/cases/7/", "/v1/cases//claim", "/V1/cases/7",
                                "//", "", "/v1/cases/7/claim", "/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r"}) {
        EXPECT_EQ(look_up(routing, method::get, nowhere).pattern, "") << nowhere;
    }
}

TEST(Router, FallsBackToAParameterWhenTheLiteralHasAnotherMethod) {
    const router routing({to(method::post, "/v1/cases/mine"), to(method::get, "/v1/cases/{id}")});
    EXPECT_EQ(look_up(routing, method::get, "/v1/cases/mine").pattern, "/v1/cases/{id}");
    EXPECT_EQ(look_up(routing, method::post, "/v1/cases/mine").pattern, "/v1/cases/mine");
}

TEST(Router, RefusesRoutesThatAreNoRoutes) {
    for (const char* bad : {"", "v1", "/v1//x", "/v1/{}", "/v1/a{id}", "/v1/{id}b", "/v1/%zz"}) {
        EXPECT_THROW(router({to(method::get, bad)}), std::invalid_argument) << bad;
    }
    EXPECT_THROW(router({to(method::get, "/a/{x}"), to(method::get, "/a/{y}")}), std::invalid_argument);
    EXPECT_NO_THROW(router({to(method::get, "/a/{x}"), to(method::post, "/a/{y}")}));
}

TEST(RequestId, IsTakenOnlyWhenPlainAndNobodysNumber) {
    for (const char* good : {"12345678", "1234567890123456789", "a-b_c.d-1", "5f3a9c2e-7b1d-4e8f-9a6b-0c1d2e3f4a5b"}) {
        EXPECT_TRUE(is_request_id(good)) << good;
    }
    for (const char* bad : {"", "short", "with space", "with\"quote", "13800138000", "x-13800138000", "370802900101123",
                            "37080219900101123X", "id-370802199001011234-x", "名字名字名字"}) {
        EXPECT_FALSE(is_request_id(bad)) << bad;
    }
    EXPECT_TRUE(is_request_id(std::string(64, 'a')));
    EXPECT_FALSE(is_request_id(std::string(65, 'a')));
}

TEST(TraceId, FollowsTheStandard) {
    const std::string trace = "0af7651916cd43dd8448eb211c80319c";
    EXPECT_EQ(trace_id_of("00-" + trace + "-b7ad6b7169203331-01"), trace);
    EXPECT_EQ(trace_id_of("01-" + trace + "-b7ad6b7169203331-01-more"), trace);
    for (const std::string& bad :
         {std::string(), "00-" + trace, "00-" + trace + "-b7ad6b7169203331-01-more",
          "ff-" + trace + "-b7ad6b7169203331-01", "00-" + std::string(32, '0') + "-b7ad6b7169203331-01",
          "00-" + trace + "-0000000000000000-01", std::string("00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01")}) {
        EXPECT_EQ(trace_id_of(bad), std::nullopt) << bad;
    }
}

TEST(RandomHex, DiffersEachTime) {
    std::set<std::string> seen;
    for (int i = 0; i < 1000; ++i) {
        const std::string id = random_hex(32);
        ASSERT_EQ(id.size(), 32U);
        ASSERT_EQ(id.find_first_not_of("0123456789abcdef"), std::string::npos);
        ASSERT_TRUE(seen.insert(id).second);
    }
}

TEST(Target, BoundsTheNumberOfParameters) {
    std::string text = "/x?";
    for (std::size_t i = 0; i < query_parameters_max; ++i) {
        text += "a=1&";
    }
    target where;
    EXPECT_TRUE(parse_target(text, where));
    EXPECT_EQ(where.query.size(), query_parameters_max);
    EXPECT_FALSE(parse_target(text + "a=1", where));
}

TEST(Utf8, KnowsWellFormedFromNot) {
    for (const char* good : {"", "abc", "通办", "\xF0\x9F\x8F\x9B", "\xEF\xBF\xBD"}) {
        EXPECT_TRUE(is_clean_utf8(good)) << good;
    }
    for (const char* bad : {"\x80", "\xC3", "\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xFF",
                            "\xE9\x80", "tab\t", "\x7F"}) {
        EXPECT_FALSE(is_clean_utf8(bad));
    }
}

TEST(Problem, IsRfc9457InBothLanguages) {
    problem p{409, "illegal-transition", "状态不允许", "Not from this state", "先受理。", "Accept it \"first\".", 5,
              {{"state", "\"QUEUED\""}, {"token", "7"}}};
    request req;
    req.request_id = "r-1";
    v1::Violation violation;
    violation.set_source_path("$.a\n");
    violation.set_rule("required");
    violation.set_message_zh("必填");
    violation.set_warning(true);
    const response answer = to_response(p, req, std::span(&violation, 1));
    EXPECT_EQ(answer.status, 409);
    EXPECT_EQ(answer.content_type, "application/problem+json");
    EXPECT_THAT(answer.headers, ElementsAre(std::pair<std::string, std::string>("Retry-After", "5")));
    EXPECT_EQ(answer.body,
              "{\"type\":\"urn:tongban:problem:illegal-transition\",\"title\":\"Not from this state\","
              "\"title_zh\":\"状态不允许\",\"status\":409,\"detail\":\"Accept it \\\"first\\\".\",\"detail_zh\":\"先受理。\","
              "\"request_id\":\"r-1\",\"state\":\"QUEUED\",\"token\":7,\"violations\":[{\"source_path\":\"$.a\\u000a\","
              "\"rule\":\"required\",\"message_zh\":\"必填\",\"warning\":true}]}\n");
}

} // namespace
} // namespace tongban::http
