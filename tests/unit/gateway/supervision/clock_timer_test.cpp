// What time brings, through a ledger: said when the log's own time has come, once however many replicas say it, also after
// a restart; found by its row; and due times reckoned anew when a calendar is published.
#include "gateway/supervision/clock_timer.hpp"

#include "gateway/calendar/calendar_source.hpp"
#include "gateway/cases/case_clocks.hpp"
#include "tests/unit/gateway/ledger/running_ledger.hpp"

#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <memory>

namespace tongban::supervision {
namespace {

namespace story = ledger::story;
using cases::day_of;
using cases::start_of;
using std::chrono::milliseconds;
using std::chrono::sys_time;

constexpr std::int64_t hour_ms = 3'600'000;

std::int64_t at(const char* day, int hour) {
    return start_of(*calendars::parse_day(day)) + hour * hour_ms;
}

class ClockTimer : public ::testing::Test {
protected:
    // A replica and its timer, which acts for every partition: so does the other replica's.
    struct replica {
        replica(log::event_log& log, store::view_store& rows, std::shared_ptr<const calendars::calendar_source> calendar)
            : of(log, rows, with(calendar)), timer(*of, calendar, [](std::uint32_t) { return true; },
                                                   of.thread(0).context.get_executor(), {.tick = milliseconds(5)}) {
            timer.start();
        }
        ~replica() {
            timer.stop();
            auto& context = of.thread(0).context;
            std::promise<void> over;
            boost::asio::post(context, [&] { boost::asio::post(context, [&] { over.set_value(); }); });
            over.get_future().wait();
        }
        static ledger::ledger_settings with(std::shared_ptr<const calendars::calendar_source> calendar) {
            ledger::ledger_settings settings;
            settings.calendar = std::move(calendar);
            return settings;
        }
        story::running_ledger of;
        clock_timer timer;
    };

    log::memory_log_settings by_hand() {
        log::memory_log_settings settings;
        settings.clock = [this] { return sys_time<milliseconds>(milliseconds(now.load())); };
        return settings;
    }
    static story::case_name name(const std::string& number) { return {"370800", "140400", number}; }

    static void tell(replica& to, v1::LedgerRecord record) {
        EXPECT_EQ(to.of.told(std::move(record)).value().verdict, cases::verdict::applied);
    }
    story::case_name received(replica& to, const std::string& number) {
        const auto of = name(number);
        tell(to, story::submitted(of));
        tell(to, story::received(of));
        return of;
    }
    // The log's time is another; a record tells it to the replica.
    void pass_to(replica& to, std::int64_t ms) {
        now = ms;
        tell(to, story::submitted(name("T-" + std::to_string(++told))));
    }
    static v1::CaseState state_of(replica& at, const story::case_name& of) {
        EXPECT_FALSE(at.of.catch_up().get());
        return at.of->read().find(of.id()).value()->state;
    }
    static bool is_accepted_and_red(replica& at, const story::case_name& of) {
        const auto state = state_of(at, of);
        return state.status() == v1::CASE_STATUS_ACCEPTED && state.clocks().band() == v1::SUPERVISION_BAND_RED;
    }
    // How often an event took effect.
    static std::ptrdiff_t times(replica& at, const story::case_name& of, const char* event) {
        EXPECT_FALSE(at.of.catch_up().get());
        const auto found = at.of->read().find(of.id()).value();
        const auto timeline = ledger::view::lines_of(at.of->read().events(found->number).value());
        return std::count_if(timeline.begin(), timeline.end(), [&](const v1::TimelineEntry& entry) {
            return entry.event() == event && entry.refused_code().empty();
        });
    }

    std::atomic<std::int64_t> now{at("2024-10-14", 10)};
    int told = 0;
    std::shared_ptr<calendars::calendar_source> calendar =
        std::make_shared<calendars::calendar_source>(calendars::calendar::built_in());
    log::memory_log log{by_hand()};
    store::memory_view_store rows_a;
    store::memory_view_store rows_b;
};

TEST_F(ClockTimer, AcceptsWhatNobodyToldInFiveDaysAndNotAMomentEarlier) {
    replica a(log, rows_a, calendar);
    const auto of = received(a, "A-1");
    pass_to(a, at("2024-10-21", 23));
    EXPECT_TRUE(story::eventually([&] { return state_of(a, of).clocks().band() == v1::SUPERVISION_BAND_YELLOW; }));
    EXPECT_EQ(state_of(a, of).status(), v1::CASE_STATUS_DEST_RECEIVED);
    pass_to(a, at("2024-10-22", 0) + 1);
    // Its promise of three days, counted from the receipt too, is over then: that is said next.
    EXPECT_TRUE(story::eventually([&] { return is_accepted_and_red(a, of); }));
    const auto state = state_of(a, of);
    EXPECT_EQ(state.clocks().accepted_ms(), at("2024-10-14", 10)) << "from the receipt on";
    EXPECT_EQ(state.clocks().calendar(), "2026.1") << "the gateway's own event has its days";
    EXPECT_EQ(times(a, of, "SUPERVISION_WARNING"), 2);
    EXPECT_EQ(times(a, of, "DEEMED_ACCEPTED"), 1);
}

TEST_F(ClockTimer, TwoOwnersAtOnceSayEverythingOnce) {
    replica a(log, rows_a, calendar);
    replica b(log, rows_b, calendar);
    std::vector<story::case_name> all;
    for (int i = 0; i < 20; ++i) {
        all.push_back(received(i % 2 == 0 ? a : b, "B-" + std::to_string(i)));
    }
    pass_to(a, at("2024-10-22", 1));
    pass_to(b, at("2024-10-22", 1));
    for (const auto& of : all) {
        for (auto* each : {&a, &b}) {
            EXPECT_TRUE(story::eventually([&] { return is_accepted_and_red(*each, of); }));
            EXPECT_EQ(times(*each, of, "DEEMED_ACCEPTED"), 1) << of.source_no;
            EXPECT_EQ(times(*each, of, "SUPERVISION_WARNING"), 2) << of.source_no;
        }
    }
}

TEST_F(ClockTimer, SurvivesARestartAlsoOneThatSleptOverIt) {
    auto first = std::make_unique<replica>(log, rows_a, calendar);
    const auto of = received(*first, "C-1");
    first.reset();
    now = at("2024-12-02", 10);
    replica again(log, rows_a, calendar);
    pass_to(again, at("2024-12-02", 10));
    EXPECT_TRUE(story::eventually([&] { return state_of(again, of).status() == v1::CASE_STATUS_ACCEPTED; }));
    EXPECT_EQ(times(again, of, "DEEMED_ACCEPTED"), 1);
}

TEST_F(ClockTimer, SaysOverdueOnceAndCountsTheBands) {
    replica a(log, rows_a, calendar);
    const auto of = received(a, "D-1");
    tell(a, story::accepted(of));
    ASSERT_NE(state_of(a, of).clocks().promise_due_ms(), 0);
    EXPECT_TRUE(a.of.metric_is("tongban_open_cases_by_band{band=\"BLUE\",dest=\"140400\"} 1")) << a.of.metrics.render();
    pass_to(a, at("2025-10-14", 10));
    EXPECT_TRUE(story::eventually([&] { return state_of(a, of).clocks().band() == v1::SUPERVISION_BAND_RED; }));
    EXPECT_EQ(times(a, of, "SUPERVISION_WARNING"), 2) << "yellow and red";
    EXPECT_TRUE(a.of.metric_is("tongban_open_cases_by_band{band=\"RED\",dest=\"140400\"} 1")) << a.of.metrics.render();
    EXPECT_TRUE(a.of->due_timers(0, now.load(), 10).empty()) << "nothing more to say";
}

TEST_F(ClockTimer, WhatIsDueIsToldToBothSides) {
    replica a(log, rows_a, calendar);
    const auto of = received(a, "E-1");
    pass_to(a, at("2024-10-22", 1));
    EXPECT_TRUE(story::eventually([&] { return is_accepted_and_red(a, of); }));
    const auto state = state_of(a, of);
    ASSERT_EQ(state.outbox_size(), 2);
    for (const auto& outbox : state.outbox()) {
        // The filing went to the destination, the receipt to the origin; two warnings and the acceptance to both.
        EXPECT_EQ(outbox.pending_size(), 4) << outbox.region();
    }
}

TEST_F(ClockTimer, ACalendarThatIsPublishedMakesDueTimesCertainOnce) {
    now = at("2026-12-28", 10);
    replica a(log, rows_a, calendar);
    replica b(log, rows_b, calendar);
    const auto of = received(a, "F-1");
    const auto before = state_of(a, of);
    EXPECT_EQ(day_of(before.clocks().notice_due_ms()), *calendars::parse_day("2027-01-05"));
    EXPECT_EQ(day_of(start_of(before.clocks().provisional_from())), *calendars::parse_day("2027-01-01"));
    EXPECT_TRUE(a.of.metric_is("tongban_provisional_cases 1"));
    const auto next = calendars::calendar::parse(
        "version: v2027\nyears:\n  2026:\n    notice: n\n"
        "    off: [2026-01-01/2026-01-03, 2026-02-10/2026-02-13, 2026-04-04, 2026-06-10, 2026-09-20,\n"
        "      2026-05-01/2026-05-05, 2026-10-01/2026-10-07]\n"
        "  2027:\n    notice: n\n    off: [2027-01-01/2027-01-04, 2027-02-10/2027-02-13, 2027-04-04, 2027-06-10, 2027-09-20,\n"
        "      2027-05-01/2027-05-05, 2027-10-01/2027-10-07]\n",
        "next.yaml");
    ASSERT_TRUE(next.value);
    calendar->set(next.value);
    EXPECT_TRUE(story::eventually([&] { return state_of(a, of).clocks().provisional_from() == 0; }));
    EXPECT_EQ(day_of(state_of(a, of).clocks().notice_due_ms()), *calendars::parse_day("2027-01-06"));
    EXPECT_TRUE(story::eventually([&] { return state_of(b, of).clocks().calendar() == "v2027"; }));
    EXPECT_EQ(times(b, of, "CALENDAR_REVISED"), 1);
    EXPECT_TRUE(a.of.metric_is("tongban_provisional_cases 0"));
}

TEST_F(ClockTimer, TheViewEqualsItsRebuild) {
    replica a(log, rows_a, calendar);
    for (int i = 0; i < 10; ++i) {
        const auto of = received(a, "G-" + std::to_string(i));
        if (i % 2 == 0) {
            tell(a, story::accepted(of));
        }
        if (i % 4 == 0) {
            tell(a, story::decided(of));
            tell(a, story::closed(of));
        }
    }
    pass_to(a, at("2024-11-22", 1));
    EXPECT_TRUE(story::eventually([&] { return a.of->due_timers(0, now.load(), 1).empty(); }));
    story::running_ledger rebuilt(log, rows_b);
    // A timer may still be on its way to say the next band, so that one of them is an event ahead for a moment.
    EXPECT_TRUE(story::eventually([&] {
        return !rebuilt.catch_up().get() && !a.of.catch_up().get() && rows_a.rows() == rows_b.rows();
    }));
}

} // namespace
} // namespace tongban::supervision
