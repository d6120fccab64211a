// A copy holds what its source holds, in its key's partitions and order, whatever interrupts it; it folds into the
// same cases although the log's own times are others; and it is refused where something else is.
#include "case_story.hpp"

#include "connectors/log/embedded_log.hpp"
#include "connectors/log/memory_log.hpp"
#include "connectors/log/partition_of.hpp"
#include "connectors/store/memory_view_store.hpp"
#include "gateway/ledger/ledger_copy.hpp"
#include "gateway/ledger/projection.hpp"
#include "gateway/ledger/reconciliation.hpp"
#include "gateway/ledger/view.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <random>

namespace tongban::ledger {
namespace {

using namespace std::chrono_literals;
using time_point = std::chrono::sys_time<std::chrono::milliseconds>;

// Another log, cut off after a number of appends: what comes then is refused, or stored without a word.
class cut_log final : public log::event_log {
public:
    cut_log(log::event_log& within, std::size_t appends, bool stored)
        : within_(within), left_(appends), stored_(stored) {}
    void append(std::string_view key, std::string value, log::append_done done) override {
        if (left_ > 0) {
            --left_;
            within_.append(key, std::move(value), std::move(done));
        } else if (std::exchange(stored_, false)) {
            // The record is there, the answer is lost.
            within_.append(key, std::move(value),
                           [done](boost::system::error_code) { done(make_error_code(log::errc::outcome_unknown)); });
        } else {
            done(make_error_code(log::errc::unavailable));
        }
    }
    boost::system::result<std::unique_ptr<log::log_reader>> read(std::vector<std::uint64_t> next) override {
        return within_.read(std::move(next));
    }
    boost::system::result<std::vector<std::uint64_t>> end(std::chrono::milliseconds wait) override {
        return within_.end(wait);
    }
    std::uint32_t partition_count() const override { return within_.partition_count(); }
    std::string identity() const override { return within_.identity(); }
    log::log_health health() const override { return within_.health(); }
    void close(std::chrono::milliseconds) override {}

private:
    log::event_log& within_;
    std::size_t left_;
    bool stored_;
};

log::memory_log_settings settings(std::uint32_t partitions, std::int64_t from_ms, std::int64_t step_ms) {
    log::memory_log_settings made;
    made.partitions = partitions;
    made.identity = "memory-" + std::to_string(from_ms);
    const auto now = std::make_shared<std::int64_t>(from_ms);
    made.clock = [now, step_ms] { return time_point(std::chrono::milliseconds(*now += step_ms)); };
    return made;
}

// The source lived for weeks; the copy is made within seconds, years later.
constexpr std::int64_t source_time = 1'790'000'000'000;
constexpr std::int64_t copy_time = 1'890'000'000'000;

void fill(log::memory_log& log, std::uint64_t seed, std::size_t events = 400) {
    for (const auto& record : story::random_story(seed, 20, events)) {
        log.store(record.key, record.value);
    }
}

std::vector<log::record> all_of(log::event_log& log, std::unique_ptr<log::log_reader>& reader) {
    reader = log.read(std::vector<std::uint64_t>(log.partition_count(), 0)).value();
    std::vector<log::record> all;
    const auto records = reader->next(200ms, 100'000).value();
    all.assign(records.begin(), records.end());
    return all;
}

// Every case's state by its id: what the ledger amounts to, wherever its records stand.
std::map<std::string, v1::CaseState> cases_of(log::event_log& log) {
    store::memory_view_store rows;
    projection fold(rows, {});
    fold.open(log.identity(), log.partition_count());
    std::unique_ptr<log::log_reader> reader;
    std::map<std::string, v1::CaseState> all;
    for (const auto& record : all_of(log, reader)) {
        EXPECT_TRUE(fold.fold(record));
    }
    EXPECT_FALSE(fold.commit());
    EXPECT_FALSE(rows.scan(rows::key('c'), rows::key('c').past(), [&](std::string_view, std::string_view value) {
        v1::CaseState state;
        EXPECT_TRUE(state.ParseFromArray(value.data(), static_cast<int>(value.size())));
        // Where an event stands in its partition is the log's own affair.
        for (auto& outbox : *state.mutable_outbox()) {
            for (auto& pending : *outbox.mutable_pending()) {
                pending.clear_offset();
            }
        }
        all.emplace(state.case_id(), state);
        return true;
    }));
    return all;
}

void expect_same_cases(log::event_log& a, log::event_log& b) {
    const auto left = cases_of(a);
    const auto right = cases_of(b);
    ASSERT_GT(left.size(), 5u);
    ASSERT_EQ(left.size(), right.size());
    for (const auto& [case_id, state] : left) {
        ASSERT_TRUE(right.contains(case_id));
        EXPECT_EQ(state.SerializeAsString(), right.at(case_id).SerializeAsString()) << state.DebugString();
    }
}

TEST(LedgerCopy, HoldsTheSameInTheSameOrderAndFoldsIntoTheSameCases) {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        log::memory_log from(settings(4, source_time, 700)); // leases of seconds end between records
        log::memory_log to(settings(4, copy_time, 0));
        fill(from, seed);
        const auto report = copy_ledger({from, to, 50, {}});
        ASSERT_EQ(report.outcome, copy_outcome::done) << "seed " << seed << " " << report.error.message();
        EXPECT_EQ(report.appended, report.source_records);
        expect_same_cases(from, to);
        std::unique_ptr<log::log_reader> one, other;
        const auto source = all_of(from, one);
        const auto copy = all_of(to, other);
        ASSERT_EQ(source.size(), copy.size());
        for (std::size_t i = 0; i < source.size(); ++i) {
            EXPECT_EQ(source[i].key, copy[i].key);
            EXPECT_EQ(source[i].at, copy[i].at);
            EXPECT_TRUE(copy[i].value.starts_with(source[i].value)) << "the bytes are never serialised anew";
        }
    }
}

// Without its time a claim after a lease that ended would meet a lease that holds: the copy would be another story.
TEST(LedgerCopy, TheTimeThatCountsIsTheSourcesOwn) {
    log::memory_log from(settings(1, source_time, 120'000));
    const story::case_name of;
    for (const auto& record : {story::submitted(of), story::claimed(of, "window-1", 60), story::claimed(of, "window-2", 60)}) {
        from.store(of.id(), record.SerializeAsString());
    }
    log::memory_log to(settings(1, copy_time, 0));
    ASSERT_EQ(copy_ledger({from, to, 10, {}}).outcome, copy_outcome::done);
    const auto copied = cases_of(to).at(of.id());
    EXPECT_EQ(copied.lease().partner(), "window-2");
    EXPECT_EQ(copied.lease().until_ms(), source_time + 3 * 120'000 + 60'000) << "ended long before the copy was made";
    EXPECT_EQ(copied.SerializeAsString(), cases_of(from).at(of.id()).SerializeAsString());

    // Told to the log as they were, the second claim is refused: what the field is for.
    log::memory_log naive(settings(1, copy_time, 0));
    std::unique_ptr<log::log_reader> reader;
    for (const auto& record : all_of(from, reader)) {
        naive.store(record.key, std::string(record.value));
    }
    EXPECT_EQ(cases_of(naive).at(of.id()).lease().partner(), "window-1");

    // A copy of a copy keeps the first time.
    log::memory_log again(settings(1, copy_time + 1'000'000, 0));
    ASSERT_EQ(copy_ledger({to, again, 10, {}}).outcome, copy_outcome::done);
    EXPECT_EQ(cases_of(again).at(of.id()).SerializeAsString(), copied.SerializeAsString());
}

TEST(LedgerCopy, GoesOnAfterAnyInterruption) {
    std::mt19937_64 random(7);
    for (std::uint64_t seed = 20; seed < 26; ++seed) {
        log::memory_log from(settings(4, source_time, 700));
        const std::uint32_t partitions = 1 + static_cast<std::uint32_t>(random() % 6);
        log::memory_log to(settings(partitions, copy_time, 0));
        fill(from, seed);
        std::uint64_t had = 0;
        int runs = 0;
        for (;; ++runs) {
            ASSERT_LT(runs, 1000);
            cut_log cut(to, random() % 60, random() % 2 == 0);
            const auto report = copy_ledger({from, cut, 1 + random() % 30, {}});
            EXPECT_EQ(report.found, had) << "it goes on from what is there";
            had = 0;
            const auto end = to.end(0ms).value();
            for (const auto each : end) {
                had += each;
            }
            if (report.outcome == copy_outcome::done) {
                break;
            }
            ASSERT_EQ(report.outcome, copy_outcome::failed) << name(report.outcome);
            EXPECT_TRUE(report.error_is_of_target);
        }
        EXPECT_GT(runs, 3);
        expect_same_cases(from, to);
    }
}

TEST(LedgerCopy, AnotherNumberOfPartitionsSplitsReportsAndKeepsEachCasesOrder) {
    for (const std::uint32_t partitions : {1u, 3u, 12u}) {
        log::memory_log from(settings(2, source_time, 700));
        fill(from, 40);
        // A report of many cases that share a partition here and not there.
        std::vector<v1::DeliveryFact> facts;
        std::string key;
        for (int n = 0; n < 40; ++n) {
            const story::case_name of{"370800", "140400", "S-" + std::to_string(n)};
            if (log::partition_of(of.id(), 2) != 0) {
                continue;
            }
            from.store(of.id(), story::submitted(of).SerializeAsString());
            key = key.empty() ? of.id() : key;
            facts.push_back(story::delivery_fact(of, 1, "140400"));
            facts.back().mutable_acknowledged();
        }
        const auto told = facts.size();
        const auto report_at = from.store(key, story::about_deliveries(std::move(facts)).SerializeAsString());
        ASSERT_EQ(report_at.partition, 0u);
        log::memory_log to(settings(partitions, copy_time, 0));
        const auto report = copy_ledger({from, to, 100, {}});
        ASSERT_EQ(report.outcome, copy_outcome::done);
        expect_same_cases(from, to);
        std::size_t facts_there = 0;
        std::unique_ptr<log::log_reader> reader;
        for (const auto& record : all_of(to, reader)) {
            EXPECT_EQ(log::partition_of(record.key, partitions), record.at.partition);
            v1::LedgerRecord parsed;
            if (!parsed.ParseFromArray(record.value.data(), static_cast<int>(record.value.size()))) {
                continue;
            }
            for (const auto& fact : parsed.deliveries().facts()) {
                EXPECT_EQ(log::partition_of(fact.delivery().case_id(), partitions), record.at.partition);
                facts_there += fact.delivery().case_id().size() == 34 && fact.has_acknowledged();
            }
        }
        EXPECT_GE(facts_there, told);
        store::memory_view_store scratch, scratch_too;
        const auto a = reconcile(from, {scratch, nullptr, {}, {}}).value();
        const auto b = reconcile(to, {scratch_too, nullptr, {}, {}}).value();
        EXPECT_EQ(a.targets, b.targets);
        EXPECT_EQ(a.accepted, b.accepted);
    }
}

TEST(LedgerCopy, AFactThatNeverCountedDoesNotBeginToCount) {
    log::memory_log from(settings(2, source_time, 700));
    story::case_name one, other;
    for (int n = 0; log::partition_of(one.id(), 2) == log::partition_of(other.id(), 2); ++n) {
        other.source_no = "B-" + std::to_string(n);
    }
    from.store(one.id(), story::submitted(one).SerializeAsString());
    from.store(other.id(), story::submitted(other).SerializeAsString());
    auto mine = story::delivery_fact(one, 1, one.dest);
    mine.mutable_acknowledged();
    auto foreign = story::delivery_fact(other, 1, other.dest); // of another partition than the record's
    foreign.mutable_acknowledged();
    from.store(one.id(), story::about_deliveries({mine, foreign}).SerializeAsString());
    log::memory_log to(settings(1, copy_time, 0));
    const auto report = copy_ledger({from, to, 10, {}});
    EXPECT_EQ(report.outcome, copy_outcome::done);
    EXPECT_EQ(report.facts_left_out, 1u);
    EXPECT_EQ(cases_of(to).at(other.id()).outbox_size(), 1);
    EXPECT_EQ(cases_of(to).at(one.id()).outbox_size(), 0);
}

TEST(LedgerCopy, RefusesATargetThatHoldsSomethingElse) {
    log::memory_log from(settings(4, source_time, 700));
    fill(from, 50);
    const story::case_name stranger{"370200", "620700", "X-1"};
    for (const bool copied_before : {false, true}) {
        log::memory_log to(settings(4, copy_time, 0));
        if (copied_before) {
            ASSERT_EQ(copy_ledger({from, to, 100, {}}).outcome, copy_outcome::done);
        }
        const auto at = to.store(stranger.id(), story::submitted(stranger).SerializeAsString());
        const auto before = to.end(0ms).value();
        const auto report = copy_ledger({from, to, 100, {}});
        EXPECT_EQ(report.outcome, copy_outcome::target_differs);
        EXPECT_EQ(report.partition, at.partition);
        EXPECT_EQ(report.appended, 0u);
        EXPECT_EQ(to.end(0ms).value(), before) << "nothing was appended";
    }
}

// By one case, while its records are copied.
copy_report copy_while_the_source_grows(log::memory_log& from, log::memory_log& to) {
    bool grown = false;
    const story::case_name late{"370800", "140400", "LATE"};
    return copy_ledger({from, to, 100, [&](copy_phase phase, std::uint64_t, std::uint64_t) {
                            if (phase == copy_phase::copying && !std::exchange(grown, true)) {
                                from.store(late.id(), story::submitted(late).SerializeAsString());
                            }
                        }});
}

TEST(LedgerCopy, RunAgainItAppendsNothingAndGoesOnWhenTheSourceGrew) {
    log::memory_log from(settings(4, source_time, 700));
    log::memory_log to(settings(4, copy_time, 0));
    fill(from, 60);
    const auto first = copy_while_the_source_grows(from, to);
    EXPECT_EQ(first.outcome, copy_outcome::source_grew);
    EXPECT_FALSE(first.needs_empty_target);
    const auto second = copy_ledger({from, to, 100, {}});
    EXPECT_EQ(second.outcome, copy_outcome::done);
    EXPECT_EQ(second.appended, 1u);
    const auto third = copy_ledger({from, to, 100, {}});
    EXPECT_EQ(third.outcome, copy_outcome::done);
    EXPECT_EQ(third.appended, 0u);
    EXPECT_EQ(third.found, third.source_records);
}

// Partitions are merged one after the other: what the first gets meanwhile belongs before what the second had.
TEST(LedgerCopy, WhereTheSourceGrewWhilePartitionsWereMergedAnEmptyTargetIsAskedFor) {
    log::memory_log from(settings(4, source_time, 700));
    log::memory_log to(settings(3, copy_time, 0));
    fill(from, 60);
    const auto first = copy_while_the_source_grows(from, to);
    EXPECT_EQ(first.outcome, copy_outcome::source_grew);
    EXPECT_TRUE(first.needs_empty_target);
    log::memory_log empty(settings(3, copy_time, 0));
    const auto second = copy_ledger({from, empty, 100, {}});
    EXPECT_EQ(second.outcome, copy_outcome::done);
    EXPECT_FALSE(second.needs_empty_target);
}

// Between the adapters' real files, the process ended in the middle of it.
TEST(LedgerCopy, EmbeddedLogsAreCopiedAndGoOnAfterBeingOpenedAnew) {
    const auto folder = std::filesystem::temp_directory_path() / ("ledger_copy_test." + std::to_string(getpid()));
    const auto open = [&](const char* which, std::uint32_t partitions) {
        log::embedded_settings embedded;
        embedded.directory = folder / which;
        embedded.partitions = partitions;
        return log::open_embedded_log(embedded);
    };
    std::filesystem::create_directories(folder);
    log::memory_log from(settings(3, source_time, 700));
    fill(from, 70);
    {
        const auto half = open("a", 3);
        cut_log cut(*half, 150, false);
        EXPECT_EQ(copy_ledger({from, cut, 20, {}}).outcome, copy_outcome::failed);
        half->close(1000ms);
    }
    const auto a = open("a", 3);
    const auto report = copy_ledger({from, *a, 100, {}});
    EXPECT_EQ(report.outcome, copy_outcome::done) << report.error.message();
    EXPECT_EQ(report.found, 150u);
    const auto b = open("b", 5);
    EXPECT_EQ(copy_ledger({*a, *b, 100, {}}).outcome, copy_outcome::done);
    expect_same_cases(from, *b);
    a->close(1000ms);
    b->close(1000ms);
    std::filesystem::remove_all(folder);
}

TEST(LedgerCopy, TellsWhoseErrorItWas) {
    log::memory_log from(settings(2, source_time, 700));
    log::memory_log to(settings(2, copy_time, 0));
    fill(from, 80, 50);
    from.fail(log::errc::unavailable);
    const auto report = copy_ledger({from, to, 100, {}});
    EXPECT_EQ(report.outcome, copy_outcome::failed);
    EXPECT_FALSE(report.error_is_of_target);
    from.fail(std::nullopt);
    to.fail(log::errc::not_authorised);
    EXPECT_TRUE(copy_ledger({from, to, 100, {}}).error_is_of_target);
}

} // namespace
} // namespace tongban::ledger
