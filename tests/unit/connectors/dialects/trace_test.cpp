// What `tongban dialect try`, `diff` and `check` are told.
#include "connectors/dialects/dialect_set.hpp"
#include "connectors/dialects/trace.hpp"
#include "tests/unit/connectors/dialects/dialect_files.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>

namespace tongban::dialects::testing {
namespace {

TEST(Trace, ARowForEachRuleThatFoundSomething) {
    const auto body = sample("XUZHOU-01-qykb-apply.json");
    const auto report = trace(*city("xuzhou"), {"", body});
    ASSERT_TRUE(report.readable);
    EXPECT_EQ(report.message_name, "apply");
    EXPECT_EQ(report.events, std::vector<std::string>{"CASE_SUBMITTED"});
    const auto row = std::find_if(report.rows.begin(), report.rows.end(),
                                  [](const auto& r) { return r.field == "dossier.amount_fen"; });
    ASSERT_NE(row, report.rows.end());
    EXPECT_EQ(row->source, "$.zzje");
    EXPECT_EQ(row->raw, "5.00万元");
    EXPECT_EQ(row->steps, "amount");
    EXPECT_EQ(row->value, "5000000");
    EXPECT_NE(report.canonical[0].find("\"id_no\":\"320399195501011150\""), std::string::npos)
        << report.canonical[0];
    EXPECT_TRUE(report.unmapped.empty());
}

TEST(Trace, WhatNoRuleMapsAndWhatFailed) {
    const auto body =
        replaced(sample("XUZHOU-01-qykb-apply.json"), R"("xb": "男性")", R"("xb": "其他", "sfyjs": "是")");
    const auto report = trace(*city("xuzhou"), {"", body});
    ASSERT_TRUE(report.readable) << report.refused.message_en;
    ASSERT_EQ(report.unmapped.size(), 1U);
    EXPECT_EQ(report.unmapped[0].source, "$.sfyjs");
    EXPECT_EQ(report.unmapped[0].value, "是");
    ASSERT_EQ(report.violations.size(), 1U);
    EXPECT_EQ(report.violations[0].source_path(), "$.xb");
    EXPECT_TRUE(std::any_of(report.rows.begin(), report.rows.end(), [](const auto& r) {
        return r.source == "$.xb" && r.problem.starts_with("code");
    }));
}

TEST(Trace, ARefusalOfTheWhole) {
    const auto report = trace(*city("qingdao"), {"application/json", "{"});
    EXPECT_FALSE(report.readable);
    EXPECT_EQ(report.refused.code, errc::malformed);
}

TEST(Diff, ShowsWhatAChangeDoesToASample) {
    auto yaml = file_text("examples/five-cities/dialects/xuzhou.yaml");
    const auto before = made(yaml);
    yaml = replaced(yaml, "{amount: {unit: 万元, suffix: 万元}}", "{amount: {unit: 元, suffix: 元}}");
    yaml =
        replaced(yaml, "dossier.applicant.phone: {from: lxdh, do: phone}", "dossier.applicant.phone: lxdh");
    const auto after = made(yaml);
    ASSERT_TRUE(after);
    const auto body = sample("XUZHOU-01-qykb-apply.json");
    const auto differences = diff(*before, *after, {"", body});
    ASSERT_EQ(differences.size(), 1U); // the amount names its own unit
    EXPECT_EQ(differences[0].field, "dossier.applicant.phone");
    EXPECT_EQ(differences[0].before, "14000000501");
    EXPECT_EQ(differences[0].after, "8614000000501");
    EXPECT_TRUE(diff(*before, *before, {"", body}).empty());
}

TEST(CannotSay, NamesEventFieldAndWhy) {
    const auto list = cannot_say(*city("xuzhou-batch"));
    const auto has = [&](const std::string& event, const std::string& field, const std::string& why) {
        return std::any_of(list.begin(), list.end(), [&](const auto& u) {
            return u.event == event && u.field == field && u.why.en.find(why) != std::string::npos;
        });
    };
    EXPECT_TRUE(has("CASE_CLOSED", "", "no message"));
    EXPECT_TRUE(has("CASE_SUBMITTED", "dossier.materials", "no rule"));
    EXPECT_TRUE(
        has("CASE_SUBMITTED", "body.item.impl_code", "always reads as '11370800TT000012XL3002014019000'"));
    EXPECT_FALSE(has("CASE_SUBMITTED", "dossier.applicant.name", ""));
}

TEST(DialectSet, LoadsAFolderAndRefusesTwoOfOneName) {
    const auto folder =
        std::filesystem::temp_directory_path() / ("tongban-dialects-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder);
    const std::filesystem::path cities = std::string(TONGBAN_SOURCE_DIR) + "/examples/five-cities/dialects";
    const auto loaded = dialect_set::load(cities);
    ASSERT_TRUE(loaded.loaded);
    EXPECT_EQ(loaded.loaded->names(), "changzhi, hexi, jining, qingdao, xuzhou, xuzhou-batch");
    EXPECT_TRUE(loaded.loaded->find("hexi"));
    EXPECT_FALSE(loaded.loaded->find("none"));
    for (const auto* name : {"a.yaml", "b.yaml"}) {
        std::filesystem::copy_file(cities / "jining.yaml", folder / name,
                                   std::filesystem::copy_options::overwrite_existing);
    }
    const auto twice = dialect_set::load(folder);
    EXPECT_FALSE(twice.loaded);
    ASSERT_EQ(twice.mistakes.size(), 1U);
    EXPECT_NE(twice.mistakes[0].message.en.find("another file has this name"), std::string::npos);
    std::filesystem::remove_all(folder);
    EXPECT_FALSE(dialect_set::load(folder).loaded);
}

} // namespace
} // namespace tongban::dialects::testing
