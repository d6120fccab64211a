// The check proves a good ledger and finds each thing that can be wrong with one.
#include "case_story.hpp"
#include "project_all.hpp"

#include "connectors/log/memory_log.hpp"
#include "connectors/store/memory_view_store.hpp"
#include "gateway/ledger/dump_line.hpp"
#include "gateway/ledger/ledger_check.hpp"
#include "gateway/ledger/ledger_dump.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tongban::ledger {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

class LedgerCheck : public ::testing::Test {
protected:
    void tell(const v1::LedgerRecord& record) {
        log.store(record.event().case_().case_id(), record.SerializeAsString());
    }
    void tell_three_cases() {
        for (const auto* number : {"A-1", "A-2", "A-3"}) {
            const story::case_name each{"370800", "140400", number};
            tell(story::submitted(each));
            tell(story::submitted(each)); // a retry
        }
        for (const auto& record :
             {story::received(of), story::accepted(of), story::decided(of), story::closed(of)}) {
            tell(record);
        }
        tell(story::collected({"370800", "140400", "A-4"}));
    }
    void project() { project_all(log, rows); }
    ledger_check_report report() {
        store::memory_view_store scratch;
        return check_ledger({log, scratch, &rows, {}}).value();
    }
    void spoil(std::string_view key, std::optional<std::string> value) {
        auto batch = rows.new_batch();
        if (value) {
            batch->put(key, *value);
        } else {
            batch->erase(key);
        }
        ASSERT_FALSE(rows.write(*batch));
    }

    log::memory_log log;
    store::memory_view_store rows;
    story::case_name of;
};

TEST_F(LedgerCheck, CountsWhatWasAcceptedClosedAndOpen) {
    tell_three_cases();
    project();
    const auto found = report();
    EXPECT_TRUE(found.ok());
    EXPECT_EQ(found.records, 11u);
    EXPECT_EQ(found.accepted, 3);
    EXPECT_EQ(found.closed, 1);
    EXPECT_EQ(found.open, 2);
    EXPECT_EQ(found.collected_only, 1);
    EXPECT_EQ(found.unexplained, 0u);
    EXPECT_EQ(found.verdicts.at("applied"), 8u);
    EXPECT_EQ(found.verdicts.at("duplicate"), 3u);
    EXPECT_TRUE(found.view_compared);
    EXPECT_EQ(found.view_rows, rows.rows().size());
    EXPECT_EQ(found.view_records_behind, 0u);
}

TEST_F(LedgerCheck, ComparesAViewThatIsBehindWhereItStands) {
    tell_three_cases();
    project();
    tell(story::submitted({"370800", "140400", "A-5"}));
    tell(story::received({"370800", "140400", "A-2"}));
    const auto found = report();
    EXPECT_TRUE(found.ok());
    EXPECT_EQ(found.view_records_behind, 2u);
    EXPECT_EQ(found.accepted, 4);
}

TEST_F(LedgerCheck, HoldsForRandomStories) {
    for (std::uint64_t seed = 100; seed < 110; ++seed) {
        log::memory_log random_log;
        std::uint64_t unreadable = 0;
        for (const auto& record : story::random_story(seed, 30, 500)) {
            random_log.store(record.key, record.value);
            unreadable += record.key == "TB-no-case" || record.value.starts_with('\xff');
        }
        store::memory_view_store scratch;
        const auto found = check_ledger({random_log, scratch, nullptr, {}}).value();
        EXPECT_EQ(found.unreadable, unreadable);
        EXPECT_EQ(found.unexplained, unreadable) << "seed " << seed;
        EXPECT_TRUE(found.totals_agree);
        EXPECT_EQ(found.misnamed, 0u);
        EXPECT_GT(found.accepted, 0);
    }
}

TEST_F(LedgerCheck, FindsEachRowThatIsNotWhatTheLedgerSays) {
    tell_three_cases();
    project();
    const auto number = view(rows).find(of.id()).value()->number;
    spoil(rows::state(number), "other bytes");
    spoil(rows::event({7, 7}, 7), "too many");
    spoil(rows::number_of(of.id()), std::nullopt);
    const auto found = report();
    EXPECT_FALSE(found.ok());
    EXPECT_EQ(found.view_rows_wrong, 3u);
    ASSERT_EQ(found.view_wrong.size(), 3u);
    EXPECT_THAT(found.view_wrong[0], ::testing::StartsWith("c "));
    EXPECT_THAT(found.view_wrong[1], ::testing::StartsWith("e "));
    EXPECT_THAT(found.view_wrong[2], ::testing::StartsWith("n "));
    EXPECT_EQ(found.unexplained, 0u) << "the ledger itself is sound";
}

TEST_F(LedgerCheck, SaysWhyAViewCannotBeCompared) {
    tell_three_cases();
    EXPECT_THAT(report().view_problem, HasSubstr("empty"));
    project();
    for (std::uint32_t p = 0; p < log.partition_count(); ++p) {
        log.truncate(p, 0);
    }
    const auto found = report();
    EXPECT_THAT(found.view_problem, HasSubstr("ahead"));
    EXPECT_FALSE(found.ok());
}

TEST_F(LedgerCheck, FindsRecordsNobodyCanExplain) {
    tell_three_cases();
    log.store(of.id(), "\xff");
    auto misnamed = story::submitted({"370800", "140400", "A-9"});
    misnamed.mutable_event()->mutable_case_()->set_source_case_no("A-10");
    tell(misnamed);
    project();
    const auto found = report();
    EXPECT_EQ(found.unreadable, 1u);
    EXPECT_EQ(found.unexplained, 1u);
    EXPECT_EQ(found.misnamed, 1u);
    EXPECT_FALSE(found.ok());
}

TEST_F(LedgerCheck, PassesOnTheLogsError) {
    tell_three_cases();
    log.fail(log::errc::unavailable);
    store::memory_view_store scratch;
    EXPECT_EQ(check_ledger({log, scratch, nullptr, {}}).error(),
              log::make_error_code(log::errc::unavailable));
}

class LedgerDump : public LedgerCheck {
protected:
    dump_head head;
    std::vector<std::string> lines(const ledger_dump_options& options) {
        std::vector<std::string> all;
        const auto count = dump_ledger(log, options, [&](const std::string& line) {
            all.push_back(line);
            return true;
        });
        EXPECT_EQ(count.value() + 1, all.size()) << "the first says what follows";
        head = read_dump_head(all.at(0)).value();
        all.erase(all.begin());
        return all;
    }
};

TEST_F(LedgerDump, LeavesOutWhoItIsAboutUnlessAsked) {
    tell(story::submitted(of, "张三丰"));
    ledger_dump_options options;
    const auto plain = lines(options);
    ASSERT_EQ(plain.size(), 1u);
    EXPECT_THAT(plain[0], Not(HasSubstr("张三丰")));
    EXPECT_THAT(plain[0], HasSubstr("\"event\":\"CASE_SUBMITTED\""));
    EXPECT_THAT(plain[0], HasSubstr("\"key\":\"" + of.id() + "\""));
    EXPECT_THAT(plain[0], HasSubstr("\"offset\":0"));
    EXPECT_THAT(plain[0], Not(HasSubstr("\n")));
    options.with_dossier = true;
    EXPECT_THAT(lines(options)[0], HasSubstr("张三丰"));
}

TEST_F(LedgerDump, FiltersByPartitionOffsetCaseAndCount) {
    tell_three_cases();
    EXPECT_EQ(lines({}).size(), 11u);
    EXPECT_TRUE(head.whole());
    EXPECT_EQ(head.partitions.size(), log.partition_count());
    ledger_dump_options of_case;
    of_case.case_id = of.id();
    EXPECT_EQ(lines(of_case).size(), 6u);
    EXPECT_FALSE(head.whole());
    of_case.limit = 2;
    EXPECT_EQ(lines(of_case).size(), 2u);
    std::size_t by_partition = 0;
    for (std::uint32_t p = 0; p < log.partition_count(); ++p) {
        ledger_dump_options one;
        one.partition = p;
        by_partition += lines(one).size();
        EXPECT_TRUE(head.whole()) << "all there is of its cases";
        one.from_offset = 1000;
        EXPECT_TRUE(lines(one).empty());
        ledger_dump_options later;
        later.partition = p;
        later.from_offset = 1;
        lines(later);
        EXPECT_EQ(head.whole(), log.end(std::chrono::seconds(1)).value()[p] == 0);
    }
    EXPECT_EQ(by_partition, 11u);
}

TEST_F(LedgerDump, ShowsARecordThatCannotBeRead) {
    log.store("名字", "\xff\xff");
    EXPECT_THAT(lines({})[0], ::testing::AllOf(HasSubstr("\"unreadable\":true"), Not(HasSubstr("名字"))));
}

} // namespace
} // namespace tongban::ledger
