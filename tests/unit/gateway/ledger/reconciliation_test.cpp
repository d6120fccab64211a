// The reconciliation explains every case and every delivery of a sound ledger, and finds and names each defect that
// is planted in a view or in a dump.
#include "reconciliation_story.hpp"

#include <gmock/gmock.h>

namespace tongban::ledger {
namespace {

using ::testing::HasSubstr;

TEST_F(Reconciliation, ExplainsEveryCaseAndEveryDelivery) {
    tell_story();
    project();
    const auto found = report();
    EXPECT_TRUE(found.ok());
    EXPECT_EQ(found.unexplained(), 0u);
    EXPECT_EQ(found.accepted, 3);
    EXPECT_EQ(found.closed, 1);
    EXPECT_EQ(found.open, 2);
    EXPECT_EQ(found.collected_only, 1);
    EXPECT_EQ(found.targets.at(region_b), (target_account{3, 1, 0, 1, 1}));
    EXPECT_EQ(found.targets.at(region_a), (target_account{4, 3, 1, 0, 0}));
    EXPECT_TRUE(found.view_compared);
    EXPECT_TRUE(found.findings.empty());
    const auto standing_now = now();
    EXPECT_EQ(standing_now.gap(), 0u);
    EXPECT_EQ(standing_now.accepted, 3);
    EXPECT_EQ(standing_now.open, 2);
    EXPECT_EQ(standing_now.targets.at(region_b), (target_account{3, 1, 0, 1, 1}));
    EXPECT_TRUE(standing_now.findings.empty());
}

TEST_F(Reconciliation, HoldsForRandomStories) {
    for (std::uint64_t seed = 300; seed < 310; ++seed) {
        log::memory_log random_log;
        store::memory_view_store random_rows;
        std::uint64_t unreadable = 0;
        for (const auto& record : story::random_story(seed, 30, 600)) {
            random_log.store(record.key, record.value);
            unreadable += record.key == "TB-no-case" || record.value.starts_with('\xff');
        }
        projection fold(random_rows, {});
        fold.open(random_log.identity(), random_log.partition_count());
        const auto reader = random_log.read(fold.next_offsets()).value();
        const auto records = reader->next(0ms, 10'000).value();
        store::memory_view_store counted;
        case_accounts accounts(counted);
        std::size_t untold = 0; // deliveries of cases that are not there
        for (const auto& record : records) {
            ASSERT_TRUE(fold.fold(record));
            ASSERT_TRUE(accounts.fold(record));
            untold += accounts.strangers().size();
        }
        EXPECT_GT(untold, 0u);
        ASSERT_FALSE(fold.commit());
        store::memory_view_store scratch;
        const auto found = reconcile(random_log, {scratch, &random_rows, {}, {}}).value();
        EXPECT_EQ(found.wrong, unreadable + untold) << "seed " << seed;
        std::int64_t due = 0;
        for (const auto& [region, target] : found.targets) {
            EXPECT_EQ(target.gap(), 0) << "seed " << seed << " " << region;
            due += target.due;
        }
        EXPECT_GT(due, 0);
        EXPECT_TRUE(standing(random_rows, {true, {}, 100'000, {}}).value().findings.empty()) << "seed " << seed;
        reconciliation_filter whole;
        whole.from_ms = 0;
        store::memory_view_store again;
        const auto folded = reconcile(random_log, {again, &random_rows, whole, {}}).value();
        const auto running = now_of(random_rows, whole, seed % 2 == 0 ? 7 : 5000);
        expect_same(running, folded);
        EXPECT_EQ(running.targets, found.targets) << "seed " << seed;
        EXPECT_TRUE(folded.findings.empty() && running.findings.empty()) << "seed " << seed;
    }
}

TEST_F(Reconciliation, AViewThatIsBehindIsComparedWhereItStands) {
    tell_story();
    project();
    tell(story::submitted({region_a, region_b, "A-5"}));
    const auto found = report();
    EXPECT_TRUE(found.ok());
    EXPECT_EQ(found.view_records_behind, 1u);
    EXPECT_EQ(found.accepted, 4);
}

TEST_F(Reconciliation, FindsATotalsRowThatWasChanged) {
    tell_story();
    project();
    spoil(rows::delivery_totals(region_b), rows::encode(rows::delivery_totals_row{4, 2, 0, 1, 1}));
    const auto found = report();
    ASSERT_EQ(found.findings.size(), 1u) << "the sums of the row agree; only a recount tells";
    EXPECT_EQ(found.findings[0].what, discrepancy::totals_differ);
    EXPECT_EQ(found.findings[0].region, region_b);
    EXPECT_THAT(found.findings[0].place, HasSubstr("acknowledged 2 != 1"));
    EXPECT_EQ(now(false).gap(), 0u);

    spoil(rows::delivery_totals(region_b), rows::encode(rows::delivery_totals_row{4, 1, 0, 1, 1}));
    EXPECT_FALSE(report().ok());
    const auto standing_now = now(false);
    EXPECT_EQ(standing_now.gap(), 1u);
    EXPECT_TRUE(standing_now.walked) << "a gap is looked into without being asked";
}

TEST_F(Reconciliation, FindsACaseCountThatIsWrong) {
    tell_story();
    project();
    spoil(rows::totals(), rows::encode(rows::totals_row{4, 1}));
    const auto found = report();
    ASSERT_EQ(found.findings.size(), 1u);
    EXPECT_EQ(found.findings[0].what, discrepancy::totals_differ);
    EXPECT_THAT(found.findings[0].place, HasSubstr("accepted 4 != 3"));
    EXPECT_EQ(now(false).gap(), 1u);
}

TEST_F(Reconciliation, FindsAndNamesAQueueRowThatIsMissing) {
    tell_story();
    project();
    const auto waiting = row_of(one);
    const auto* outbox = cases::outbox_of(waiting.state, region_a);
    ASSERT_NE(outbox, nullptr);
    spoil(rows::queued_delivery(region_a, waiting.number.partition, outbox->pending(0).due_ms(), waiting.number.number),
          std::nullopt);
    spoil(rows::dead_letter(region_b, row_of(two).number), std::nullopt);
    const auto found = report();
    EXPECT_EQ(found.wrong, 2u);
    EXPECT_TRUE(names(found.findings, discrepancy::queue_missing, one.id()));
    EXPECT_TRUE(names(found.findings, discrepancy::queue_missing, two.id()));
    const auto walked = now().findings;
    EXPECT_EQ(walked.size(), 2u);
    EXPECT_TRUE(names(walked, discrepancy::queue_missing, one.id()));
    EXPECT_TRUE(names(walked, discrepancy::queue_missing, two.id()));
}

TEST_F(Reconciliation, FindsAQueueRowThatNoCaseExplains) {
    tell_story();
    project();
    const auto number = row_of(three).number; // has nothing that waits
    spoil(rows::queued_delivery(region_b, number.partition, 7, number.number), rows::encode(rows::queued_row{1, 0}));
    EXPECT_TRUE(names(report().findings, discrepancy::queue_unknown, three.id()));
    EXPECT_TRUE(names(now().findings, discrepancy::queue_unknown, three.id()));
}

TEST_F(Reconciliation, FindsAndNamesADeliveryRowThatIsMissingOrChanged) {
    tell_story();
    project();
    spoil(rows::settled_delivery(row_of(one).number, 2, region_a), std::nullopt);
    spoil(rows::settled_delivery(row_of(three).number, 1, region_b), v1::EventDelivery().SerializeAsString() + "\x58\x01");
    const auto found = report();
    EXPECT_EQ(found.wrong, 2u);
    EXPECT_TRUE(names(found.findings, discrepancy::delivery_missing, one.id()));
    EXPECT_TRUE(names(found.findings, discrepancy::delivery_differs, three.id()));
    const auto walked = now().findings;
    ASSERT_EQ(walked.size(), 1u);
    EXPECT_TRUE(names(walked, discrepancy::delivery_missing, one.id()));
    EXPECT_EQ(walked[0].region, region_a);
}

TEST_F(Reconciliation, FindsAndNamesCasesTheViewHasLostChangedOrMadeUp) {
    tell_story();
    project();
    spoil(rows::number_of(one.id()), std::nullopt);
    auto changed = row_of(two);
    changed.state.set_status(v1::CASE_STATUS_CLOSED);
    spoil(rows::state(changed.number), changed.state.SerializeAsString());
    const story::case_name made_up{region_a, region_b, "A-99"};
    spoil(rows::number_of(made_up.id()), rows::encode_number(row_of(three).number));
    const auto found = report();
    EXPECT_TRUE(names(found.findings, discrepancy::case_missing, one.id()));
    EXPECT_TRUE(names(found.findings, discrepancy::case_differs, two.id()));
    EXPECT_TRUE(names(found.findings, discrepancy::case_unknown, made_up.id()));
    EXPECT_EQ(found.wrong, 3u);
    EXPECT_TRUE(names(now().findings, discrepancy::case_missing, one.id()));
}

TEST_F(Reconciliation, CountsTheCasesOfAPairAndOfATime) {
    tell_story();
    const auto later = clock.count() + 1;
    tell(story::submitted({region_a, "620700", "C-1"}));
    project();
    reconciliation_filter pair;
    pair.origin = region_a;
    pair.dest = "620700";
    EXPECT_EQ(report(pair).accepted, 1);
    EXPECT_FALSE(report(pair).targets.contains(region_a));
    reconciliation_filter until;
    until.until_ms = later;
    EXPECT_EQ(report(until).accepted, 3);
    reconciliation_filter from;
    from.from_ms = later;
    EXPECT_EQ(report(from).accepted, 1);
    EXPECT_EQ(report().accepted, 4);
    // A defect of another pair is not this pair's.
    spoil(rows::number_of(one.id()), std::nullopt);
    EXPECT_TRUE(report(pair).ok());
    EXPECT_FALSE(report(until).ok());
}

TEST_F(Reconciliation, AViewAheadOfItsLedgerIsToldAndNothingElse) {
    tell_story();
    project();
    log::memory_log older(settings());
    older.store(one.id(), story::submitted({region_a, region_b, "A-1"}).SerializeAsString());
    store::memory_view_store scratch;
    const auto found = reconcile(older, {scratch, &rows, {}, {}}).value();
    EXPECT_FALSE(found.ok());
    EXPECT_THAT(found.view_problem, HasSubstr("请删除视图目录"));
    EXPECT_THAT(found.view_problem, HasSubstr("delete the view directory"));
    EXPECT_EQ(found.accepted, 0) << "sums beside it would read as if all were well";
    EXPECT_TRUE(found.findings.empty());
}

TEST_F(Reconciliation, ADumpTellsTheSameAsTheLedger) {
    tell_story();
    const auto whole = report({}, false);
    const auto found = of_dump(dump());
    EXPECT_TRUE(found.ok());
    EXPECT_EQ(found.records, whole.records);
    EXPECT_EQ(found.accepted, whole.accepted);
    EXPECT_EQ(found.closed, whole.closed);
    EXPECT_EQ(found.targets, whole.targets);
}

TEST_F(Reconciliation, ADumpThatIsCutOrDoubledIsToldByItsLines) {
    tell_story();
    const auto text = dump();
    const auto cut = of_dump(text.substr(0, text.size() - 20));
    ASSERT_EQ(cut.findings.size(), 2u);
    EXPECT_EQ(cut.findings[0].what, discrepancy::record_unreadable);
    EXPECT_EQ(cut.findings[0].place, "line " + std::to_string(std::count(text.begin(), text.end(), '\n')));
    EXPECT_EQ(cut.findings[1].what, discrepancy::record_missing);
    EXPECT_FALSE(of_dump(text + text.substr(text.rfind('\n', text.size() - 2) + 1)).ok()) << "the same record twice";
    EXPECT_EQ(read_dump_line("{}"), std::nullopt);
    EXPECT_EQ(read_dump_line("not a dump"), std::nullopt);
}

TEST_F(Reconciliation, EachLineLeftOutOfADumpIsMissed) {
    tell_story();
    std::vector<std::string> lines;
    std::istringstream all(dump());
    for (std::string line; std::getline(all, line);) {
        lines.push_back(line + '\n');
    }
    const auto without = [&](std::size_t from, std::size_t past) {
        std::string text;
        for (std::size_t n = 0; n < lines.size(); ++n) {
            text += n >= from && n < past ? "" : lines[n];
        }
        return of_dump(text);
    };
    ASSERT_TRUE(without(0, 0).ok());
    for (std::size_t n = 1; n < lines.size(); ++n) {
        const auto at = read_dump_line(lines[n]).value().as_read.at;
        const auto found = without(n, n + 1);
        EXPECT_TRUE(names(found.findings, discrepancy::record_missing, "")) << lines[n];
        EXPECT_EQ(found.findings[0].place, std::to_string(at.partition) + "/" + std::to_string(at.offset));
    }
    EXPECT_GE(without(1, lines.size()).unexplained(), lines.size() - 1) << "each record counts";
    EXPECT_EQ(without(0, 1).findings.at(0).what, discrepancy::dump_not_whole);
    EXPECT_EQ(of_dump("").findings.at(0).what, discrepancy::dump_not_whole);
}

TEST_F(Reconciliation, AReportAboutACaseThatIsNotThereIsTold) {
    tell(story::submitted({region_a, region_b, "A-1"}));
    auto taken = story::delivery_fact(two, 1, region_b);
    taken.mutable_acknowledged();
    tell(taken);
    const auto found = report({}, false);
    ASSERT_EQ(found.findings.size(), 1u);
    EXPECT_EQ(found.findings[0].what, discrepancy::case_untold);
    EXPECT_EQ(found.findings[0].case_id, two.id());
    EXPECT_EQ(of_dump(dump()).wrong, 1u);
}

TEST_F(Reconciliation, ADumpOfAPartIsRefused) {
    tell_story();
    ledger_dump_options of_one;
    of_one.case_id = one.id();
    ledger_dump_options first_few;
    first_few.limit = 3;
    ledger_dump_options from_there;
    from_there.from_offset = 1;
    ledger_dump_options nothing;
    nothing.partition = log.partition_count();
    for (const auto& options : {of_one, first_few, from_there, nothing}) {
        const auto found = of_dump(dump(options));
        ASSERT_EQ(found.findings.size(), 1u);
        EXPECT_EQ(found.findings[0].what, discrepancy::dump_not_whole);
    }
    std::int64_t accepted = 0;
    for (std::uint32_t p = 0; p < log.partition_count(); ++p) {
        ledger_dump_options partition;
        partition.partition = p;
        const auto found = of_dump(dump(partition));
        EXPECT_TRUE(found.ok());
        accepted += found.accepted;
    }
    EXPECT_EQ(accepted, 3) << "whole partitions can be reconciled one by one";
}

TEST_F(Reconciliation, RecordsNobodyCanReadAreUnexplainedAndNamed) {
    tell_story();
    const auto at = log.store(one.id(), "\xff");
    const auto found = report({}, false);
    EXPECT_EQ(found.unexplained(), 1u);
    ASSERT_EQ(found.findings.size(), 1u);
    EXPECT_EQ(found.findings[0].place, std::to_string(at.partition) + "/" + std::to_string(at.offset));
}

TEST_F(Reconciliation, FindingsAreBoundedAndAllAreCounted) {
    for (std::size_t n = 0; n < reconciliation::findings_max + 5; ++n) {
        log.store(one.id(), "\xff");
    }
    const auto found = report({}, false);
    EXPECT_EQ(found.findings.size(), reconciliation::findings_max);
    EXPECT_EQ(found.unexplained(), reconciliation::findings_max + 5);
}

} // namespace
} // namespace tongban::ledger
