// Folds a record that was judged to take effect (judgement.hpp): what the event changes, where it leads, what is owed then.
#include "gateway/cases/evolve.hpp"

#include "gateway/cases/archives.hpp"
#include "gateway/cases/bundles.hpp"
#include "gateway/cases/case_clocks.hpp"
#include "gateway/cases/claims.hpp"
#include "gateway/cases/judgement.hpp"
#include "gateway/cases/obligations.hpp"
#include "gateway/cases/remote_window.hpp"

#include <algorithm>
#include <string>

namespace tongban::cases {

namespace {

void open_case(v1::CaseState& state, const v1::CaseEvent& event) {
    const auto& ref = event.case_();
    state.set_case_id(ref.case_id());
    state.set_origin_region(ref.origin_region());
    state.set_source_case_no(ref.source_case_no());
}

// Of a 收件 or a filing. A filing that asks no priority keeps what the 收件 asked.
template <typename Taken>
void take_item(v1::CaseState& state, const Taken& taken) {
    state.set_item_impl_code(taken.item().impl_code());
    state.set_item_name(taken.item().name());
    state.set_business_mode(taken.business_mode());
    state.set_priority(state.priority() || taken.priority());
}

// A new run after 退件 or 补正不来: what the last one decided is history, kept by the timeline.
void begin_again(v1::CaseState& state, std::string_view dest_region) {
    state.clear_dest_case_no();
    state.clear_outcome();
    state.clear_decision();
    state.clear_extended();
    state.clear_withdraw_requested();
    state.clear_supplement_rounds();
    state.clear_owed_materials();
    begin_remote_window_again(state, dest_region);
    state.clear_urge();
    state.clear_clocks();
    state.clear_terms();
    state.clear_priority();
    state.clear_legal_collected_ms(); // of the papers that were sent back
    state.clear_delivery_watched();
    state.clear_licence_given();
    const auto collected = state.times().collected_ms();
    state.mutable_times()->Clear();
    state.mutable_times()->set_collected_ms(collected);
}

// The case runs on under the terms that it was routed under; what its materials lack may be another now.
void answer_supplement(v1::CaseState& state, const v1::LedgerRecord& record) {
    if (record.routed().has_terms() && state.has_terms()) {
        *state.mutable_terms()->mutable_missing() = record.routed().terms().missing();
    }
    if (record.event().case_submitted().has_onsite_visits()) {
        state.set_onsite_visits(record.event().case_submitted().onsite_visits());
    }
}

void submit(v1::CaseState& state, const v1::LedgerRecord& record, std::int64_t now_ms) {
    const auto& submission = record.event().case_submitted();
    if (is_final(state.status())) {
        begin_again(state, record.event().case_().dest_region());
    }
    state.set_revision(state.revision() + 1);
    state.set_content_digest(record.content_digest());
    if (state.status() == v1::CASE_STATUS_SUPPLEMENTING) {
        answer_supplement(state, record);
        return;
    }
    state.set_dest_region(record.event().case_().dest_region());
    take_item(state, submission);
    state.set_case_type(submission.case_type());
    state.clear_promise();
    state.clear_statutory();
    state.clear_onsite_visits();
    if (submission.has_onsite_visits()) {
        state.set_onsite_visits(submission.onsite_visits());
    }
    if (submission.has_promise()) {
        *state.mutable_promise() = submission.promise();
    }
    if (submission.has_statutory()) {
        *state.mutable_statutory() = submission.statutory();
    }
    if (record.routed().has_terms()) {
        *state.mutable_terms() = record.routed().terms();
    }
    if (state.times().submitted_ms() == 0) {
        state.mutable_times()->set_submitted_ms(now_ms);
    }
}

// The outcome of an end that no 办结 names.
v1::Outcome outcome_of_end(const v1::CaseEvent& event, v1::Outcome standing) noexcept {
    switch (event.body_case()) {
    case v1::CaseEvent::kAcceptanceRefused:
        return v1::OUTCOME_REFUSED;
    case v1::CaseEvent::kRejectedByGateway:
    case v1::CaseEvent::kReturned:
        return v1::OUTCOME_RETURNED;
    case v1::CaseEvent::kSupplementLapsed:
        return v1::OUTCOME_SUPPLEMENT_LAPSED;
    case v1::CaseEvent::kWithdrawn:
        return v1::OUTCOME_WITHDRAWN;
    case v1::CaseEvent::kCaseForwarded:
        return v1::OUTCOME_FORWARDED;
    case v1::CaseEvent::kCaseVoided:
        return event.case_voided().outcome() == v1::OUTCOME_DELETED ? v1::OUTCOME_DELETED
                                                                    : v1::OUTCOME_VOIDED;
    case v1::CaseEvent::kCaseClosed:
        return event.case_closed().outcome();
    case v1::CaseEvent::kBundleClosed:
        return event.bundle_closed().outcome();
    default:
        return standing;
    }
}

// 办结 of a case that nobody told the decision of: its outcome tells it.
void imply_decision(v1::CaseState& state, const v1::CaseClosed& closed, std::int64_t now_ms) {
    if (state.status() != v1::CASE_STATUS_DECIDED) {
        state.set_decision(closed.outcome() == v1::OUTCOME_DENIED ? v1::DECISION_DENIED : v1::DECISION_APPROVED);
        state.mutable_times()->set_decided_ms(now_ms);
    }
}

// 网络送达: what the destination gives with an identifier can be shown anywhere; what others bring is the applicant's own.
void take_delivery(v1::CaseState& state, const v1::LedgerRecord& record) {
    const auto& event = record.event();
    const bool result = event.has_decided() || event.has_case_closed() || event.has_cert_issued();
    if (result && record.gives_licence()) {
        state.set_licence_given(true);
    }
    if (event.has_case_closed()) {
        state.set_delivery_watched(record.clock_rules() >= rules_of_delivery);
    }
}

// What the event changes beside the state it leads to.
void take_facts(v1::CaseState& state, const v1::LedgerRecord& record, std::int64_t now_ms) {
    const auto& event = record.event();
    const auto body = event.body_case();
    const auto& dest_case_no = event.case_().dest_case_no();
    if (record.sender().region() == state.dest_region() && side_of(body) == side::destination && !dest_case_no.empty() &&
        (state.dest_case_no().empty() || body == v1::CaseEvent::kCaseAccepted)) {
        state.set_dest_case_no(dest_case_no);
    }
    state.set_outcome(ends_by_owed_material(state, event) ? v1::OUTCOME_SUPPLEMENT_LAPSED
                                                          : outcome_of_end(event, state.outcome()));
    switch (body) {
    case v1::CaseEvent::kCaseCollected:
        state.set_dest_region(event.case_().dest_region());
        take_item(state, event.case_collected());
        break;
    case v1::CaseEvent::kCaseSubmitted:
        submit(state, record, now_ms);
        break;
    case v1::CaseEvent::kDestReceived:
        if (state.times().received_ms() == 0) {
            state.mutable_times()->set_received_ms(now_ms); // after 异地受理 too, which was before B took it
        }
        break;
    case v1::CaseEvent::kRouted:
        if (event.routed().has_terms()) {
            *state.mutable_terms() = event.routed().terms();
        }
        break;
    case v1::CaseEvent::kSupplementRequired:
        state.set_supplement_rounds(state.supplement_rounds() + 1);
        ask_for_missing(state, event.supplement_required());
        break;
    case v1::CaseEvent::kDeadlineExtended:
        state.set_extended(true);
        break;
    case v1::CaseEvent::kDecided:
        state.set_decision(event.decided().decision());
        break;
    case v1::CaseEvent::kCaseClosed:
        imply_decision(state, event.case_closed(), now_ms);
        break;
    case v1::CaseEvent::kEvaluated:
        state.set_grade(event.evaluated().grade());
        state.set_evaluation_rounds(state.evaluation_rounds() + 1);
        // Only RECTIFIED settles what a bad grade made due. The grade of a bundle is that of its one service: who is to
        // rectify something is told by the grade of its part.
        state.set_rectification_owed(state.rectification_owed() || (is_bad(event.evaluated().grade()) && !state.has_bundle()));
        break;
    case v1::CaseEvent::kWithdrawRequested:
        state.set_withdraw_requested(true);
        break;
    case v1::CaseEvent::kWithdrawn:
    case v1::CaseEvent::kWithdrawDenied:
        state.set_withdraw_requested(false);
        break;
    case v1::CaseEvent::kClaimed:
        take_lease(state, record, now_ms);
        break;
    case v1::CaseEvent::kReleased:
    case v1::CaseEvent::kLeaseExpired:
        state.clear_lease();
        break;
    default:
        fold_remote_window(state, event, now_ms);
        fold_obligation(state, record);
        fold_archives(state, record, now_ms);
        break;
    }
    fold_bundle(state, record);
}

// It was graded while it was still to be handed over, and the licence that came now is 网络送达.
bool ends_delivery_of_graded(const v1::CaseState& state, const v1::CaseEvent& event) noexcept {
    return event.has_cert_issued() && state.status() == v1::CASE_STATUS_CLOSED && state.evaluation_rounds() > 0 &&
           state.delivery_watched() && !delivery_is_owed(state);
}

// Where the row leads; what the record or the state carries may lead further.
v1::CaseStatus next_status(const v1::CaseState& state, const v1::LedgerRecord& record, const transition& row) noexcept {
    if (row.to == v1::CASE_STATUS_SUBMITTED && record.has_bundle_started()) {
        return v1::CASE_STATUS_JOINT_HANDLING;
    }
    if (row.to == v1::CASE_STATUS_SUBMITTED && record.has_routed()) {
        return v1::CASE_STATUS_QUEUED;
    }
    if (record.event().has_evaluated() && delivery_is_owed(state)) {
        return v1::CASE_STATUS_UNSPECIFIED; // it is still to be handed over
    }
    if (ends_delivery_of_graded(state, record.event())) {
        return v1::CASE_STATUS_EVALUATED;
    }
    if (record.event().has_bundle_closed() && state.outcome() == v1::OUTCOME_WITHDRAWN) {
        return v1::CASE_STATUS_WITHDRAWN;
    }
    return ends_by_owed_material(state, record.event()) ? v1::CASE_STATUS_LAPSED : row.to;
}

// The first time each stage was reached in this run.
void stamp(v1::CaseState& state, v1::CaseStatus reached, v1::CaseEvent::BodyCase body, std::int64_t now_ms) {
    auto& times = *state.mutable_times();
    switch (reached) {
    case v1::CASE_STATUS_COLLECTED:
        times.set_collected_ms(now_ms);
        break;
    case v1::CASE_STATUS_ACCEPTED:
        // 视为受理: from the receipt, or from the supplement that completed it.
        times.set_accepted_ms(body == v1::CaseEvent::kDeemedAccepted
                                  ? std::max(times.received_ms(), state.turn_since_ms())
                                  : now_ms);
        break;
    case v1::CASE_STATUS_DECIDED:
        times.set_decided_ms(now_ms);
        break;
    case v1::CASE_STATUS_DELIVERED:
        times.set_delivered_ms(now_ms);
        break;
    default:
        break;
    }
    if (is_closed(reached) && times.closed_ms() == 0) {
        times.set_closed_ms(now_ms);
    }
}

void apply(v1::CaseState& state, const v1::LedgerRecord& record, const transition& row, std::int64_t now_ms) {
    const auto& event = record.event();
    const auto body = event.body_case();
    const std::string turn_before(is_new(state) ? std::string_view{} : turn(state));
    const bool destination_before = is_destination_turn(state.status());
    const auto bundle_before = next_bundle_work(state);
    if (is_new(state)) {
        open_case(state, event);
    }
    take_facts(state, record, now_ms);
    take_delivery(state, record);
    if (state.decision() == v1::DECISION_DENIED) {
        state.clear_owed_materials(); // nothing that could still come would change it, and nothing is issued
    }
    if (const auto to = next_status(state, record, row); to != v1::CASE_STATUS_UNSPECIFIED) {
        state.set_status(to);
        stamp(state, state.status(), body, now_ms);
        end_session_with_case(state, now_ms);
        if (is_closed(state.status())) {
            call_archives_off(state);
        }
    }
    fold_clocks(state, record, now_ms);
    const bool moved =
        turn(state) != turn_before || is_destination_turn(state.status()) != destination_before;
    if (moved || state.event_count() == 0) {
        state.set_turn_since_ms(now_ms);
        state.clear_lease(); // who held it had it for the side that acted before
    }
    remember_applied(state, record.event_id());
    state.set_event_count(state.event_count() + 1);
    state.set_updated_ms(now_ms);
    note_bundle_step(state, bundle_before, now_ms);
}

} // namespace

verdict evolve(v1::CaseState& state, const v1::LedgerRecord& record, record_time recorded_at) {
    const std::int64_t now_ms = recorded_at.time_since_epoch().count();
    const auto* row = find_transition(state.status(), record.event().body_case());
    const auto reached = judge(state, record, row, now_ms);
    if (reached == verdict::applied) {
        apply(state, record, *row, now_ms);
    }
    return reached;
}

} // namespace tongban::cases
