// The contract of connectors/log/event_log.hpp, test by test.
#include "tests/contract/event_log_contract.hpp"

#include "connectors/log/partition_of.hpp"

#include <gmock/gmock.h>

#include <future>
#include <map>
#include <thread>

namespace tongban::log::contract {

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(event_log_contract);

using namespace std::chrono_literals;
using testing::Each;
using testing::HasSubstr;
using testing::SizeIs;

const boost::system::error_code no_error;

TEST_P(event_log_contract, GivesBackWhatWasAppended) {
    const auto log = place().open({});
    const std::string binary("\0\xff\n\xe4\xb8\xad", 6);
    const auto before = std::chrono::system_clock::now() - 1s;
    ASSERT_EQ(append_and_wait(*log, "case-1", "first"), no_error);
    ASSERT_EQ(append_and_wait(*log, "", ""), no_error);
    ASSERT_EQ(append_and_wait(*log, "case-2", binary), no_error);
    const auto records = read_all(*log, 3);
    ASSERT_THAT(records, SizeIs(3));
    EXPECT_EQ(records[0].key, "case-1");
    EXPECT_EQ(records[0].value, "first");
    EXPECT_EQ(records[1].key, "");
    EXPECT_EQ(records[1].value, "");
    EXPECT_EQ(records[2].value, binary);
    EXPECT_LT(records[0].at.offset, records[1].at.offset);
    EXPECT_LT(records[1].at.offset, records[2].at.offset);
    EXPECT_GT(records[0].recorded_at, before);
    EXPECT_LT(records[2].recorded_at, std::chrono::system_clock::now() + 1s);
}

TEST_P(event_log_contract, IsReadyWithoutBacklogWhenOpen) {
    const auto log = place().open({.partitions = 3});
    const log_health health = log->health();
    EXPECT_TRUE(health.ready);
    EXPECT_EQ(health.reason, "");
    EXPECT_EQ(health.backlog, 0u);
    EXPECT_EQ(log->partition_count(), 3u);
    EXPECT_NE(log->identity(), "");
}

TEST_P(event_log_contract, EndIsOnePastTheNewestRecord) {
    const auto log = place().open({.partitions = 2});
    EXPECT_EQ(log->end(10s).value(), (std::vector<std::uint64_t>{0, 0}));
    ASSERT_EQ(append_and_wait(*log, "case-1", "first"), no_error);
    ASSERT_EQ(append_and_wait(*log, "case-1", "second"), no_error);
    const auto records = read_all(*log, 2);
    ASSERT_THAT(records, SizeIs(2));
    auto expected = std::vector<std::uint64_t>{0, 0};
    expected[records[1].at.partition] = records[1].at.offset + 1;
    EXPECT_EQ(log->end(10s).value(), expected);
}

TEST_P(event_log_contract, KeepsTheOrderOfEachKeyWithManyAppenders) {
    constexpr int appenders = 4, keys_each = 5, rounds = 60;
    const auto log = place().open({.partitions = 4});
    report_collector reports;
    {
        std::vector<std::jthread> threads;
        for (int a = 0; a < appenders; ++a)
            threads.emplace_back([&, a] {
                for (int round = 0; round < rounds; ++round)
                    for (int k = 0; k < keys_each; ++k)
                        log->append("case-" + std::to_string(a) + "-" + std::to_string(k),
                                    std::to_string(round), reports.expect());
            });
    }
    EXPECT_THAT(reports.wait(), Each(no_error));
    std::map<std::string, int> next;
    std::map<std::uint32_t, std::uint64_t> offsets;
    for (const owned_record& r : read_all(*log, appenders * keys_each * rounds)) {
        EXPECT_EQ(r.value, std::to_string(next[r.key]++)) << r.key;
        EXPECT_EQ(r.at.partition, partition_of(r.key, 4)) << r.key;
        const auto [known, fresh] = offsets.try_emplace(r.at.partition, r.at.offset);
        EXPECT_TRUE(fresh || known->second < r.at.offset);
        known->second = r.at.offset;
    }
    EXPECT_THAT(next, SizeIs(appenders * keys_each));
    for (const auto& [key, count] : next)
        EXPECT_EQ(count, rounds) << key;
    EXPECT_TRUE(backlog_settles(*log));
}

TEST_P(event_log_contract, ReadsFromGivenPositions) {
    const auto log = place().open({});
    for (int i = 0; i < 10; ++i)
        ASSERT_EQ(append_and_wait(*log, "case", std::to_string(i)), no_error);
    const auto all = read_all(*log, 10);
    ASSERT_THAT(all, SizeIs(10));
    const auto reader = log->read({all[7].at.offset});
    ASSERT_TRUE(reader.has_value());
    const auto rest = read_records(**reader, 3);
    ASSERT_THAT(rest, SizeIs(3));
    EXPECT_EQ(rest[0].value, "7");
    EXPECT_EQ(rest[2].value, "9");
    EXPECT_TRUE((*reader)->next(10ms, 10).value().empty());
}

TEST_P(event_log_contract, GivesNoMoreRecordsThanAskedFor) {
    const auto log = place().open({});
    report_collector reports;
    for (int i = 0; i < 50; ++i)
        log->append("case", std::to_string(i), reports.expect());
    EXPECT_THAT(reports.wait(), Each(no_error));
    const auto reader = reader_from_start(*log);
    int expected = 0;
    while (expected < 50) {
        const auto came = reader->next(10s, 7);
        ASSERT_TRUE(came.has_value());
        ASSERT_FALSE(came->empty()) << "after " << expected;
        ASSERT_LE(came->size(), 7u);
        for (const record& r : *came)
            EXPECT_EQ(r.value, std::to_string(expected++));
    }
    EXPECT_EQ(expected, 50);
}

TEST_P(event_log_contract, WaitingReaderGetsWhatIsAppended) {
    const auto log = place().open({.partitions = 3});
    const auto reader = reader_from_start(*log);
    EXPECT_TRUE(reader->next(1ms, 10).value().empty());
    for (const std::string value : {"first", "second", "third"}) {
        auto came = std::async(std::launch::async, [&] { return read_records(*reader, 1); });
        ASSERT_EQ(append_and_wait(*log, value, value), no_error);
        const auto records = came.get();
        ASSERT_THAT(records, SizeIs(1));
        EXPECT_EQ(records[0].value, value);
    }
}

TEST_P(event_log_contract, WakeEndsAWaitingNext) {
    const auto log = place().open({});
    const auto reader = reader_from_start(*log);
    const auto began = std::chrono::steady_clock::now();
    auto waiting = std::async(std::launch::async, [&] { return reader->next(60s, 10).value().size(); });
    // A wake that comes before the wait begins must end it just the same.
    reader->wake();
    EXPECT_EQ(waiting.get(), 0u);
    EXPECT_LT(std::chrono::steady_clock::now() - began, 30s);
    ASSERT_EQ(append_and_wait(*log, "case", "after"), no_error);
    EXPECT_THAT(read_records(*reader, 1), SizeIs(1));
}

TEST_P(event_log_contract, ReadersAreIndependent) {
    const auto log = place().open({});
    const auto early = reader_from_start(*log);
    ASSERT_EQ(append_and_wait(*log, "case", "first"), no_error);
    EXPECT_THAT(read_records(*early, 1), SizeIs(1));
    const auto late = reader_from_start(*log);
    ASSERT_EQ(append_and_wait(*log, "case", "second"), no_error);
    const auto from_late = read_records(*late, 2);
    const auto from_early = read_records(*early, 1);
    ASSERT_THAT(from_late, SizeIs(2));
    ASSERT_THAT(from_early, SizeIs(1));
    EXPECT_EQ(from_early[0].value, "second");
    EXPECT_EQ(from_late[1].at, from_early[0].at);
}

TEST_P(event_log_contract, ReaderCatchesUpWhileRecordsKeepComing) {
    constexpr std::size_t before = 4000, during = 4000;
    const auto log = place().open({.partitions = 2});
    report_collector reports;
    const auto append = [&](std::size_t number) {
        std::string value = std::to_string(number);
        value.resize(500, ' ');
        log->append("case-" + std::to_string(number % 10), std::move(value), reports.expect());
    };
    for (std::size_t i = 0; i < before; ++i)
        append(i);
    EXPECT_THAT(reports.wait(), Each(no_error));
    std::jthread appender([&] {
        for (std::size_t i = before; i < before + during; ++i)
            append(i);
    });
    std::map<std::string, std::size_t> next;
    std::size_t seen = 0;
    for (const owned_record& r : read_all(*log, before + during)) {
        const auto known = next.try_emplace(r.key, std::stoul(r.key.substr(5))).first;
        ASSERT_EQ(std::stoul(r.value), known->second) << r.key;
        known->second += 10;
        ++seen;
    }
    EXPECT_EQ(seen, before + during);
    appender.join();
    EXPECT_THAT(reports.wait(), Each(no_error));
}

TEST_P(event_log_contract, RefusesWhatIsTooLargeAndTakesTheLargest) {
    const auto log = place().open({.record_bytes_max = 10000});
    EXPECT_EQ(append_and_wait(*log, "case", std::string(9997, 'x')), errc::too_large);
    EXPECT_EQ(append_and_wait(*log, "case", std::string(9996, 'x')), no_error);
    const auto records = read_all(*log, 1);
    ASSERT_THAT(records, SizeIs(1));
    EXPECT_EQ(records[0].value.size(), 9996u);
}

TEST_P(event_log_contract, RefusesAtOnceWhenTheBacklogIsFull) {
    const auto log = place().open({.backlog_records_max = 4});
    // The log's own thread is held in the report of the first append: nothing leaves the backlog meanwhile.
    std::promise<void> held, release;
    report_collector reports;
    log->append("case", "0", [&, done = reports.expect()](boost::system::error_code code) {
        done(code);
        held.set_value();
        release.get_future().wait();
    });
    held.get_future().wait();
    for (int i = 1; i < 4; ++i)
        log->append("case", std::to_string(i), reports.expect());
    EXPECT_EQ(append_and_wait(*log, "case", "too many"), errc::backlog_full);
    EXPECT_EQ(log->health().backlog, 4u);
    release.set_value();
    EXPECT_THAT(reports.wait(), Each(no_error));
    EXPECT_TRUE(backlog_settles(*log));
    EXPECT_EQ(append_and_wait(*log, "case", "4"), no_error);
    const auto records = read_all(*log, 5);
    ASSERT_THAT(records, SizeIs(5));
    EXPECT_EQ(records[4].value, "4");
}

TEST_P(event_log_contract, BoundsTheBacklogInBytesToo) {
    const auto log = place().open({.backlog_bytes_max = 3000});
    std::promise<void> held, release;
    report_collector reports;
    log->append("case", std::string(1000, 'x'), [&, done = reports.expect()](boost::system::error_code code) {
        done(code);
        held.set_value();
        release.get_future().wait();
    });
    held.get_future().wait();
    log->append("case", std::string(1000, 'y'), reports.expect());
    EXPECT_EQ(append_and_wait(*log, "case", std::string(1000, 'z')), errc::backlog_full);
    release.set_value();
    EXPECT_THAT(reports.wait(), Each(no_error));
}

TEST_P(event_log_contract, ReopenedHasEverythingAndGoesOnInTimeAndOrder) {
    std::string identity;
    std::vector<std::uint64_t> ends;
    {
        const auto log = place().open({.partitions = 2});
        identity = log->identity();
        for (int i = 0; i < 20; ++i)
            ASSERT_EQ(append_and_wait(*log, "case-" + std::to_string(i % 4), std::to_string(i)), no_error);
        ends = log->end(10s).value();
    }
    const auto log = place().open({.partitions = 2});
    EXPECT_EQ(log->identity(), identity);
    EXPECT_EQ(log->end(10s).value(), ends);
    for (int i = 20; i < 40; ++i)
        ASSERT_EQ(append_and_wait(*log, "case-" + std::to_string(i % 4), std::to_string(i)), no_error);
    std::map<std::uint32_t, owned_record> last;
    std::map<std::string, int> next{{"case-0", 0}, {"case-1", 1}, {"case-2", 2}, {"case-3", 3}};
    const auto records = read_all(*log, 40);
    ASSERT_THAT(records, SizeIs(40));
    for (const owned_record& r : records) {
        EXPECT_EQ(r.value, std::to_string(next[r.key])) << r.key;
        next[r.key] += 4;
        if (const auto known = last.find(r.at.partition); known != last.end()) {
            EXPECT_LT(known->second.at.offset, r.at.offset);
            EXPECT_LE(known->second.recorded_at, r.recorded_at);
        }
        last[r.at.partition] = r;
    }
}

TEST_P(event_log_contract, IdentitiesDiffer) {
    const auto other = another_place();
    EXPECT_NE(place().open({})->identity(), other->open({})->identity());
}

TEST_P(event_log_contract, RefusesAnotherPartitionCount) {
    place().open({.partitions = 3});
    try {
        place().open({.partitions = 2});
        FAIL() << "opened with another partition count";
    } catch (const std::runtime_error& refusal) {
        EXPECT_THAT(refusal.what(), HasSubstr("3 partitions"));
        EXPECT_THAT(refusal.what(), HasSubstr("2"));
    }
    EXPECT_EQ(place().open({.partitions = 3})->partition_count(), 3u);
}

// A position beyond the end belongs to another ledger, or acknowledged records were lost.
TEST_P(event_log_contract, PositionBeyondTheEndIsLost) {
    const auto log = place().open({});
    ASSERT_EQ(append_and_wait(*log, "case", "only"), no_error);
    const auto reader = log->read({5});
    if (!reader) {
        EXPECT_EQ(reader.error(), errc::position_lost);
        return;
    }
    boost::system::error_code seen;
    for (int i = 0; i < 100 && !seen; ++i)
        if (const auto came = (*reader)->next(200ms, 10); !came)
            seen = came.error();
    EXPECT_EQ(seen, errc::position_lost);
    EXPECT_EQ((*reader)->next(200ms, 10).error(), errc::position_lost)
        << "the second answer must be the same";
}

TEST_P(event_log_contract, PositionsForAnotherPartitionCountAreLost) {
    const auto log = place().open({.partitions = 2});
    EXPECT_EQ(log->read({0}).error(), errc::position_lost);
    EXPECT_EQ(log->read({0, 0, 0}).error(), errc::position_lost);
}

TEST_P(event_log_contract, ClosedLogRefusesAndHasReportedEverything) {
    report_collector reports;
    const auto log = place().open({});
    for (int i = 0; i < 500; ++i)
        log->append("case", std::to_string(i), reports.expect());
    log->close(30s);
    EXPECT_EQ(reports.reported(), 500u);
    EXPECT_THAT(reports.wait(), Each(no_error));
    EXPECT_EQ(append_and_wait(*log, "case", "late"), errc::closed);
    EXPECT_FALSE(log->health().ready);
    EXPECT_NE(log->health().reason, "");
    log->close(30s);
    // What is in the log can be read on.
    EXPECT_THAT(read_all(*log, 500), SizeIs(500));
}

TEST_P(event_log_contract, ClosingWithoutTimeReportsEveryAppendAsStoredOrUnknown) {
    report_collector reports;
    {
        const auto log = place().open({});
        for (int i = 0; i < 2000; ++i)
            log->append("case", std::to_string(i), reports.expect());
        log->close(0ms);
        EXPECT_EQ(reports.reported(), 2000u);
    }
    const auto codes = reports.wait();
    std::size_t stored = 0;
    for (const auto& code : codes) {
        EXPECT_TRUE(code == no_error || code == errc::outcome_unknown) << code.message();
        stored += code == no_error ? 1 : 0;
    }
    // The acknowledged ones are there.
    std::map<std::string, int> found;
    const auto log = place().open({});
    for (const owned_record& r : read_all(*log, log->end(10s).value()[0]))
        ++found[r.value];
    EXPECT_GE(found.size(), stored);
    for (std::size_t i = 0; i < codes.size(); ++i) {
        if (!codes[i]) {
            EXPECT_EQ(found[std::to_string(i)], 1) << i;
        }
    }
}

TEST_P(event_log_contract, DestructionReportsWhatIsUnderWay) {
    report_collector reports;
    {
        const auto log = place().open({});
        for (int i = 0; i < 100; ++i)
            log->append("case", std::to_string(i), reports.expect());
    }
    EXPECT_EQ(reports.reported(), 100u);
}

} // namespace tongban::log::contract
