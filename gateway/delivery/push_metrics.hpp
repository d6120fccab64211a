// What the push transport shows of itself. Labels are partner ids and codes: never an address, never a person.
#pragma once

#include "gateway/ledger/ledger.hpp"
#include "monitoring/metrics.hpp"
#include "security/partner_directory.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace tongban::delivery {

// Levels of one target, written by its pusher and read at scrape time.
struct push_levels {
    explicit push_levels(std::string id) : partner(std::move(id)) {}
    const std::string partner;
    std::atomic<int> breaker{0};       // breaker_state; 3: the target cannot be used as it is configured
    std::atomic<std::int64_t> under_way{0};
    std::atomic<std::int64_t> facts_waiting{0};
};
inline constexpr int unusable_level = 3;

// Shared with the registry's callbacks, which may outlive the runner.
class push_gauges {
public:
    explicit push_gauges(const ledger::ledger& ledger) : ledger_(&ledger) {}

    std::shared_ptr<push_levels> add(const std::string& partner);
    void remove(const std::shared_ptr<push_levels>& levels);
    void set_partners(std::shared_ptr<const security::partner_directory> partners);
    // Nothing of the ledger is read from now on.
    void close();

    using collected = monitoring::registry::collected;
    void breakers(collected& out) const;
    void under_way(collected& out) const;
    void facts_waiting(collected& out) const;
    // Deliveries pending for regions that nobody takes.
    void without_receiver(collected& out) const;

private:
    mutable std::mutex mutex_;
    const ledger::ledger* ledger_;
    std::shared_ptr<const security::partner_directory> partners_;
    std::vector<std::shared_ptr<push_levels>> targets_;
};

class push_metrics {
public:
    push_metrics(monitoring::registry& registry, const ledger::ledger& ledger);

    push_gauges& gauges() const noexcept { return *gauges_; }
    void failed(std::string_view partner, std::string_view code) const;
    void took(std::string_view partner, std::chrono::steady_clock::duration time) const;
    void answer_too_large(std::string_view partner) const;

private:
    std::shared_ptr<push_gauges> gauges_;
    monitoring::counter_family* failures_;
    monitoring::counter_family* too_large_;
    monitoring::histogram_family* seconds_;
};

} // namespace tongban::delivery
