// A case's timeline as its two sides read it: one line for each event. 路由 has no record of its own (the
// gateway decides it with the filing, LedgerRecord.routed), but it is an event of the life cycle and gets its
// line.
#pragma once

#include "gateway/ledger/view.hpp"

#include <boost/system/result.hpp>

#include <vector>

namespace tongban::inbox {

// In ledger order. A filing that was routed is two lines: CASE_SUBMITTED, then ROUTED with the region of the
// queue and the same position in the ledger.
boost::system::result<std::vector<v1::TimelineEntry>> timeline_of(const ledger::view& reads,
                                                                  ledger::case_number number);

} // namespace tongban::inbox
