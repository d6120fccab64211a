// The event log's own figures as metrics.
#pragma once

#include "connectors/log/log_statistics.hpp"
#include "monitoring/metrics.hpp"

namespace tongban::app {

// A sink that keeps gauges of the newest figures. Safe on any thread; lives as long as `metrics`.
log::statistics_sink log_statistics_gauges(monitoring::registry& metrics);

} // namespace tongban::app
