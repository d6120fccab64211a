// Targets beside each other, owners that come and go, targets that are dead, wrong or gone.
#include "push_world.hpp"

#include <gmock/gmock.h>

namespace tongban::delivery::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::tongban::testing::test_certificates;

constexpr auto acknowledged = v1::DELIVERY_STATUS_ACKNOWLEDGED;
constexpr auto pending = v1::DELIVERY_STATUS_PENDING;

const std::string yes = answer_text("200 OK", "{}");

// Regions of made-up cities, as many as asked for.
std::string region(int n) {
    return std::to_string(410100 + n * 100);
}

class PushTargets : public PushWorld {
protected:
    // A case whose partition is this one.
    case_name submit_into(std::uint32_t partition) {
        for (;;) {
            case_name of;
            of.source_no = "P-" + std::to_string(next_++);
            if (ledger->partition_of(of.id()) == partition) {
                tell(ledger::story::submitted(of));
                return of;
            }
        }
    }

private:
    int next_ = 0;
};

TEST_F(PushTargets, OneThatHangsOneThatTalksNonsenseAndOneThatDripsDelayNoOther) {
    constexpr int healthy = 17;
    platform good(always(yes));
    platform hanging([](auto& peer, const auto&, int) {
        peer.wait_until_closed();
        return std::string();
    });
    platform nonsense([](auto& peer, const auto&, int) {
        peer.send("\x01\x02 this is no HTTP\r\n\r\n");
        return std::string();
    });
    platform dripping([](auto& peer, const auto&, int) {
        // A byte at a time for as long as the client listens.
        for (const auto from = std::chrono::steady_clock::now(); peer.send("H");) {
            while (std::chrono::steady_clock::now() - from < 1ms) {
                std::this_thread::yield();
            }
            peer.wait_delivered();
        }
        return std::string();
    });
    std::vector<receiver> receivers;
    for (int i = 0; i < healthy; ++i) {
        receivers.push_back({.region = region(i), .port = good.port(), .connections_max = 2});
    }
    receivers.push_back({.region = region(healthy), .port = hanging.port()});
    receivers.push_back({.region = region(healthy + 1), .port = nonsense.port()});
    receivers.push_back({.region = region(healthy + 2), .port = dripping.port()});
    configure(receivers);
    runner = run();
    for (int i = healthy; i < healthy + 3; ++i) {
        submit(20, region(i), "bad-" + std::to_string(i) + "-");
    }
    ASSERT_TRUE(eventually([&] { return hanging.count() == 4 && nonsense.count() > 0 && dripping.count() > 0; }));
    for (int i = 0; i < healthy; ++i) {
        submit(10, region(i), "good-" + std::to_string(i) + "-");
    }
    const auto all_there = [&] {
        for (int i = 0; i < healthy; ++i) {
            if (totals(region(i)).acknowledged != 10) {
                return false;
            }
        }
        return true;
    };
    EXPECT_TRUE(eventually(all_there));
    EXPECT_EQ(hanging.count(), 4U) << "its own connections, no more";
    EXPECT_EQ(totals(region(healthy)).pending, 20);
    EXPECT_EQ(good.ids().size(), healthy * 10U);
    EXPECT_EQ(good.count(), healthy * 10U);
}

TEST_F(PushTargets, ADeadTargetCostsTheLedgerNothingAndIsFoundWhenItLives) {
    std::atomic<bool> lives{false};
    platform target([&](auto&, const auto&, int) { return lives ? yes : std::string(); }); // closes in the middle
    pushing.breaker = {.failures_max = 3, .open_first = 30ms, .open_most = 60ms};
    settings.retry_first = 1h; // what was tried is not tried again soon: others are
    settings.retry_most = 1h;
    configure({{.port = target.port()}});
    const auto all = submit(500);
    const auto before = records();
    runner = run();
    ASSERT_TRUE(eventually([&] { return target.count() >= 10; }));
    EXPECT_TRUE(metric(R"(tongban_push_breaker_state{partner="p140400"} 2)") ||
                metric(R"(tongban_push_breaker_state{partner="p140400"} 1)"));
    // Four at once before it opened, and then one for each time it was half open.
    EXPECT_LE(records() - before, target.count() + 4);
    EXPECT_LE(target.count(), 60U);
    EXPECT_GE(totals("140400").pending, 500);
    lives = true;
    // All but the few that were tried: those wait for their hour.
    const auto tried = target.ids().size();
    EXPECT_TRUE(eventually([&] { return totals("140400").acknowledged >= 500 - static_cast<int>(tried) - 1; }));
    EXPECT_TRUE(eventually([&] { return metric(R"(tongban_push_breaker_state{partner="p140400"} 0)"); }));
}

TEST_F(PushTargets, AWrongCertificateIsSentNothing) {
    const auto& made = test_certificates::get();
    platform expired(made.expired, always(yes));
    platform foreign(made.foreign, always(yes));
    pushing.breaker = {.failures_max = 1000, .open_first = 1h, .open_most = 1h};
    configure({{.region = "140400", .port = expired.port()}, {.region = "370200", .port = foreign.port()}});
    submit(50, "140400", "E-");
    submit(50, "370200", "F-");
    runner = run();
    for (const std::string at : {"140400", "370200"}) {
        EXPECT_TRUE(eventually([&] { return metric("tongban_push_breaker_state{partner=\"p" + at + "\"} 2"); }));
        EXPECT_EQ(totals(at).pending, 50);
    }
    EXPECT_TRUE(eventually([&] {
        return registries.back().render().find(R"(code="certificate_expired",partner="p140400")") != std::string::npos;
    }));
    EXPECT_EQ(expired.count() + foreign.count(), 0U);
    EXPECT_LE(expired.server().accepted(), 4);
}

TEST_F(PushTargets, WhatIsNotOwnedIsNotPushed) {
    platform target(always(yes));
    configure({{.port = target.port()}});
    runner = run(false);
    const auto first = submit_into(0);
    const auto second = submit_into(1);
    runner->own(std::vector<std::uint32_t>{0, 1}, {});
    EXPECT_TRUE(becomes(first, "140400", acknowledged));
    EXPECT_TRUE(becomes(second, "140400", acknowledged));
    runner->own({}, std::vector<std::uint32_t>{0});
    const auto lost = submit_into(0);
    const auto kept = submit_into(1);
    EXPECT_TRUE(becomes(kept, "140400", acknowledged)) << "told after the lost one";
    EXPECT_EQ(standing(lost, "140400")->status(), pending);
    EXPECT_EQ(target.count(), 3U);
    runner->own(std::vector<std::uint32_t>{0}, {});
    EXPECT_TRUE(becomes(lost, "140400", acknowledged));
}

TEST_F(PushTargets, ATargetThatIsRemovedLeavesWhatIsDuePendingAndShown) {
    platform target(always(yes));
    platform other(always(yes));
    configure({{.port = target.port()}, {.region = "370200", .port = other.port()}});
    runner = run();
    EXPECT_TRUE(becomes(submit(1)[0], "140400", acknowledged));
    configure({{.region = "370200", .port = other.port()}});
    const auto waiting = submit(1, "140400", "B-")[0];
    EXPECT_TRUE(becomes(submit(1, "370200", "C-")[0], "370200", acknowledged)) << "told after";
    EXPECT_EQ(standing(waiting, "140400")->status(), pending);
    EXPECT_EQ(standing(waiting, "140400")->history_size(), 0);
    EXPECT_TRUE(metric(R"(tongban_deliveries_without_receiver{region="140400"} 1)"));
    EXPECT_TRUE(eventually(
        [&] { return registries.back().render().find(R"(breaker_state{partner="p140400"})") == std::string::npos; }));
    configure({{.port = target.port()}, {.region = "370200", .port = other.port()}});
    EXPECT_TRUE(becomes(waiting, "140400", acknowledged));
    EXPECT_EQ(target.count(), 2U);
}

TEST_F(PushTargets, ATargetThatMovesIsPushedToAtItsNewPlace) {
    platform old(always(answer_text("500 Moved", "")));
    platform now(always(yes));
    settings.retry_most = 20ms;
    configure({{.port = old.port()}});
    runner = run();
    const auto one = submit(1)[0];
    ASSERT_TRUE(eventually([&] { return old.count() > 0; }));
    configure({{.port = now.port()}});
    EXPECT_TRUE(becomes(one, "140400", acknowledged));
    EXPECT_EQ(now.ids(), old.ids());
    EXPECT_EQ(now.count(), 1U);
}

TEST_F(PushTargets, OneThatCannotBeUsedAsConfiguredIsShown) {
    platform target(always(yes));
    pushing.tls.key_file = "/nowhere/key.pem";
    configure({{.port = target.port()}});
    runner = run();
    const auto one = submit(1)[0];
    EXPECT_TRUE(eventually([&] { return metric(R"(tongban_push_breaker_state{partner="p140400"} 3)"); }));
    EXPECT_EQ(standing(one, "140400")->status(), pending);
}

TEST_F(PushTargets, TwoOwnersAtOnceRepeatPushesAtMostAndEndThemOnce) {
    platform target(always(yes));
    configure({{.port = target.port(), .connections_max = 8}});
    runner = run();
    const auto second = run();
    const auto all = submit(200);
    EXPECT_TRUE(eventually([&] { return totals("140400").acknowledged == 200; }));
    second->stop();
    runner->stop();
    const auto now = totals("140400");
    EXPECT_EQ(now.due, 200);
    EXPECT_EQ(now.acknowledged, 200);
    EXPECT_EQ(now.pending + now.dead_lettered + now.discarded, 0);
    EXPECT_EQ(target.ids().size(), 200U);
    EXPECT_LE(target.count(), 400U);
    for (const auto& one : all) {
        EXPECT_THAT(history(one, "140400"), ElementsAre("acknowledged"));
    }
}

TEST_F(PushTargets, ANewOwnerFirstReadsWhatTheOneBeforeDelivered) {
    platform target(always(yes));
    configure({{.port = target.port()}});
    const auto all = submit(50);
    // The view of this replica stays behind: it does not know yet that all of them were delivered.
    log.hold_readers(true);
    for (const auto& one : all) {
        auto fact = ledger::story::delivery_fact(one, standing(one, "140400")->id().ordinal(), "140400");
        fact.mutable_acknowledged();
        log.store(one.id(), ledger::story::about_deliveries({fact}).SerializeAsString());
    }
    const auto asked = log.ends_asked();
    runner = run();
    ASSERT_TRUE(eventually([&] { return log.ends_asked() > asked; }));
    EXPECT_EQ(totals("140400").pending, 50);
    log.hold_readers(false);
    EXPECT_TRUE(becomes(submit(1, "140400", "B-")[0], "140400", acknowledged));
    EXPECT_EQ(target.count(), 1U);
}

TEST_F(PushTargets, TwoOwnersCountEachFailedAttemptOnce) {
    settings.attempts_max = 4;
    platform target(always(answer_text("500 Oops", "")));
    configure({{.port = target.port()}});
    const auto all = submit(20);
    runner = run();
    const auto second = run();
    EXPECT_TRUE(eventually([&] { return totals("140400").dead_lettered == 20; }));
    second->stop();
    runner->stop();
    for (const auto& one : all) {
        EXPECT_EQ(standing(one, "140400")->attempts(), 4U);
        EXPECT_EQ(history(one, "140400").size(), 5U);
    }
}

TEST_F(PushTargets, StoppingCutsOffWhatHangsAndTellsNothingUntrue) {
    platform target([](auto& peer, const auto&, int) {
        peer.wait_until_closed();
        return std::string();
    });
    pushing.stop_patience = 50ms;
    configure({{.port = target.port()}});
    runner = run();
    const auto all = submit(10);
    ASSERT_TRUE(eventually([&] { return target.count() == 4; }));
    const auto begun = std::chrono::steady_clock::now();
    runner->stop();
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 5s);
    for (const auto& one : all) {
        EXPECT_EQ(standing(one, "140400")->status(), pending);
        EXPECT_EQ(standing(one, "140400")->history_size(), 0);
    }
    runner->own(all_partitions(), {});
    runner->reload();
    runner->stop();
    EXPECT_EQ(target.count(), 4U);
}

} // namespace
} // namespace tongban::delivery::testing
