// The parts of validate(): what may stand in the dossier, in the open facts, and what each event requires.
#pragma once

#include "gateway/cases/value_rules.hpp"

namespace tongban::cases {

// Everything about people: each value by its own rule, and what two values say about each other.
void check_dossier(rules& rules, const place& in, const v1::Dossier& dossier, const v1::CaseEvent& event);

// The event's own message: each value by its own rule.
void check_body(rules& rules, const place& event, const v1::CaseEvent& value);

// What must be there for this event, beside what every event needs.
void check_required(rules& rules, const place& event, const v1::CaseEvent& value);

// 差评 asks for a reason.
constexpr bool is_bad(v1::Grade grade) noexcept {
    return grade == v1::GRADE_DISSATISFIED || grade == v1::GRADE_VERY_DISSATISFIED;
}

} // namespace tongban::cases
