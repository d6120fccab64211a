// The table's rows with who says them and what must hold, judged without an event: judgement.cpp has the last word.
#include "gateway/cases/next_steps.hpp"

#include "gateway/cases/archives.hpp"
#include "gateway/cases/closing.hpp"
#include "gateway/cases/evolve.hpp"
#include "gateway/cases/obligations.hpp"

#include <algorithm>

namespace tongban::cases {

namespace {

bool is_said_by(const transition& row, const v1::CaseState& state, const v1::Sender& sender) noexcept {
    const bool origin = sender.region() == state.origin_region();
    const bool destination = sender.region() == state.dest_region();
    switch (row.by) {
    case speaker::origin:
        return origin;
    case speaker::destination:
    case speaker::destination_or_gateway:
        return destination;
    case speaker::destination_or_mandate:
        return row.must_hold == guard::by_mandate ? origin && state.terms().accepts_by_mandate()
                                                  : destination || (origin && state.terms().accepts_by_mandate());
    case speaker::turn_window:
        return sender.role() == v1::ROLE_WINDOW && sender.region() == turn(state);
    case speaker::either:
        return origin || destination;
    case speaker::gateway:
        break;
    }
    return false;
}

bool any_under_way(const v1::CaseState& state) noexcept {
    const auto& all = state.papers().shipped();
    return std::any_of(all.begin(), all.end(), [](const v1::Shipment& one) { return !one.received(); });
}

bool any_brought(const v1::CaseState& state) noexcept {
    const auto& all = state.owed_materials();
    return std::any_of(all.begin(), all.end(), [](const v1::OwedItem& one) { return one.submitted(); });
}

bool may_urge(const v1::CaseState& state, const v1::Sender& sender) noexcept {
    return !state.has_bundle() &&
           (!is_urged(state) || (state.urge().overdue() && sender.region() == state.urge().by_region()));
}

bool holds(guard must_hold, const v1::CaseState& state, const v1::Sender& sender) noexcept {
    switch (must_hold) {
    case guard::not_received:
        return state.times().received_ms() == 0;
    case guard::not_extended:
        return !state.extended();
    case guard::supplemented:
        return state.supplement_rounds() > 0;
    case guard::no_open_withdrawal:
        return !state.withdraw_requested();
    case guard::open_withdrawal:
        return state.withdraw_requested();
    case guard::free_or_own_lease:
        return !state.has_lease() || state.lease().partner() == sender.partner();
    case guard::own_lease:
        return state.has_lease() && state.lease().partner() == sender.partner();
    case guard::collects_for_other:
        return state.business_mode() == v1::BUSINESS_MODE_COLLECT_FOR_OTHER;
    case guard::papers_under_way:
        return any_under_way(state);
    case guard::no_session:
        return !state.virtual_window().open();
    case guard::in_session:
        return state.virtual_window().open();
    case guard::names_owed:
        return !state.owed_materials().empty();
    case guard::names_brought:
        return any_brought(state);
    case guard::not_urged:
        return may_urge(state, sender);
    case guard::urged_by_other:
        return is_urged(state) && state.urge().by_region() != sender.region();
    case guard::next_round:
        return state.evaluation_rounds() < max_evaluation_rounds;
    case guard::rectification_owed:
        return state.rectification_owed();
    case guard::archives_missing:
        return state.has_parent() && state.archive_requests_size() < archive_requests_max;
    case guard::archives_asked_for:
        return owes_archives(state) || awaits_archives(state);
    case guard::asked_by_sibling:
        return false;
    // Of the event's own content, or the gateway's.
    case guard::none:
    case guard::new_content:
    case guard::new_content_same_b:
    case guard::clock_stops:
    case guard::lease_over:
    case guard::clock_due:
    case guard::in_session_or_none:
    case guard::by_mandate:
    case guard::tolerance_allowed:
    case guard::outcome_fits:
    case guard::child_news:
    case guard::all_ended:
    case guard::parent_told:
    case guard::sibling_told:
    case guard::revises_clocks:
        break;
    }
    return true;
}

} // namespace

next_steps next_steps_of(const v1::CaseState& state, const v1::Sender& sender) {
    next_steps steps;
    for (const auto& row : life_cycle()) {
        const bool here = (row.from & bit(state.status())) != 0;
        const bool free = row.event != v1::CaseEvent::kCertIssued || certificate_is_free(state);
        if (here && free && is_said_by(row, state, sender) && holds(row.must_hold, state, sender)) {
            (row.to == v1::CASE_STATUS_UNSPECIFIED ? steps.staying : steps.leading).push_back(row.event);
        }
    }
    return steps;
}

} // namespace tongban::cases
