// One session at a time: who opens a second one has not closed the first.
#include "gateway/cases/remote_window.hpp"

#include <algorithm>

namespace tongban::cases {

namespace {

constexpr std::uint32_t default_idle_minutes = 240;

std::string_view session_of(const v1::CaseEvent& event) noexcept {
    switch (event.body_case()) {
    case v1::CaseEvent::kSessionOpened:
        return event.session_opened().session_id();
    case v1::CaseEvent::kSessionJoined:
        return event.session_joined().session_id();
    case v1::CaseEvent::kIdentityChecked:
        return event.identity_checked().session_id();
    case v1::CaseEvent::kSessionClosed:
        return event.session_closed().session_id();
    default:
        return {};
    }
}

bool in_open_session(const v1::CaseState& state, const v1::CaseEvent& event) noexcept {
    return state.virtual_window().open() && state.virtual_window().session_id() == session_of(event);
}

void ship(v1::CaseState& state, std::int64_t now_ms) {
    auto& papers = *state.mutable_papers();
    papers.set_shipments(papers.shipments() + 1);
    papers.set_shipped_ms(now_ms);
    papers.set_received(false);
    papers.set_complete(false);
    papers.clear_received_ms();
}

void receive(v1::CaseState& state, const v1::PaperReceived& received, std::int64_t now_ms) {
    auto& papers = *state.mutable_papers();
    papers.set_received(true);
    papers.set_complete(received.complete());
    papers.set_received_ms(now_ms);
}

void open(v1::CaseState& state, const v1::SessionOpened& opened, std::int64_t now_ms) {
    const auto sessions = state.virtual_window().sessions();
    auto& session = *state.mutable_virtual_window();
    session.Clear();
    session.set_session_id(opened.session_id());
    session.set_open(true);
    session.set_opened_ms(now_ms);
    session.set_last_ms(now_ms);
    session.set_sessions(sessions + 1);
}

void join(v1::CaseState& state, v1::SessionParty party, std::int64_t now_ms) {
    state.mutable_virtual_window()->set_last_ms(now_ms);
    auto& joined = *state.mutable_virtual_window()->mutable_joined();
    if (std::find(joined.begin(), joined.end(), party) == joined.end()) {
        joined.Add(party);
        std::sort(joined.begin(), joined.end());
    }
}

void close(v1::CaseState& state, v1::SessionResult result, std::int64_t now_ms) {
    auto& session = *state.mutable_virtual_window();
    session.set_open(false);
    session.set_closed_ms(now_ms);
    session.set_result(result);
}

} // namespace

verdict check_remote_window(const v1::CaseState& state, const v1::CaseEvent& event, guard must_hold) noexcept {
    const auto legal_if = [](bool holds) { return holds ? verdict::applied : verdict::illegal_transition; };
    switch (must_hold) {
    case guard::collects_for_other:
        return state.business_mode() == v1::BUSINESS_MODE_COLLECT_FOR_OTHER ? verdict::applied : verdict::wrong_mode;
    case guard::papers_under_way:
        return legal_if(state.papers().shipments() > 0 && !state.papers().received());
    case guard::no_session:
        return legal_if(!state.virtual_window().open());
    case guard::in_session:
        return legal_if(in_open_session(state, event));
    case guard::in_session_or_none:
        return legal_if(session_of(event).empty() || in_open_session(state, event));
    default:
        return verdict::applied;
    }
}

void fold_remote_window(v1::CaseState& state, const v1::CaseEvent& event, std::int64_t now_ms) {
    switch (event.body_case()) {
    case v1::CaseEvent::kShippedToDest:
        return ship(state, now_ms);
    case v1::CaseEvent::kPaperReceived:
        return receive(state, event.paper_received(), now_ms);
    case v1::CaseEvent::kSessionOpened:
        return open(state, event.session_opened(), now_ms);
    case v1::CaseEvent::kSessionJoined:
        return join(state, event.session_joined().party(), now_ms);
    case v1::CaseEvent::kIdentityChecked:
        if (!event.identity_checked().session_id().empty()) {
            state.mutable_virtual_window()->set_identity_passed(event.identity_checked().passed());
            state.mutable_virtual_window()->set_last_ms(now_ms);
        }
        return;
    case v1::CaseEvent::kSessionClosed:
        return close(state, event.session_closed().result(), now_ms);
    case v1::CaseEvent::kSessionLapsed:
        return close(state, v1::SESSION_RESULT_INTERRUPTED, now_ms);
    default:
        return;
    }
}

case_timer end_of_session(const v1::CaseState& state) noexcept {
    const auto& session = state.virtual_window();
    if (!session.open() || is_final(state.status())) {
        return {};
    }
    const auto said = state.terms().session_idle_minutes();
    const auto end_ms = session.last_ms() + std::int64_t{60'000} * (said == 0 ? default_idle_minutes : said);
    return {end_ms, v1::CaseEvent::kSessionLapsed, v1::CLOCK_KIND_UNSPECIFIED, v1::SUPERVISION_BAND_UNSPECIFIED, end_ms};
}

} // namespace tongban::cases
