// What each way a push can end says about the delivery and about the target.
#include "gateway/delivery/push_outcome.hpp"
#include "connectors/dialects/dialect.hpp"

#include <gtest/gtest.h>

namespace tongban::delivery {
namespace {

std::string said(const push::push_client::outcome& answered, const dialects::dialect* in = nullptr) {
    static const char* const results[] = {"taken", "failed", "refused", "abandoned"};
    static const char* const targets[] = {"works", "fails", "closed"};
    const auto outcome = outcome_of(answered, in);
    return std::string(results[static_cast<int>(outcome.result)]) + ' ' + targets[static_cast<int>(outcome.target)] +
           (outcome.code.empty() ? "" : ' ' + outcome.code);
}

push::push_answer answer(int status, const std::string& body = {}) {
    push::push_answer answer;
    answer.status = status;
    answer.body = body;
    return answer;
}

TEST(PushOutcome, EachFailureOfTheClient) {
    for (int i = 1; i <= push::errc_count; ++i) {
        const auto code = static_cast<push::errc>(i);
        const std::string name(push::name_of(code));
        std::string expected = "failed fails " + name;
        if (code == push::errc::closed || code == push::errc::cancelled || code == push::errc::pool_busy) {
            expected = "abandoned works";
        } else if (code == push::errc::request_refused) {
            expected = "failed works " + name;
        } else if (name.starts_with("certificate_") || code == push::errc::tls_failed) {
            expected = "failed closed " + name;
        }
        EXPECT_EQ(said(push::push_failure{code, false, "text"}), expected);
    }
}

TEST(PushOutcome, TheStatusAloneWithoutARule) {
    for (const int status : {200, 201, 202, 204}) {
        EXPECT_EQ(said(answer(status)), "taken works") << status;
    }
    for (const int status : {301, 302, 401, 403, 407, 408, 429, 500, 502, 503, 504}) {
        EXPECT_EQ(said(answer(status)), "failed fails answered_error") << status;
    }
    for (const int status : {400, 404, 405, 409, 410, 413, 415, 422}) {
        EXPECT_EQ(said(answer(status)), "failed works answered_error") << status;
    }
}

TEST(PushOutcome, TheDialectsRuleBeforeTheStatus) {
    const auto loaded = dialects::load_dialect_text(
        "dialect: t\nversion: \"1\"\nwire: {content_type: application/json, format: json}\n"
        "messages: {apply: {event: CASE_SUBMITTED, fields: {case.source_case_no: no}}}\n"
        "push: {answer: {format: json, taken: {is: {c: 0}}, refused: {is: {c: 9}}, code: c}}\n",
        "t.yaml");
    ASSERT_TRUE(loaded.loaded);
    const auto* in = loaded.loaded.get();
    EXPECT_EQ(said(answer(200, R"({"c":0})"), in), "taken works");
    EXPECT_EQ(said(answer(200, R"({"c":9})"), in), "refused works refused");
    EXPECT_EQ(said(answer(500, R"({"c":9})"), in), "refused works refused");
    EXPECT_EQ(said(answer(200, R"({"c":5})"), in), "failed works not_taken");
    EXPECT_EQ(said(answer(500, R"({"c":5})"), in), "failed works not_taken");
    EXPECT_EQ(said(answer(503, R"({"c":5})"), in), "failed fails not_taken");
    EXPECT_EQ(said(answer(500, R"({"c":0})"), in), "failed works not_taken") << "they contradict each other";
    EXPECT_EQ(said(answer(200, "<html>"), in), "failed fails unreadable_answer");
    EXPECT_EQ(said(answer(502, "<html>"), in), "failed fails answered_error");
    EXPECT_EQ(said(answer(404, "<html>"), in), "failed works answered_error");
    auto cut = answer(200, R"({"c":0})");
    cut.truncated = true;
    EXPECT_EQ(said(cut, in), "failed fails answer_too_large");
    EXPECT_EQ(said(cut), "taken works");
    auto busy = answer(503, R"({"c":5})");
    busy.retry_after = std::chrono::seconds(7);
    EXPECT_EQ(outcome_of(busy, in).asked, std::chrono::seconds(7));
    EXPECT_EQ(outcome_of(busy, in).target_code, "5");
}

} // namespace
} // namespace tongban::delivery
