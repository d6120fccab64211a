// Dead letters on the operations listener: what could not be delivered, with all that was tried, and the operator's
// word on it. Replay and discard are facts in the ledger with operator and reason. Events' contents are never shown.
#pragma once

#include "gateway/http/message.hpp"
#include "gateway/ledger/ledger.hpp"
#include "security/live.hpp"
#include "security/partner_directory.hpp"

#include <vector>

namespace tongban::delivery {

// All outlive the routes.
struct dead_letter_parts {
    ledger::ledger& ledger;
    const security::live<security::partner_directory>& partners;
};

// GET /deadletters, GET /deadletters/{id}, POST /deadletters/{id}/replay, POST /deadletters/{id}/discard and
// POST /deadletters/replay?region=. For a listener that only operators reach.
std::vector<http::route> dead_letter_routes(const dead_letter_parts& parts);

} // namespace tongban::delivery
