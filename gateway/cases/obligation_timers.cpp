// What runs out next of what is owed beside the step.
#include "gateway/cases/evolve.hpp"
#include "gateway/cases/obligations.hpp"

namespace tongban::cases {

namespace {

bool is_earlier(std::int64_t at_ms, const case_timer& than) noexcept {
    return than.at_ms == 0 || at_ms < than.at_ms;
}

// Of one owed material: the word on it, where it came in; else the reminder, then the lapse.
case_timer timer_of(const v1::CaseState& state, const v1::OwedItem& owed) noexcept {
    if (owed.submitted()) {
        return owed.answer_overdue() ? case_timer{}
                                     : case_timer{owed.answer_due_ms() + 1, v1::CaseEvent::kSupervisionWarning,
                                                  v1::CLOCK_KIND_OWED_ANSWER, v1::SUPERVISION_BAND_RED, owed.answer_due_ms()};
    }
    if (owed.lapsed()) {
        return {};
    }
    const auto wait_ms = is_provisional(state, owed.limit(), owed.due_ms()) ? provisional_wait_ms : 0;
    return owed.reminded() ? case_timer{owed.due_ms() + 1 + wait_ms, v1::CaseEvent::kOwedLapsed, v1::CLOCK_KIND_OWED_MATERIAL,
                                        v1::SUPERVISION_BAND_RED, owed.due_ms()}
                           : case_timer{owed.remind_ms(), v1::CaseEvent::kOwedReminded, v1::CLOCK_KIND_OWED_MATERIAL,
                                        v1::SUPERVISION_BAND_YELLOW, owed.due_ms()};
}

} // namespace

case_timer next_obligation(const v1::CaseState& state) noexcept {
    case_timer next;
    if (!owes_beside(state)) {
        return next;
    }
    if (is_urged(state) && !state.urge().overdue()) {
        next = {state.urge().due_ms() + 1, v1::CaseEvent::kSupervisionWarning, v1::CLOCK_KIND_URGE,
                v1::SUPERVISION_BAND_RED, state.urge().due_ms()};
    }
    const auto& clocks = state.clocks();
    if (clocks.rectification_line_ms() != 0 && is_earlier(clocks.rectification_line_ms(), next)) {
        next = {clocks.rectification_line_ms(), v1::CaseEvent::kSupervisionWarning, v1::CLOCK_KIND_RECTIFICATION,
                clocks.rectification_band() == v1::SUPERVISION_BAND_BLUE ? v1::SUPERVISION_BAND_YELLOW
                                                                        : v1::SUPERVISION_BAND_RED,
                clocks.rectification_due_ms()};
    }
    if ((while_owed & bit(state.status())) == 0) {
        return next;
    }
    for (const auto& owed : state.owed_materials()) {
        const auto timer = timer_of(state, owed);
        if (timer.at_ms != 0 && is_earlier(timer.at_ms, next)) {
            next = timer;
        }
    }
    return next;
}

} // namespace tongban::cases
