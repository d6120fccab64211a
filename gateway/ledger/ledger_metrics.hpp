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

// The first regions seen keep their own label. Thread-safe.
class region_labels {
public:
    std::string label(std::string_view region);

private:
    static constexpr std::size_t regions_max = 300;
    std::mutex mutex_;
    std::unordered_set<std::string> known_;
};

class ledger_metrics {
public:
    explicit ledger_metrics(monitoring::registry& registry);

    // Called by the projector for each record. Events and stages are counted for records of this process's
    // own lifetime only: a rebuild is no burst of work.
    void projected(const folded& outcome, const log::record& record);

    monitoring::histogram append_seconds;
    monitoring::histogram readable_seconds;
    monitoring::histogram batch_records;
    monitoring::counter waiting_full;
    monitoring::counter deadlines_passed;
    monitoring::counter view_write_failures;
    monitoring::counter log_read_failures;
    region_labels regions;

private:
    void stages(const v1::StageTimes& before, const v1::StageTimes& after);

    const cases::record_time started_;
    monitoring::counter_family* verdicts_;
    monitoring::counter_family* events_;
    monitoring::histogram stage_[5];
};

} // namespace tongban::ledger
