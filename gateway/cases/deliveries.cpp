// An outbox per side holds what is unsettled in the order of the events, and the attempts of its first.
#include "gateway/cases/deliveries.hpp"

#include "gateway/cases/archives.hpp"
#include "gateway/cases/case_id.hpp"
#include "gateway/cases/life_cycle.hpp"

#include <algorithm>
#include <charconv>

namespace tongban::cases {

namespace {

bool is_told_to_nobody(v1::CaseEvent::BodyCase body) noexcept {
    return body == v1::CaseEvent::kCaseCollected || body == v1::CaseEvent::kClaimed ||
           body == v1::CaseEvent::kReleased || body == v1::CaseEvent::kLeaseExpired ||
           body == v1::CaseEvent::kRouted || body == v1::CaseEvent::kBundleStarted ||
           body == v1::CaseEvent::kParentInformed || body == v1::CaseEvent::kLicencesFetched ||
           body == v1::CaseEvent::kArchiveInformed || body == v1::CaseEvent::BODY_NOT_SET;
}

// What becomes of a bundle is the business of who filed it, and of nobody else.
bool is_of_bundle(v1::CaseEvent::BodyCase body) noexcept {
    return body == v1::CaseEvent::kChildProgressed || body == v1::CaseEvent::kBundleClosed;
}

// 档案往来: what one child's side said reaches the destination of the other. The origin, which is that of both, was told of it in
// the case in which it was said.
bool is_carried_over(const v1::LedgerRecord& record) noexcept {
    const auto& event = record.event();
    return record.sender().role() == v1::ROLE_GATEWAY &&
           (event.has_archive_requested() || event.has_archive_replied() || tells_of_late_reply(record));
}

// Of an event that nobody's certificate stands behind: the gateway's own, or one that a rule of the item said in the
// destination's name 秒批. Both sides have to learn it.
bool is_said_by_gateway(const v1::Sender& sender) noexcept {
    return sender.role() == v1::ROLE_GATEWAY || (sender.automatic() && sender.certificate_serial().empty());
}

// Cut on the border of a character: the view's messages are valid UTF-8.
std::string cut(std::string_view text, std::size_t max) {
    if (text.size() <= max) {
        return std::string(text);
    }
    while (max > 0 && (static_cast<unsigned char>(text[max]) & 0xc0) == 0x80) {
        --max;
    }
    return std::string(text.substr(0, max));
}

v1::Outbox* find_outbox(v1::CaseState& state, std::string_view region) noexcept {
    for (auto& outbox : *state.mutable_outbox()) {
        if (outbox.region() == region) {
            return &outbox;
        }
    }
    return nullptr;
}

std::int64_t later(std::int64_t now_ms, std::uint32_t by_ms) noexcept {
    return now_ms + std::min<std::int64_t>(by_ms, delivery_pause_max_ms);
}

std::string_view kind_of(v1::DeliveryFact::FactCase fact) noexcept {
    switch (fact) {
    case v1::DeliveryFact::kHandedOut:
        return "handed_out";
    case v1::DeliveryFact::kFailed:
        return "failed";
    case v1::DeliveryFact::kAcknowledged:
        return "acknowledged";
    case v1::DeliveryFact::kDeadLettered:
        return "dead_lettered";
    case v1::DeliveryFact::kReplayed:
        return "replayed";
    case v1::DeliveryFact::kDiscarded:
        return "discarded";
    case v1::DeliveryFact::FACT_NOT_SET:
        break;
    }
    return "";
}

void remember(v1::Outbox& outbox, const v1::DeliveryFact& fact, std::int64_t now_ms) {
    auto& history = *outbox.mutable_history();
    if (history.size() == delivery_history_max) {
        // How it began and how it went lately say more than the middle.
        history.DeleteSubrange(delivery_history_max / 2, 1);
    }
    auto& line = *history.Add();
    line.set_kind(std::string(kind_of(fact.fact_case())));
    line.set_recorded_ms(now_ms);
    line.set_begun_ms(fact.begun_ms());
    line.set_transport(fact.transport());
    line.set_party(fact.party());
    switch (fact.fact_case()) {
    case v1::DeliveryFact::kFailed:
        line.set_code(cut(fact.failed().code(), target_code_max));
        line.set_http_status(fact.failed().http_status());
        line.set_target_code(cut(fact.failed().target_code(), target_code_max));
        break;
    case v1::DeliveryFact::kDeadLettered:
        line.set_code(cut(fact.dead_lettered().code(), target_code_max));
        break;
    case v1::DeliveryFact::kReplayed:
        line.set_operator_id(cut(fact.replayed().operator_id(), target_code_max));
        line.set_reason(cut(fact.replayed().reason(), operator_reason_max));
        break;
    case v1::DeliveryFact::kDiscarded:
        line.set_operator_id(cut(fact.discarded().operator_id(), target_code_max));
        line.set_reason(cut(fact.discarded().reason(), operator_reason_max));
        break;
    default:
        break;
    }
}

// First reason against the fact, or `applied`.
delivery_verdict judge(const v1::Outbox& outbox, const v1::DeliveryFact& fact, std::int64_t now_ms) noexcept {
    switch (fact.fact_case()) {
    case v1::DeliveryFact::kHandedOut:
        return outbox.dead()                     ? delivery_verdict::dead
               : now_ms < outbox.visible_at_ms() ? delivery_verdict::not_yet
                                                 : delivery_verdict::applied;
    case v1::DeliveryFact::kFailed: {
        if (outbox.dead()) {
            return delivery_verdict::dead;
        }
        // A refusal by who was handed it is about that attempt; a failed push makes the next one.
        const bool pulled = fact.transport() == v1::DELIVERY_TRANSPORT_PULL;
        const auto expected = outbox.attempts() + (pulled ? 0 : 1);
        return fact.failed().attempt() == expected ? delivery_verdict::applied : delivery_verdict::stale;
    }
    case v1::DeliveryFact::kAcknowledged:
        return delivery_verdict::applied; // it is there, whatever we thought of it
    case v1::DeliveryFact::kDeadLettered: {
        if (outbox.dead()) {
            return delivery_verdict::dead;
        }
        // Two owners may find the budget spent: the second one's word must not undo a replay that came between.
        const auto& letter = fact.dead_lettered();
        return letter.attempt() == outbox.attempts() && letter.replays() == outbox.replays()
                   ? delivery_verdict::applied
                   : delivery_verdict::stale;
    }
    case v1::DeliveryFact::kReplayed:
        return outbox.dead() ? delivery_verdict::applied : delivery_verdict::not_dead;
    case v1::DeliveryFact::kDiscarded:
        // Given up after another operator's replay it would hide that the target has it.
        return outbox.dead() || outbox.replays() == 0 ? delivery_verdict::applied : delivery_verdict::not_dead;
    case v1::DeliveryFact::FACT_NOT_SET:
        break;
    }
    return delivery_verdict::malformed;
}

void apply(v1::Outbox& outbox, const v1::DeliveryFact& fact, std::int64_t now_ms) {
    switch (fact.fact_case()) {
    case v1::DeliveryFact::kHandedOut:
        outbox.set_attempts(outbox.attempts() + 1);
        outbox.set_budget_used(outbox.budget_used() + 1);
        outbox.set_visible_at_ms(later(now_ms, fact.handed_out().visible_after_ms()));
        outbox.set_holder(fact.party());
        break;
    case v1::DeliveryFact::kFailed:
        if (fact.transport() != v1::DELIVERY_TRANSPORT_PULL) {
            outbox.set_attempts(outbox.attempts() + 1);
            outbox.set_budget_used(outbox.budget_used() + 1);
        }
        outbox.set_visible_at_ms(later(now_ms, fact.failed().retry_after_ms()));
        outbox.clear_holder();
        break;
    case v1::DeliveryFact::kAcknowledged:
        if (fact.transport() != v1::DELIVERY_TRANSPORT_PULL) {
            outbox.set_attempts(outbox.attempts() + 1);
        }
        break;
    case v1::DeliveryFact::kDeadLettered:
        outbox.set_dead(true);
        outbox.clear_visible_at_ms();
        outbox.clear_holder();
        break;
    case v1::DeliveryFact::kReplayed:
        outbox.set_dead(false);
        outbox.set_replays(outbox.replays() + 1);
        outbox.clear_budget_used();
        outbox.set_budget_since_ms(now_ms);
        outbox.clear_visible_at_ms();
        break;
    case v1::DeliveryFact::kDiscarded:
    case v1::DeliveryFact::FACT_NOT_SET:
        break;
    }
}

// Takes the first out; the next starts with a clean sheet. An empty outbox goes.
void settle_first(v1::CaseState& state, v1::Outbox& outbox, std::int64_t now_ms) {
    auto& pending = *outbox.mutable_pending();
    pending.DeleteSubrange(0, 1);
    if (pending.empty()) {
        auto& all = *state.mutable_outbox();
        const auto gone = std::find_if(all.begin(), all.end(), [&](const v1::Outbox& each) { return &each == &outbox; });
        all.erase(gone);
        return;
    }
    outbox.clear_budget_used();
    outbox.set_budget_since_ms(now_ms);
    outbox.clear_attempts();
    outbox.clear_visible_at_ms();
    outbox.clear_dead();
    outbox.clear_replays();
    outbox.clear_holder();
    outbox.clear_history();
}

} // namespace

std::string_view name(delivery_verdict v) noexcept {
    static constexpr std::string_view names[] = {"applied", "not_pending", "not_first", "not_yet",
                                                 "stale",   "dead",        "not_dead",  "malformed"};
    return names[static_cast<std::size_t>(v)];
}

due_regions regions_due(const v1::CaseState& state, const v1::LedgerRecord& record) noexcept {
    due_regions due;
    const auto body = record.event().body_case();
    if (is_told_to_nobody(body)) {
        return due;
    }
    const std::string_view origin = state.origin_region();
    const std::string_view dest = state.dest_region();
    const auto add = [&](std::string_view region, std::string_view other) {
        if (!region.empty() && region != other) {
            due.regions[due.count++] = region;
        }
    };
    if (is_of_bundle(body)) {
        add(origin, {});
    } else if (is_carried_over(record)) {
        add(dest, {});
    } else if (is_said_by_gateway(record.sender())) {
        add(origin, dest);
        add(dest, origin);
    } else if (record.sender().region() == origin) {
        add(dest, origin);
    } else {
        add(origin, dest);
    }
    return due;
}

due_regions add_due(v1::CaseState& state, const v1::LedgerRecord& record, std::uint64_t offset,
                    record_time recorded_at) {
    const auto due = regions_due(state, record);
    for (const auto region : due) {
        auto* outbox = find_outbox(state, region);
        if (outbox == nullptr) {
            outbox = state.add_outbox();
            outbox->set_region(std::string(region));
        }
        auto& pending = *outbox->add_pending();
        pending.set_ordinal(state.event_count());
        pending.set_offset(offset);
        pending.set_due_ms(recorded_at.time_since_epoch().count());
    }
    return due;
}

const v1::Outbox* outbox_of(const v1::CaseState& state, std::string_view region) noexcept {
    for (const auto& outbox : state.outbox()) {
        if (outbox.region() == region) {
            return &outbox;
        }
    }
    return nullptr;
}

std::int64_t budget_since_ms(const v1::Outbox& outbox) noexcept {
    return outbox.budget_since_ms() == 0 ? outbox.pending(0).due_ms() : outbox.budget_since_ms();
}

v1::EventDelivery unsettled(const v1::CaseState& state, const v1::Outbox& outbox,
                       const v1::PendingDelivery& pending) {
    v1::EventDelivery delivery;
    delivery.mutable_id()->set_case_id(state.case_id());
    delivery.mutable_id()->set_ordinal(pending.ordinal());
    delivery.mutable_id()->set_region(outbox.region());
    delivery.set_due_ms(pending.due_ms());
    delivery.set_offset(pending.offset());
    delivery.set_status(v1::DELIVERY_STATUS_PENDING);
    if (pending.ordinal() == outbox.pending(0).ordinal()) {
        delivery.set_status(outbox.dead() ? v1::DELIVERY_STATUS_DEAD_LETTERED : v1::DELIVERY_STATUS_PENDING);
        delivery.set_attempts(outbox.attempts());
        delivery.set_replays(outbox.replays());
        delivery.set_budget_used(outbox.budget_used());
        delivery.set_budget_since_ms(budget_since_ms(outbox));
        delivery.set_visible_at_ms(outbox.visible_at_ms());
        *delivery.mutable_history() = outbox.history();
    }
    return delivery;
}

delivery_outcome fold_delivery(v1::CaseState& state, const v1::DeliveryFact& fact, record_time recorded_at) {
    const std::int64_t now_ms = recorded_at.time_since_epoch().count();
    if (fact.fact_case() == v1::DeliveryFact::FACT_NOT_SET) {
        return {delivery_verdict::malformed};
    }
    auto* outbox = find_outbox(state, fact.delivery().region());
    if (outbox == nullptr) {
        return {delivery_verdict::not_pending};
    }
    const auto& pending = outbox->pending();
    const auto found = std::find_if(pending.begin(), pending.end(), [&](const v1::PendingDelivery& each) {
        return each.ordinal() == fact.delivery().ordinal();
    });
    if (found == pending.end()) {
        return {delivery_verdict::not_pending};
    }
    if (found != pending.begin()) {
        return {delivery_verdict::not_first};
    }
    delivery_outcome outcome{judge(*outbox, fact, now_ms)};
    if (outcome.verdict != delivery_verdict::applied) {
        return outcome;
    }
    apply(*outbox, fact, now_ms);
    remember(*outbox, fact, now_ms);
    outcome.attempts = outbox->attempts();
    outcome.visible_at_ms = outbox->visible_at_ms();
    const bool acknowledged = fact.has_acknowledged();
    if (acknowledged || fact.has_discarded()) {
        outcome.settled = unsettled(state, *outbox, *found);
        outcome.settled->set_status(acknowledged ? v1::DELIVERY_STATUS_ACKNOWLEDGED
                                                 : v1::DELIVERY_STATUS_DISCARDED);
        outcome.settled->set_settled_ms(now_ms);
        outcome.settled->clear_visible_at_ms();
        outcome.settled->clear_budget_used();
        outcome.settled->clear_budget_since_ms();
        outcome.visible_at_ms = 0;
        settle_first(state, *outbox, now_ms);
    }
    return outcome;
}

std::string to_text(const v1::DeliveryId& id) {
    return id.case_id() + "-" + std::to_string(id.ordinal()) + "-" + id.region();
}

std::optional<v1::DeliveryId> delivery_id(std::string_view text) {
    const auto last = text.rfind('-');
    const auto first = last == std::string_view::npos || last == 0 ? last : text.rfind('-', last - 1);
    if (last == std::string_view::npos || first == std::string_view::npos || last == 0) {
        return std::nullopt;
    }
    const auto case_id = text.substr(0, first);
    const auto ordinal = text.substr(first + 1, last - first - 1);
    const auto region = text.substr(last + 1);
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(ordinal.data(), ordinal.data() + ordinal.size(), number);
    if (error != std::errc{} || end != ordinal.data() + ordinal.size() || number == 0 || ordinal.front() == '0' ||
        !is_case_id(case_id) || region.size() != 6 || !std::all_of(region.begin(), region.end(), is_digit)) {
        return std::nullopt;
    }
    v1::DeliveryId id;
    id.set_case_id(std::string(case_id));
    id.set_ordinal(number);
    id.set_region(std::string(region));
    return id;
}

} // namespace tongban::cases
