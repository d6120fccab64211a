// The order of the checks is the order of what the sender can act on.
#include "gateway/cases/judgement.hpp"

#include "gateway/cases/archives.hpp"
#include "gateway/cases/bundles.hpp"
#include "gateway/cases/case_clocks.hpp"
#include "gateway/cases/claims.hpp"
#include "gateway/cases/closing.hpp"
#include "gateway/cases/obligations.hpp"
#include "gateway/cases/remote_window.hpp"

#include <algorithm>
#include <cstring>
#include <string>

namespace tongban::cases {

namespace {

constexpr std::size_t remembered_bytes = 8; // of each applied event id

struct remembered_id {
    char bytes[remembered_bytes]{};
    explicit remembered_id(std::string_view id) noexcept {
        std::memcpy(bytes, id.data(), std::min(id.size(), remembered_bytes));
    }
};

bool opens_case(v1::CaseEvent::BodyCase body) noexcept {
    return body == v1::CaseEvent::kCaseCollected || body == v1::CaseEvent::kCaseSubmitted;
}

verdict check_role(v1::Role role, v1::CaseEvent::BodyCase body) noexcept {
    const auto by = speaker_of(body);
    const bool allowed = role == v1::ROLE_GATEWAY
                             ? by == speaker::gateway || by == speaker::destination_or_gateway
                         : role == v1::ROLE_WINDOW   ? by != speaker::gateway
                         : role == v1::ROLE_PLATFORM ? by != speaker::gateway && by != speaker::turn_window
                                                     : false;
    return allowed ? verdict::applied : verdict::wrong_role;
}

verdict check_side(const v1::CaseState& state, const v1::LedgerRecord& record) noexcept {
    if (record.sender().role() == v1::ROLE_GATEWAY) {
        return verdict::applied;
    }
    const std::string_view region = record.sender().region();
    const std::string_view origin =
        is_new(state) ? record.event().case_().origin_region() : state.origin_region();
    const bool is_origin = !region.empty() && region == origin;
    const bool is_destination = !region.empty() && region == state.dest_region();
    const auto by = speaker_of(record.event().body_case());
    const bool allowed =
        by == speaker::origin   ? is_origin
        : by == speaker::either ? is_origin || is_destination
        // Out of anybody's turn it is the state that refuses a claim, not the side.
        : by == speaker::turn_window
            ? (is_claimable(state.status()) ? region == turn(state) : is_origin || is_destination)
        : by == speaker::destination_or_mandate ? is_destination || (is_origin && state.terms().accepts_by_mandate())
                                                : is_destination;
    return allowed ? verdict::applied : verdict::wrong_side;
}

verdict check_limit(const v1::CaseState& state, const v1::LedgerRecord& record, const transition* row,
                    std::int64_t now_ms) noexcept {
    const bool stays = row != nullptr && row->to == v1::CASE_STATUS_UNSPECIFIED;
    const bool new_claim = (record.event().has_claimed() && !extends_lease(state, record, now_ms)) ||
                           record.event().has_lease_expired();
    const auto limit = !stays      ? max_events_per_case
                       : new_claim ? max_events_with_claims
                                   : max_events_that_stay;
    return state.event_count() < limit ? verdict::applied : verdict::event_limit;
}

// 通办方式 says who does what in a run: papers, sessions and mandate hang on it from the collection on.
bool keeps_mode(const v1::CaseState& state, const v1::CaseSubmitted& filed) noexcept {
    return state.business_mode() == v1::BUSINESS_MODE_UNSPECIFIED || filed.business_mode() == v1::BUSINESS_MODE_UNSPECIFIED ||
           filed.business_mode() == state.business_mode();
}

// An answer to a 补正 is about the same 事项: its version, promise and agreement were settled when the case was routed.
bool keeps_item(const v1::CaseState& state, const v1::CaseSubmitted& filed) noexcept {
    const auto& asked = filed.item().impl_code();
    return asked.empty() || state.item_impl_code().empty() || asked == state.item_impl_code();
}

// What a submission meets in a case that has one: the same content is a repetition whatever the state.
verdict check_submission(const v1::CaseState& state, const v1::LedgerRecord& record,
                         const transition* row) noexcept {
    const bool same_mode = keeps_mode(state, record.event().case_submitted());
    if (state.revision() == 0) {
        return same_mode ? verdict::applied : verdict::wrong_mode;
    }
    if (state.content_digest() == record.content_digest()) {
        return verdict::duplicate;
    }
    const bool same_run = row != nullptr && row->must_hold == guard::new_content_same_b;
    const bool moves_away = same_run && record.event().case_().dest_region() != state.dest_region();
    if (row == nullptr || moves_away || (same_run && !keeps_item(state, record.event().case_submitted()))) {
        return verdict::content_conflict;
    }
    return same_run && !same_mode ? verdict::wrong_mode : verdict::applied;
}

verdict check_guard(const v1::CaseState& state, const v1::LedgerRecord& record, guard must_hold) {
    const auto& event = record.event();
    const auto legal_if = [](bool holds) { return holds ? verdict::applied : verdict::illegal_transition; };
    switch (must_hold) {
    case guard::not_received:
        return legal_if(state.times().received_ms() == 0);
    case guard::clock_stops:
        return legal_if(event.special_started().kind() != v1::SPECIAL_KIND_EXTENSION);
    case guard::not_extended:
        return state.extended() ? verdict::already_extended : verdict::applied;
    case guard::supplemented:
        return legal_if(state.supplement_rounds() > 0);
    case guard::no_open_withdrawal:
        return legal_if(!state.withdraw_requested());
    case guard::open_withdrawal:
        return legal_if(state.withdraw_requested());
    case guard::by_mandate:
        return record.sender().region() == state.origin_region() ? check_obligation(state, record, guard::tolerance_allowed)
                                                                 : verdict::illegal_transition;
    case guard::outcome_fits:
        return check_outcome(state, event.case_closed());
    case guard::collects_for_other:
    case guard::papers_under_way:
    case guard::no_session:
    case guard::in_session:
    case guard::in_session_or_none:
        return check_remote_window(state, record, must_hold);
    case guard::tolerance_allowed:
    case guard::names_owed:
    case guard::names_brought:
    case guard::not_urged:
    case guard::urged_by_other:
    case guard::next_round:
    case guard::rectification_owed:
        return check_obligation(state, record, must_hold);
    case guard::archives_missing:
    case guard::asked_by_sibling:
    case guard::archives_asked_for:
    case guard::sibling_told:
        return check_archives(state, record, must_hold);
    case guard::child_news:
    case guard::all_ended:
    case guard::parent_told:
        return legal_if(fits_bundle(state, event));
    // Checked apart: claims by check_claim, content by check_submission.
    case guard::none:
    case guard::new_content:
    case guard::new_content_same_b:
    case guard::free_or_own_lease:
    case guard::own_lease:
    case guard::lease_over:
    // Need the record and its time: checked by check_timer.
    case guard::clock_due:
    case guard::revises_clocks:
        break;
    }
    return verdict::applied;
}

// What the gateway's timers say holds only when the log's own time has come.
verdict check_timer(const v1::CaseState& state, const v1::LedgerRecord& record, guard must_hold, std::int64_t now_ms) {
    if (must_hold == guard::clock_due && record.sender().role() == v1::ROLE_GATEWAY) {
        return timer_has_come(state, record, now_ms) ? verdict::applied : verdict::illegal_transition;
    }
    if (must_hold == guard::revises_clocks) {
        return revised_clocks(state, record.working_days(), now_ms) ? verdict::applied : verdict::illegal_transition;
    }
    return verdict::applied;
}

} // namespace

// Order: is it known at all, who says it, under which claim, when.
verdict judge(const v1::CaseState& state, const v1::LedgerRecord& record, const transition* row,
              std::int64_t now_ms) {
    const auto& event = record.event();
    const auto body = event.body_case();
    if (name(body).empty()) {
        return verdict::missing_body;
    }
    if (!is_new(state) && was_applied(state, record.event_id())) {
        return verdict::duplicate;
    }
    const auto& id = event.case_().case_id();
    if (is_new(state) ? !opens_case(body) : !id.empty() && id != state.case_id()) {
        return verdict::unknown_case;
    }
    if (const auto v = check_role(record.sender().role(), body); v != verdict::applied) {
        return v;
    }
    if (const auto v = check_side(state, record); v != verdict::applied) {
        return v;
    }
    if (body == v1::CaseEvent::kCaseSubmitted) {
        if (const auto v = check_submission(state, record, row); v != verdict::applied) {
            return v;
        }
    }
    if (!is_final(state.status())) {
        if (const auto v = check_claim(state, record, row, now_ms); v != verdict::applied) {
            return v;
        }
    }
    if (row == nullptr) {
        return verdict::illegal_transition;
    }
    if (const auto v = check_guard(state, record, row->must_hold); v != verdict::applied) {
        return v;
    }
    if (const auto v = check_timer(state, record, row->must_hold, now_ms); v != verdict::applied) {
        return v;
    }
    if (const auto v = check_certificate(state, record); v != verdict::applied) {
        return v;
    }
    return check_limit(state, record, row, now_ms);
}

bool was_applied(const v1::CaseState& state, std::string_view event_id) noexcept {
    const remembered_id wanted(event_id);
    const auto& ids = state.applied_event_ids();
    for (std::size_t at = 0; at + remembered_bytes <= ids.size(); at += remembered_bytes) {
        if (std::memcmp(ids.data() + at, wanted.bytes, remembered_bytes) == 0) {
            return true;
        }
    }
    return false;
}

void remember_applied(v1::CaseState& state, std::string_view event_id) {
    const remembered_id id(event_id);
    state.mutable_applied_event_ids()->append(id.bytes, remembered_bytes);
}

} // namespace tongban::cases
