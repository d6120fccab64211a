// Append, project, answer: an answer means durable and readable here.
#include "running_ledger.hpp"

#include "gateway/ledger/ledger_metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tongban::ledger {
namespace {

using namespace std::chrono_literals;
using story::eventually;
using story::is_pending;
using story::running_ledger;
using ::testing::HasSubstr;
using ::testing::Not;

class Ledger : public ::testing::Test {
protected:
    story::case_name numbered(int n) { return {"370800", "140400", "A-" + std::to_string(n)}; }
    log::memory_log log;
    store::memory_view_store rows;
    story::case_name of;
};

TEST_F(Ledger, WhatWasAnsweredCanBeRead) {
    running_ledger running(log, rows);
    const auto outcome = running.told(story::submitted(of));
    ASSERT_TRUE(outcome) << outcome.error().message();
    EXPECT_EQ(outcome->verdict, cases::verdict::applied);
    EXPECT_EQ(outcome->state.status(), v1::CASE_STATUS_QUEUED);
    EXPECT_EQ(outcome->at.offset, 0u);
    EXPECT_GT(outcome->recorded_at.time_since_epoch().count(), 0);
    EXPECT_EQ(running->read().find(of.id()).value()->state.status(), v1::CASE_STATUS_QUEUED);
}

TEST_F(Ledger, AnswersWithTheStateAfterTheRecordNotAfterTheBatch) {
    log.hold_readers(true); // one batch for all three
    running_ledger running(log, rows);
    auto first = running.append(story::submitted(of));
    auto again = running.append(story::submitted(of));
    auto second = running.append(story::received(of));
    EXPECT_TRUE(eventually([&] { return log.end(0ms).value() != std::vector<std::uint64_t>(4, 0); }));
    EXPECT_TRUE(is_pending(first)) << "durable is not yet readable";
    log.hold_readers(false);
    EXPECT_EQ(first.get()->state.status(), v1::CASE_STATUS_QUEUED);
    EXPECT_EQ(again.get()->verdict, cases::verdict::duplicate);
    EXPECT_EQ(second.get()->state.status(), v1::CASE_STATUS_DEST_RECEIVED);
}

TEST_F(Ledger, TheFirstOfTwoRivalsInTheLogWins) {
    running_ledger running(log, rows, {}, 2);
    ASSERT_TRUE(running.told(story::submitted(of)));
    auto one = running.append(story::claimed(of, "window-1"), story::long_enough, 0);
    auto two = running.append(story::claimed(of, "window-2"), story::long_enough, 1);
    const auto a = one.get().value();
    const auto b = two.get().value();
    const auto& loser = a.verdict == cases::verdict::applied ? b : a;
    const auto& winner = a.verdict == cases::verdict::applied ? a : b;
    EXPECT_EQ(winner.verdict, cases::verdict::applied);
    EXPECT_EQ(loser.verdict, cases::verdict::held_by_other);
    EXPECT_EQ(loser.state.lease().partner(), winner.state.lease().partner())
        << "the loser learns who holds it";
    EXPECT_LT(winner.at.offset, loser.at.offset);
}

boost::asio::awaitable<std::thread::id> thread_after_append(ledger& to, v1::LedgerRecord record) {
    const auto outcome = co_await to.append(record, std::chrono::steady_clock::now() + story::long_enough);
    EXPECT_TRUE(outcome);
    co_return std::this_thread::get_id();
}

TEST_F(Ledger, ResumesOnTheCallersExecutor) {
    running_ledger running(log, rows, {}, 3);
    for (int i = 0; i < 30; ++i) {
        auto& thread = running.thread(static_cast<std::size_t>(i % 3));
        auto id = boost::asio::co_spawn(thread.context,
                                        thread_after_append(*running, story::submitted(numbered(i))),
                                        boost::asio::use_future);
        EXPECT_EQ(id.get(), thread.id());
    }
}

TEST_F(Ledger, AnswersManyAtOnceEachItsOwn) {
    running_ledger running(log, rows, {}, 2);
    std::vector<std::future<story::append_outcome>> all;
    for (int i = 0; i < 3000; ++i) {
        all.push_back(running.append(story::submitted(numbered(i)), story::long_enough,
                                     static_cast<std::size_t>(i % 2)));
    }
    for (int i = 0; i < 3000; ++i) {
        const auto outcome = all[static_cast<std::size_t>(i)].get();
        ASSERT_TRUE(outcome) << i << ": " << outcome.error().message();
        ASSERT_EQ(outcome->state.source_case_no(), numbered(i).source_no);
    }
    EXPECT_EQ(running->read().totals()->accepted(), 3000);
    EXPECT_EQ(running->health().waiting, 0u);
}

TEST_F(Ledger, AnIntactViewIsNotReadAgain) {
    {
        running_ledger first(log, rows);
        for (int i = 0; i < 20; ++i) {
            ASSERT_TRUE(first.told(story::submitted(numbered(i))));
        }
    }
    EXPECT_EQ(rows.batches_since_flush(), 0u) << "a clean stop flushes";
    running_ledger second(log, rows);
    EXPECT_TRUE(eventually([&] { return second->health().ready; })) << second->health().reason;
    EXPECT_EQ(second->health().projected, 0u);
    EXPECT_EQ(second.told(story::submitted(numbered(3)))->verdict, cases::verdict::duplicate);
    EXPECT_EQ(second->health().projected, 1u);
}

TEST_F(Ledger, ADeletedViewComesBackEqual) {
    {
        running_ledger first(log, rows);
        for (int i = 0; i < 50; ++i) {
            ASSERT_TRUE(first.told(story::submitted(numbered(i))));
            ASSERT_TRUE(first.told(story::claimed(numbered(i), "window-1")));
        }
    }
    store::memory_view_store fresh;
    running_ledger second(log, fresh);
    EXPECT_TRUE(eventually([&] { return second->health().ready; }));
    EXPECT_EQ(second->health().projected, 100u);
    EXPECT_EQ(fresh.rows(), rows.rows());
}

TEST_F(Ledger, RefusesAViewOfAnotherLedgerOrAheadOfIt) {
    {
        running_ledger first(log, rows);
        ASSERT_TRUE(first.told(story::submitted(of)));
    }
    log::memory_log_settings another;
    another.identity = "another";
    log::memory_log other(another);
    monitoring::registry metrics;
    ledger wrong(other, rows, {}, metrics);
    EXPECT_THROW(wrong.start(), std::runtime_error);
    for (std::uint32_t p = 0; p < log.partition_count(); ++p) {
        log.truncate(p, 0);
    }
    monitoring::registry more_metrics;
    ledger ahead(log, rows, {}, more_metrics);
    try {
        ahead.start();
        FAIL() << "a view ahead of its ledger was taken";
    } catch (const std::runtime_error& error) {
        EXPECT_THAT(error.what(), HasSubstr("delete the view directory"));
    }
}

TEST_F(Ledger, IsReadyOnlyWhenItHasProjectedWhatWasThere) {
    for (int i = 0; i < 10; ++i) {
        log.store(numbered(i).id(), story::submitted(numbered(i)).SerializeAsString());
    }
    log.hold_readers(true);
    running_ledger running(log, rows);
    EXPECT_FALSE(running->health().ready);
    EXPECT_THAT(running->health().reason, HasSubstr("10 records"));
    EXPECT_EQ(running->health().lag_records, 10u);
    log.hold_readers(false);
    EXPECT_TRUE(eventually([&] { return running->health().ready; })) << running->health().reason;
    EXPECT_EQ(running->health().lag_records, 0u);
}

TEST_F(Ledger, CatchesUpWithWhatAnotherReplicaWrote) {
    running_ledger running(log, rows);
    log.hold_readers(true);
    log.store(of.id(), story::submitted(of).SerializeAsString());
    auto caught_up = running.catch_up();
    EXPECT_TRUE(is_pending(caught_up));
    log.hold_readers(false);
    EXPECT_FALSE(caught_up.get());
    EXPECT_TRUE(running->read().find(of.id()).value());
    EXPECT_FALSE(running.catch_up().get()) << "nothing new: at once";
}

TEST_F(Ledger, CatchUpsShareTheirQuestions) {
    running_ledger running(log, rows);
    ASSERT_FALSE(running.catch_up().get());
    const auto before = log.ends_asked();
    std::vector<std::future<boost::system::error_code>> all;
    std::promise<void> go;
    auto held = go.get_future().share();
    boost::asio::post(running.thread(0).context, [held] { held.wait(); }); // so that all ask in one go
    for (int i = 0; i < 500; ++i) {
        all.push_back(running.catch_up());
    }
    go.set_value();
    for (auto& each : all) {
        EXPECT_FALSE(each.get());
    }
    EXPECT_LT(log.ends_asked() - before, 400u);
}

TEST_F(Ledger, ACatchUpEndsAtItsDeadlineOrWithTheLogsError) {
    running_ledger running(log, rows);
    log.hold_readers(true);
    log.store(of.id(), story::submitted(of).SerializeAsString());
    EXPECT_EQ(running.catch_up(1ms).get(), log::make_error_code(log::errc::unavailable));
    log.fail(log::errc::not_authorised);
    EXPECT_EQ(running.catch_up().get(), log::make_error_code(log::errc::not_authorised));
    log.fail(std::nullopt);
}

TEST_F(Ledger, TellsWhoWaitsThatAnInboxChanged) {
    running_ledger running(log, rows);
    auto mine = running.inbox_changed("140400");
    auto other = running.inbox_changed("370200");
    EXPECT_TRUE(is_pending(mine));
    ASSERT_TRUE(running.told(story::submitted(of)));
    EXPECT_TRUE(mine.get().value());
    EXPECT_TRUE(is_pending(other));
    EXPECT_FALSE(running.inbox_changed("140400", 1ms).get().value()) << "nothing changed since";
    EXPECT_TRUE(running.inbox_changed("140400", story::long_enough, 0).get().value()) << "changed since version 0";
    const auto seen = running->inbox_version("140400");
    auto next = running.inbox_changed("140400", story::long_enough, seen);
    ASSERT_TRUE(running.told(story::claimed(of, "window-1")));
    EXPECT_TRUE(next.get().value()) << "a claim changes the inbox";
    running->stop();
    EXPECT_EQ(other.get().error(), log::make_error_code(log::errc::closed)) << "a stop ends the wait";
}

TEST_F(Ledger, MeasuresWhatItDoes) {
    running_ledger running(log, rows);
    ASSERT_TRUE(running.told(story::submitted(of)));
    ASSERT_TRUE(running.told(story::submitted(of)));
    ASSERT_TRUE(running.told(story::received(of)));
    ASSERT_TRUE(running.told(story::claimed(of, "window-1")));
    ASSERT_TRUE(eventually([&] { return running.metric_is("tongban_ledger_append_seconds_count 4"); }));
    for (const auto* line : {
             "tongban_ledger_append_to_readable_seconds_count 4",
             "tongban_case_events_total{dest=\"140400\",event=\"CASE_SUBMITTED\",origin=\"370800\"} 1",
             "tongban_ledger_records_total{verdict=\"applied\"} 3",
             "tongban_ledger_records_total{verdict=\"duplicate\"} 1",
             "tongban_stage_seconds_count{stage=\"collected_to_received\"} 1",
             "tongban_open_cases{dest=\"140400\",status=\"DEST_RECEIVED\"} 1",
             "tongban_cases{kind=\"accepted\"} 1",
             "tongban_inbox_cases{region=\"140400\"} 1",
             "tongban_leases_held 1",
             "tongban_ledger_lag_records 0",
             "tongban_ledger_waiting{what=\"append\"} 0",
         }) {
        EXPECT_TRUE(eventually([&] { return running.metric_is(line); })) << line << " not in\n"
                                                                         << running.metrics.render();
    }
    EXPECT_THAT(running.metrics.render(), HasSubstr("tongban_inbox_oldest_seconds{region=\"140400\"}"));
    EXPECT_THAT(running.metrics.render(), HasSubstr("tongban_view_size_bytes"));
}

// The machine's clock is a day ahead of the brokers'.
TEST_F(Ledger, CountsWhatWasRecordedSinceTheStartWhateverItsOwnClockSays) {
    log::memory_log behind({.clock = [] {
        return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()) - std::chrono::hours(24);
    }});
    behind.store(of.id(), story::submitted(of).SerializeAsString());
    running_ledger running(behind, rows);
    ASSERT_TRUE(running.told(story::received(of)));
    EXPECT_TRUE(eventually([&] {
        return running.metric_is("tongban_case_events_total{dest=\"140400\",event=\"DEST_RECEIVED\",origin=\"370800\"} 1");
    })) << running.metrics.render();
    EXPECT_THAT(running.metrics.render(), Not(HasSubstr("event=\"CASE_SUBMITTED\""))) << "what was there is no news";
}

TEST_F(Ledger, CountsWhatWasRefusedBeyondWhatACaseKeeps) {
    running_ledger running(log, rows);
    ASSERT_TRUE(running.told(story::submitted(of)));
    ASSERT_TRUE(running.told(story::claimed(of, "window-1")));
    for (std::uint32_t i = 0; i < refused_kept_max + 2; ++i) {
        ASSERT_TRUE(running.told(story::claimed(of, "window-" + std::to_string(i + 2))));
    }
    EXPECT_TRUE(eventually([&] { return running.metric_is("tongban_ledger_limit_total{limit=\"refused_kept\"} 2"); }))
        << running.metrics.render();
}

TEST(RegionLabels, AreBounded) {
    bounded_labels labels;
    std::set<std::string> given;
    for (int i = 100000; i < 101000; ++i) {
        given.insert(labels.label(std::to_string(i)));
    }
    EXPECT_EQ(given.size(), 301u);
    EXPECT_EQ(labels.label("100000"), "100000");
    EXPECT_EQ(labels.label("100999"), "other");
    EXPECT_EQ(labels.label(""), "none");
}

} // namespace
} // namespace tongban::ledger
