// What the topic transport shows of itself. Labels are regions of the configuration and our own codes.
#pragma once

#include "monitoring/metrics.hpp"

#include <atomic>
#include <chrono>
#include <memory>
#include <string_view>

namespace tongban::delivery {

class topic_metrics {
public:
    explicit topic_metrics(monitoring::registry& registry);

    // committed, aborted, fenced, unknown; opened, not_opened.
    void transaction(std::string_view outcome) const { transactions_->with({outcome}).add(); }
    void took(std::chrono::steady_clock::duration time) const {
        seconds_.observe(std::chrono::duration<double>(time).count());
    }
    void failed(std::string_view region, std::string_view code, std::size_t count) const {
        failures_->with({region, code}).add(static_cast<double>(count));
    }
    // Deliveries that are in their topics and not known to be acknowledged in the ledger.
    void unsettled(std::int64_t change) const { unsettled_->fetch_add(change, std::memory_order_relaxed); }
    void faulty_topics(std::size_t count) const {
        faulty_->store(static_cast<std::int64_t>(count), std::memory_order_relaxed);
    }

private:
    monitoring::counter_family* transactions_;
    monitoring::counter_family* failures_;
    monitoring::histogram seconds_;
    // Shared with the registry's callbacks, which may outlive the runner.
    std::shared_ptr<std::atomic<std::int64_t>> unsettled_ = std::make_shared<std::atomic<std::int64_t>>(0);
    std::shared_ptr<std::atomic<std::int64_t>> faulty_ = std::make_shared<std::atomic<std::int64_t>>(0);
};

} // namespace tongban::delivery
