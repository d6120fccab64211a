// Which cases a reconciliation counts, as a person writes it: the same for the command, of a ledger or of a running
// gateway, and for GET /reconciliation.
#pragma once

#include "gateway/ledger/reconciliation.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace tongban::app {

// Milliseconds since 1970: "2026-11-01" is the beginning of that day in China, all else is RFC 3339. nullopt for other text.
std::optional<std::int64_t> reconciled_time(std::string_view text);

// "370800-140400", origin and destination, into `filter`. False for other text.
bool read_pair(std::string_view text, ledger::reconciliation_filter& filter);

// "from=…&to=…&pair=…" for a request's query, times in UTC; empty for all cases.
std::string query_of(const ledger::reconciliation_filter& filter);

} // namespace tongban::app
