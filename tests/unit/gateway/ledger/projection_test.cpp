// Law 2: the view is what the ledger amounts to, whatever the batches, the interleaving of partitions and the
// crashes.
#include "case_story.hpp"

#include "connectors/log/memory_log.hpp"
#include "connectors/store/memory_view_store.hpp"
#include "connectors/store/rocks_view_store.hpp"
#include "gateway/cases/case_clocks.hpp"
#include "gateway/ledger/newer_record.hpp"
#include "gateway/ledger/projection.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

namespace tongban::ledger {
namespace {

using namespace std::chrono_literals;
using rows_type = store::memory_view_store::rows_type;

rows_type rows_of(const store::view_store& store) {
    rows_type all;
    EXPECT_FALSE(store.scan("", rows::past_last, [&](std::string_view key, std::string_view value) {
        all.emplace(key, value);
        return true;
    }));
    return all;
}

log::memory_log_settings settings_of(std::uint64_t seed, std::uint32_t partitions) {
    log::memory_log_settings settings;
    settings.partitions = partitions;
    settings.shuffle_seed = seed;
    settings.clock = [ms = std::int64_t{1'790'000'000'000}]() mutable {
        return std::chrono::sys_time<std::chrono::milliseconds>(std::chrono::milliseconds(ms += 137));
    };
    return settings;
}

void store_story(log::memory_log& log, std::uint64_t seed, std::size_t cases, std::size_t events) {
    for (const auto& record : story::random_story(seed, cases, events)) {
        log.store(record.key, record.value);
    }
}

// Projects what is in the log, in batches of at most `batch_max` drawn from `random`, at most `records_max`
// records.
void project(log::memory_log& log, store::view_store& store, std::mt19937_64& random, std::size_t batch_max,
             std::size_t hot_max = 100, std::size_t records_max = ~std::size_t{0}) {
    projection fold(store, {hot_max});
    fold.open(log.identity(), log.partition_count());
    const auto reader = log.read(fold.next_offsets()).value();
    for (std::size_t done = 0; done < records_max;) {
        const auto records = reader->next(0ms, 1 + random() % batch_max).value();
        if (records.empty()) {
            break;
        }
        for (const auto& record : records) {
            ASSERT_TRUE(fold.fold(record));
        }
        ASSERT_FALSE(fold.commit());
        done += records.size();
    }
}

class ProjectionProperty : public testing::TestWithParam<std::uint64_t> {};

TEST_P(ProjectionProperty, RowsDoNotDependOnBatchesPartitionOrderOrCacheSize) {
    const auto seed = GetParam();
    log::memory_log log(settings_of(seed, 3));
    store_story(log, seed, 12, 400);
    std::mt19937_64 random(seed);
    store::memory_view_store one_by_one;
    project(log, one_by_one, random, 1);
    const auto expected = rows_of(one_by_one);
    ASSERT_GT(expected.size(), 100u);
    for (const std::size_t batch_max : {2, 17, 1000}) {
        for (const std::size_t hot_max : {0, 3, 1000}) {
            store::memory_view_store store;
            project(log, store, random, batch_max, hot_max);
            ASSERT_EQ(rows_of(store), expected)
                << "batches of " << batch_max << ", " << hot_max << " hot cases";
        }
    }
}

TEST_P(ProjectionProperty, ACrashAnywhereLeavesAViewThatEndsUpEqual) {
    const auto seed = GetParam();
    log::memory_log log(settings_of(seed, 3));
    store_story(log, seed, 12, 300);
    std::mt19937_64 random(seed);
    store::memory_view_store undisturbed;
    project(log, undisturbed, random, 8);
    store::memory_view_store crashing;
    for (int crashes = 0; crashes < 30; ++crashes) {
        project(log, crashing, random, 8, 5, random() % 60);
        if (random() % 3 == 0) {
            ASSERT_FALSE(crashing.flush());
        }
        crashing.crash(random() % (crashing.batches_since_flush() + 1));
    }
    project(log, crashing, random, 8);
    EXPECT_EQ(rows_of(crashing), rows_of(undisturbed));
}

TEST_P(ProjectionProperty, AFullDiskAtAnyWriteChangesNothing) {
    const auto seed = GetParam();
    log::memory_log log(settings_of(seed, 2));
    store_story(log, seed, 6, 80);
    std::mt19937_64 random(seed);
    store::memory_view_store undisturbed;
    project(log, undisturbed, random, 4);
    store::memory_view_store failing;
    projection fold(failing, {3});
    fold.open(log.identity(), log.partition_count());
    const auto reader = log.read(fold.next_offsets()).value();
    for (;;) {
        const auto records = reader->next(0ms, 1 + random() % 4).value();
        if (records.empty()) {
            break;
        }
        for (const auto& record : records) {
            failing.fail_reads(store::errc::disk_full);
            const auto refused = fold.fold(record);
            failing.fail_reads(std::nullopt);
            // Either it needed no read and is done, or it changed nothing and is folded again.
            if (!refused) {
                ASSERT_TRUE(fold.fold(record));
            }
        }
        const auto before = rows_of(failing);
        failing.fail_writes(store::errc::disk_full, 2);
        ASSERT_TRUE(fold.commit());
        ASSERT_TRUE(fold.commit());
        ASSERT_EQ(rows_of(failing), before);
        ASSERT_FALSE(fold.commit());
    }
    EXPECT_EQ(rows_of(failing), rows_of(undisturbed));
}

TEST_P(ProjectionProperty, TotalsAndIndexesAgreeWithTheCases) {
    const auto seed = GetParam();
    log::memory_log log(settings_of(seed, 3));
    store_story(log, seed, 20, 600);
    std::mt19937_64 random(seed);
    store::memory_view_store store;
    project(log, store, random, 10);
    std::int64_t accepted = 0;
    std::int64_t closed = 0;
    std::map<std::pair<std::string, int>, std::int64_t> open;
    std::set<std::string> inboxes;
    const view reads(store);
    EXPECT_FALSE(
        store.scan(rows::key('c'), rows::key('c').past(), [&](std::string_view key, std::string_view value) {
            v1::CaseState state;
            EXPECT_TRUE(state.ParseFromArray(value.data(), static_cast<int>(value.size())));
            const auto number = rows::cursor(key.substr(1)).number();
            accepted += state.revision() > 0;
            closed += state.revision() > 0 && cases::is_closed(state.status());
            if (!cases::is_closed(state.status())) {
                ++open[{state.dest_region(), state.status()}];
            }
            if (const auto turn = cases::turn(state); !turn.empty()) {
                const bool untaken =
                    state.status() == v1::CASE_STATUS_SUBMITTED || state.status() == v1::CASE_STATUS_QUEUED;
                const auto order_ms = cases::inbox_order_ms(state);
                inboxes.emplace(rows::inbox(turn, order_ms, state.turn_since_ms(), number, untaken).view());
            }
            return true;
        }));
    const auto totals = reads.totals().value();
    EXPECT_EQ(totals.accepted(), accepted);
    EXPECT_EQ(totals.closed(), closed);
    EXPECT_GT(closed, 0);
    std::map<std::pair<std::string, int>, std::int64_t> open_rows;
    for (const auto& each : totals.open()) {
        EXPECT_GT(each.count(), 0);
        open_rows[{each.dest_region(), each.status()}] = each.count();
    }
    EXPECT_EQ(open_rows, open);
    std::set<std::string> inbox_rows;
    EXPECT_FALSE(
        store.scan(rows::key('i'), rows::key('i').past(), [&](std::string_view key, std::string_view) {
            inbox_rows.emplace(key);
            return true;
        }));
    EXPECT_EQ(inbox_rows, inboxes);
}

INSTANTIATE_TEST_SUITE_P(Seeds, ProjectionProperty, testing::Range<std::uint64_t>(1, 13));

TEST(Projection, ARebuiltRocksDbViewIsEqualByteForByteAfterCrashes) {
    std::string pattern = (std::filesystem::temp_directory_path() / "tongban-rebuild-XXXXXX").string();
    const std::filesystem::path directory = mkdtemp(pattern.data());
    log::memory_log log(settings_of(5, 4));
    store_story(log, 5, 200, 12000);
    std::mt19937_64 random(5);
    const auto open = [&](const char* name) {
        store::rocks_view_settings settings;
        settings.directory = directory / name;
        settings.memtable_bytes = 64u << 10; // flushed by itself many times over
        return std::make_unique<store::rocks_view_store>(settings);
    };
    {
        const auto whole = open("whole");
        project(log, *whole, random, 64);
        std::unique_ptr<store::rocks_view_store> crashing;
        for (int crashes = 0; crashes < 10; ++crashes) {
            crashing.reset(); // closes without a flush: what was not flushed is lost
            crashing = open("crashing");
            project(log, *crashing, random, 64, 20, 1000 + random() % 1000);
        }
        crashing.reset();
        crashing = open("crashing");
        const auto before = view(*crashing).positions().value();
        EXPECT_THAT(before, testing::Contains(testing::Gt(0u))) << "RocksDB kept nothing at all";
        project(log, *crashing, random, 64);
        const auto expected = rows_of(*whole);
        EXPECT_GT(expected.size(), 2000u);
        EXPECT_EQ(rows_of(*crashing), expected);
        store::memory_view_store memory;
        project(log, memory, random, 7);
        EXPECT_EQ(rows_of(memory), expected);
    }
    std::filesystem::remove_all(directory);
}

TEST(Projection, ANewCaseWritesFourRowsItsDeliveryTwoAndItsClockTwo) {
    log::memory_log log(settings_of(0, 1));
    store::memory_view_store store;
    projection fold(store, {});
    fold.open(log.identity(), 1);
    const auto reader = log.read(fold.next_offsets()).value();
    const story::case_name of;
    log.store(of.id(), story::submitted(of).SerializeAsString());
    for (const auto& record : reader->next(0ms, 10).value()) {
        const auto outcome = fold.fold(record).value();
        EXPECT_TRUE(outcome.readable);
        EXPECT_EQ(outcome.verdict, cases::verdict::applied);
        EXPECT_EQ(outcome.state.status(), v1::CASE_STATUS_QUEUED);
        EXPECT_EQ(outcome.status_before, v1::CASE_STATUS_UNSPECIFIED);
    }
    EXPECT_EQ(fold.batch_rows(), 8u);
}

TEST(Projection, WhatCannotBeReadIsPassedOver) {
    log::memory_log log(settings_of(0, 1));
    const story::case_name of;
    const story::case_name other{"370800", "140400", "A-2"};
    log.store(of.id(), "\xff");
    log.store("not a case id", story::submitted(of).SerializeAsString());
    log.store(other.id(), story::submitted(of).SerializeAsString()); // the key names another case
    store::memory_view_store store;
    projection fold(store, {});
    fold.open(log.identity(), 1);
    const auto reader = log.read(fold.next_offsets()).value();
    for (const auto& record : reader->next(0ms, 10).value()) {
        const auto outcome = fold.fold(record).value();
        EXPECT_FALSE(outcome.readable) << record.at.offset;
        EXPECT_TRUE(fold.fold(record).value().repeated) << record.at.offset;
    }
    ASSERT_FALSE(fold.commit());
    EXPECT_EQ(view(store).positions().value(), std::vector<std::uint64_t>{3});
    EXPECT_FALSE(view(store).find(of.id()).value());
}

TEST(Projection, RefusedEventsAreKeptWithTheirReasonUpToABound) {
    log::memory_log log(settings_of(0, 1));
    const story::case_name of;
    log.store(of.id(), story::submitted(of).SerializeAsString());
    for (std::uint32_t i = 0; i < refused_kept_max + 30; ++i) {
        log.store(of.id(), story::submitted(of, "别人 " + std::to_string(i)).SerializeAsString());
    }
    store::memory_view_store store;
    std::mt19937_64 random(1);
    project(log, store, random, 10, 0);
    const view reads(store);
    const auto row = reads.find(of.id()).value();
    ASSERT_TRUE(row);
    EXPECT_EQ(row->state.revision(), 1u);
    EXPECT_EQ(reads.refused_count(row->number).value(), refused_kept_max + 30);
    const auto events = reads.events(row->number).value();
    ASSERT_EQ(events.size(), 1 + refused_kept_max);
    EXPECT_TRUE(events.front().refused_code.empty());
    EXPECT_FALSE(events.front().record.dossier().empty());
    for (std::size_t i = 1; i < events.size(); ++i) {
        EXPECT_EQ(events[i].refused_code, "content_conflict");
        EXPECT_TRUE(events[i].record.dossier().empty()) << "personal data of a refused event";
        EXPECT_EQ(events[i].at.offset, i);
    }
}

std::string refusal_of(store::view_store& store, std::string_view identity, std::uint32_t partitions) {
    try {
        projection(store, {}).open(identity, partitions);
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return "";
}

// Kafka tells its identity only when a broker was reached: a gateway may start before.
TEST(Projection, LearnsTheLedgersIdentityWithTheFirstRecords) {
    log::memory_log log(settings_of(0, 1));
    store::memory_view_store store;
    {
        projection fold(store, {});
        fold.open("", 1);
        const auto reader = log.read(fold.next_offsets()).value();
        const story::case_name of;
        log.store(of.id(), story::submitted(of).SerializeAsString());
        const auto records = reader->next(0ms, 10).value();
        ASSERT_EQ(records.size(), 1u);
        EXPECT_TRUE(fold.confirm("ledger-1"));
        ASSERT_TRUE(fold.fold(records.front()));
        ASSERT_FALSE(fold.commit());
    }
    EXPECT_EQ(refusal_of(store, "ledger-1", 1), "");
    EXPECT_THAT(refusal_of(store, "ledger-2", 1), testing::HasSubstr("delete the view directory"));
    projection later(store, {});
    later.open("", 1);
    EXPECT_EQ(later.next_offsets(), std::vector<std::uint64_t>{1});
    EXPECT_FALSE(later.confirm("ledger-2"));
    EXPECT_TRUE(later.confirm("ledger-1"));
}

TEST(Projection, AViewOfAnotherFormatIsMadeAnew) {
    store::memory_view_store store;
    ASSERT_FALSE(projection(store, {}).open("ledger-1", 2));
    const auto fresh = store.rows();
    auto batch = store.new_batch();
    batch->put(rows::identity(), "\x63ledger-1");
    batch->put(rows::totals(), "of a form that nobody knows any more");
    batch->put(rows::position(7), "and more partitions than there are");
    ASSERT_FALSE(store.write(*batch));
    EXPECT_THAT(refusal_of(store, "ledger-2", 2), testing::HasSubstr("another ledger")) << "of another one nothing is erased";
    EXPECT_NE(store.rows(), fresh);
    projection fold(store, {});
    EXPECT_TRUE(fold.open("ledger-1", 2));
    EXPECT_EQ(store.rows(), fresh);
    EXPECT_EQ(fold.next_offsets(), (std::vector<std::uint64_t>{0, 0}));
    EXPECT_FALSE(projection(store, {}).open("ledger-1", 2)) << "once";
}

TEST(Projection, TakesNoRecordOfANewerVersion) {
    const story::case_name of;
    const auto unknown_field = [](google::protobuf::Message& in, int number) {
        in.GetReflection()->MutableUnknownFields(&in)->AddLengthDelimited(number)->assign("of tomorrow");
    };
    auto event = story::submitted(of);
    event.mutable_event()->clear_body();
    unknown_field(*event.mutable_event(), 150);
    auto rules = story::submitted(of);
    rules.set_clock_rules(cases::clock_rules_now + 1);
    v1::LedgerRecord fact;
    unknown_field(*fact.mutable_deliveries()->add_facts(), 30);
    auto file = story::submitted(of);
    unknown_field(*file.mutable_material_fact(), 30);
    for (const auto& newer : {event, rules, fact, file}) {
        EXPECT_TRUE(is_of_newer_version(newer)) << newer.ShortDebugString();
    }
    auto more_said = story::submitted(of);
    unknown_field(*more_said.mutable_event(), 150);
    auto nothing_said = story::submitted(of);
    nothing_said.mutable_event()->clear_body();
    for (const auto& known : {story::submitted(of), more_said, nothing_said}) {
        EXPECT_FALSE(is_of_newer_version(known)) << known.ShortDebugString();
    }

    log::memory_log log(settings_of(0, 1));
    log.store(of.id(), event.SerializeAsString());
    store::memory_view_store store;
    projection fold(store, {});
    fold.open(log.identity(), 1);
    const auto reader = log.read(fold.next_offsets()).value();
    const auto records = reader->next(0ms, 10).value();
    ASSERT_EQ(records.size(), 1u);
    EXPECT_EQ(fold.fold(records[0]).error(), make_error_code(record_errc::newer_version));
    EXPECT_EQ(fold.next_offsets(), std::vector<std::uint64_t>{0}) << "it is still to come";
}

TEST(Projection, RefusesAViewThatIsNotOfThisLedger) {
    using testing::HasSubstr;
    store::memory_view_store store;
    EXPECT_EQ(refusal_of(store, "ledger-1", 4), "");
    EXPECT_EQ(refusal_of(store, "ledger-1", 4), "");
    EXPECT_THAT(refusal_of(store, "ledger-2", 4), HasSubstr("delete the view directory"));
    EXPECT_THAT(refusal_of(store, "ledger-1", 5), HasSubstr("delete the view directory"));
    EXPECT_THAT(refusal_of(store, "ledger-1", 0), HasSubstr("0 partitions"));
    EXPECT_THAT(refusal_of(store, "ledger-1", 70000), HasSubstr("70000 partitions"));
}

} // namespace
} // namespace tongban::ledger
