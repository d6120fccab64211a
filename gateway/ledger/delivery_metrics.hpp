// Series about deliveries: what became of them, attempts, time to acknowledgement, and what waits. Names, labels and
// meaning: monitoring/README.md.
#pragma once

#include "gateway/ledger/delivery_view.hpp"
#include "gateway/ledger/ledger_metrics.hpp"

namespace tongban::ledger {

class delivery_metrics {
public:
    // Regions past the bound of `regions` share a label.
    delivery_metrics(monitoring::registry& registry, bounded_labels& regions);

    // Called by the projector for each record about deliveries that was recorded since this process started.
    void projected(const folded& outcome);

private:
    bounded_labels& regions_;
    monitoring::counter_family* settled_;
    monitoring::counter_family* attempts_;
    monitoring::counter_family* refused_facts_;
    monitoring::histogram_family* acknowledged_seconds_;
};

// What the delivery gauges read at scrape time.
struct delivery_gauge_source {
    const delivery_view& deliveries;
    const view& cases;
    bounded_labels& regions;
    std::uint32_t partitions;
    std::int64_t now_ms;
};
// `source` gives nothing when the ledger is gone or not open yet.
void make_delivery_gauges(monitoring::registry& registry,
                          const std::function<bool(const std::function<void(const delivery_gauge_source&)>&)>& source);

} // namespace tongban::ledger
