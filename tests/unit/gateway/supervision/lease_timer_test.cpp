// The end of a lease: by the log's time and no other, once in the ledger however many replicas say it, also after a restart.
#include "gateway/supervision/lease_timer.hpp"
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
using std::chrono::seconds;
using std::chrono::sys_time;
using std::chrono::milliseconds;

class LeaseTimer : public ::testing::Test {
protected:
    // A replica and its timer, which acts for every partition: so does the other replica's.
    struct replica {
        replica(log::event_log& log, store::view_store& rows)
            : of(log, rows), timer(*of, [](std::uint32_t) { return true; }, of.thread(0).context.get_executor(),
                                   {.tick = milliseconds(5), .batch_max = 500}) {
            timer.start();
        }
        ~replica() { end(timer, of); }
        story::running_ledger of;
        lease_timer timer;
    };

    // The timer looks at the ledger no more when this returns.
    static void end(lease_timer& timer, story::running_ledger& of) {
        timer.stop();
        auto& context = of.thread(0).context;
        std::promise<void> over;
        boost::asio::post(context, [&] { boost::asio::post(context, [&] { over.set_value(); }); });
        over.get_future().wait();
    }

    static log::memory_log_settings by_hand(std::atomic<std::int64_t>& now) {
        log::memory_log_settings settings;
        settings.clock = [&now] { return sys_time<milliseconds>(milliseconds(now.load())); };
        return settings;
    }

    // A claimed case, and what the replica thinks of it.
    story::case_name claimed(replica& at, const std::string& number, std::uint32_t lease_seconds) {
        const story::case_name of{"370800", "140400", number};
        EXPECT_TRUE(at.of.told(story::submitted(of)));
        EXPECT_EQ(at.of.told(story::claimed(of, "window-1", lease_seconds)).value().verdict, cases::verdict::applied);
        return of;
    }
    // Lets the log's time pass; a record tells it to the replica.
    void pass(replica& at, seconds time) {
        now += std::chrono::duration_cast<milliseconds>(time).count();
        EXPECT_TRUE(at.of.told(story::submitted({"370800", "140400", "T-" + std::to_string(++told)})));
    }
    static bool is_leased(replica& at, const story::case_name& of) {
        EXPECT_FALSE(at.of.catch_up().get());
        const auto found = at.of->read().find(of.id()).value();
        return found && found->state.has_lease();
    }
    // How often LEASE_EXPIRED took effect.
    static std::ptrdiff_t ends(replica& at, const story::case_name& of) {
        EXPECT_FALSE(at.of.catch_up().get());
        const auto found = at.of->read().find(of.id()).value();
        const auto timeline = ledger::view::lines_of(at.of->read().events(found->number).value());
        return std::count_if(timeline.begin(), timeline.end(), [](const v1::TimelineEntry& entry) {
            return entry.event() == "LEASE_EXPIRED" && entry.refused_code().empty();
        });
    }

    std::atomic<std::int64_t> now{
        std::chrono::floor<milliseconds>(std::chrono::system_clock::now()).time_since_epoch().count()};
    int told = 0;
    log::memory_log log{by_hand(now)};
    store::memory_view_store rows_a;
    store::memory_view_store rows_b;
};

TEST_F(LeaseTimer, EndsALeaseWhenTheLogsTimeHasComeAndNoOther) {
    replica a(log, rows_a);
    const auto brief = claimed(a, "A-1", 60);
    const auto longer = claimed(a, "A-2", 600);
    pass(a, seconds(61));
    EXPECT_TRUE(story::eventually([&] { return !is_leased(a, brief); }));
    EXPECT_TRUE(is_leased(a, longer));
    pass(a, seconds(600));
    EXPECT_TRUE(story::eventually([&] { return !is_leased(a, longer); }));
    EXPECT_EQ(ends(a, brief), 1);
    EXPECT_EQ(ends(a, longer), 1);
}

TEST_F(LeaseTimer, TwoOwnersAtOnceEndItOnce) {
    replica a(log, rows_a);
    replica b(log, rows_b);
    std::vector<story::case_name> all;
    for (int i = 0; i < 20; ++i) {
        all.push_back(claimed(i % 2 == 0 ? a : b, "B-" + std::to_string(i), 60));
    }
    pass(a, seconds(61));
    pass(b, seconds(0));
    for (const auto& of : all) {
        EXPECT_TRUE(story::eventually([&] { return !is_leased(a, of) && !is_leased(b, of); }));
        EXPECT_EQ(ends(a, of), 1) << of.source_no;
        EXPECT_EQ(ends(b, of), 1) << of.source_no;
    }
}

TEST_F(LeaseTimer, SurvivesARestart) {
    auto first = std::make_unique<replica>(log, rows_a);
    const auto of = claimed(*first, "C-1", 60);
    first.reset();
    replica again(log, rows_a);
    EXPECT_TRUE(is_leased(again, of));
    pass(again, seconds(61));
    EXPECT_TRUE(story::eventually([&] { return !is_leased(again, of); }));
    EXPECT_EQ(ends(again, of), 1);
}

TEST_F(LeaseTimer, LeavesWhatAnotherOwns) {
    story::running_ledger of(log, rows_a);
    std::atomic<bool> owned{false};
    std::atomic<int> asked{0};
    lease_timer timer(*of,
                      [&](std::uint32_t) {
                          ++asked;
                          return owned.load();
                      },
                      of.thread(0).context.get_executor(), {.tick = milliseconds(5), .batch_max = 500});
    timer.start();
    const story::case_name name{"370800", "140400", "D-1"};
    ASSERT_TRUE(of.told(story::submitted(name)));
    ASSERT_TRUE(of.told(story::claimed(name, "window-1", 60)));
    now += 61'000;
    ASSERT_TRUE(of.told(story::submitted({"370800", "140400", "D-2"})));
    const auto leased = [&] { return of->read().find(name.id()).value()->state.has_lease(); };
    EXPECT_TRUE(story::eventually([&] { return asked > 3; }));
    EXPECT_TRUE(leased());
    owned = true;
    EXPECT_TRUE(story::eventually([&] { return !leased(); }));
    end(timer, of);
}

} // namespace
} // namespace tongban::supervision
