// A reconciliation as JSON and as tables in both languages: of a ledger, and of a running system.
#pragma once

#include "gateway/ledger/reconciliation.hpp"
#include "gateway/ledger/view_accounts.hpp"

#include <boost/json/object.hpp>

#include <ostream>

namespace tongban::app {

// Of a view that cannot be compared only that: nothing was counted.
boost::json::object as_json(const ledger::reconciliation& report);
// With the cursor for the next stretch; what GET /reconciliation answers.
boost::json::object as_json(const ledger::standing_accounts& accounts);

// Prints either, as its JSON has it.
void print_reconciliation(const boost::json::object& told, std::ostream& out);

} // namespace tongban::app
