// What the view's rows of one case amount to: filed, ended or open, and what became of each event that is due. Counted
// from the case's own events and the lists of its regions, and held against its state, its settled deliveries and its
// places in the queues.
#pragma once

#include "gateway/ledger/reconciliation.hpp"
#include "gateway/ledger/view.hpp"

#include <map>
#include <string>
#include <vector>

namespace tongban::ledger {

struct case_balance {
    bool taken = true;   // by the filter; if not, nothing below but what was read is told
    bool moving = false; // it went on each time it was read, so that what does not fit may fit
    // 0 or 1 each.
    std::int64_t accepted = 0;
    std::int64_t closed = 0;
    std::int64_t open = 0;
    std::int64_t collected_only = 0;
    std::map<std::string, target_account, std::less<>> targets; // by region
    std::vector<finding> findings;
    std::size_t rows = 0; // looked at: of the case, its events and its settled deliveries
    std::size_t bytes = 0;
};

// Reads a case while the view goes on: what is told was all there at one time. A case whose row nobody can read is taken
// by every filter, because it may be any. At most max_events_per_case + refused_kept_max events are looked at, and two
// settled deliveries of each. Thread-safe; an error is the store's.
boost::system::result<case_balance> balance_of(const store::view_store& rows, case_number number,
                                               const reconciliation_filter& filter);

} // namespace tongban::ledger
