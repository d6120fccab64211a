// What is owed beside the step that the state asks for: materials accepted as missing 容缺, the answer to an urge 督办, the
// rectification after a bad grade 差评整改. Each has its own due time; the clock of the case (case_clocks.hpp) runs on.
#pragma once

#include "gateway/cases/case_clocks.hpp"
#include "gateway/cases/evolve.hpp"
#include "gateway/cases/life_cycle.hpp"
#include "gateway/cases/working_days.hpp"

namespace tongban::cases {

// Where neither the event nor the item names a limit, in working days.
inline constexpr std::int32_t default_owed_days = 15;
inline constexpr std::int32_t default_urge_days = 3;
inline constexpr std::uint32_t default_rectification_days = 15;

// 差评: asks for a reason, and owes a rectification.
constexpr bool is_bad(v1::Grade grade) noexcept {
    return grade == v1::GRADE_DISSATISFIED || grade == v1::GRADE_VERY_DISSATISFIED;
}

// Of the guards about obligations: `applied` when the event may take effect.
verdict check_obligation(const v1::CaseState& state, const v1::LedgerRecord& record, guard must_hold);

// What an owed material goes by: its code, or its name where it has none.
template <typename Material>
const std::string& key_of(const Material& owed) noexcept {
    return owed.code().empty() ? owed.name() : owed.code();
}

// The owed material that people mean by a code, or by a name where no code is that: white space around it and full-width forms set
// aside. Null: none is owed by it.
const v1::OwedItem* owed_named(const v1::CaseState& state, std::string_view said);

// Required materials that were missing at the filing, for which no letter of commitment stands and which the acceptance does not
// name: owed all the same, for nobody brought them.
std::vector<v1::OwedMaterial> still_missing(const v1::CaseTerms& terms, const v1::CaseAccepted& accepted);
// 补正: what B asks for has to come before the acceptance, and is no longer to come after it.
void ask_for_missing(v1::CaseState& state, const v1::SupplementRequired& asked);
// 容缺受理: what was accepted as missing is owed from `at_ms` on.
void owe_materials(v1::CaseState& state, const v1::CaseAccepted& accepted, const working_days& days, std::int64_t at_ms);
// 容缺补交: the destination owes its word on what came in, within the days it has for 补正告知. Brought again, the promised day is put
// off by the days that it waited until then. `rules` are those of clocks that the record was written under.
void owe_word(v1::CaseState& state, const v1::OwedSubmitted& brought, const working_days& days, std::int64_t at_ms,
              std::uint32_t rules);
// 容缺补交不符: owed again. Until the day that the destination names; else until the promised one, put off by the days that the
// material waited for the destination, so that its delay is not the applicant's; never on a day off.
void owe_again(v1::CaseState& state, const v1::OwedRefused& refused, const working_days& days, std::int64_t at_ms,
               std::uint32_t rules);
// 督办: the side that did not say it owes an answer.
void owe_answer(v1::CaseState& state, const v1::LedgerRecord& record, const working_days& days, std::int64_t at_ms);
// Events that settle, or tell of, what is owed; any other changes nothing.
void fold_obligation(v1::CaseState& state, const v1::LedgerRecord& record);
// By another calendar.
void revise_obligations(v1::CaseState& state, const working_days& days);

// 终止办理 follows from the 容缺逾期 that was just folded.
bool ends_by_owed_material(const v1::CaseState& state, const v1::CaseEvent& event) noexcept;

// An urge waits for its answer.
bool is_urged(const v1::CaseState& state) noexcept;
// Something is; at a legal end nothing is any more.
bool owes_beside(const v1::CaseState& state) noexcept;
// What is owed beside the step: the nearest day of 容缺补齐, the word on what was brought, the answer to an urge, the reply
// about archives that is due first, 差评整改.
// Without days_left.
std::vector<v1::Owed> owed_beside(const v1::CaseState& state);

// The earliest that the gateway's timer has to say about them; at_ms 0: nothing.
case_timer next_obligation(const v1::CaseState& state) noexcept;
// 材料编码 that a reminder or a lapse with that due time is about.
std::vector<std::string> owed_codes(const v1::CaseState& state, const case_timer& timer);
v1::OwedConsequence gravest(const v1::CaseState& state, std::int64_t due_ms) noexcept;

} // namespace tongban::cases
