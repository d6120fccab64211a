// The operations listener: metrics, liveness, readiness with reasons, status, reconciliation, figures, dead letters.
#pragma once

#include "connectors/log/event_log.hpp"
#include "gateway/cases/catalogue.hpp"
#include "gateway/http/message.hpp"
#include "gateway/ledger/ledger.hpp"
#include "monitoring/metrics.hpp"
#include "security/live.hpp"
#include "security/partner_directory.hpp"
#include "security/tls_context.hpp"

#include <atomic>
#include <memory>
#include <vector>

namespace tongban::app {

struct operations_parts {
    const log::event_log& log;
    ledger::ledger& ledger;
    const monitoring::registry& metrics;
    const security::live<security::tls_context>& tls;
    const std::atomic<bool>& draining;
    const security::live<security::partner_directory>& partners;
    const security::live<cases::catalogue>& catalogue; // may hold none
};

// GET /metrics, /livez, /readyz, /status, /reconciliation, /figures, and what delivery::dead_letter_routes has. The parts outlive
// the routes.
std::vector<http::route> operations_routes(const operations_parts& parts);

} // namespace tongban::app
