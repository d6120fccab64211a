// A case's timeline as its two sides read it: one line for each event. 路由 has no record of its own (the
// gateway decides it with the filing, LedgerRecord.routed), but it is an event of the life cycle and gets its
// line.
#pragma once

#include "gateway/ledger/case_sight.hpp"

#include <vector>

namespace tongban::inbox {

// In ledger order, of the runs that `sight` sees. A filing that was routed is two lines: CASE_SUBMITTED, then ROUTED with the
// region of the queue and the same position in the ledger.
std::vector<v1::TimelineEntry> timeline_of(const std::vector<ledger::stored_event>& events, const ledger::case_sight& sight);

} // namespace tongban::inbox
