// The plan stands in the parent's state with what is known of each child; everything else is reckoned from there.
#include "gateway/cases/bundles.hpp"

#include "gateway/cases/archives.hpp"
#include "gateway/cases/evolve.hpp"

#include <algorithm>

namespace tongban::cases {

namespace {

v1::ChildState* child_of(v1::CaseState& parent, std::uint32_t number) noexcept {
    return const_cast<v1::ChildState*>(find_child(parent, number)); // `parent` is not const
}

// 撤回 or 作废 of the whole: nothing more is filed, and what is under way is asked to withdraw.
bool is_called_off(const v1::CaseState& parent) noexcept {
    return parent.withdraw_requested() || parent.outcome() == v1::OUTCOME_VOIDED || parent.outcome() == v1::OUTCOME_DELETED;
}

bool has_failed(const v1::ChildState& child) noexcept {
    const auto stage = stage_of(child);
    return stage == child_stage::failed || stage == child_stage::cancelled;
}

// Numbers that are none of the bundle's stand in nobody's way.
template <class Predicate>
bool any_before(const v1::CaseState& parent, const v1::ChildState& child, Predicate holds) noexcept {
    return std::any_of(child.plan().after().begin(), child.plan().after().end(), [&](std::uint32_t number) {
        const auto* before = find_child(parent, number);
        return before != nullptr && before != &child && holds(*before);
    });
}

// Called off, or without a child that it cannot do without: how it ends is certain, and nothing more is filed for it.
bool is_lost(const v1::CaseState& parent) noexcept {
    const auto& all = parent.bundle().children();
    return is_called_off(parent) || std::any_of(all.begin(), all.end(), [](const v1::ChildState& each) {
               return each.plan().required() && has_failed(each);
           });
}

bool is_hopeless(const v1::CaseState& parent, const v1::ChildState& child) noexcept {
    return is_lost(parent) || any_before(parent, child, has_failed);
}

bundle_work next_of_parent(const v1::CaseState& parent) noexcept {
    bool waits = false;
    for (const auto& child : parent.bundle().children()) {
        const auto number = child.plan().number();
        switch (stage_of(child)) {
        case child_stage::planned: {
            const bool ready = !any_before(parent, child, [](const v1::ChildState& before) {
                return stage_of(before) != child_stage::succeeded;
            });
            if (ready) {
                return {bundle_step::file, number};
            }
            waits = true;
            break;
        }
        case child_stage::under_way:
            if (is_called_off(parent) && !child.withdraw_asked()) {
                return {bundle_step::withdraw, number};
            }
            waits = true;
            break;
        case child_stage::to_file_again:
            waits = waits || !is_lost(parent);
            break;
        case child_stage::succeeded:
        case child_stage::failed:
        case child_stage::cancelled:
            break;
        }
    }
    return waits ? bundle_work{} : bundle_work{bundle_step::close, 0};
}

// What the other child's case does not have yet of what was said in this one.
bundle_work next_of_archives(const v1::CaseState& child) noexcept {
    for (int i = 0; i < child.archive_requests_size(); ++i) {
        const auto& one = child.archive_requests(i);
        const bool called_off = one.result() == v1::ARCHIVE_RESULT_CALLED_OFF;
        const auto of_asked = is_open(one)  ? (one.overdue() ? bundle_step::tell_late : bundle_step::none)
                              : called_off ? bundle_step::none
                                           : bundle_step::answer;
        const auto of_asking = is_open(one) ? bundle_step::ask : called_off ? bundle_step::call_off : bundle_step::none;
        const auto step = one.incoming() ? of_asked : of_asking;
        if (step != bundle_step::none && !one.passed()) {
            return {step, one.other().child(), static_cast<std::uint32_t>(i)};
        }
    }
    return {};
}

void start_bundle(v1::CaseState& parent, const v1::BundleStarted& plan) {
    auto& bundle = *parent.mutable_bundle();
    bundle.Clear();
    bundle.set_bundle_code(plan.bundle_code());
    bundle.set_name(plan.name());
    for (const auto& child : plan.children()) {
        *bundle.add_children()->mutable_plan() = child;
    }
    if (parent.item_name().empty()) {
        parent.set_item_name(plan.name());
    }
}

bool is_news(const v1::CaseState& parent, const v1::ChildProgressed& progress) noexcept {
    const auto* child = find_child(parent, progress.child());
    return child != nullptr && progress.status() != v1::CASE_STATUS_UNSPECIFIED &&
           (progress.events() > child->events() || (progress.withdraw_asked() && !child->withdraw_asked()));
}

void take_news(v1::CaseState& parent, const v1::ChildProgressed& progress) {
    auto* child = child_of(parent, progress.child());
    if (child == nullptr) {
        return;
    }
    if (progress.withdraw_asked()) {
        child->set_withdraw_asked(true);
    }
    if (progress.events() > child->events()) {
        child->set_events(progress.events());
        child->set_status(progress.status());
        child->set_outcome(progress.outcome());
        child->set_decision(progress.decision());
        child->set_dest_case_no(progress.dest_case_no());
    }
}

void drop_hopeless(v1::CaseState& parent) {
    // One that is dropped may take others with it: as many rounds as there are links at most.
    for (bool again = parent.has_bundle(); again;) {
        again = false;
        for (auto& child : *parent.mutable_bundle()->mutable_children()) {
            if (stage_of(child) == child_stage::planned && is_hopeless(parent, child)) {
                child.set_status(v1::CASE_STATUS_CANCELLED);
                child.set_outcome(v1::OUTCOME_VOIDED);
                again = true;
            }
        }
    }
}

bool is_end(const v1::CaseState& parent, const v1::BundleClosed& closed) noexcept {
    const auto result = bundle_result(parent);
    return next_of_parent(parent).step == bundle_step::close && closed.outcome() == result.outcome() &&
           closed.succeeded() == result.succeeded() && closed.failed() == result.failed();
}

bool is_known_to_parent(const v1::CaseState& child, const v1::ParentInformed& informed) noexcept {
    return child.has_parent() && informed.events() == child.event_count() &&
           informed.status() == told_status(child.status()) && informed.status() != child.parent_knows();
}

} // namespace

child_stage stage_of(const v1::ChildState& child) noexcept {
    switch (child.status()) {
    case v1::CASE_STATUS_UNSPECIFIED:
        return child_stage::planned;
    case v1::CASE_STATUS_CLOSED:
        return succeeded(child.outcome(), child.decision()) ? child_stage::succeeded : child_stage::failed;
    case v1::CASE_STATUS_RETURNED:
    case v1::CASE_STATUS_LAPSED:
        return child_stage::to_file_again;
    case v1::CASE_STATUS_CANCELLED:
        // Voided by its place, which is an event of its own, or dropped here before it had any.
        return child.events() == 0 ? child_stage::cancelled : child_stage::failed;
    case v1::CASE_STATUS_REFUSED:
    case v1::CASE_STATUS_WITHDRAWN:
    case v1::CASE_STATUS_FORWARDED:
        return child_stage::failed;
    default:
        return child_stage::under_way;
    }
}

bool succeeded(v1::Outcome outcome, v1::Decision decision) noexcept {
    return (outcome == v1::OUTCOME_APPROVED_WITH_CERT || outcome == v1::OUTCOME_COMPLETED) &&
           decision != v1::DECISION_DENIED;
}

bool waits_to_be_filed(const v1::CaseState& parent, const v1::ChildState& child) noexcept {
    const auto stage = stage_of(child);
    return stage == child_stage::planned || (stage == child_stage::to_file_again && !is_lost(parent));
}

bool waits_for_origin(const v1::CaseState& parent) noexcept {
    const auto& all = parent.bundle().children();
    return parent.status() == v1::CASE_STATUS_JOINT_HANDLING && !is_lost(parent) &&
           std::any_of(all.begin(), all.end(),
                       [](const v1::ChildState& each) { return stage_of(each) == child_stage::to_file_again; });
}

v1::CaseStatus told_status(v1::CaseStatus status) noexcept {
    switch (status) {
    case v1::CASE_STATUS_COLLECTED:
    case v1::CASE_STATUS_SUBMITTED:
        return v1::CASE_STATUS_QUEUED;
    case v1::CASE_STATUS_SUPPLEMENTING:
        return v1::CASE_STATUS_DEST_RECEIVED;
    case v1::CASE_STATUS_IN_REVIEW:
    case v1::CASE_STATUS_SUSPENDED:
    case v1::CASE_STATUS_DECIDED:
        return v1::CASE_STATUS_ACCEPTED;
    case v1::CASE_STATUS_DELIVERING:
    case v1::CASE_STATUS_DELIVERED:
    case v1::CASE_STATUS_EVALUATED:
        return v1::CASE_STATUS_CLOSED;
    default:
        return status;
    }
}

v1::BundleClosed bundle_result(const v1::CaseState& parent) noexcept {
    std::uint32_t good = 0;
    std::uint32_t bad = 0;
    bool certificate = false;
    bool fails = false;  // one that it cannot do without
    bool denied = false; // such a one, on its merits
    for (const auto& child : parent.bundle().children()) {
        if (stage_of(child) == child_stage::succeeded) {
            ++good;
            certificate = certificate || child.outcome() == v1::OUTCOME_APPROVED_WITH_CERT;
            continue;
        }
        ++bad;
        fails = fails || child.plan().required();
        denied = denied || (child.plan().required() &&
                            (child.outcome() == v1::OUTCOME_DENIED || child.decision() == v1::DECISION_DENIED));
    }
    v1::BundleClosed result;
    result.set_succeeded(good);
    result.set_failed(bad);
    if (bad == 0 && good > 0) {
        result.set_outcome(certificate ? v1::OUTCOME_APPROVED_WITH_CERT : v1::OUTCOME_COMPLETED);
    } else if (parent.withdraw_requested()) {
        result.set_outcome(good > 0 ? v1::OUTCOME_PARTIALLY_COMPLETED
                           : denied ? v1::OUTCOME_DENIED
                                    : v1::OUTCOME_WITHDRAWN);
    } else if (fails || good == 0) {
        result.set_outcome(denied ? v1::OUTCOME_DENIED : v1::OUTCOME_RETURNED);
    } else {
        result.set_outcome(v1::OUTCOME_PARTIALLY_COMPLETED);
    }
    return result;
}

bool fits_bundle(const v1::CaseState& state, const v1::CaseEvent& event) noexcept {
    switch (event.body_case()) {
    case v1::CaseEvent::kChildProgressed:
        return is_news(state, event.child_progressed());
    case v1::CaseEvent::kBundleClosed:
        return is_end(state, event.bundle_closed());
    case v1::CaseEvent::kParentInformed:
        return is_known_to_parent(state, event.parent_informed());
    default:
        return false;
    }
}

bool lost_its_number(v1::CaseStatus status, std::uint32_t events) noexcept {
    return status == v1::CASE_STATUS_CANCELLED && events == events_of_lost_number; // a case that was voided has two at least
}

void fold_bundle(v1::CaseState& state, const v1::LedgerRecord& record) {
    const auto& event = record.event();
    switch (event.body_case()) {
    case v1::CaseEvent::kCaseSubmitted:
        if (record.has_bundle_started()) {
            start_bundle(state, record.bundle_started());
        }
        if (event.case_submitted().has_parent()) {
            *state.mutable_parent() = event.case_submitted().parent();
        }
        // Filed again too: what the parent was told before it was returned may not be what it knows now.
        state.clear_parent_knows();
        break;
    case v1::CaseEvent::kBundleStarted:
        start_bundle(state, event.bundle_started());
        break;
    case v1::CaseEvent::kChildProgressed:
        take_news(state, event.child_progressed());
        drop_hopeless(state);
        break;
    case v1::CaseEvent::kWithdrawRequested:
    case v1::CaseEvent::kCaseVoided:
        drop_hopeless(state);
        break;
    case v1::CaseEvent::kBundleClosed:
        state.set_withdraw_requested(false);
        break;
    case v1::CaseEvent::kParentInformed:
        state.set_parent_knows(event.parent_informed().status());
        break;
    default:
        break;
    }
}

bundle_work next_bundle_work(const v1::CaseState& state) noexcept {
    const bool full = state.event_count() >= max_events_that_stay;
    if (state.status() == v1::CASE_STATUS_JOINT_HANDLING) {
        const auto next = next_of_parent(state);
        // What it could not note down any more it must not do again and again.
        return full && next.step != bundle_step::close ? bundle_work{} : next;
    }
    if (state.has_bundle() && state.status() == v1::CASE_STATUS_CANCELLED && !full) {
        const auto next = next_of_parent(state);
        return next.step == bundle_step::close ? bundle_work{} : next; // it has ended
    }
    if (!state.has_parent() || full) {
        return {};
    }
    return told_status(state.status()) != state.parent_knows() ? bundle_work{bundle_step::tell, state.parent().child()}
                                                               : next_of_archives(state);
}

void note_bundle_step(v1::CaseState& state, const bundle_work& before, std::int64_t now_ms) noexcept {
    const auto next = next_bundle_work(state);
    if (next.step == bundle_step::none) {
        state.clear_bundle_step_since_ms();
    } else if (next != before) {
        state.set_bundle_step_since_ms(now_ms);
    }
}

v1::ChildProgressed progress_of(const v1::CaseState& child) {
    v1::ChildProgressed progress;
    progress.set_child(child.parent().child());
    progress.set_status(told_status(child.status()));
    progress.set_outcome(child.outcome());
    progress.set_decision(child.decision());
    progress.set_dest_case_no(child.dest_case_no());
    progress.set_events(child.event_count());
    return progress;
}

std::int32_t extension_days_max(const v1::CaseState& state) noexcept {
    return state.has_parent() && state.business_mode() == v1::BUSINESS_MODE_JOINT ? joint_extension_days_max : 10;
}

const v1::ChildState* find_child(const v1::CaseState& parent, std::uint32_t number) noexcept {
    const auto& all = parent.bundle().children();
    const auto found =
        std::find_if(all.begin(), all.end(), [number](const v1::ChildState& each) { return each.plan().number() == number; });
    return found == all.end() ? nullptr : &*found;
}

} // namespace tongban::cases
