#include "gateway/delivery/push_metrics.hpp"

namespace tongban::delivery {

namespace {

constexpr std::size_t partners_max = 500;
constexpr std::size_t failure_series_max = 3000;
constexpr std::size_t regions_shown_max = 100;

} // namespace

std::shared_ptr<push_levels> push_gauges::add(const std::string& partner) {
    const std::lock_guard lock(mutex_);
    return targets_.emplace_back(std::make_shared<push_levels>(partner));
}

void push_gauges::remove(const std::shared_ptr<push_levels>& levels) {
    const std::lock_guard lock(mutex_);
    std::erase(targets_, levels);
}

void push_gauges::set_partners(std::shared_ptr<const security::partner_directory> partners) {
    const std::lock_guard lock(mutex_);
    partners_ = std::move(partners);
}

void push_gauges::close() {
    const std::lock_guard lock(mutex_);
    ledger_ = nullptr;
}

void push_gauges::breakers(collected& out) const {
    const std::lock_guard lock(mutex_);
    for (const auto& target : targets_) {
        out.push_back({{{"partner", target->partner}}, static_cast<double>(target->breaker.load())});
    }
}

void push_gauges::under_way(collected& out) const {
    const std::lock_guard lock(mutex_);
    for (const auto& target : targets_) {
        out.push_back({{{"partner", target->partner}}, static_cast<double>(target->under_way.load())});
    }
}

void push_gauges::facts_waiting(collected& out) const {
    const std::lock_guard lock(mutex_);
    std::int64_t all = 0;
    for (const auto& target : targets_) {
        all += target->facts_waiting.load();
    }
    out.push_back({{}, static_cast<double>(all)});
}

void push_gauges::without_receiver(collected& out) const {
    const std::lock_guard lock(mutex_);
    const auto totals = ledger_ != nullptr ? ledger_->deliveries().totals() : decltype(ledger_->deliveries().totals()){};
    if (ledger_ == nullptr || !totals || !partners_) {
        return;
    }
    std::int64_t others = 0;
    std::size_t shown = 0;
    for (const auto& [region, row] : *totals) {
        if (row.pending == 0 || partners_->receiver_of(region)) {
            continue;
        }
        if (++shown > regions_shown_max) {
            others += row.pending;
        } else {
            out.push_back({{{"region", region}}, static_cast<double>(row.pending)});
        }
    }
    if (others > 0) {
        out.push_back({{{"region", "other"}}, static_cast<double>(others)});
    }
}

push_metrics::push_metrics(monitoring::registry& registry, const ledger::ledger& ledger)
    : gauges_(std::make_shared<push_gauges>(ledger)) {
    failures_ = &registry.make_counter_family("tongban_push_failures_total",
                                              "Pushes that failed, by target and by why", {"partner", "code"},
                                              failure_series_max);
    too_large_ = &registry.make_counter_family("tongban_push_answers_too_large_total",
                                               "Answers of a target that were cut at the bound", {"partner"},
                                               partners_max);
    seconds_ = &registry.make_histogram_family("tongban_push_seconds", "From a push's first byte to its answer or failure",
                                               {"partner"}, monitoring::request_buckets(), partners_max);
    const auto gauge = [&](const char* name, const char* help, void (push_gauges::*collect)(push_gauges::collected&) const) {
        registry.make_collected_gauge(name, help, [gauges = gauges_, collect](push_gauges::collected& out) {
            ((*gauges).*collect)(out);
        });
    };
    gauge("tongban_push_breaker_state",
          "Circuit breaker of a target: 0 closed, 1 half open, 2 open, 3 the target cannot be used as configured",
          &push_gauges::breakers);
    gauge("tongban_push_under_way", "Pushes whose answer is awaited", &push_gauges::under_way);
    gauge("tongban_push_facts_waiting", "Outcomes of pushes that the ledger does not have yet",
          &push_gauges::facts_waiting);
    gauge("tongban_deliveries_without_receiver", "Deliveries pending for regions that no partner takes",
          &push_gauges::without_receiver);
}

void push_metrics::failed(std::string_view partner, std::string_view code) const {
    failures_->with({partner, code}).add();
}

void push_metrics::took(std::string_view partner, std::chrono::steady_clock::duration time) const {
    seconds_->with({partner}).observe(std::chrono::duration<double>(time).count());
}

void push_metrics::answer_too_large(std::string_view partner) const {
    too_large_->with({partner}).add();
}

} // namespace tongban::delivery
