// Each case holds its own side; what the other one has of it is known when the gateway says so.
#include "gateway/cases/archives.hpp"

#include "gateway/cases/limits.hpp"
#include "gateway/cases/obligations.hpp"
#include "gateway/cases/plain_text.hpp"
#include "gateway/cases/result_days.hpp"

#include <algorithm>
#include <string>

namespace tongban::cases {

namespace {

bool is_by_gateway(const v1::LedgerRecord& record) noexcept {
    return record.sender().role() == v1::ROLE_GATEWAY;
}

const v1::ArchiveRequest* find_request(const v1::CaseState& state, std::string_view request_no) noexcept {
    const auto& all = state.archive_requests();
    const auto found = std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.request_no() == request_no; });
    return found == all.end() ? nullptr : &*found;
}

bool waits(const v1::ArchiveRequest& request) noexcept {
    return request.incoming() && is_open(request);
}

bool is_own_open(const v1::ArchiveRequest& request) noexcept {
    return !request.incoming() && is_open(request);
}

// Of those that wait for this case's destination the one whose day is nearest; null: none does.
const v1::ArchiveRequest* nearest(const v1::CaseState& state) noexcept {
    const v1::ArchiveRequest* found = nullptr;
    for (const auto& one : state.archive_requests()) {
        found = waits(one) && (found == nullptr || one.due_ms() < found->due_ms()) ? &one : found;
    }
    return found;
}

// Asked of that child, and no reply is known.
bool is_asked_already(const v1::CaseState& state, const v1::SiblingCase& of, const v1::ArchiveMaterial& material) {
    const auto& all = state.archive_requests();
    return std::any_of(all.begin(), all.end(), [&](const v1::ArchiveRequest& one) {
        return is_own_open(one) && one.other().case_id() == of.case_id() &&
               archive_named(one, key_of(material)) != nullptr;
    });
}

verdict check_own_request(const v1::CaseState& state, const v1::LedgerRecord& record) {
    if (!state.has_parent() || !record.has_sibling() || record.sibling().child() == state.parent().child()) {
        return verdict::no_sibling;
    }
    const auto& wanted = record.event().archive_requested().materials();
    const auto open = std::count_if(wanted.begin(), wanted.end(), [&](const v1::ArchiveMaterial& one) {
        return is_asked_already(state, record.sibling(), one);
    });
    return open == 0               ? verdict::applied
           : open == wanted.size() ? verdict::duplicate
                                   : verdict::archive_open;
}

verdict check_siblings_request(const v1::CaseState& state, const v1::LedgerRecord& record) noexcept {
    const auto& number = record.event().archive_requested().request_no();
    if (!state.has_parent() || !record.has_sibling() || number.empty()) {
        return verdict::illegal_transition;
    }
    return find_request(state, number) == nullptr ? verdict::applied : verdict::duplicate;
}

verdict check_request(const v1::CaseState& state, const v1::LedgerRecord& record, guard must_hold) {
    const bool by_gateway = is_by_gateway(record);
    if (!by_gateway && must_hold == guard::asked_by_sibling) {
        return verdict::illegal_transition;
    }
    const auto found = by_gateway ? check_siblings_request(state, record) : check_own_request(state, record);
    return found == verdict::applied && state.archive_requests_size() >= archive_requests_max ? verdict::archive_limit : found;
}

bool gives(const v1::ArchiveReplied& reply, const v1::ArchiveRequest& request, const v1::ArchiveMaterial& wanted) {
    return std::any_of(reply.codes().begin(), reply.codes().end(),
                       [&](const std::string& said) { return archive_named(request, said) == &wanted; });
}

bool fits(const v1::ArchiveReplied& reply, const v1::ArchiveRequest& request) {
    const auto& codes = reply.codes();
    if (!std::all_of(codes.begin(), codes.end(),
                     [&](const std::string& said) { return archive_named(request, said) != nullptr; })) {
        return false;
    }
    switch (reply.archive_result()) {
    case v1::ARCHIVE_RESULT_GRANTED:
        return std::all_of(request.materials().begin(), request.materials().end(),
                           [&](const v1::ArchiveMaterial& wanted) { return gives(reply, request, wanted); });
    case v1::ARCHIVE_RESULT_PARTLY_GRANTED:
        return !codes.empty();
    case v1::ARCHIVE_RESULT_REFUSED:
    case v1::ARCHIVE_RESULT_CALLED_OFF: // of its own request
        return codes.empty();
    default:
        return false; // the gateway's own
    }
}

verdict check_reply(const v1::CaseState& state, const v1::LedgerRecord& record) {
    const auto& reply = record.event().archive_replied();
    if (!is_by_gateway(record)) {
        const auto* request = archive_meant(state, reply);
        return request == nullptr      ? verdict::no_archive_request
               : fits(reply, *request) ? verdict::applied
                                       : verdict::not_requested;
    }
    // To the case that asked its reply; to the one that was asked, that nothing is needed any more.
    const auto* request = find_request(state, reply.request_no());
    const bool called_off = reply.archive_result() == v1::ARCHIVE_RESULT_CALLED_OFF;
    const bool holds = request != nullptr && is_open(*request) && request->incoming() == called_off &&
                       reply.archive_result() != v1::ARCHIVE_RESULT_UNSPECIFIED;
    return holds ? verdict::applied : verdict::illegal_transition;
}

verdict check_told(const v1::CaseState& state, const v1::ArchiveInformed& told) noexcept {
    const auto* request = find_request(state, told.request_no());
    // Of what it was asked the case has something to tell when it replied, or is late.
    const bool said = request != nullptr && (!waits(*request) || request->overdue());
    const bool holds = said && !request->passed() && request->result() == told.archive_result();
    return holds ? verdict::applied : verdict::illegal_transition;
}

// Precondition: the case holds it.
v1::ArchiveRequest& held(v1::CaseState& state, std::string_view request_no) noexcept {
    return *std::ranges::find(*state.mutable_archive_requests(), request_no, &v1::ArchiveRequest::request_no);
}

void take_reply(v1::CaseState& state, const v1::LedgerRecord& record, std::int64_t now_ms) {
    const auto& reply = record.event().archive_replied();
    const bool by_gateway = is_by_gateway(record);
    auto& request = held(state, by_gateway ? reply.request_no() : archive_meant(state, reply)->request_no());
    request.set_result(reply.archive_result());
    *request.mutable_given() = reply.codes();
    request.set_answered_ms(now_ms);
    if (!by_gateway) {
        request.set_event_id(record.event_id());
        request.set_passed(false);
    }
}

// Until when the reply is owed, and from when on that is near.
void reckon(v1::ArchiveRequest& request, const v1::CaseState& state, const working_days& days) noexcept {
    request.set_due_ms(end_of_limit(request.limit(), request.since_ms(), days));
    request.set_yellow_ms(yellow_line_of(request.limit(), request.due_ms(), yellow_percent(state), days));
}

case_timer timer_of(const v1::ArchiveRequest& request) noexcept {
    if (!waits(request) || request.overdue()) {
        return {};
    }
    const auto at_ms = request.warned() ? request.due_ms() + 1 : request.yellow_ms();
    return {at_ms, v1::CaseEvent::kSupervisionWarning, v1::CLOCK_KIND_ARCHIVE,
            request.warned() ? v1::SUPERVISION_BAND_RED : v1::SUPERVISION_BAND_YELLOW, request.due_ms()};
}

// Asked of the record's sibling, which did not answer by the day that the record names: there it may be owed a day later than here,
// where midnight passed before it was asked.
bool is_late(const v1::ArchiveRequest& request, const v1::LedgerRecord& record, std::int64_t now_ms) noexcept {
    const bool told = request.due_ms() / 1000 <= record.event().supervision_warning().due().seconds() && request.due_ms() < now_ms;
    return told && is_own_open(request) && !request.overdue() && request.other().case_id() == record.sibling().case_id();
}

void take_late_reply(v1::CaseState& state, const v1::LedgerRecord& record, std::int64_t now_ms) noexcept {
    for (auto& one : *state.mutable_archive_requests()) {
        one.set_overdue(one.overdue() || is_late(one, record, now_ms));
    }
}

void take_warning(v1::CaseState& state, const v1::SupervisionWarning& warning, std::int64_t now_ms) noexcept {
    for (auto& one : *state.mutable_archive_requests()) {
        if (!waits(one) || one.due_ms() / 1000 != warning.due().seconds()) {
            continue;
        }
        if (warning.band() == v1::SUPERVISION_BAND_RED) {
            one.set_overdue(true);
        } else {
            one.set_warned(one.warned() || one.yellow_ms() <= now_ms);
        }
    }
}

// Where the request names none: what the item says of the case that asks.
v1::Limit limit_of_item(const v1::CaseState& asking) {
    const auto said = std::min<std::uint32_t>(asking.terms().archive_days(), limit_max);
    v1::Limit limit;
    limit.set_value(said == 0 ? default_archive_days : static_cast<std::int32_t>(said));
    limit.set_unit(v1::LIMIT_UNIT_WORKDAY);
    return limit;
}

// "2-1": unique in the bundle, so in either case.
std::string next_number(const v1::CaseState& state) {
    const auto& all = state.archive_requests();
    const auto own = std::count_if(all.begin(), all.end(), [](const v1::ArchiveRequest& one) { return !one.incoming(); });
    return std::to_string(state.parent().child()) + '-' + std::to_string(own + 1);
}

} // namespace

bool is_news_of_late_reply(const v1::CaseState& state, const v1::LedgerRecord& record, std::int64_t now_ms) noexcept {
    const auto& said = record.event().supervision_warning();
    const auto& all = state.archive_requests();
    return said.clock() == v1::CLOCK_KIND_ARCHIVE && said.band() == v1::SUPERVISION_BAND_RED &&
           std::any_of(all.begin(), all.end(), [&](const v1::ArchiveRequest& one) { return is_late(one, record, now_ms); });
}

verdict check_archives(const v1::CaseState& state, const v1::LedgerRecord& record, guard must_hold) {
    switch (must_hold) {
    case guard::archives_missing:
    case guard::asked_by_sibling:
        return check_request(state, record, must_hold);
    case guard::archives_asked_for:
        return check_reply(state, record);
    case guard::sibling_told:
        return check_told(state, record.event().archive_informed());
    default:
        return verdict::applied;
    }
}

bool owes_archives(const v1::CaseState& state) noexcept {
    return nearest(state) != nullptr;
}

v1::Owed owed_archives(const v1::CaseState& state) {
    const auto& asked = *nearest(state);
    return owed_until(state, v1::CLOCK_KIND_ARCHIVE, asked.limit(), asked.due_ms(),
                      asked.overdue()  ? v1::SUPERVISION_BAND_RED
                      : asked.warned() ? v1::SUPERVISION_BAND_YELLOW
                                       : v1::SUPERVISION_BAND_BLUE);
}

bool awaits_archives(const v1::CaseState& state) noexcept {
    return std::any_of(state.archive_requests().begin(), state.archive_requests().end(), is_own_open);
}

const v1::ArchiveRequest* archive_meant(const v1::CaseState& state, const v1::ArchiveReplied& reply) noexcept {
    const bool takes_back = reply.archive_result() == v1::ARCHIVE_RESULT_CALLED_OFF;
    const v1::ArchiveRequest* meant = nullptr;
    for (const auto& one : state.archive_requests()) {
        const bool can_be = takes_back ? is_own_open(one) : waits(one);
        if (!can_be || (!reply.request_no().empty() && one.request_no() != reply.request_no())) {
            continue;
        }
        if (meant != nullptr) {
            return nullptr;
        }
        meant = &one;
    }
    return meant;
}

const v1::ArchiveMaterial* archive_named(const v1::ArchiveRequest& request, std::string_view said) {
    const v1::ArchiveMaterial* by_name = nullptr;
    for (const auto& one : request.materials()) {
        if (means_same(key_of(one), said)) {
            return &one;
        }
        const bool named = by_name == nullptr && !one.name().empty() && means_same(one.name(), said);
        by_name = named ? &one : by_name;
    }
    return by_name;
}

void take_archive_request(v1::CaseState& state, const v1::LedgerRecord& record, const working_days& days, std::int64_t at_ms) {
    const auto& said = record.event().archive_requested();
    const bool incoming = is_by_gateway(record);
    const auto number = incoming ? said.request_no() : next_number(state);
    auto& request = *state.add_archive_requests();
    request.set_request_no(number);
    request.set_incoming(incoming);
    *request.mutable_other() = record.sibling();
    *request.mutable_materials() = said.materials();
    *request.mutable_limit() = said.has_limit() ? said.limit() : limit_of_item(state);
    request.set_since_ms(at_ms);
    reckon(request, state, days);
    if (!incoming) {
        request.set_event_id(record.event_id());
    } else if (at_ms >= request.yellow_ms()) {
        request.set_warned(true); // it has its last day at once, which nobody needs a warning of
    }
}

void fold_archives(v1::CaseState& state, const v1::LedgerRecord& record, std::int64_t now_ms) {
    const auto& event = record.event();
    switch (event.body_case()) {
    case v1::CaseEvent::kArchiveReplied:
        return take_reply(state, record, now_ms);
    case v1::CaseEvent::kArchiveInformed:
        return held(state, event.archive_informed().request_no()).set_passed(true);
    case v1::CaseEvent::kSupervisionWarning:
        if (tells_of_late_reply(record)) {
            take_late_reply(state, record, now_ms);
        } else if (event.supervision_warning().clock() == v1::CLOCK_KIND_ARCHIVE) {
            take_warning(state, event.supervision_warning(), now_ms);
        }
        return;
    default:
        return;
    }
}

void call_archives_off(v1::CaseState& state) noexcept {
    for (auto& one : *state.mutable_archive_requests()) {
        if (is_own_open(one)) {
            one.set_result(v1::ARCHIVE_RESULT_CALLED_OFF);
            one.set_passed(false);
        }
    }
}

void revise_archives(v1::CaseState& state, const working_days& days) {
    for (auto& one : *state.mutable_archive_requests()) {
        if (is_open(one)) {
            reckon(one, state, days);
        }
    }
}

case_timer next_archive_timer(const v1::CaseState& state) noexcept {
    case_timer next;
    if ((not_ended & bit(state.status())) == 0) {
        return next;
    }
    for (const auto& one : state.archive_requests()) {
        const auto timer = timer_of(one);
        next = timer.at_ms != 0 && (next.at_ms == 0 || timer.at_ms < next.at_ms) ? timer : next;
    }
    return next;
}

} // namespace tongban::cases
