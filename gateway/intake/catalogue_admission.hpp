// What the catalogue and the agreements say of a case that is about to be opened, on its way to a receipt.
#pragma once

#include "gateway/cases/catalogue_rules.hpp"
#include "gateway/http/problem.hpp"
#include "gateway/intake/admission.hpp"

namespace tongban::intake {

// The case that the event files anew, as it stands; nullopt: none of its id is known.
std::optional<ledger::case_row> filed_before(const ledger::view& view, const v1::CaseEvent& event);

// Adds what is found to the receipt. Nothing without a catalogue, or for an event that opens no case; a filing for several
// items is judged as a bundle, one that answers a 补正 by the terms of its case.
cases::catalogue_judgement judge_opening(const dialects::translated_event& translated, bool opening,
                                         const std::optional<ledger::case_row>& before, const message_facts& facts,
                                         const ledger::view& view, v1::Receipt& receipt);

// The same of an acceptance with missing materials 容缺. False when refused.
bool tolerance_is_allowed(const dialects::translated_event& translated, const v1::CaseState& standing,
                          const message_facts& facts, v1::Receipt& receipt);

// What such an acceptance leaves open goes into its record from the item; its digests stay those of what was said, so the
// same message is the same event under any catalogue.
void keep_owed_terms(const message_facts& facts, const v1::CaseState& standing, v1::LedgerRecord& record);

// What a 补正 brings of the materials that were missing at the filing goes into its record: evolve sees no dossier.
void keep_brought(const v1::CaseState& standing, v1::LedgerRecord& record);

// A closing by a body that is neither the item's owner nor its delegate 2号章 is taken, and the receipt says so.
void tell_foreign_decision(const dialects::translated_event& translated, const v1::CaseState& standing, v1::Receipt& receipt);

// A closing that implies 不予 without saying why is taken, and the receipt says so, as for a decision that does not.
void tell_unexplained_denial(const dialects::translated_event& translated, const v1::CaseState& standing, v1::Receipt& receipt);

// 办理条件, or the plan of a bundle, go into the record of a submission, so that replay needs no catalogue.
void keep_terms(const cases::catalogue_judgement& judged, v1::LedgerRecord& record);

// A refusal that names its first reason: a city's answer shows one sentence.
http::problem problem_of(const cases::catalogue_judgement& judged);

} // namespace tongban::intake
