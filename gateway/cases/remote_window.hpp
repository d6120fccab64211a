// What two windows do for an applicant who stands at only one of them: paper originals on their way 材料寄递, and sessions
// of the remote virtual window 远程虚拟窗口 with the identity check in them. Facts beside the life cycle: no state changes.
// 国办发〔2020〕35号 names both for 异地代收代办.
#pragma once

#include "gateway/cases/case_clocks.hpp"
#include "gateway/cases/evolve.hpp"
#include "gateway/cases/life_cycle.hpp"

namespace tongban::cases {

// Of the guards about papers and sessions: `applied` when the event may take effect.
verdict check_remote_window(const v1::CaseState& state, const v1::LedgerRecord& record, guard must_hold) noexcept;

// Folds such an event; any other changes nothing.
void fold_remote_window(v1::CaseState& state, const v1::CaseEvent& event, std::int64_t now_ms);

// A legal end interrupts the session that is open.
void end_session_with_case(v1::CaseState& state, std::int64_t now_ms);

// A new run after 退件 or 补正不来, perhaps for another destination: parcels may still be under way, and session numbers are used.
void begin_remote_window_again(v1::CaseState& state, std::string_view dest_region);

// When the open session is closed because nothing happened in it; at_ms 0: none is open. Who joins again shows that it lives.
case_timer end_of_session(const v1::CaseState& state) noexcept;

} // namespace tongban::cases
