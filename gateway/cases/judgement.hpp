// Whether a ledger record takes effect on a case: who says it, under which claim, in which state. Reads only, so that a
// refused record cannot have touched the state; evolve folds what is applied.
#pragma once

#include "gateway/cases/evolve.hpp"
#include "gateway/cases/life_cycle.hpp"

namespace tongban::cases {

// No event of the case was applied yet.
inline bool is_new(const v1::CaseState& state) noexcept {
    return state.status() == v1::CASE_STATUS_UNSPECIFIED;
}

// First reason against the record, or `applied`. `row` is the life cycle's for this state and event; null when it has none.
verdict judge(const v1::CaseState& state, const v1::LedgerRecord& record, const transition* row, std::int64_t now_ms);

// The id of an event that was applied is known from then on: applied once, however often it is said.
void remember_applied(v1::CaseState& state, std::string_view event_id);
bool was_applied(const v1::CaseState& state, std::string_view event_id) noexcept;

} // namespace tongban::cases
