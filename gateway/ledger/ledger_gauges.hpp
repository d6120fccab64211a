// Gauges of the ledger computed when somebody scrapes: open cases, inboxes, leases, positions, sizes.
#pragma once

#include "gateway/ledger/housekeeper.hpp"
#include "gateway/ledger/inbox_watch.hpp"
#include "gateway/ledger/ledger_metrics.hpp"
#include "gateway/ledger/projector.hpp"
#include "gateway/ledger/waiting.hpp"
#include "monitoring/metrics.hpp"

#include <functional>
#include <memory>

namespace tongban::ledger {

struct gauge_source {
    const store::view_store& rows;
    const view& reads;
    inbox_watch& watch;
    clock_watch& clocks;
    bundle_watch& bundles;
    const waiting& waiters;
    const projector& projecting;
    const housekeeper& errands;
    bounded_labels& regions;
};

// `source` gives null when the ledger is gone; the gauges are empty then.
void make_ledger_gauges(monitoring::registry& registry,
                        const std::function<std::shared_ptr<const gauge_source>()>& source);

} // namespace tongban::ledger
