// The ledger's series. Names, labels and meaning: monitoring/README.md. Regions come from outside, so they
// are bounded here: past the first 300 they are one, "other".
#pragma once

#include "connectors/log/event_log.hpp"
#include "gateway/ledger/projection.hpp"
#include "monitoring/metrics.hpp"

#include <chrono>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_set>

namespace tongban::ledger {

inline constexpr std::size_t regions_max = 300;

// The first values seen keep their own label; past `most` all is "other", and what is empty "none". Thread-safe.
class bounded_labels {
public:
    explicit bounded_labels(std::size_t most = regions_max) : most_(most) {}
    std::string label(std::string_view value);

private:
    const std::size_t most_;
    std::mutex mutex_;
    std::unordered_set<std::string> known_;
};

class ledger_metrics {
public:
    explicit ledger_metrics(monitoring::registry& registry);

    // Called by the projector for each record. Events and stages are counted for `recent` records only, those that were recorded
    // since this process started: a rebuild is no burst of work.
    void projected(const folded& outcome, bool recent);

    monitoring::histogram append_seconds;
    monitoring::histogram readable_seconds;
    monitoring::histogram batch_records;
    monitoring::counter waiting_full;
    monitoring::counter refused_not_kept;
    monitoring::counter deadlines_passed;
    monitoring::counter view_write_failures;
    monitoring::counter log_read_failures;
    bounded_labels regions;

private:
    void stages(const v1::StageTimes& before, const v1::StageTimes& after);

    monitoring::counter_family* verdicts_;
    monitoring::counter_family* events_;
    monitoring::histogram stage_[5];
};

} // namespace tongban::ledger
