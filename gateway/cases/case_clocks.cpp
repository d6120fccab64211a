// Which event does what to the clocks, and at which legal time.
#include "gateway/cases/case_clocks.hpp"

#include "gateway/cases/archives.hpp"
#include "gateway/cases/evolve.hpp"
#include "gateway/cases/obligations.hpp"
#include "gateway/cases/reckoning.hpp"

#include <algorithm>

namespace tongban::cases {

namespace {

// Of the warnings those of what is owed beside the step, and of the line from 收件, are about no clock of the case.
bool touches_no_clock(const v1::LedgerRecord& record) noexcept {
    const auto clock = record.event().supervision_warning().clock();
    return !reckons_days(record.event().body_case()) || clock == v1::CLOCK_KIND_URGE ||
           clock == v1::CLOCK_KIND_OWED_ANSWER || clock == v1::CLOCK_KIND_ARCHIVE || clock == v1::CLOCK_KIND_COLLECTION;
}

// What an event says of a clock without a day being counted.
void note_without_days(v1::CaseState& state, const v1::LedgerRecord& record, std::int64_t now_ms) {
    const auto& event = record.event();
    if (event.has_case_collected() && record.clock_rules() >= rules_of_collection) {
        state.set_legal_collected_ms(legal_time(state, event, now_ms));
    }
    if (!state.has_clocks()) {
        return;
    }
    auto& clocks = *state.mutable_clocks();
    if (event.has_special_overrun()) {
        clocks.set_special_overrun(true);
    } else if (event.supervision_warning().clock() == v1::CLOCK_KIND_COLLECTION) {
        clocks.set_collection_line_told(true);
    } else if (event.has_cert_issued() && running_clock(state) == v1::CLOCK_KIND_UNSPECIFIED) {
        clocks.clear_band(); // 网络送达
        clocks.clear_band_clock();
        clocks.clear_line_ms();
    }
}

// Nothing runs any more.
void end_clocks(v1::CaseClocks& clocks) {
    clocks.clear_band();
    clocks.clear_band_clock();
    clocks.clear_line_ms();
    clocks.clear_waiting_since_ms();
    clocks.clear_waiting_limit();
    clocks.clear_provisional_from();
    clocks.clear_rectification_band();
    clocks.clear_rectification_line_ms();
}

void fold_body(reckoning& fold, v1::CaseState& state, const v1::CaseEvent& event, std::int64_t legal_ms) {
    switch (event.body_case()) {
    case v1::CaseEvent::kDestReceived:
        if (state.status() != v1::CASE_STATUS_DEST_RECEIVED) {
            return; // 异地受理: accepted before, the clocks run
        }
        return fold.receive(legal_ms);
    case v1::CaseEvent::kSupplementSubmitted:
        return fold.receive(legal_ms);
    case v1::CaseEvent::kCaseSubmitted: // routed at once; or the next revision answers the 补正
        return state.status() == v1::CASE_STATUS_QUEUED ? fold.queue() : fold.receive(legal_ms);
    case v1::CaseEvent::kRouted:
        return fold.queue();
    case v1::CaseEvent::kSupplementRequired:
        return fold.ask_supplement(legal_ms, event.supplement_required());
    case v1::CaseEvent::kCaseAccepted:
        return fold.accept(legal_ms);
    case v1::CaseEvent::kDeemedAccepted:
        return fold.accept(state.clocks().received_ms());
    case v1::CaseEvent::kSpecialStarted:
        return fold.suspend(legal_ms, event.special_started());
    case v1::CaseEvent::kSpecialEnded:
        return fold.resume(legal_ms);
    case v1::CaseEvent::kDeadlineExtended:
        return fold.extend(event.deadline_extended().extension());
    case v1::CaseEvent::kDecided:
        return fold.decide(legal_ms);
    case v1::CaseEvent::kCaseClosed:
        if (state.clocks().decided_ms() == 0) {
            fold.decide(legal_ms); // told with it
        }
        return fold.close(legal_ms);
    case v1::CaseEvent::kEvaluated:
        return fold.evaluate(legal_ms);
    case v1::CaseEvent::kShipped:
    case v1::CaseEvent::kReadyForCollection:
    case v1::CaseEvent::kCollectedByApplicant:
    case v1::CaseEvent::kSigned:
        return fold.set_lines();
    case v1::CaseEvent::kSupervisionWarning:
        return fold.warned(event.supervision_warning());
    case v1::CaseEvent::kCalendarRevised:
        return fold.revise();
    default:
        return;
    }
}

void fold_owed_materials(v1::CaseState& state, const v1::LedgerRecord& record, const working_days& days, std::int64_t legal_ms) {
    const auto& event = record.event();
    const auto rules = record.clock_rules();
    switch (event.body_case()) {
    case v1::CaseEvent::kCaseAccepted:
    case v1::CaseEvent::kDeemedAccepted: // nobody said what is owed; what is missing is
        return owe_materials(state, event.case_accepted(), days, legal_ms);
    case v1::CaseEvent::kOwedSubmitted:
        return owe_word(state, event.owed_submitted(), days, legal_ms, rules);
    case v1::CaseEvent::kOwedRefused:
        return owe_again(state, event.owed_refused(), days, legal_ms, rules);
    default:
        return;
    }
}

// Said beside the step: when it was said is no measure of when the step's own events can have been.
bool is_beside(const v1::LedgerRecord& record) noexcept {
    const auto& event = record.event();
    const bool of_owed = event.has_owed_submitted() || event.has_owed_refused();
    return event.has_urged() || event.has_archive_requested() || (of_owed && record.clock_rules() >= rules_of_putting_off);
}

// What is owed beside the step, whether or not a clock of the case runs. Archives are owed by the ledger's time, so that both cases
// of a request show one day, also of one that was told late.
void owe_reply(v1::CaseState& state, const v1::LedgerRecord& record, const working_days& days, std::int64_t legal_ms,
               std::int64_t now_ms) {
    if (record.event().has_urged()) {
        owe_answer(state, record, days, legal_ms);
    } else {
        take_archive_request(state, record, days, now_ms);
    }
}

} // namespace

bool reckons_days(v1::CaseEvent::BodyCase body) noexcept {
    switch (body) {
    case v1::CaseEvent::kCaseSubmitted:
    case v1::CaseEvent::kRouted:
    case v1::CaseEvent::kDestReceived:
    case v1::CaseEvent::kSupplementRequired:
    case v1::CaseEvent::kSupplementSubmitted:
    case v1::CaseEvent::kCaseAccepted:
    case v1::CaseEvent::kDeemedAccepted:
    case v1::CaseEvent::kSpecialStarted:
    case v1::CaseEvent::kSpecialEnded:
    case v1::CaseEvent::kDeadlineExtended:
    case v1::CaseEvent::kDecided:
    case v1::CaseEvent::kCaseClosed:
    case v1::CaseEvent::kShipped:
    case v1::CaseEvent::kReadyForCollection:
    case v1::CaseEvent::kCollectedByApplicant:
    case v1::CaseEvent::kSigned:
    case v1::CaseEvent::kEvaluated:
    case v1::CaseEvent::kSupervisionWarning:
    case v1::CaseEvent::kUrged:
    case v1::CaseEvent::kArchiveRequested:
    case v1::CaseEvent::kOwedSubmitted:
    case v1::CaseEvent::kOwedRefused:
    case v1::CaseEvent::kCalendarRevised:
        return true;
    default:
        return false;
    }
}

std::int64_t newest_legal_ms(const v1::CaseState& state) noexcept {
    return std::max(state.clocks().legal_ms(), state.times().submitted_ms());
}

std::int64_t occurred_ms(const v1::CaseEvent& event) noexcept {
    return event.occurred_at().seconds() * 1000 + event.occurred_at().nanos() / 1'000'000;
}

std::int64_t legal_time(const v1::CaseState& state, const v1::CaseEvent& event, std::int64_t now_ms) noexcept {
    const auto before = newest_legal_ms(state);
    const auto occurred = occurred_ms(event);
    const bool plausible = event.has_occurred_at() && occurred <= now_ms && day_of(occurred) >= day_of(before);
    return plausible ? std::max(before, occurred) : std::max(before, now_ms);
}

void fold_clocks(v1::CaseState& state, const v1::LedgerRecord& record, std::int64_t now_ms) {
    const auto body = record.event().body_case();
    // A filing that waits for its routing, or becomes a bundle, starts no clock.
    const bool waits = body == v1::CaseEvent::kCaseSubmitted && state.status() != v1::CASE_STATUS_QUEUED &&
                       state.status() != v1::CASE_STATUS_DEST_RECEIVED;
    note_without_days(state, record, now_ms);
    if (touches_no_clock(record) || waits) {
        if ((ended & bit(state.status())) != 0 && state.has_clocks()) {
            end_clocks(*state.mutable_clocks());
        }
        return;
    }
    const bool by_gateway = record.sender().role() == v1::ROLE_GATEWAY;
    const auto legal_ms = by_gateway ? now_ms : legal_time(state, record.event(), now_ms);
    const auto days = record.has_working_days() ? working_days(record.working_days()) : working_days();
    if (body == v1::CaseEvent::kUrged || body == v1::CaseEvent::kArchiveRequested) {
        owe_reply(state, record, days, legal_ms, now_ms);
        if (!state.has_clocks()) {
            return;
        }
    }
    const auto uncertain = state.clocks().provisional_from();
    reckoning fold(state, days, now_ms, record.clock_rules());
    fold_body(fold, state, record.event(), legal_ms);
    fold_owed_materials(state, record, days, legal_ms);
    auto& clocks = *state.mutable_clocks();
    if (!by_gateway && !is_beside(record) && state.status() != v1::CASE_STATUS_QUEUED) {
        clocks.set_legal_ms(legal_ms); // the legal clocks begin where the destination receives the case
    }
    if (body == v1::CaseEvent::kSupervisionWarning) {
        return; // moved no due time
    }
    if (uncertain != 0 && days.first_uncertain(uncertain - 1, uncertain) == 0) {
        fold.revise(); // published since: nothing that was reckoned before may be called certain by this event's calendar
    }
    fold.mark_provisional();
    clocks.set_calendar(record.working_days().version());
}

std::optional<v1::CaseClocks> revised_clocks(const v1::CaseState& state, const v1::WorkingDays& slice, std::int64_t now_ms) {
    if (state.clocks().provisional_from() == 0) {
        return std::nullopt;
    }
    auto copy = state;
    const working_days days(slice);
    reckoning fold(copy, days, now_ms, clock_rules_now);
    fold.revise();
    fold.mark_provisional();
    const auto& now = copy.clocks();
    const auto& was = state.clocks();
    const bool further = now.provisional_from() == 0 || now.provisional_from() > was.provisional_from();
    if (!further) {
        return std::nullopt;
    }
    return std::move(*copy.mutable_clocks());
}

namespace {

bool stands_under(const v1::CaseState& state, const v1::WorkingDays& slice, std::uint32_t rules) {
    auto copy = state;
    const working_days days(slice);
    reckoning(copy, days, state.updated_ms(), rules).revise();
    const auto& now = copy.clocks();
    const auto& was = state.clocks();
    const auto same_day = [](const v1::OwedItem& one, const v1::OwedItem& other) {
        return one.due_ms() == other.due_ms() && one.answer_due_ms() == other.answer_due_ms();
    };
    return now.receipt_due_ms() == was.receipt_due_ms() && now.notice_due_ms() == was.notice_due_ms() &&
           now.supplement_due_ms() == was.supplement_due_ms() && now.promise_due_ms() == was.promise_due_ms() &&
           now.statutory_due_ms() == was.statutory_due_ms() && now.special_due_ms() == was.special_due_ms() &&
           now.delivery_due_ms() == was.delivery_due_ms() && now.rectification_due_ms() == was.rectification_due_ms() &&
           copy.urge().due_ms() == state.urge().due_ms() &&
           std::equal(copy.archive_requests().begin(), copy.archive_requests().end(), state.archive_requests().begin(),
                      [](const auto& one, const auto& other) { return one.due_ms() == other.due_ms(); }) &&
           std::equal(copy.owed_materials().begin(), copy.owed_materials().end(), state.owed_materials().begin(), same_day);
}

} // namespace

bool stands_by(const v1::CaseState& state, const v1::WorkingDays& slice) {
    // What was told under the rules of then stands as well.
    return !state.has_clocks() || state.clocks().provisional_from() != 0 || stands_under(state, slice, clock_rules_now) ||
           stands_under(state, slice, 0);
}

} // namespace tongban::cases
