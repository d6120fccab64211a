// Outcomes by the decision, certificates by what is owed.
#include "gateway/cases/closing.hpp"

#include "gateway/cases/life_cycle.hpp"
#include "gateway/cases/obligations.hpp"

namespace tongban::cases {

namespace {

// What ends a case otherwise is an event of its own: 退件, 不予受理, 补正超时, 撤回, 作废, 转办.
bool fits(v1::Decision decision, v1::Outcome outcome) noexcept {
    switch (outcome) {
    case v1::OUTCOME_APPROVED_WITH_CERT:
        return decision != v1::DECISION_DENIED;
    case v1::OUTCOME_DENIED:
        return decision != v1::DECISION_APPROVED;
    case v1::OUTCOME_COMPLETED: // without a certificate: also said of 不予 by a city that has no code for it
    case v1::OUTCOME_UNSPECIFIED:
        return true;
    default:
        return false;
    }
}

bool denies(const v1::CaseEvent& event) noexcept {
    return event.decided().decision() == v1::DECISION_DENIED || event.case_closed().outcome() == v1::OUTCOME_DENIED;
}

} // namespace

bool certificate_is_free(const v1::CaseState& state) noexcept {
    return state.owed_materials().empty() || state.terms().certificate_before_cleared();
}

verdict check_outcome(const v1::CaseState& state, const v1::CaseClosed& closed) noexcept {
    return fits(state.decision(), closed.outcome()) ? verdict::applied : verdict::decision_conflict;
}

verdict check_certificate(const v1::CaseState& state, const v1::LedgerRecord& record) {
    const auto& event = record.event();
    const bool gives = record.gives_certificate() || event.has_cert_issued() ||
                       event.case_closed().outcome() == v1::OUTCOME_APPROVED_WITH_CERT;
    // What the applicant brings, or is in archives, may be a licence, and what comes with a denial is its letter.
    if (!gives || event.has_owed_submitted() || event.has_archive_replied() || denies(event)) {
        return verdict::applied;
    }
    if (event.has_case_accepted()) {
        const auto& accepted = event.case_accepted();
        const bool owes = !accepted.owed().empty() || !still_missing(state.terms(), accepted).empty();
        return owes && !state.terms().certificate_before_cleared() ? verdict::materials_owed : verdict::applied;
    }
    const bool held = (while_owed & bit(state.status())) != 0 && !certificate_is_free(state);
    return held ? verdict::materials_owed : verdict::applied;
}

} // namespace tongban::cases
