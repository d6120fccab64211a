// What the process itself is: CPU, memory, descriptors, and log lines that were lost.
#pragma once

#include "monitoring/metrics.hpp"

namespace tongban::monitoring {

// Adds the process_* series that Prometheus' own client libraries have, read from /proc at each scrape, and
// tongban_log_lines_dropped_total. Call once.
void add_process_metrics(registry& metrics);

} // namespace tongban::monitoring
