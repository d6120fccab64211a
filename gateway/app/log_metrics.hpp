// The event log's own figures as metrics.
#pragma once

#include "connectors/log/log_statistics.hpp"
#include "monitoring/metrics.hpp"

namespace tongban::app {

// A sink that keeps the newest figures for scrapes. Safe on any thread; lives as long as `metrics`.
log::statistics_sink log_statistics_metrics(monitoring::registry& metrics);

} // namespace tongban::app
