// The figures of supervision as counters: of the whole ledger since its first record, not of this process, so they go back
// at no restart and every replica shows the same. Two families, since regions times classes times figures are too many series.
#pragma once

#include "gateway/ledger/figure_watch.hpp"
#include "gateway/ledger/ledger_metrics.hpp"
#include "monitoring/metrics.hpp"

#include <functional>

namespace tongban::ledger {

using collect_figures = std::function<void(const figure_watch& figures, bounded_labels& regions)>;

// `with_figures` calls what it is given, unless the ledger is gone or its view is not whole yet.
void make_figure_counters(monitoring::registry& registry, const std::function<void(const collect_figures&)>& with_figures);

} // namespace tongban::ledger
