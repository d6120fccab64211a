// The bridge from the pure rules to receipts and records.
#include "gateway/intake/catalogue_admission.hpp"

#include "gateway/cases/case_terms.hpp"
#include "gateway/cases/deciding_body.hpp"
#include "gateway/cases/listed_materials.hpp"
#include "gateway/cases/obligations.hpp"
#include "gateway/cases/tolerance_check.hpp"
#include "gateway/http/case_problem.hpp"
#include "gateway/intake/bundle_admission.hpp"
#include "gateway/intake/violation_at.hpp"

#include <algorithm>

namespace tongban::intake {

namespace {

cases::catalogue_judgement judge_item(const dialects::translated_event& translated, const std::optional<ledger::case_row>& before,
                                      const message_facts& facts) {
    const cases::source_path_of source_path = [&translated](std::string_view field) { return translated.source_path(field); };
    const auto& event = *translated.event;
    return before && before->state.status() == v1::CASE_STATUS_SUPPLEMENTING && event.has_case_submitted()
               ? cases::judge_answer(*facts.catalogue, event, before->state, source_path)
               : cases::judge(*facts.catalogue, event, day_of_receipt(facts), source_path);
}

} // namespace

std::int32_t day_of_receipt(const message_facts& facts) {
    const auto day = std::chrono::floor<std::chrono::days>(facts.received_at + std::chrono::hours{8});
    return static_cast<std::int32_t>(day.time_since_epoch().count());
}

std::optional<ledger::case_row> filed_before(const ledger::view& view, const v1::CaseEvent& event) {
    auto row = view.find(event.case_().case_id());
    return row ? std::move(*row) : std::nullopt;
}

cases::catalogue_judgement judge_opening(const dialects::translated_event& translated, bool opening,
                                         const std::optional<ledger::case_row>& before, const message_facts& facts,
                                         const ledger::view& view, v1::Receipt& receipt) {
    if (!opening) {
        return {};
    }
    auto judged = is_bundle(*translated.event) ? judge_bundle(translated, facts, view)
                  : facts.catalogue            ? judge_item(translated, before, facts)
                                               : cases::catalogue_judgement();
    auto of_number = judge_child_number(translated, before, judged.item == nullptr ? nullptr : judged.item->item, view);
    judged.found.insert(judged.found.end(), std::make_move_iterator(of_number.begin()), std::make_move_iterator(of_number.end()));
    for (const auto& violation : judged.found) {
        *receipt.add_violations() = violation;
    }
    return judged;
}

bool tolerance_is_allowed(const dialects::translated_event& translated, const v1::CaseState& standing,
                          const message_facts& facts, v1::Receipt& receipt) {
    const auto& event = *translated.event;
    if (!facts.catalogue || event.case_accepted().owed().empty()) {
        return true;
    }
    const cases::source_path_of source_path = [&translated](std::string_view field) { return translated.source_path(field); };
    const auto found = cases::judge_tolerance(*facts.catalogue, standing, event.case_accepted(), source_path);
    for (const auto& violation : found) {
        *receipt.add_violations() = violation;
    }
    return found.empty();
}

void keep_owed_terms(const message_facts& facts, const v1::CaseState& standing, v1::LedgerRecord& record) {
    const bool owes = !record.event().case_accepted().owed().empty() || !standing.terms().missing().empty();
    if (facts.catalogue && record.event().has_case_accepted() && owes) {
        cases::fill_owed(*facts.catalogue, standing, *record.mutable_event()->mutable_case_accepted());
    }
}

void keep_brought(const v1::CaseState& standing, v1::LedgerRecord& record) {
    v1::Dossier dossier;
    const bool asks = record.event().has_supplement_submitted() && !standing.terms().missing().empty();
    if (!asks || !dossier.ParseFromString(record.dossier())) {
        return;
    }
    for (const auto& missing : standing.terms().missing()) {
        v1::CatalogueMaterial wanted;
        wanted.set_code(missing.code());
        wanted.set_name(missing.name());
        if (cases::is_brought(wanted, dossier, {})) {
            record.add_brings(cases::key_of(missing));
        }
    }
}

void tell_foreign_decision(const dialects::translated_event& translated, const v1::CaseState& standing, v1::Receipt& receipt) {
    const auto& event = *translated.event;
    if (!event.has_case_closed()) {
        return;
    }
    if (const auto odd = cases::foreign_decision(standing, event.case_closed())) {
        *receipt.add_violations() = warning_at(translated, "case_closed.deciding_org.uscc", "deciding_body",
                                               odd->zh + "；已照收，请核对。", odd->en + "; taken as it is: please check.");
    }
}

void tell_unexplained_denial(const dialects::translated_event& translated, const v1::CaseState& standing, v1::Receipt& receipt) {
    const auto& event = *translated.event;
    const bool denies = event.case_closed().outcome() == v1::OUTCOME_DENIED && standing.decision() == v1::DECISION_UNSPECIFIED;
    if (!denies || !event.dossier().reason().empty()) {
        return;
    }
    *receipt.add_violations() =
        warning_at(translated, "dossier.reason", "required", "办结结果为不予许可，而未说明原因；已照收，请告知申请人理由。",
                   "The case is closed as denied and no reason is given; taken as it is: the applicant must be told why.");
}

void keep_terms(const cases::catalogue_judgement& judged, v1::LedgerRecord& record) {
    if (judged.bundle) {
        record.clear_routed();
        *record.mutable_bundle_started() = *judged.bundle;
    } else if (judged.item != nullptr && record.has_routed()) {
        cases::fill_terms(judged, *record.mutable_routed()->mutable_terms());
    }
}

http::problem problem_of(const cases::catalogue_judgement& judged) {
    const auto first = std::find_if(judged.found.begin(), judged.found.end(),
                                    [](const v1::Violation& one) { return !one.warning(); });
    return first == judged.found.end() ? http::invalid("", "") : http::invalid(first->message_zh(), first->message_en());
}

} // namespace tongban::intake
