// What the gateway says when a timer of a case has run out, as an event.
#include "gateway/cases/obligations.hpp"

namespace tongban::cases {

namespace {

template <typename Said>
void name_owed(const v1::CaseState& state, const case_timer& timer, Said& said) {
    said.mutable_due()->set_seconds(timer.due_ms / 1000);
    for (auto& code : owed_codes(state, timer)) {
        said.add_codes(std::move(code));
    }
}

} // namespace

v1::CaseEvent timer_event(const v1::CaseState& state) {
    const auto timer = next_timer(state);
    v1::CaseEvent event;
    switch (timer.body) {
    case v1::CaseEvent::kDeemedAccepted:
        event.mutable_deemed_accepted();
        break;
    case v1::CaseEvent::kSupplementLapsed:
        event.mutable_supplement_lapsed();
        break;
    case v1::CaseEvent::kSpecialOverrun:
        event.mutable_special_overrun();
        break;
    case v1::CaseEvent::kOwedReminded:
        name_owed(state, timer, *event.mutable_owed_reminded());
        break;
    case v1::CaseEvent::kOwedLapsed:
        name_owed(state, timer, *event.mutable_owed_lapsed());
        event.mutable_owed_lapsed()->set_consequence(gravest(state, timer.due_ms));
        break;
    case v1::CaseEvent::kSessionLapsed:
        event.mutable_session_lapsed()->set_session_id(state.virtual_window().session_id());
        break;
    case v1::CaseEvent::kSupervisionWarning: {
        auto& warning = *event.mutable_supervision_warning();
        warning.set_band(timer.band);
        warning.set_clock(timer.clock);
        warning.mutable_due()->set_seconds(timer.due_ms / 1000);
        warning.set_owed_by(std::string(owed_by(state, timer.clock)));
        break;
    }
    default:
        break;
    }
    return event;
}

} // namespace tongban::cases
