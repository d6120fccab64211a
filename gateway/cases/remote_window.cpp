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

// Each side says of its own window that it joined; the applicant stands at the origin's.
bool may_join(const v1::CaseState& state, const v1::LedgerRecord& record) noexcept {
    const bool of_destination = record.event().session_joined().party() == v1::SESSION_PARTY_DEST_WINDOW;
    return record.sender().region() == (of_destination ? state.dest_region() : state.origin_region());
}

verdict check_new_session(const v1::CaseState& state, const v1::CaseEvent& event) noexcept {
    const auto& session = state.virtual_window();
    const auto& past = session.past();
    const auto wanted = session_of(event);
    return session.open()                                            ? verdict::session_open
           : session.sessions() != 0 && session.session_id() == wanted ? verdict::session_known
           : std::find(past.begin(), past.end(), wanted) != past.end() ? verdict::session_known
                                                                       : verdict::applied;
}

verdict check_in_session(const v1::CaseState& state, const v1::LedgerRecord& record) noexcept {
    const auto& event = record.event();
    return !state.virtual_window().open()                            ? verdict::no_session
           : !in_open_session(state, event)                          ? verdict::other_session
           : event.has_session_joined() && !may_join(state, record) ? verdict::wrong_side
                                                                     : verdict::applied;
}

// The shipment that the receipt is of; null: none under way, or nobody can tell which. One that was sent without a waybill may
// come under any.
const v1::Shipment* shipment_of(const v1::CaseState& state, const v1::PaperReceived& received) noexcept {
    const v1::Shipment* unnamed = nullptr;
    const v1::Shipment* any = nullptr;
    int under_way = 0;
    for (const auto& shipment : state.papers().shipped()) {
        if (shipment.received()) {
            continue;
        }
        if (!received.waybill().empty() && shipment.waybill() == received.waybill()) {
            return &shipment;
        }
        unnamed = unnamed == nullptr && shipment.waybill().empty() ? &shipment : unnamed;
        any = &shipment;
        ++under_way;
    }
    return unnamed != nullptr || !received.waybill().empty() ? unnamed : under_way == 1 ? any : nullptr;
}

verdict check_papers(const v1::CaseState& state, const v1::PaperReceived& received) noexcept {
    const auto& shipped = state.papers().shipped();
    const bool any = std::any_of(shipped.begin(), shipped.end(), [](const v1::Shipment& one) { return !one.received(); });
    return !any                                         ? verdict::no_papers
           : shipment_of(state, received) == nullptr ? verdict::other_papers
                                                        : verdict::applied;
}

void ship(v1::CaseState& state, const v1::ShippedToDest& shipped, std::int64_t now_ms) {
    auto& papers = *state.mutable_papers();
    papers.set_shipments(papers.shipments() + 1);
    papers.set_shipped_ms(now_ms);
    papers.set_received(false);
    papers.set_complete(false);
    papers.clear_received_ms();
    auto& shipment = *papers.add_shipped();
    shipment.set_waybill(shipped.waybill());
    shipment.set_shipped_ms(now_ms);
}

// What came is known once nothing is under way any more.
void receive(v1::CaseState& state, const v1::PaperReceived& received, std::int64_t now_ms) {
    auto& papers = *state.mutable_papers();
    if (auto* shipment = const_cast<v1::Shipment*>(shipment_of(state, received))) { // `state` is not const
        shipment->set_received(true);
        shipment->set_complete(received.complete());
    }
    const auto& all = papers.shipped();
    papers.set_received(std::all_of(all.begin(), all.end(), [](const v1::Shipment& one) { return one.received(); }));
    papers.set_complete(papers.received() && received.complete());
    papers.set_received_ms(now_ms);
}

void open(v1::CaseState& state, const v1::SessionOpened& opened, std::int64_t now_ms) {
    auto& session = *state.mutable_virtual_window();
    const auto sessions = session.sessions();
    auto past = std::move(*session.mutable_past());
    if (!session.session_id().empty()) {
        past.Add(std::move(*session.mutable_session_id()));
    }
    session.Clear();
    *session.mutable_past() = std::move(past);
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

// Of the parcels what is still under way, unless the new run goes elsewhere.
void keep_under_way(v1::CaseState& state, std::string_view dest_region) {
    auto& papers = *state.mutable_papers();
    auto under_way = std::move(*papers.mutable_shipped());
    const auto rest = std::remove_if(under_way.begin(), under_way.end(), [](const v1::Shipment& one) { return one.received(); });
    under_way.erase(rest, under_way.end());
    if (under_way.empty() || state.dest_region() != dest_region) {
        state.clear_papers();
        return;
    }
    const auto shipped_ms = papers.shipped_ms();
    papers.Clear();
    papers.set_shipments(static_cast<std::uint32_t>(under_way.size()));
    papers.set_shipped_ms(shipped_ms);
    *papers.mutable_shipped() = std::move(under_way);
}

// A number stays its session's, whatever run it was in.
void keep_session_numbers(v1::CaseState& state) {
    if (state.virtual_window().sessions() == 0) {
        return state.clear_virtual_window();
    }
    auto& session = *state.mutable_virtual_window();
    v1::VirtualWindow kept;
    kept.set_sessions(session.sessions());
    *kept.mutable_past() = std::move(*session.mutable_past());
    if (!session.session_id().empty()) {
        kept.add_past(session.session_id());
    }
    session = std::move(kept);
}

} // namespace

verdict check_remote_window(const v1::CaseState& state, const v1::LedgerRecord& record, guard must_hold) noexcept {
    const auto& event = record.event();
    switch (must_hold) {
    case guard::collects_for_other:
        return state.business_mode() == v1::BUSINESS_MODE_COLLECT_FOR_OTHER ? verdict::applied : verdict::wrong_mode;
    case guard::papers_under_way:
        return check_papers(state, event.paper_received());
    case guard::no_session:
        return check_new_session(state, event);
    case guard::in_session:
        return check_in_session(state, record);
    case guard::in_session_or_none:
        return session_of(event).empty() ? verdict::applied : check_in_session(state, record);
    default:
        return verdict::applied;
    }
}

void fold_remote_window(v1::CaseState& state, const v1::CaseEvent& event, std::int64_t now_ms) {
    switch (event.body_case()) {
    case v1::CaseEvent::kShippedToDest:
        return ship(state, event.shipped_to_dest(), now_ms);
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

void end_session_with_case(v1::CaseState& state, std::int64_t now_ms) {
    if (is_final(state.status()) && state.virtual_window().open()) {
        close(state, v1::SESSION_RESULT_INTERRUPTED, now_ms);
    }
}

void begin_remote_window_again(v1::CaseState& state, std::string_view dest_region) {
    keep_under_way(state, dest_region);
    keep_session_numbers(state);
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
