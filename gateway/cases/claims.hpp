// Who holds a case: leases with fencing tokens. The token counts claims, so a holder that lost its lease
// shows an old one. All times are the record's own.
#pragma once

#include "gateway/cases/evolve.hpp"
#include "gateway/cases/life_cycle.hpp"

namespace tongban::cases {

// A lease that asks for more counts as this; one that asks for nothing as a second.
inline constexpr std::int64_t max_lease_seconds = 86'400; // a day

// True while a window holds the case: until the end of its lease, which is not part of it.
bool lease_is_live(const v1::CaseState& state, std::int64_t now_ms) noexcept;

// True when the record extends the live lease of its own window and operator.
bool extends_lease(const v1::CaseState& state, const v1::LedgerRecord& record, std::int64_t now_ms) noexcept;

// `applied` when the sender may act as far as claims go. Precondition: its side and role may say the event.
verdict check_claim(const v1::CaseState& state, const v1::LedgerRecord& record, const transition* row,
                    std::int64_t now_ms) noexcept;

// CLAIMED, after check_claim: a new lease with a new token, or the old one extended.
void take_lease(v1::CaseState& state, const v1::LedgerRecord& record, std::int64_t now_ms);

} // namespace tongban::cases
