// A filing for several items 一件事 on its way to a receipt: the plan it becomes, or every reason against it.
#pragma once

#include "gateway/cases/catalogue_rules.hpp"
#include "gateway/intake/admission.hpp"

namespace tongban::intake {

bool is_bundle(const v1::CaseEvent& event) noexcept;

// The lead place 牵头地 is the origin; a filing that names another is told so.
void lead_from_origin(dialects::translated_event& translated, v1::Receipt& receipt);

// The plan stands in `bundle` of the judgement. Precondition: is_bundle() and lead_from_origin() was called.
cases::catalogue_judgement judge_bundle(const dialects::translated_event& translated, const message_facts& facts,
                                        const ledger::view& view);

// A filing under the number of a bundle's child: a child that is to be filed again stays the same matter at the same place for
// the same person, and one that waits for its turn is the gateway's to file. `before`: the case as it
// stands; `item`: what the catalogue found, or null.
std::vector<v1::Violation> judge_child_number(const dialects::translated_event& translated,
                                              const std::optional<ledger::case_row>& before, const v1::CatalogueItem* item,
                                              const ledger::view& view);

// What a child of 多地联办 may be extended by differs from other cases: adds what breaks the rule of this one.
void check_extension(const dialects::translated_event& translated, const v1::CaseState& standing, v1::Receipt& receipt);

} // namespace tongban::intake
