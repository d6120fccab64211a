// What a window and both sides of a case work with: the list of waiting work, claims under a lease with a
// fencing token, and reads of a case. A case is shown only to the partners of its two regions; to all others
// it does not exist.
#pragma once

#include "connectors/licences/licence_service.hpp"
#include "gateway/cases/catalogue.hpp"
#include "gateway/http/message.hpp"
#include "gateway/ledger/ledger.hpp"
#include "monitoring/metrics.hpp"
#include "security/live.hpp"
#include "security/partner_directory.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tongban::inbox {

struct window_settings {
    std::chrono::seconds lease_default{1800};
    std::chrono::seconds lease_max{28800}; // longer ones are cut to it
    std::chrono::seconds wait_max{30};     // longest long-poll
    std::size_t page_max = 200;
};

// A region's licence service 电子证照, and the partner that names it.
struct named_service {
    std::shared_ptr<licences::licence_service> service;
    std::string name;
};
using licence_lookup = std::function<named_service(std::string_view region)>;

struct inbox_parts {
    ledger::ledger& ledger;
    const security::live<security::partner_directory>& partners;
    window_settings settings;
    const security::live<cases::catalogue>* catalogue = nullptr; // holds null while none is configured
    licence_lookup licences = {};                                // empty: there are none
};

// GET /v1/catalogue, GET /v1/inbox, GET /v1/cases, GET /v1/cases/{id}, GET /v1/cases/{id}/timeline, GET /v1/cases/{id}/tree,
// POST /v1/cases/{id}/claim, POST /v1/cases/{id}/release, POST /v1/cases/{id}/licences, GET /v1/whoami. The parts outlive the
// routes.
std::vector<http::route> routes(const inbox_parts& parts, monitoring::registry& metrics);

} // namespace tongban::inbox
