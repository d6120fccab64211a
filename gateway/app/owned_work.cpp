#include "gateway/app/owned_work.hpp"

#include "connectors/log/partition_ownership.hpp"
#include "gateway/delivery/spent_pulls.hpp"
#include "gateway/delivery/topic_runner.hpp"
#include "gateway/supervision/clock_timer.hpp"
#include "gateway/supervision/lease_timer.hpp"
#include "monitoring/log.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <mutex>
#include <optional>
#include <thread>

namespace tongban::app {

namespace {

using collected = monitoring::registry::collected;

void log_change(std::span<const std::uint32_t> gained, std::span<const std::uint32_t> lost) {
    monitoring::log(monitoring::severity::info, "partitions_changed",
                    {{"gained", static_cast<std::int64_t>(gained.size())},
                     {"lost", static_cast<std::int64_t>(lost.size())}});
}

} // namespace

struct owned_work::state {
    explicit state(const parts& given)
        : ledger(given.ledger), metrics(given.metrics), deliveries(given.deliveries), push_settings(given.push),
          guard(context.get_executor()),
          leases(given.ledger, [this](std::uint32_t partition) { return owns(partition); }, context.get_executor()),
          clocks(given.ledger, given.calendar, [this](std::uint32_t partition) { return owns(partition); },
                 context.get_executor()),
          bundles(given.ledger, given.metrics, [this](std::uint32_t partition) { return owns(partition); }, given.decide,
                  context.get_executor()),
          spent(given.deliveries, [this](std::uint32_t partition) { return owns(partition); }, context.get_executor()) {
        if (given.kafka != nullptr) {
            kafka = *given.kafka;
        }
    }

    std::shared_ptr<log::partition_ownership> owner() const {
        const std::lock_guard lock(mutex);
        return ownership;
    }
    void own(std::shared_ptr<log::partition_ownership> by) {
        const std::lock_guard lock(mutex);
        ownership.swap(by);
    }
    bool owns(std::uint32_t partition) const {
        const auto now = owner();
        return now && now->owns(partition);
    }

    ledger::ledger& ledger;
    monitoring::registry& metrics;
    const delivery::delivery_parts& deliveries;
    const delivery::push_settings push_settings;
    std::optional<log::kafka_settings> kafka;
    mutable std::mutex mutex;
    std::shared_ptr<log::partition_ownership> ownership;
    boost::asio::io_context context{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard;
    supervision::lease_timer leases;
    supervision::clock_timer clocks;
    bundles::bundle_worker bundles;
    delivery::spent_pulls spent;
    std::unique_ptr<delivery::push_runner> push;
    std::unique_ptr<delivery::topic_runner> topics; // with a Kafka ledger
    std::thread thread;
};

owned_work::owned_work(const parts& given) : state_(std::make_shared<state>(given)) {
    // The registry outlives the work: its gauges say nothing once the work is gone.
    const auto figure = [weak = std::weak_ptr(state_)](auto value) {
        return [weak, value](collected& out) {
            const auto alive = weak.lock();
            const auto ownership = alive ? alive->owner() : nullptr;
            if (ownership) {
                out.push_back({{}, static_cast<double>(value(*ownership))});
            }
        };
    };
    auto& metrics = given.metrics;
    metrics.make_collected_gauge("tongban_partitions_owned", "Partitions that this replica acts for",
                                 figure([](const log::partition_ownership& o) { return o.owned().size(); }));
    metrics.make_collected_counter("tongban_ownership_rebalances_total",
                                   "Times the replicas' sharing of partitions changed",
                                   figure([](const log::partition_ownership& o) { return o.statistics().rebalances; }));
    metrics.make_collected_counter(
        "tongban_ownership_lost_abruptly_total", "Partitions lost without being asked: no contact for the session time-out",
        figure([](const log::partition_ownership& o) { return o.statistics().lost_abrupt; }));
}

owned_work::~owned_work() {
    stop();
}

void owned_work::start() {
    auto& s = *state_;
    s.thread = std::thread([&s] { s.context.run(); });
    s.push = std::make_unique<delivery::push_runner>(s.deliveries, s.push_settings, executor(), s.metrics);
    if (s.kafka) {
        delivery::topic_settings settings;
        settings.kafka = *s.kafka;
        s.topics = std::make_unique<delivery::topic_runner>(s.deliveries, settings, executor(), s.metrics);
    }
    const auto changed = [&s](std::span<const std::uint32_t> gained, std::span<const std::uint32_t> lost) {
        log_change(gained, lost);
        s.push->own(gained, lost);
        if (s.topics) {
            s.topics->own(gained, lost);
        }
    };
    if (s.kafka) {
        log::kafka_ownership_settings settings;
        settings.group += "." + s.kafka->topic; // replicas of one ledger share its work, and only they
        s.own(log::open_kafka_ownership(*s.kafka, settings, changed));
    } else {
        s.own(log::own_all(s.ledger.partition_count(), changed));
    }
    s.leases.start();
    s.clocks.start();
    s.bundles.start();
    s.spent.start();
}

void owned_work::reload() {
    if (state_->push) {
        state_->push->reload();
    }
    if (state_->topics) {
        state_->topics->reload();
    }
}

bool owned_work::owns(std::uint32_t partition) const {
    return state_->owns(partition);
}

std::string owned_work::topics_trouble() const {
    return state_->topics ? state_->topics->health().reason : std::string();
}

boost::asio::any_io_executor owned_work::executor() {
    return state_->context.get_executor();
}

void owned_work::give_up() {
    if (const auto ownership = state_->owner()) {
        ownership->close();
    }
}

void owned_work::stop_pushing() {
    if (state_->push) {
        state_->push->stop();
    }
}

void owned_work::stop() {
    auto& s = *state_;
    if (!s.thread.joinable()) {
        return;
    }
    // First nobody of us acts any more, then others may.
    s.leases.stop();
    s.clocks.stop();
    s.bundles.stop();
    s.spent.stop();
    if (s.push) {
        s.push->stop();
    }
    if (s.topics) {
        s.topics->stop();
    }
    s.guard.reset();
    s.context.stop();
    s.thread.join();
    if (const auto ownership = s.owner()) {
        ownership->close();
        s.own(nullptr);
    }
}

} // namespace tongban::app
