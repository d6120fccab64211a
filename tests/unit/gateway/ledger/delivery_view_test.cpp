// What the view says of deliveries: queues, dead letters, the region's events, and totals that always add up.
#include "running_ledger.hpp"

#include "gateway/ledger/outbox_projection.hpp"
#include "gateway/ledger/projection.hpp"

#include <gmock/gmock.h>

#include <random>
#include <set>

namespace tongban::ledger::story {
namespace {

using testing::ElementsAre;

constexpr const char* region_a = "370800";
constexpr const char* region_b = "140400";

bool nobody(const due_delivery&) {
    return false;
}

// One partition, so that all is in one queue.
class DeliveryView : public testing::Test {
protected:
    DeliveryView() : log_(settings()), running_(log_, store_) {}

    static log::memory_log_settings settings() {
        log::memory_log_settings made;
        made.partitions = 1;
        made.clock = [] { return std::chrono::sys_time<std::chrono::milliseconds>(clock_); };
        return made;
    }

    std::vector<cases::delivery_verdict> tell(v1::DeliveryFact fact) {
        std::vector<cases::delivery_verdict> verdicts;
        for (const auto& each : running_.told(about_deliveries({std::move(fact)})).value().facts) {
            verdicts.push_back(each.verdict);
        }
        return verdicts;
    }
    std::vector<due_delivery> due(std::string_view region, std::int64_t now_ms, std::size_t limit = 100) {
        next_ms_ = 0;
        return running_->deliveries().due(region, 0, now_ms, limit, nobody, next_ms_).value();
    }
    v1::EventDelivery delivery(const case_name& of, std::uint32_t ordinal, std::string_view region) {
        return running_->deliveries().find(delivery_fact(of, ordinal, region).delivery()).value().value();
    }

    static inline std::chrono::milliseconds clock_{1'790'000'000'000};
    log::memory_log log_;
    store::memory_view_store store_;
    running_ledger running_;
    std::int64_t next_ms_ = 0;
};

TEST_F(DeliveryView, EventsWaitForTheOtherSideInTheirOrder) {
    const case_name one{region_a, region_b, "A-1"};
    const case_name two{region_a, region_b, "A-2"};
    ASSERT_TRUE(running_.told(submitted(one)));
    ASSERT_TRUE(running_.told(submitted(two)));
    ASSERT_TRUE(running_.told(received(one)));
    ASSERT_TRUE(running_.told(accepted(one)));
    EXPECT_EQ(due(region_b, clock_.count()).size(), 2u) << "both submissions";
    EXPECT_EQ(due(region_b, clock_.count(), 1).size(), 1u);
    const auto to_a = due(region_a, clock_.count());
    ASSERT_EQ(to_a.size(), 1u) << "of a case only the first event is to be delivered";
    EXPECT_EQ(to_a.front().ordinal, 2u);
    const auto event = running_->read().event_at(to_a.front().number, to_a.front().offset).value();
    ASSERT_TRUE(event);
    EXPECT_TRUE(event->record.event().has_dest_received());

    auto ack = delivery_fact(one, 2, region_a);
    ack.mutable_acknowledged();
    EXPECT_THAT(tell(ack), ElementsAre(cases::delivery_verdict::applied));
    EXPECT_THAT(tell(ack), ElementsAre(cases::delivery_verdict::not_pending));
    EXPECT_EQ(due(region_a, clock_.count()).front().ordinal, 3u);
    EXPECT_EQ(delivery(one, 2, region_a).status(), v1::DELIVERY_STATUS_ACKNOWLEDGED);
    EXPECT_EQ(delivery(one, 3, region_a).status(), v1::DELIVERY_STATUS_PENDING);
    const auto row = running_->read().find(one.id()).value().value();
    EXPECT_EQ(running_->deliveries().of_case(row).value().size(), 3u);
}

TEST_F(DeliveryView, WhatIsHandedOutComesBackWhenItsTimeIsOver) {
    const case_name one{region_a, region_b, "A-1"};
    ASSERT_TRUE(running_.told(submitted(one)));
    auto out = delivery_fact(one, 1, region_b);
    out.set_transport(v1::DELIVERY_TRANSPORT_PULL);
    out.mutable_handed_out()->set_visible_after_ms(30'000);
    EXPECT_THAT(tell(out), ElementsAre(cases::delivery_verdict::applied));
    EXPECT_TRUE(due(region_b, clock_.count()).empty());
    EXPECT_EQ(next_ms_, clock_.count() + 30'000);
    EXPECT_EQ(due(region_b, clock_.count() + 30'000).size(), 1u);
}

TEST_F(DeliveryView, TheOldestWaitsSinceItBecameDueHoweverOftenItWasPutOff) {
    const auto oldest = [&](bool dead = false) { return running_->deliveries().oldest_ms(region_b, dead); };
    EXPECT_EQ(oldest(), std::nullopt);
    const auto second_of = [](std::int64_t ms) { return ms - ms % 1000; };
    const auto begin = clock_.count();
    const case_name one{region_a, region_b, "A-1"};
    ASSERT_TRUE(running_.told(submitted(one)));
    for (std::uint32_t attempt = 1; attempt <= 3; ++attempt) {
        auto failed = delivery_fact(one, 1, region_b);
        failed.mutable_failed()->set_attempt(attempt);
        failed.mutable_failed()->set_retry_after_ms(600'000);
        EXPECT_THAT(tell(failed), ElementsAre(cases::delivery_verdict::applied));
        clock_ += std::chrono::milliseconds(600'000);
    }
    const case_name two{region_a, region_b, "A-2"};
    ASSERT_TRUE(running_.told(submitted(two)));
    EXPECT_EQ(oldest(), second_of(begin));

    auto dead = delivery_fact(one, 1, region_b);
    dead.mutable_dead_lettered()->set_code("age_spent");
    dead.mutable_dead_lettered()->set_attempt(3);
    EXPECT_THAT(tell(dead), ElementsAre(cases::delivery_verdict::applied));
    EXPECT_EQ(oldest(), second_of(clock_.count())) << "only the second is tried";
    EXPECT_EQ(oldest(true), second_of(begin));

    // A watch that is made anew from the rows says the same.
    delivery_watch anew;
    outbox_projection loaded(&anew);
    ASSERT_FALSE(loaded.load(store_));
    EXPECT_EQ(anew.oldest_ms(region_b, false), oldest());
    EXPECT_EQ(anew.oldest_ms(region_b, true), oldest(true));

    for (const auto& of : {one, two}) {
        auto ack = delivery_fact(of, 1, region_b);
        ack.mutable_acknowledged();
        EXPECT_THAT(tell(ack), ElementsAre(cases::delivery_verdict::applied));
    }
    EXPECT_EQ(oldest(), std::nullopt);
    EXPECT_EQ(oldest(true), std::nullopt);
}

TEST(WaitingTimes, AreRightWithinTheirBoundWhateverCameAndWent) {
    std::mt19937_64 random(11);
    waiting_times times;
    std::multiset<std::int64_t> all;
    std::int64_t widest = 0;
    std::int64_t now = 1'790'000'000'000;
    for (int step = 0; step < 60'000; ++step) {
        now += static_cast<std::int64_t>(random() % 4000);
        if (all.empty() || random() % 5 != 0) {
            const auto due = now - static_cast<std::int64_t>(random() % 100'000);
            all.insert(due);
            times.add(due);
        } else {
            const auto gone = random() % 3 == 0 ? all.begin() : std::prev(all.end());
            times.remove(*gone);
            all.erase(gone);
        }
        if (!all.empty()) {
            widest = std::max(widest, *all.rbegin() - *all.begin());
            const auto early = *all.begin() - times.oldest_ms().value();
            ASSERT_GE(early, 0);
            ASSERT_LE(early, 1000 + widest / 500) << "step " << step;
        }
    }
    for (const auto due : all) {
        times.remove(due);
    }
    EXPECT_EQ(times.oldest_ms(), std::nullopt);
}

// Against a plain list of what waits, with readers whose clocks differ by a little.
TEST_F(DeliveryView, DueAndNextAreRightWhateverHappened) {
    struct waiting {
        case_name of;
        std::int64_t visible_ms;
    };
    std::mt19937 random(5);
    const auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
    std::vector<waiting> all;
    int filed = 0;
    for (int step = 0; step < 1500; ++step) {
        clock_ += std::chrono::milliseconds(below(4) == 0 ? below(400) : 0);
        const auto now = clock_.count();
        const auto pick = all.empty() ? 0 : static_cast<std::size_t>(below(static_cast<int>(all.size())));
        if (all.size() < 3 || below(3) == 0) {
            const case_name of{region_a, region_b, "A-" + std::to_string(filed++)};
            ASSERT_TRUE(running_.told(submitted(of)));
            all.push_back({of, now});
        } else if (all[pick].visible_ms <= now && below(2) == 0) {
            const auto hidden = 1 + below(1000);
            auto out = delivery_fact(all[pick].of, 1, region_b);
            out.set_transport(v1::DELIVERY_TRANSPORT_PULL);
            out.mutable_handed_out()->set_visible_after_ms(static_cast<std::uint32_t>(hidden));
            ASSERT_THAT(tell(out), ElementsAre(cases::delivery_verdict::applied));
            all[pick].visible_ms = now + hidden;
        } else {
            auto ack = delivery_fact(all[pick].of, 1, region_b);
            ack.mutable_acknowledged();
            ASSERT_THAT(tell(ack), ElementsAre(cases::delivery_verdict::applied));
            all.erase(all.begin() + static_cast<std::ptrdiff_t>(pick));
        }
        const auto reads_at = now - (below(20) == 0 ? below(2000) : below(3)); // the log's time may go back
        std::size_t should = 0;
        std::int64_t next = 0;
        for (const auto& each : all) {
            if (each.visible_ms <= reads_at) {
                ++should;
            } else if (next == 0 || each.visible_ms < next) {
                next = each.visible_ms;
            }
        }
        ASSERT_EQ(due(region_b, reads_at, 10'000).size(), should) << "step " << step;
        ASSERT_EQ(next_ms_, next) << "step " << step;
    }
}

TEST_F(DeliveryView, DeadLettersAreListedPageByPage) {
    for (int n = 0; n < 5; ++n) {
        const case_name of{region_a, region_b, "A-" + std::to_string(n)};
        ASSERT_TRUE(running_.told(submitted(of)));
        auto dead = delivery_fact(of, 1, region_b);
        dead.mutable_dead_lettered()->set_code("attempts_spent");
        EXPECT_THAT(tell(dead), ElementsAre(cases::delivery_verdict::applied));
    }
    EXPECT_TRUE(due(region_b, clock_.count() + 1'000'000'000).empty());
    std::size_t seen = 0;
    std::string after;
    do {
        const auto page = running_->deliveries().dead_letters(region_b, after, 2).value();
        seen += page.deliveries.size();
        after = page.next;
        for (const auto& letter : page.deliveries) {
            EXPECT_EQ(letter.status(), v1::DELIVERY_STATUS_DEAD_LETTERED);
            EXPECT_EQ(letter.history(0).code(), "attempts_spent");
        }
    } while (!after.empty());
    EXPECT_EQ(seen, 5u);
    EXPECT_EQ(running_->deliveries().dead_letters("", "", 100).value().deliveries.size(), 5u);
    EXPECT_TRUE(running_->deliveries().dead_letters(region_a, "", 100).value().deliveries.empty());
    EXPECT_TRUE(running_->deliveries().dead_letters(region_b, "zz", 2).has_error());

    const case_name first{region_a, region_b, "A-0"};
    auto replay = delivery_fact(first, 1, region_b);
    replay.mutable_replayed()->set_operator_id("9001");
    EXPECT_THAT(tell(replay), ElementsAre(cases::delivery_verdict::applied));
    EXPECT_EQ(running_->deliveries().dead_letters("", "", 100).value().deliveries.size(), 4u);
    EXPECT_EQ(due(region_b, clock_.count()).size(), 1u);
}

TEST_F(DeliveryView, RegionsEventsAreReadFromAnyPosition) {
    const case_name one{region_a, region_b, "A-1"};
    ASSERT_TRUE(running_.told(submitted(one)));
    ASSERT_TRUE(running_.told(received(one)));
    ASSERT_TRUE(running_.told(accepted(one)));
    const auto all = running_->deliveries().events_of(region_a, 0, 0, 100).value();
    ASSERT_EQ(all.size(), 2u);
    EXPECT_EQ(all[0].ordinal, 2u);
    EXPECT_EQ(running_->deliveries().events_of(region_a, 0, all[0].at.offset + 1, 100).value().size(), 1u);
    EXPECT_EQ(running_->deliveries().events_of(region_a, 0, 0, 1).value().size(), 1u);
}

TEST_F(DeliveryView, WhoWaitsForARegionsQueueIsWoken) {
    const auto seen = running_->deliveries_version(region_b);
    auto changed = boost::asio::co_spawn(
        running_.thread(0).context,
        running_->deliveries_changed(region_b, std::chrono::steady_clock::now() + long_enough, seen),
        boost::asio::use_future);
    ASSERT_TRUE(running_.told(submitted({region_a, region_b, "A-1"})));
    EXPECT_TRUE(changed.get().value());
    EXPECT_GT(running_->deliveries_version(region_b), seen);
    EXPECT_GT(running_->deliveries_version(any_region), 0u) << "and who waits for several regions";
}

TEST_F(DeliveryView, MetricsSayWhatBecameOfDeliveries) {
    const case_name one{region_a, region_b, "A-1"};
    clock_ = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()) +
             std::chrono::seconds(1);
    ASSERT_TRUE(running_.told(submitted(one)));
    ASSERT_TRUE(running_.told(received(one)));
    auto ack = delivery_fact(one, 1, region_b);
    ack.set_transport(v1::DELIVERY_TRANSPORT_PUSH);
    ack.mutable_acknowledged();
    tell(ack);
    tell(ack);
    for (const auto* line : {
             "tongban_deliveries_total{outcome=\"acknowledged\",region=\"140400\",transport=\"push\"} 1",
             "tongban_delivery_attempts_total{region=\"140400\",result=\"acknowledged\",transport=\"push\"} 1",
             "tongban_delivery_facts_refused_total{verdict=\"not_pending\"} 1",
             "tongban_delivery_acknowledged_seconds_count{transport=\"push\"} 1",
             "tongban_deliveries{kind=\"due\",region=\"140400\"} 1",
             "tongban_deliveries{kind=\"pending\",region=\"370800\"} 1",
             "tongban_reconciliation_gap{what=\"cases\"} 0",
             "tongban_reconciliation_gap{what=\"deliveries\"} 0",
         }) {
        EXPECT_TRUE(eventually([&] { return running_.metric_is(line); })) << line << " not in\n"
                                                                          << running_.metrics.render();
    }
}

// Whatever is said about deliveries, the totals of every region add up, and agree with the rows.
TEST(DeliveryTotals, AddUpInEveryStory) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        log::memory_log_settings settings;
        settings.partitions = 3;
        log::memory_log log(settings);
        for (const auto& record : random_story(seed, 10, 300)) {
            log.store(record.key, record.value);
        }
        store::memory_view_store store;
        running_ledger running(log, store);
        ASSERT_FALSE(running.catch_up().get());
        std::int64_t settled = 0;
        for (const auto& [region, row] : running->deliveries().totals().value()) {
            EXPECT_EQ(row.due, row.acknowledged + row.pending + row.dead_lettered + row.discarded) << region;
            std::int64_t queued = 0;
            std::int64_t next = 0;
            for (std::uint32_t p = 0; p < 3; ++p) {
                queued += static_cast<std::int64_t>(
                    running->deliveries().due(region, p, INT64_MAX - 1, 10'000, nobody, next).value().size());
            }
            EXPECT_LE(queued, row.pending) << region << ": one of each case at most";
            EXPECT_EQ(static_cast<std::int64_t>(running->deliveries().dead_letters(region, "", 10'000).value().deliveries.size()),
                      row.dead_lettered);
            settled += row.acknowledged + row.discarded;
        }
        EXPECT_GT(settled, 0) << "the story settles something";
    }
}

} // namespace
} // namespace tongban::ledger::story
