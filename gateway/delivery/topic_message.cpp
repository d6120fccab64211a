#include "gateway/delivery/topic_message.hpp"

#include "gateway/delivery/rendering.hpp"
#include "gateway/http/trace.hpp"
#include "monitoring/log.hpp"

namespace tongban::delivery {

namespace {

constexpr std::string_view canonical_protobuf = "application/vnd.tongban.v1+protobuf";

v1::DeliveryFact fact_about(const topic_message& message) {
    v1::DeliveryFact fact;
    *fact.mutable_delivery() = message.standing.id();
    fact.set_transport(v1::DELIVERY_TRANSPORT_KAFKA);
    fact.set_party(message.partner);
    fact.set_begun_ms(message.begun_ms);
    return fact;
}

bool write(const v1::CaseEvent& event, const topic_target& target, topic_message& message, std::string& content_type) {
    if (target.dialect == nullptr) {
        content_type = canonical_protobuf;
        return event.SerializeToString(&message.value);
    }
    auto rendered = render(event, target.dialect.get());
    if (!rendered) {
        monitoring::log(monitoring::severity::error, "topic_cannot_be_written",
                        {{"partner", target.partner},
                         {"dialect", target.dialect_name},
                         {"delivery", cases::to_text(message.standing.id())},
                         {"reason", rendered.error().code.message()},
                         {"field", unwritable_field(rendered.error())}});
        return false;
    }
    content_type = std::move(rendered->content_type);
    message.value = std::move(rendered->body);
    return true;
}

} // namespace

topic_preparation prepare(const delivery_parts& parts, const ledger::due_delivery& due, const topic_target& target,
                          topic_message& message) {
    const auto& view = parts.ledger.read();
    const auto state = view.case_of(due.number);
    if (!state) {
        return topic_preparation::unreadable;
    }
    const auto* outbox = *state ? cases::outbox_of(**state, target.region) : nullptr;
    if (outbox == nullptr || outbox->dead() || outbox->pending(0).ordinal() != due.ordinal ||
        outbox->visible_at_ms() > parts.ledger.now_ms()) {
        return topic_preparation::gone;
    }
    auto stored = view.event_at(due.number, due.offset);
    if (!stored || !*stored) {
        return topic_preparation::unreadable;
    }
    message.standing = cases::unsettled(**state, *outbox, outbox->pending(0));
    message.topic = target.topic;
    message.partner = target.partner;
    message.begun_ms = parts.ledger.now_ms();
    const auto known = (*stored)->record.trace_id();
    const auto event = whole_event(std::move((*stored)->record), **state, parts.ledger);
    std::string content_type;
    if (!write(event, target, message, content_type)) {
        return topic_preparation::unwritable;
    }
    const auto trace_id = known.size() == 32 ? known : http::random_hex(32);
    message.headers = {{"delivery-id", cases::to_text(message.standing.id())},
                       {"case-id", message.standing.id().case_id()},
                       {"event", std::string(cases::name(event.body_case()))},
                       {"content-type", std::move(content_type)},
                       {"traceparent", "00-" + trace_id + '-' + http::random_hex(16) + "-01"}};
    return topic_preparation::ready;
}

v1::DeliveryFact acknowledged(const topic_message& message) {
    auto fact = fact_about(message);
    fact.mutable_acknowledged();
    return fact;
}

v1::DeliveryFact dead_letter(const topic_message& message, std::uint32_t more_attempts, std::string_view code) {
    auto fact = fact_about(message);
    set_dead_lettered(fact, code, message.standing.attempts() + more_attempts, message.standing.replays());
    return fact;
}

std::vector<v1::DeliveryFact> failed(const topic_message& message, std::string_view code, bool is_final,
                                     const delivery_settings& settings, std::int64_t now_ms,
                                     std::mt19937_64& random) {
    auto after = message.standing;
    after.set_attempts(after.attempts() + 1);
    after.set_budget_used(after.budget_used() + 1);
    std::vector<v1::DeliveryFact> facts{fact_about(message)};
    auto& told = *facts.front().mutable_failed();
    told.set_attempt(after.attempts());
    told.set_code(std::string(code));
    if (is_final) {
        facts.push_back(dead_letter(message, 1, code));
    } else if (is_spent(settings, after, now_ms)) {
        facts.push_back(dead_letter(message, 1, spent_code(settings, after.budget_used())));
    } else {
        const auto pause = pause_after(settings, after.budget_used(), std::chrono::milliseconds(0), random);
        told.set_retry_after_ms(static_cast<std::uint32_t>(pause.count()));
    }
    return facts;
}

} // namespace tongban::delivery
