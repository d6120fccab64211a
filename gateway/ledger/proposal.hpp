// What the gateway itself says of a case, by a timer or a worker: a proposal. It has the same event id whoever makes it, and
// evolve takes it only when it is true by state and the log's own time, so that rivals and wrong clocks do no harm.
#pragma once

#include "tongban/v1/ledger.pb.h"
#include "tongban/v1/view.pb.h"

#include <cstdint>
#include <string_view>

namespace tongban::ledger {

// The record of an event about that case, said by the gateway. `key` tells this proposal from the gateway's others of its
// kind about the case; `occurred_ms` is when what it says came to be.
v1::LedgerRecord propose(const v1::CaseState& about, v1::CaseEvent&& event, std::string_view key, std::int64_t occurred_ms);

} // namespace tongban::ledger
