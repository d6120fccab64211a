// A message that is sent again is answered as the first time, whatever partners, catalogue, agreements and store say by now.
#pragma once

#include "gateway/intake/admission.hpp"

namespace tongban::intake {

// What the view already knows as filed cannot become unfiled: a retry storm costs reads, not appends. Completes the
// receipt when the submission that stands is sent again. `before`: the case before this message, which goes into the answer.
bool is_filed_already(const ledger::ledger& ledger, std::optional<ledger::case_row>& before, admission& result);

// Of a duplicate: when, as which revision and under which id it was recorded first. A key under which something else was said
// before is refused instead: the sender would take the first receipt for that of its new content.
void tell_first(v1::Receipt& receipt, const v1::LedgerRecord& record, const ledger::view& view);

// The record's event took effect on its case before. Waits for this replica to catch up where the case stands and the event
// is not known: another replica may have taken it a moment ago.
boost::asio::awaitable<bool> took_effect(const v1::LedgerRecord& record, ledger::ledger& ledger,
                                         std::chrono::steady_clock::time_point deadline);

// Of an event that came in a dialect and without a key, and is not known by its id: the id under which the same bytes from the
// same partner took effect on the case, when they did. The dialect may read more in them than it did then.
void take_id_of_same_bytes(v1::LedgerRecord& record, const ledger::view& view);

// Of a repetition: what would be said against it today is not said.
void forget_refusals(v1::Receipt& receipt);

} // namespace tongban::intake
