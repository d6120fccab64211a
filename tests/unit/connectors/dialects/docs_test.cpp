// The worked example of docs/dialects.md, put together from its own fences: what the page says works.
#include "connectors/dialects/trace.hpp"
#include "gateway/cases/validate.hpp"
#include "tests/unit/connectors/dialects/dialect_files.hpp"

#include <gtest/gtest.h>

namespace tongban::dialects::testing {
namespace {

// Code fences of section 1, in order.
std::vector<std::string> fences() {
    const auto page = file_text("docs/dialects.md");
    std::vector<std::string> all;
    const auto end = page.find("\n## 2. ");
    for (auto at = page.find("```"); at < end; at = page.find("```", at)) {
        const auto begin = page.find('\n', at) + 1;
        const auto close = page.find("```", begin);
        all.push_back(page.substr(begin, close - begin));
        at = close + 3;
    }
    return all;
}

TEST(Docs, WorkedExampleIsGreen) {
    const auto parts = fences();
    ASSERT_EQ(parts.size(), 5U); // sample, four steps
    std::string sample_text = parts[0];
    sample_text.pop_back(); // the line end of the fence
    const std::string yaml = parts[1] + parts[2] + parts[3] + parts[4];
    EXPECT_EQ(mistakes_of(yaml), "");
    const auto d = made(yaml);
    ASSERT_TRUE(d);
    const auto report = trace(*d, {"application/x-www-form-urlencoded", sample_text});
    ASSERT_TRUE(report.readable) << report.refused.message_en;
    EXPECT_TRUE(report.unmapped.empty()) << report.unmapped[0].source;
    EXPECT_TRUE(report.violations.empty()) << report.violations[0].DebugString();
    const auto e = events_of(*d, sample_text)[0];
    const auto broken = cases::validate(e, std::chrono::year(2024) / 12 / 1, nullptr);
    EXPECT_TRUE(broken.empty()) << broken[0].DebugString();
    EXPECT_EQ(e.dossier().applicant().id_no(), "11010119900307002X");
    EXPECT_EQ(e.dossier().applicant().phone(), "13900000001");
    EXPECT_EQ(e.case_submitted().fee_fen(), 2000);
    EXPECT_EQ(e.dossier().materials(0).files(0).url(), "https://…/1");
    const v1::CaseEvent* out = &e;
    const auto written = d->write({&out, 1});
    ASSERT_TRUE(written);
    EXPECT_TRUE(written->lost.empty()) << written->lost[0].DebugString();
    answer_input input;
    input.receipts.emplace_back().set_outcome(v1::RECEIPT_OUTCOME_ACCEPTED);
    input.receipts[0].set_source_case_no("A-7");
    const auto answer = d->answer(input, nullptr);
    EXPECT_EQ(answer.http_status, 200);
    EXPECT_EQ(answer.body, R"({"ret":0,"msg":"","no":"A-7","errors":""})");
}

TEST(Docs, TheExampleOfAPlatformsAnswerIsTrue) {
    const auto page = file_text("docs/dialects.md");
    const auto begin = page.find("```yaml\npush:\n");
    ASSERT_NE(begin, std::string::npos);
    const auto push = page.substr(begin + 8, page.find("```", begin + 8) - begin - 8);
    const auto parts = fences();
    const auto d = made(parts[1] + parts[2] + parts[3] + parts[4] + push);
    ASSERT_TRUE(d);
    EXPECT_EQ(d->call().path, "/api/receive");
    ASSERT_EQ(d->call().headers.size(), 1U);
    const auto verdict = [&](const std::string& body) { return d->judge(200, "application/json", body)->verdict; };
    EXPECT_EQ(verdict(R"({"ret":0})"), push_verdict::taken);
    EXPECT_EQ(verdict(R"({"ret":17})"), push_verdict::taken);
    EXPECT_EQ(verdict(R"({"ret":98})"), push_verdict::retry);
    EXPECT_EQ(verdict(R"({"ret":5})"), push_verdict::retry);
    EXPECT_EQ(verdict(R"({"ret":21})"), push_verdict::refused);
    EXPECT_EQ(verdict("<html>502</html>"), push_verdict::unreadable);
}

} // namespace
} // namespace tongban::dialects::testing
