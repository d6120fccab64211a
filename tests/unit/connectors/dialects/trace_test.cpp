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
    ASSERT_EQ(differences.size(), 2U); // the amount names its own unit
    EXPECT_EQ(differences[1].field, "written");
    EXPECT_NE(differences[1].before.find("5.00万元"), std::string::npos) << differences[1].before;
    EXPECT_NE(differences[1].after.find("50000.00元"), std::string::npos) << differences[1].after;
    EXPECT_EQ(differences[0].field, "dossier.applicant.phone");
    EXPECT_EQ(differences[0].before, "14000000501");
    EXPECT_EQ(differences[0].after, "8614000000501");
    EXPECT_TRUE(diff(*before, *before, {"", body}).empty());
}

TEST(Diff, ShowsWhatIsWrittenOtherwise) {
    const auto with = [](const std::string& formats) {
        return made("dialect: t\nversion: '1'\nwire: {content_type: application/json, format: json}\n"
                    "messages: {m: {send: {id: '${uuid}', at: '${now|epoch_ms}'}, event: CASE_ACCEPTED, "
                    "fields: {case.source_case_no: no, occurred_at: {from: t, do: {time: [" +
                    formats + "]}}}}}\n");
    };
    const auto before = with("yyyy-MM-dd HH:mm, yyyy-MM-dd");
    const auto after = with("yyyy-MM-dd, yyyy-MM-dd HH:mm");
    const std::string body = R"({"no":"1","t":"2024-10-18 09:12"})";
    const auto differences = diff(*before, *after, {"", body});
    ASSERT_EQ(differences.size(), 1U) << "they read alike";
    EXPECT_EQ(differences[0].field, "written");
    EXPECT_NE(differences[0].after.find("lost occurred_at"), std::string::npos) << differences[0].after;
    EXPECT_TRUE(diff(*before, *before, {"", body}).empty()) << "what is sent of its own differs each time";
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

// Every entry of `files` by a rule for materials; what no rule read of it.
std::vector<std::string> unmapped_of(const std::string& materials, const std::string& files) {
    const auto d = made("dialect: t\nversion: '1'\nwire: {content_type: application/json, format: json}\n"
                        "messages: {m: {event: CASE_SUBMITTED, fields: {case.source_case_no: no, dossier.materials: " +
                        materials + "}}}\n");
    const auto body = R"({"no": "1", "files": )" + files + "}";
    std::vector<std::string> all;
    for (const auto& one : trace(*d, {"application/json", body}).unmapped) {
        all.push_back(one.value);
    }
    return all;
}

TEST(Trace, AnEntryOfWhichNothingWasReadIsUnmapped) {
    EXPECT_EQ(unmapped_of("{each: files, fields: {name: t}}", R"(["a.pdf", "b.pdf"])"), (std::vector<std::string>{"a.pdf", "b.pdf"}));
    EXPECT_TRUE(unmapped_of("{each: files, fields: {name: .}}", R"(["a.pdf", "b.pdf"])").empty());
    EXPECT_EQ(unmapped_of("{each: files, fields: {name: t}}", R"([{"t": "a"}, "b.pdf"])"), std::vector<std::string>{"b.pdf"});
    EXPECT_EQ(unmapped_of("{each: files, fields: {name: '*[1]'}}", R"([["申请书", "https://x/1"]])"),
              std::vector<std::string>{"https://x/1"});
}

TEST(Trace, WithoutEachAListIsOneEntry) {
    const std::string rules = "{each: files, fields: {name: '*[1]', files: {direction: in, fields: {url: '*[2]'}}}}";
    EXPECT_TRUE(unmapped_of(rules, R"([["申请书", "https://x/1"], ["合同", "https://x/2"]])").empty());
    const auto d = made("dialect: t\nversion: '1'\nwire: {content_type: application/json, format: json}\n"
                        "messages: {m: {event: CASE_SUBMITTED, fields: {case.source_case_no: no, dossier.materials: " +
                        rules + "}}}\n");
    const auto events = events_of(*d, R"({"no": "1", "files": [["申请书", "https://x/1"], ["合同", "https://x/2"]]})");
    ASSERT_EQ(events.at(0).dossier().materials_size(), 2);
    ASSERT_EQ(events[0].dossier().materials(1).files_size(), 1);
    EXPECT_EQ(events[0].dossier().materials(1).files(0).url(), "https://x/2");
}

} // namespace
} // namespace tongban::dialects::testing
