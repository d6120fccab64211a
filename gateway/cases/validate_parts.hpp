// The parts of validate(): what may stand in the dossier, in the open facts, and what each event requires.
#pragma once

#include "gateway/cases/value_rules.hpp"

namespace tongban::cases {

// Everything about people: each value by its own rule, and what two values say about each other.
void check_dossier(rules& rules, const place& in, const v1::Dossier& dossier, const v1::CaseEvent& event);

// The item of a filing or a collection.
void check_item(rules& rules, const place& event, const v1::Item& item);

// The event's own message: each value by its own rule.
void check_body(rules& rules, const place& event, const v1::CaseEvent& value);

// Of those the events beside the life cycle's steps, and what each of them requires.
void check_beside(rules& rules, const place& in, const v1::CaseEvent& value);
void check_required_beside(rules& rules, const place& dossier, const v1::CaseEvent& value);

// What must be there for this event, beside what every event needs.
void check_required(rules& rules, const place& event, const v1::CaseEvent& value);

} // namespace tongban::cases
