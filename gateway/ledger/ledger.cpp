// Puts the ledger together: view, projector, who waits, errands. The write path itself is append() below.
#include "gateway/ledger/ledger.hpp"

#include "connectors/log/partition_of.hpp"
#include "gateway/cases/case_clocks.hpp"
#include "gateway/ledger/clock_watch.hpp"
#include "gateway/ledger/delivery_metrics.hpp"
#include "gateway/ledger/delivery_watch.hpp"
#include "gateway/ledger/figure_metrics.hpp"
#include "gateway/ledger/housekeeper.hpp"
#include "gateway/ledger/inbox_watch.hpp"
#include "gateway/ledger/ledger_gauges.hpp"
#include "gateway/ledger/ledger_metrics.hpp"
#include "gateway/ledger/projector.hpp"
#include "gateway/ledger/waiting.hpp"
#include "monitoring/log.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>

namespace tongban::ledger {

struct ledger::state {
    state(log::event_log& l, store::view_store& r, const ledger_settings& s, monitoring::registry& m)
        : log(l), rows(r), settings(s), metrics(m), delivery_counts(m, metrics.regions), reads(r, &watch),
          delivery_reads(r, &deliveries), waiters(s.waiting_max, {metrics.waiting_full, metrics.deadlines_passed}),
          projecting({l, r, settings, watch, deliveries, clocks, figures, bundles, clock, waiters, metrics, delivery_counts}),
          errands({l, r, settings, watch, deliveries, clocks, figures, bundles, clock, waiters, metrics, delivery_counts},
                  projecting) {}

    log::event_log& log;
    store::view_store& rows;
    const ledger_settings settings;
    ledger_metrics metrics;
    delivery_metrics delivery_counts;
    inbox_watch watch;
    delivery_watch deliveries;
    clock_watch clocks;
    figure_watch figures;
    bundle_watch bundles;
    log_clock clock;
    view reads;
    delivery_view delivery_reads;
    waiting waiters;
    projector projecting;
    housekeeper errands;
};

ledger::ledger(log::event_log& log, store::view_store& rows, const ledger_settings& settings,
               monitoring::registry& metrics)
    : state_(std::make_shared<state>(log, rows, settings, metrics)) {
    // The registry outlives the ledger: its gauges read nothing once the ledger is gone.
    const auto source = [weak = std::weak_ptr(state_)]() -> std::shared_ptr<const gauge_source> {
        auto alive = weak.lock();
        if (!alive) {
            return nullptr;
        }
        auto* s = alive.get();
        return std::shared_ptr<const gauge_source>(
            new gauge_source{s->rows, s->reads, s->watch, s->clocks, s->bundles, s->waiters, s->projecting, s->errands,
                             s->metrics.regions},
            [keep = std::move(alive)](const gauge_source* gone) { delete gone; });
    };
    make_ledger_gauges(metrics, source);
    make_figure_counters(metrics, [weak = std::weak_ptr(state_)](const auto& collect) {
        const auto alive = weak.lock();
        // A view that is being rebuilt would show a counter that begins anew.
        if (alive && alive->errands.caught_up()) {
            collect(alive->figures, alive->metrics.regions);
        }
    });
    make_delivery_gauges(metrics, [weak = std::weak_ptr(state_)](const auto& collect) {
        const auto alive = weak.lock();
        if (alive) {
            collect(delivery_gauge_source{alive->delivery_reads, alive->reads, alive->metrics.regions,
                                          alive->log.partition_count(), alive->clock.now_ms()});
        }
        return alive != nullptr;
    });
}

ledger::~ledger() {
    stop();
}

void ledger::start() {
    open();
    state_->waiters.start();
    state_->errands.start();
    state_->projecting.start();
}

void ledger::open() {
    state_->projecting.open();
    state_->errands.open();
}

std::chrono::steady_clock::time_point ledger::turn() {
    (void)state_->projecting.turn({});
    const auto errands = state_->errands.turn();
    return std::min(errands, state_->waiters.turn());
}

void ledger::stop() {
    state_->projecting.stop();
    state_->errands.stop();
    state_->waiters.close();
    if (const auto error = state_->rows.flush()) {
        // Nothing is lost: what is not flushed is folded from the ledger again.
        monitoring::log(monitoring::severity::warning, "view_flush_failed", {{"reason", error.message()}});
    }
}

boost::asio::awaitable<boost::system::result<projected>>
ledger::append(v1::LedgerRecord& record, std::chrono::steady_clock::time_point deadline) {
    auto& s = *state_;
    const auto attempt = s.waiters.next_attempt();
    record.set_attempt_id(attempt);
    if (s.settings.calendar && cases::reckons_days(record.event().body_case())) {
        s.settings.calendar->attach(record, s.clock.now_ms());
    }
    waiting::outcome outcome = log::make_error_code(log::errc::outcome_unknown);
    co_await park([&](resume_handler handler) {
        // Everything of this frame is taken before the handler is handed over: who answers it may be quicker
        // than us.
        auto& log = s.log;
        const std::string key = record.has_deliveries() ? record.deliveries().facts(0).delivery().case_id()
                                                         : record.event().case_().case_id();
        auto bytes = record.SerializeAsString();
        const auto begun = std::chrono::steady_clock::now();
        auto done = [weak = std::weak_ptr(state_), attempt, begun](boost::system::error_code error) {
            const auto alive = weak.lock();
            if (!alive) {
                return;
            }
            if (error) {
                alive->waiters.fail_append(attempt, error);
                return;
            }
            const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
            alive->metrics.append_seconds.observe(took.count());
        };
        if (s.waiters.add_append(attempt, std::move(handler), outcome, deadline)) {
            log.append(key, std::move(bytes), std::move(done));
        }
    });
    co_return outcome;
}

boost::asio::awaitable<boost::system::error_code>
ledger::catch_up(std::chrono::steady_clock::time_point deadline) {
    auto& s = *state_;
    boost::system::error_code outcome;
    co_await park([&](resume_handler handler) {
        s.waiters.add_catch_up(std::move(handler), outcome, deadline);
        s.errands.wake();
    });
    co_return outcome;
}

std::uint64_t ledger::inbox_version(std::string_view region) const {
    return state_->watch.version(region);
}

boost::asio::awaitable<boost::system::result<bool>> ledger::inbox_changed(std::string region,
                                                                          std::chrono::steady_clock::time_point deadline,
                                                                          std::optional<std::uint64_t> seen) {
    auto& s = *state_;
    waiting::change changed = false;
    const auto since = seen ? *seen : s.watch.version(region);
    co_await park([&](resume_handler handler) {
        s.waiters.add_inbox(std::move(handler), changed, region, deadline,
                            [&] { return s.watch.version(region) == since; });
    });
    co_return changed;
}

std::uint64_t ledger::deliveries_version(std::string_view region) const {
    return state_->deliveries.version(region);
}

boost::asio::awaitable<boost::system::result<bool>> ledger::deliveries_changed(std::string region,
                                                                               std::chrono::steady_clock::time_point deadline,
                                                                               std::optional<std::uint64_t> seen) {
    auto& s = *state_;
    waiting::change changed = false;
    const auto since = seen ? *seen : s.deliveries.version(region);
    co_await park([&](resume_handler handler) {
        s.waiters.add_inbox(std::move(handler), changed, delivery_topic + region, deadline,
                            [&] { return s.deliveries.version(region) == since; });
    });
    co_return changed;
}

event_watch::following ledger::follow_events(const std::vector<std::string>& regions, std::function<void()> tell) {
    return state_->deliveries.events().follow(regions, state_->log.partition_count(), std::move(tell));
}

std::vector<case_number> ledger::expired_leases(std::int64_t now_ms, std::size_t max,
                                                const std::function<bool(const case_number&)>& wanted) const {
    return state_->watch.expired_leases(now_ms, max, wanted);
}

std::vector<case_number> ledger::due_timers(std::uint32_t partition, std::int64_t now_ms, std::size_t max) const {
    std::vector<case_number> due;
    std::string first;
    const auto begin = state_->clocks.begin(partition);
    const auto error = state_->rows.scan(begin, rows::timers(partition).past(), [&](std::string_view key, std::string_view) {
        if (first.empty()) {
            first = key;
        }
        rows::cursor at(key.substr(1));
        at.u16();
        if (due.size() == max || static_cast<std::int64_t>(at.u64()) > now_ms) {
            return false;
        }
        due.push_back({partition, at.u64()});
        return true;
    });
    state_->clocks.end(partition, error ? std::string_view() : std::string_view(first));
    return due;
}

std::vector<case_number> ledger::provisional_cases(std::uint32_t partition, std::uint64_t from, std::size_t max) const {
    std::vector<case_number> found;
    (void)state_->rows.scan(rows::provisional_case({partition, from}), rows::provisional_cases(partition).past(),
                            [&](std::string_view key, std::string_view) {
                                if (found.size() == max) {
                                    return false;
                                }
                                found.push_back(rows::cursor(key.substr(1)).number());
                                return true;
                            });
    return found;
}

std::vector<case_number> ledger::bundle_work(std::uint32_t partition, std::size_t max) const {
    std::vector<case_number> found;
    for (const auto& one : state_->bundles.waiting(state_->rows, partition, max)) {
        found.push_back(one.number);
    }
    return found;
}

std::shared_ptr<const v1::WorkingDays> ledger::working_days() const {
    return state_->settings.calendar ? state_->settings.calendar->slice(state_->clock.now_ms()) : nullptr;
}

std::int64_t ledger::now_ms() const noexcept {
    return state_->clock.now_ms();
}

std::uint32_t ledger::partition_count() const {
    return state_->log.partition_count();
}

std::string ledger::identity() const {
    return state_->log.identity();
}

std::uint32_t ledger::partition_of(std::string_view case_id) const {
    return log::partition_of(case_id, state_->log.partition_count());
}

const view& ledger::read() const noexcept {
    return state_->reads;
}

const store::view_store& ledger::rows() const noexcept {
    return state_->rows;
}

const delivery_view& ledger::deliveries() const noexcept {
    return state_->delivery_reads;
}

ledger_health ledger::health() const {
    const auto& s = *state_;
    const auto condition = s.projecting.now();
    ledger_health health;
    health.failed = condition.failed;
    health.outdated = condition.outdated;
    health.projected = s.projecting.projected();
    health.lag_records = s.errands.lag();
    health.waiting = s.waiters.size().appends;
    const auto log = s.log.health();
    if (!condition.reason.empty()) {
        health.reason = condition.reason;
    } else if (!condition.running) {
        health.reason = "查询视图未在更新 / the projector is not running";
    } else if (!log.ready) {
        health.reason = "账本未就绪 / ledger: " + log.reason;
    } else if (!s.errands.caught_up()) {
        health.reason =
            "正在读入上次停机后账本中的 " + std::to_string(health.lag_records) +
            " 条记录 / projecting what is in the ledger since the last stop: " + std::to_string(health.lag_records) + " records";
    }
    health.ready = health.reason.empty();
    return health;
}

} // namespace tongban::ledger
