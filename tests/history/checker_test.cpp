// A defect is planted in a history that was clean: the checker names it, and nothing else.
#include "tests/history/checker.hpp"
#include "tests/history/history_files.hpp"
#include "tests/history/sample_history.hpp"

#include "gateway/cases/deliveries.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace tongban::history {
namespace {

using body = v1::CaseEvent;
using testing::HasSubstr;

struct planted {
    const char* name;
    defect expected;
    void (*plant)(sample_history&);
    const char* names; // must stand in the findings
};

void PrintTo(const planted& p, std::ostream* out) {
    *out << p.name;
}

bool is_of(const sample_history& h, const sample_record& record, int n) {
    return record.value.event().case_().case_id() == h.case_id(n) ||
           (record.value.has_deliveries() && record.value.deliveries().facts(0).delivery().case_id() == h.case_id(n));
}

const v1::DeliveryFact* fact_of(const sample_record& record, std::uint32_t ordinal) {
    if (!record.value.has_deliveries() || record.value.deliveries().facts(0).delivery().ordinal() != ordinal) {
        return nullptr;
    }
    return &record.value.deliveries().facts(0);
}

auto delivered(int n, const sample_history& h, std::uint32_t ordinal) {
    return [id = h.case_id(n) + '-' + std::to_string(ordinal) + '-'](const answer& a) {
        return a.kind == answer_kind::delivered && a.delivery.starts_with(id);
    };
}

void acknowledge_again(sample_history& h, int n, std::uint32_t ordinal) {
    auto again = h.find_answer(delivered(n, h, ordinal));
    h.answers.insert(h.answers.begin(), again);
}

const planted defects[] = {
    {"a case is lost", defect::lost,
     [](sample_history& h) { h.erase_records([&](const auto& r) { return is_of(h, r, 1); }); }, "no such case"},
    {"an event is lost", defect::lost,
     [](sample_history& h) {
         h.erase_records([&](const auto& r) {
             return is_of(h, r, 2) && (r.value.event().has_case_accepted() || fact_of(r, 4) != nullptr);
         });
     },
     "which the ledger does not have"},
    {"an event that was answered accepted had no effect", defect::lost,
     [](sample_history& h) {
         const auto rival = h.event_of_b(0, body::kDestReceived, "rival", 1);
         h.append(0, rival);
         auto one = h.said(answer_kind::event, "window-2", 0, answer_outcome::accepted);
         one.event_id = rival.event_id();
         h.answers.push_back(one);
     },
     "without effect"},
    {"a filing that was answered duplicate was never taken", defect::lost,
     [](sample_history& h) {
         h.find_answer([](const auto& a) { return a.outcome == answer_outcome::duplicate; }).content = "other";
     },
     "nobody's filing"},
    {"a delivery is lost: the ledger knows no acknowledgement", defect::lost,
     [](sample_history& h) {
         h.erase_records([&](const auto& r) {
             return is_of(h, r, 1) && fact_of(r, 1) != nullptr && fact_of(r, 1)->has_acknowledged();
         });
     },
     "for its yes"},
    {"a delivery is lost: it still waits at the end", defect::lost,
     [](sample_history& h) {
         h.erase_records([&](const auto& r) {
             return is_of(h, r, 1) && fact_of(r, 4) != nullptr && fact_of(r, 4)->has_acknowledged();
         });
     },
     "still waits"},
    {"a delivery is lost: the target never took it", defect::lost,
     [](sample_history& h) {
         h.erase_answers([&](const auto& a) { return delivered(0, h, 4)(a) && a.outcome == answer_outcome::taken; });
     },
     "never took it"},
    {"a refusal by a puller is lost", defect::lost,
     [](sample_history& h) {
         auto one = h.find_answer([](const auto& a) { return a.kind == answer_kind::acknowledged; });
         one.is_positive = false;
         h.answers.insert(h.answers.begin(), one);
         h.erase_records([&](const auto& r) { return is_of(h, r, 0) && fact_of(r, 1) != nullptr; });
         std::erase_if(h.answers, [](const auto& a) { return a.kind == answer_kind::end; });
         h.erase_answers([&](const auto& a) {
             return a.kind == answer_kind::acknowledged && a.delivery.starts_with(h.case_id(0)) && a.is_positive;
         });
     },
     "for its no"},
    {"what was delivered is not in the ledger", defect::lost,
     [](sample_history& h) {
         auto one = h.find_answer(delivered(0, h, 4));
         one.delivery = h.case_id(0) + "-9-" + sample_history::region_a;
         one.event_id.clear();
         h.answers.push_back(one);
     },
     "does not have it"},
    {"a duplicate: one event is answered accepted twice", defect::done_twice,
     [](sample_history& h) {
         auto again = h.find_answer([](const auto& a) { return a.kind == answer_kind::event; });
         again.by = "window-2";
         h.answers.push_back(again);
     },
     "accepted twice"},
    {"a duplicate: one filing has two cases", defect::done_twice,
     [](sample_history& h) {
         auto again = h.find_answer([](const auto& a) { return a.kind == answer_kind::submitted; });
         again.case_id = h.case_id(1);
         again.event_id.clear();
         h.answers.push_back(again);
     },
     "too"},
    {"two windows hold one token", defect::done_twice,
     [](sample_history& h) {
         auto again = h.find_answer([](const auto& a) { return a.kind == answer_kind::claimed; });
         again.window = "W2";
         again.event_id.clear();
         h.answers.push_back(again);
     },
     "with token 1"},
    {"a token that the ledger never gave", defect::lost,
     [](sample_history& h) {
         h.find_answer([](const auto& a) { return a.kind == answer_kind::claimed; }).fencing_token = 7;
     },
     "never gave"},
    {"a topic has a delivery twice", defect::done_twice,
     [](sample_history& h) { acknowledge_again(h, 1, 4); }, "in the topic twice"},
    {"a swap: deliveries of a case come in another order", defect::out_of_order,
     [](sample_history& h) {
         auto& first = h.find_answer(delivered(1, h, 3));
         auto& second = h.find_answer(delivered(1, h, 4));
         std::swap(first.at_ms, second.at_ms);
     },
     "before event 3"},
    {"a swap: the ledger turns a client's order round", defect::out_of_order,
     [](sample_history& h) {
         auto& earlier = h.find_answer([](const auto& a) { return a.kind == answer_kind::event; });
         auto& later = h.find_answer([&](const auto& a) {
             return a.kind == answer_kind::event && a.case_id == earlier.case_id && a.event != earlier.event;
         });
         std::swap(earlier.event_id, later.event_id);
     },
     "before it sent"},
    {"an unexplained case: nobody filed it", defect::unexplained,
     [](sample_history& h) {
         h.erase_answers([&](const auto& a) { return a.kind == answer_kind::submitted && a.case_id == h.case_id(2); });
     },
     "nobody filed it"},
    {"an unexplained case: it was refused", defect::unexplained,
     [](sample_history& h) {
         for (auto& each : h.answers) {
             if (each.kind == answer_kind::submitted && each.case_id == h.case_id(2)) {
                 each.outcome = answer_outcome::refused;
             }
         }
     },
     "was answered refused"},
    {"a record that is not of its case", defect::unexplained,
     [](sample_history& h) {
         sample_record foreign{1, 1, h.event_of_b(0, body::kStep, "foreign", 1)};
         h.records.push_back(foreign); // of partition 0
     },
     "stands in partition"},
    {"a delivery for another region", defect::unexplained,
     [](sample_history& h) {
         auto foreign = h.find_answer(delivered(3, h, 1));
         foreign.region = sample_history::region_a;
         h.answers.push_back(foreign);
     },
     "not its own"},
    {"a delivery that says another event", defect::unexplained,
     [](sample_history& h) {
         h.find_answer(delivered(3, h, 3)).event_id =
             h.find_answer([](const auto& a) { return a.kind == answer_kind::submitted; }).event_id;
     },
     "another event"},
    {"a fault without recovery", defect::fault_outcome,
     [](sample_history& h) {
         h.find_answer([](const auto& a) { return a.kind == answer_kind::fault; }).recovered_ms.reset();
     },
     "never recovered"},
    {"a fault over its bound", defect::fault_outcome,
     [](sample_history& h) {
         h.find_answer([](const auto& a) { return a.kind == answer_kind::fault; }).bound_ms = 1999;
     },
     "more than stated"},
};

std::string all_details(const verdict& said) {
    std::string all;
    for (const auto& each : said.findings) {
        all += std::string(name(each.what)) + ": " + each.case_id + ' ' + each.delivery + ' ' + each.detail + '\n';
    }
    return all;
}

TEST(Checker, FindsNothingInACleanHistory) {
    const auto said = sample_history(9).check();
    EXPECT_TRUE(said.is_clean()) << all_details(said);
    EXPECT_TRUE(said.is_ended);
    EXPECT_EQ(said.cases, 9U);
    EXPECT_EQ(said.accepted, 9U);
    EXPECT_EQ(said.open, 9U);
    EXPECT_EQ(said.events, 36U);
    EXPECT_EQ(said.regions.at(sample_history::region_a).due, 18U);
    EXPECT_EQ(said.regions.at(sample_history::region_a).acknowledged, 18U);
    EXPECT_EQ(said.regions.at(sample_history::region_b).acknowledged, 9U);
    ASSERT_EQ(said.recoveries.size(), 1U);
    EXPECT_EQ(said.recoveries[0].took_ms, 2000);
}

TEST(Checker, LetsWhatMayBeBe) {
    sample_history h;
    // Without an end something may wait, and a filing without an answer may be anywhere.
    h.erase_answers([](const auto& a) { return a.kind == answer_kind::end; });
    h.erase_records([&](const auto& r) {
        return is_of(h, r, 1) && fact_of(r, 4) != nullptr && fact_of(r, 4)->has_acknowledged();
    });
    auto unknown = h.find_answer([](const auto& a) { return a.kind == answer_kind::submitted; });
    unknown.outcome = answer_outcome::unknown;
    unknown.source_number = "never taken";
    unknown.case_id.clear();
    unknown.event_id.clear();
    h.answers.push_back(unknown);
    // A target that said yes, whose answer was lost, is asked again.
    h.answers.push_back(h.find_answer(delivered(0, h, 4)));
    // A producer that repeats itself.
    h.append(0, h.find_record([](const auto& r) { return r.value.event().has_case_submitted(); }).value);
    const auto said = h.check();
    EXPECT_TRUE(said.is_clean()) << all_details(said);
    EXPECT_EQ(said.regions.at(sample_history::region_a).pending, 1U);
}

class PlantedDefect : public testing::TestWithParam<planted> {};

TEST_P(PlantedDefect, IsFoundAndNothingElse) {
    sample_history h;
    GetParam().plant(h);
    const auto said = h.check();
    EXPECT_GE(said.count(GetParam().expected), 1U) << all_details(said);
    EXPECT_THAT(all_details(said), HasSubstr(GetParam().names));
    for (const auto& each : said.findings) {
        EXPECT_EQ(each.what, GetParam().expected) << all_details(said);
    }
}

INSTANTIATE_TEST_SUITE_P(Histories, PlantedDefect, testing::ValuesIn(defects),
                         [](const auto& each) { return "Number" + std::to_string(each.index); });

TEST(Checker, FindsRecordsThatStandTwiceInADump) {
    checker judge;
    log::record read;
    const auto value = sample_history(1).records[0].value.SerializeAsString();
    const auto key = sample_history(1).case_id(0);
    read.key = key;
    read.value = value;
    for (const std::uint64_t offset : {0, 1, 5, 5}) { // a gap is no defect
        read.at = {2, offset};
        judge.record(read);
    }
    const auto said = judge.finish();
    EXPECT_EQ(said.count(defect::out_of_order), 1U) << all_details(said);
    EXPECT_EQ(said.cases, 1U);
}

TEST(Findings, AreBoundedAndAllCounted) {
    sample_history h(120);
    h.erase_answers([](const auto& a) {
        return a.kind == answer_kind::submitted && a.outcome == answer_outcome::accepted;
    });
    h.erase_answers([](const auto& a) { return a.kind == answer_kind::submitted; });
    h.answers.push_back(sample_history(121).find_answer(
        [&](const auto& a) { return a.kind == answer_kind::submitted && a.case_id == h.case_id(120); }));
    const auto said = h.check();
    EXPECT_EQ(said.count(defect::unexplained), 120U);
    EXPECT_EQ(said.count(defect::lost), 1U);
    EXPECT_EQ(said.findings.size(), verdict::findings_max + 1);
}

TEST(HistoryFiles, SayTheSameAsTheHistoryItself) {
    sample_history h(12);
    h.erase_records([&](const auto& r) { return is_of(h, r, 1); });
    std::istringstream ledger(h.ledger_lines());
    std::istringstream answers(h.answer_lines());
    const auto said = check(ledger, answers);
    ASSERT_TRUE(said) << said.error();
    EXPECT_EQ(as_json(*said), as_json(h.check()));
    EXPECT_FALSE(said->is_clean());
}

TEST(HistoryFiles, ThatCannotBeReadAreNamedByLine) {
    sample_history h;
    std::istringstream ledger(h.ledger_lines() + "{}\n");
    std::istringstream answers(h.answer_lines());
    const auto said = check(ledger, answers);
    ASSERT_FALSE(said);
    EXPECT_THAT(said.error(), HasSubstr("ledger, line"));
    std::istringstream good(h.ledger_lines());
    std::istringstream bad("{\"kind\":\"end\"}\n");
    EXPECT_THAT(check(good, bad).error(), HasSubstr("answers, line 1"));
}

// The program: its exit code is what a harness goes by.
class Program : public testing::Test {
protected:
    std::filesystem::path folder = std::filesystem::path(testing::TempDir()) / ("history-" + std::to_string(getpid()));
    Program() { std::filesystem::create_directories(folder); }
    ~Program() override { std::filesystem::remove_all(folder); }

    int run(const sample_history& h, const std::string& more = "") const {
        std::ofstream(folder / "ledger.jsonl") << h.ledger_lines();
        std::ofstream(folder / "answers.jsonl") << h.answer_lines() << more;
        const auto command = std::string(HISTORY_CHECK) + ' ' + (folder / "ledger.jsonl").string() + ' ' +
                             (folder / "answers.jsonl").string() + " >" + (folder / "out").string() + " 2>&1";
        return WEXITSTATUS(std::system(command.c_str()));
    }
    std::string out() const {
        std::ostringstream all;
        all << std::ifstream(folder / "out").rdbuf();
        return all.str();
    }
};

TEST_F(Program, SaysByItsExitCodeWhatItFound) {
    sample_history h;
    EXPECT_EQ(run(h), 0) << out();
    EXPECT_THAT(out(), HasSubstr("lost 0, done twice 0, out of order 0, unexplained 0, faults with their stated "
                                 "outcome 1 of 1"));
    EXPECT_THAT(out(), HasSubstr("recovered in 2.0 s"));
    EXPECT_EQ(run(h, "what\n"), 2) << out();
    h.erase_records([&](const auto& r) { return is_of(h, r, 3); });
    EXPECT_EQ(run(h), 1) << out();
    EXPECT_THAT(out(), HasSubstr(h.case_id(3)));
}

} // namespace
} // namespace tongban::history
