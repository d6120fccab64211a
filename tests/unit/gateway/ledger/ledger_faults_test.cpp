// What an append is answered when the log or the view misbehaves: never a false success, never no answer.
#include "running_ledger.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

namespace tongban::ledger {
namespace {

using namespace std::chrono_literals;
using story::eventually;
using story::is_pending;
using story::running_ledger;
using ::testing::HasSubstr;

class LedgerFaults : public ::testing::Test {
protected:
    story::case_name numbered(int n) { return {"370800", "140400", "A-" + std::to_string(n)}; }
    std::size_t stored() {
        std::size_t sum = 0;
        for (const auto end : log.end(0ms).value()) {
            sum += end;
        }
        return sum;
    }
    log::memory_log log;
    store::memory_view_store rows;
    story::case_name of;
};

TEST_F(LedgerFaults, AnAcknowledgementThatComesAfterTheRecordWasReadIsNotNeeded) {
    running_ledger running(log, rows);
    log.hold_answers(true);
    EXPECT_TRUE(running.told(story::submitted(of)));
    log.hold_answers(false);
    EXPECT_TRUE(running.told(story::received(of)));
}

TEST_F(LedgerFaults, AnAcknowledgementThatNeverComesIsNotNeeded) {
    running_ledger running(log, rows);
    log.expect({.copies = 1, .answer = {}, .answered = false});
    EXPECT_TRUE(running.told(story::submitted(of)));
}

TEST_F(LedgerFaults, ARecordThatIsNeverReadEndsAsUnknownAndComesLateWithoutHarm) {
    running_ledger running(log, rows);
    log.hold_readers(true);
    EXPECT_EQ(running.append(story::submitted(of), 1ms).get().error(),
              log::make_error_code(log::errc::outcome_unknown));
    EXPECT_EQ(running->health().waiting, 0u);
    log.hold_readers(false);
    EXPECT_EQ(running.told(story::submitted(of))->verdict, cases::verdict::duplicate)
        << "it was stored after all";
    EXPECT_TRUE(running.metric_is("tongban_ledger_deadlines_passed_total 1"));
}

TEST_F(LedgerFaults, ALostRecordEndsAsUnknownAndTheSameAgainIsStoredOnce) {
    running_ledger running(log, rows);
    log.expect({.copies = 0, .answer = {}, .answered = false});
    EXPECT_EQ(running.append(story::submitted(of), 1ms).get().error(),
              log::make_error_code(log::errc::outcome_unknown));
    EXPECT_EQ(running.told(story::submitted(of))->verdict, cases::verdict::applied);
}

TEST_F(LedgerFaults, TheLogsRefusalIsPassedOnAsItIs) {
    running_ledger running(log, rows);
    for (const auto error : {log::errc::backlog_full, log::errc::unavailable, log::errc::outcome_unknown,
                             log::errc::too_large, log::errc::not_authorised, log::errc::disk_full}) {
        log.expect({.copies = 0, .answer = log::make_error_code(error)});
        EXPECT_EQ(running.told(story::submitted(of)).error(), log::make_error_code(error));
    }
    EXPECT_EQ(stored(), 0u);
    EXPECT_EQ(running.told(story::submitted(of))->verdict, cases::verdict::applied);
}

TEST_F(LedgerFaults, AnErrorForARecordThatWasStoredAllTheSameDoesNoHarm) {
    log.hold_readers(true);
    running_ledger running(log, rows);
    log.expect({.copies = 1, .answer = log::make_error_code(log::errc::outcome_unknown)});
    EXPECT_EQ(running.told(story::submitted(of)).error(), log::make_error_code(log::errc::outcome_unknown));
    log.hold_readers(false);
    EXPECT_EQ(running.told(story::submitted(of))->verdict, cases::verdict::duplicate);
    EXPECT_EQ(running->read().totals()->accepted(), 1);
}

TEST_F(LedgerFaults, ARecordTheProducerDoubledCountsOnce) {
    running_ledger running(log, rows);
    log.expect({.copies = 2, .answer = {}});
    EXPECT_EQ(running.told(story::submitted(of))->verdict, cases::verdict::applied);
    ASSERT_FALSE(running.catch_up().get());
    EXPECT_EQ(stored(), 2u);
    const auto row = running->read().find(of.id()).value();
    EXPECT_EQ(row->state.event_count(), 1u);
    EXPECT_EQ(running->read().events(row->number)->size(), 1u);
}

// What an older replica meets while others are upgraded.
TEST_F(LedgerFaults, StandsBeforeARecordOfANewerVersionAndAnswersNothingMore) {
    log.store(of.id(), story::submitted(of).SerializeAsString());
    auto newer = story::received(of);
    newer.mutable_event()->clear_body();
    newer.event().GetReflection()->MutableUnknownFields(newer.mutable_event())->AddLengthDelimited(150)->assign("event of tomorrow");
    log.store(of.id(), newer.SerializeAsString());
    log.store(of.id(), story::received(of).SerializeAsString());
    running_ledger running(log, rows);
    EXPECT_TRUE(eventually([&] { return running->health().reason.find("newer version") != std::string::npos; }))
        << running->health().reason;
    EXPECT_FALSE(running->health().ready);
    const auto row = running->read().find(of.id()).value();
    ASSERT_TRUE(row) << "what came before it is shown";
    EXPECT_EQ(row->state.status(), v1::CASE_STATUS_QUEUED) << "and nothing behind it";
    const auto before = stored();
    EXPECT_EQ(running.told(story::submitted(numbered(1))).error(), log::make_error_code(log::errc::unavailable));
    EXPECT_EQ(stored(), before) << "what could not be answered is not appended";
}

TEST_F(LedgerFaults, TooManyWaitersAreRefusedAtOnce) {
    ledger_settings settings;
    settings.waiting_max = 3;
    running_ledger running(log, rows, settings);
    log.hold_readers(true);
    std::vector<std::future<story::append_outcome>> held;
    for (int i = 0; i < 3; ++i) {
        held.push_back(running.append(story::submitted(numbered(i))));
    }
    EXPECT_EQ(running.told(story::submitted(numbered(3))).error(),
              log::make_error_code(log::errc::backlog_full));
    EXPECT_TRUE(running.metric_is("tongban_ledger_limit_total{limit=\"waiting\"} 1"));
    log.hold_readers(false);
    for (auto& each : held) {
        EXPECT_TRUE(each.get());
    }
    EXPECT_EQ(stored(), 3u) << "what is refused is not appended";
    EXPECT_TRUE(running.told(story::submitted(numbered(3))));
}

TEST_F(LedgerFaults, TooManyWhoWaitForAChangeAreToldSoAtOnce) {
    ledger_settings settings;
    settings.waiting_max = 2;
    running_ledger running(log, rows, settings);
    auto first = running.inbox_changed("140400");
    auto second = running.inbox_changed("140400");
    EXPECT_EQ(running.inbox_changed("140400").get().error(), log::make_error_code(log::errc::backlog_full))
        << "\"unchanged\" would be asked again at once";
    EXPECT_TRUE(running.metric_is("tongban_ledger_limit_total{limit=\"waiting\"} 1"));
    ASSERT_TRUE(running.told(story::submitted(of)));
    EXPECT_TRUE(first.get().value());
    EXPECT_TRUE(second.get().value());
}

TEST_F(LedgerFaults, AStopAnswersWhoWaitsAndRefusesWhoComes) {
    running_ledger running(log, rows);
    log.hold_readers(true);
    auto waiting = running.append(story::submitted(of));
    ASSERT_TRUE(eventually([&] { return stored() == 1; }));
    running->stop();
    EXPECT_EQ(waiting.get().error(), log::make_error_code(log::errc::outcome_unknown));
    EXPECT_EQ(running.told(story::submitted(of)).error(), log::make_error_code(log::errc::closed));
    EXPECT_EQ(running.catch_up().get(), log::make_error_code(log::errc::closed));
    EXPECT_EQ(running.inbox_changed("140400").get().error(), log::make_error_code(log::errc::closed));
    EXPECT_EQ(stored(), 1u);
}

TEST_F(LedgerFaults, AnUnreachableLogShowsInHealthAndIsReadOnWhenItReturns) {
    running_ledger running(log, rows);
    ASSERT_TRUE(eventually([&] { return running->health().ready; }));
    log.fail(log::errc::unavailable);
    ASSERT_TRUE(eventually([&] { return !running->health().ready; }));
    EXPECT_THAT(running->health().reason, HasSubstr("ledger"));
    EXPECT_FALSE(running->health().failed);
    EXPECT_EQ(running.told(story::submitted(of)).error(), log::make_error_code(log::errc::unavailable));
    log.fail(std::nullopt);
    EXPECT_TRUE(running.told(story::submitted(of)));
    EXPECT_TRUE(eventually([&] { return running->health().ready; })) << running->health().reason;
}

TEST_F(LedgerFaults, AFullViewDiskGivesNoFalseAnswerAndGoesOnWhenSpaceReturns) {
    running_ledger running(log, rows);
    ASSERT_TRUE(running.told(story::submitted(numbered(0))));
    rows.fail_writes(store::errc::disk_full, 1'000'000);
    log.hold_readers(true); // both are stored before the view's disk is known to be full
    auto waiting = running.append(story::submitted(numbered(1)));
    auto impatient = running.append(story::submitted(numbered(2)), 1ms);
    ASSERT_TRUE(eventually([&] { return stored() == 3; }));
    log.hold_readers(false);
    EXPECT_EQ(impatient.get().error(), log::make_error_code(log::errc::outcome_unknown));
    ASSERT_TRUE(eventually([&] { return rows.writes_failed() > 1; })) << "retried";
    ASSERT_TRUE(eventually([&] { return !running->health().ready; }));
    EXPECT_THAT(running->health().reason, HasSubstr("no space left for the view"));
    EXPECT_FALSE(running->health().failed);
    EXPECT_TRUE(is_pending(waiting));
    const auto before = stored();
    EXPECT_EQ(running.told(story::submitted(numbered(3))).error(),
              log::make_error_code(log::errc::disk_full));
    EXPECT_EQ(stored(), before) << "refused means not stored";
    rows.fail_writes(store::errc::disk_full, 0);
    EXPECT_EQ(waiting.get()->verdict, cases::verdict::applied);
    EXPECT_TRUE(eventually([&] { return running->health().ready; })) << running->health().reason;
    EXPECT_EQ(running.told(story::submitted(numbered(2)))->verdict, cases::verdict::duplicate);
    EXPECT_TRUE(running.told(story::submitted(numbered(3))));
}

TEST_F(LedgerFaults, AStopDuringAFullDiskEndsAndLosesNothing) {
    {
        running_ledger running(log, rows);
        rows.fail_writes(store::errc::disk_full, 1'000'000);
        auto waiting = running.append(story::submitted(of));
        ASSERT_TRUE(eventually([&] { return rows.writes_failed() > 0; }));
        running->stop();
        EXPECT_EQ(waiting.get().error(), log::make_error_code(log::errc::outcome_unknown));
    }
    rows.fail_writes(store::errc::disk_full, 0);
    running_ledger again(log, rows);
    EXPECT_EQ(again.told(story::submitted(of))->verdict, cases::verdict::duplicate);
}

TEST_F(LedgerFaults, ABrokenViewStopsTheProjectionForGoodAndSaysSo) {
    std::atomic<int> called = 0;
    ledger_settings settings;
    settings.on_failed = [&](const std::string&) { ++called; };
    running_ledger running(log, rows, settings);
    ASSERT_TRUE(running.told(story::submitted(numbered(0))));
    rows.fail_writes(store::errc::failed, 1);
    EXPECT_EQ(running.told(story::submitted(numbered(1))).error(),
              log::make_error_code(log::errc::outcome_unknown));
    ASSERT_TRUE(eventually([&] { return called == 1; }));
    EXPECT_TRUE(running->health().failed);
    EXPECT_FALSE(running->health().ready);
    EXPECT_THAT(running->health().reason, HasSubstr("view"));
    EXPECT_EQ(running.told(story::submitted(numbered(2))).error(), log::make_error_code(log::errc::closed));
    running->stop();
    running_ledger again(log, rows);
    EXPECT_EQ(again.told(story::submitted(numbered(1)))->verdict, cases::verdict::duplicate)
        << "durable all the same";
}

TEST_F(LedgerFaults, ALostPositionStopsTheProjectionForGood) {
    running_ledger running(log, rows);
    ASSERT_TRUE(running.told(story::submitted(of)));
    for (std::uint32_t p = 0; p < log.partition_count(); ++p) {
        log.truncate(p, 0);
    }
    log.store(of.id(), story::received(of).SerializeAsString()); // wakes the reader
    log.truncate(0, 0);
    log.truncate(1, 0);
    log.truncate(2, 0);
    log.truncate(3, 0);
    ASSERT_TRUE(eventually([&] { return running->health().failed; }));
    EXPECT_THAT(running->health().reason, HasSubstr("ledger cannot be read"));
}

TEST_F(LedgerFaults, AViewAheadOfALogThatAnswersOnlyLaterIsFoundOut) {
    {
        running_ledger first(log, rows);
        ASSERT_TRUE(first.told(story::submitted(of)));
    }
    log::memory_log empty; // the same name, other records
    empty.fail(log::errc::unavailable);
    running_ledger second(empty, rows);
    EXPECT_FALSE(second->health().ready);
    empty.fail(std::nullopt);
    ASSERT_TRUE(eventually([&] { return second->health().failed; }));
    EXPECT_THAT(second->health().reason, ::testing::AnyOf(HasSubstr("ahead"), HasSubstr("cannot be read")));
}

// One flow, the view failing at each of its writes in turn: every answer is true.
class LedgerFaultAtWrite : public ::testing::TestWithParam<std::size_t> {};

TEST_P(LedgerFaultAtWrite, DiskFullAtThisWriteDelaysAndChangesNothing) {
    log::memory_log log;
    store::memory_view_store rows;
    const story::case_name of;
    running_ledger running(log, rows);
    rows.fail_write_after(GetParam(), store::errc::disk_full);
    for (const auto& record : {story::submitted(of), story::received(of), story::accepted(of),
                               story::decided(of), story::closed(of)}) {
        auto outcome = running.told(record);
        while (outcome.has_error()) {
            // Refused while the disk is full: told so, and sent again as a client would.
            ASSERT_EQ(outcome.error(), log::make_error_code(log::errc::disk_full));
            outcome = running.told(record);
        }
        ASSERT_EQ(outcome->verdict, cases::verdict::applied);
        ASSERT_EQ(running->read().find(of.id()).value()->state.status(), outcome->state.status());
    }
    EXPECT_EQ(running->read().totals()->closed(), 1);
    EXPECT_EQ(rows.writes_failed(), 1u);
}

INSTANTIATE_TEST_SUITE_P(EachWrite, LedgerFaultAtWrite, ::testing::Range<std::size_t>(0, 5));

} // namespace
} // namespace tongban::ledger
