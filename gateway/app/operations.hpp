// The operations listener: metrics, liveness, readiness with reasons, status, reconciliation, figures, dead letters.
#pragma once

#include "connectors/log/event_log.hpp"
#include "gateway/app/own_certificates.hpp"
#include "gateway/cases/catalogue.hpp"
#include "gateway/http/message.hpp"
#include "gateway/ledger/ledger.hpp"
#include "monitoring/metrics.hpp"
#include "security/live.hpp"
#include "security/partner_directory.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tongban::app {

// What of regions' topics does not work now; empty when all does, or there are none. For operators, and no reason to take
// a replica out of service: HTTPS goes on.
struct topics_trouble {
    std::string en;
    std::string zh;
};

struct operations_parts {
    const log::event_log& log;
    ledger::ledger& ledger;
    const monitoring::registry& metrics;
    const own_certificates& certificates;
    const std::atomic<bool>& draining;
    const security::live<security::partner_directory>& partners;
    const security::live<cases::catalogue>& catalogue; // may hold none
    std::function<topics_trouble()> intake_topics;
    std::function<topics_trouble()> delivery_topics;
};

// GET /metrics, /livez, /readyz, /status, /reconciliation, /figures, and what delivery::dead_letter_routes has. The parts outlive
// the routes.
std::vector<http::route> operations_routes(const operations_parts& parts);

} // namespace tongban::app
