// When an event is said to have happened, beside what the case knows already.
#pragma once

#include "gateway/intake/admission.hpp"

namespace tongban::intake {

// A time on a day before the case's newest legal time, or after the receipt, cannot be: the ledger's counts, which may move a due
// day, and the receipt says so.
void tell_impossible_time(const dialects::translated_event& translated, const v1::CaseState& standing,
                          const message_facts& facts, v1::Receipt& receipt);

// An extension of a limit that had passed is taken, and the receipt says so.
void tell_late_extension(const dialects::translated_event& translated, const v1::CaseState& standing,
                         const message_facts& facts, v1::Receipt& receipt);

} // namespace tongban::intake
