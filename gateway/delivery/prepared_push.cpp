#include "gateway/delivery/prepared_push.hpp"

#include "gateway/delivery/retry_policy.hpp"

namespace tongban::delivery {

namespace {

v1::DeliveryFact fact_about(const prepared_push& ready, const std::string& partner) {
    v1::DeliveryFact fact;
    *fact.mutable_delivery() = ready.standing.id();
    fact.set_transport(v1::DELIVERY_TRANSPORT_PUSH);
    fact.set_party(partner);
    fact.set_begun_ms(ready.begun_ms);
    return fact;
}

// `attempts`: those counted when it is decided.
v1::DeliveryFact dead_letter(const prepared_push& ready, const std::string& partner, std::uint32_t attempts,
                             std::string_view code) {
    auto fact = fact_about(ready, partner);
    set_dead_lettered(fact, code, attempts, ready.standing.replays());
    return fact;
}

} // namespace

preparation prepare(const delivery_parts& parts, const ledger::due_delivery& due, const std::string& region,
                    std::shared_ptr<const dialects::dialect> dialect, prepared_push& ready) {
    const auto& view = parts.ledger.read();
    const auto state = view.case_of(due.number);
    if (!state) {
        return preparation::unreadable;
    }
    const auto now_ms = parts.ledger.now_ms();
    const auto* outbox = *state ? cases::outbox_of(**state, region) : nullptr;
    if (outbox == nullptr || outbox->dead() || outbox->pending(0).ordinal() != due.ordinal ||
        outbox->visible_at_ms() > now_ms) {
        return preparation::gone;
    }
    auto stored = view.event_at(due.number, due.offset);
    if (!stored || !*stored) {
        return preparation::unreadable;
    }
    ready.standing = cases::unsettled(**state, *outbox, outbox->pending(0));
    ready.dialect = std::move(dialect);
    ready.begun_ms = now_ms;
    ready.trace_id = (*stored)->record.trace_id();
    auto message = render(whole_event(std::move((*stored)->record), **state, parts.ledger), ready.dialect.get());
    if (!message) {
        ready.unwritable = message.error().code;
        ready.unwritable_field = unwritable_field(message.error());
        return preparation::unwritable;
    }
    ready.message = std::move(*message);
    return preparation::ready;
}

std::vector<v1::DeliveryFact> facts_of(const prepared_push& pushed, const std::string& partner,
                                       const push_outcome& outcome, const delivery_settings& settings,
                                       std::int64_t now_ms, std::mt19937_64& random) {
    if (outcome.result == push_result::abandoned) {
        return {};
    }
    std::vector<v1::DeliveryFact> facts{fact_about(pushed, partner)};
    if (outcome.result == push_result::taken) {
        facts[0].mutable_acknowledged();
        return facts;
    }
    auto after = pushed.standing;
    after.set_attempts(after.attempts() + 1);
    after.set_budget_used(after.budget_used() + 1);
    auto& failed = *facts[0].mutable_failed();
    failed.set_attempt(after.attempts());
    failed.set_code(outcome.code);
    failed.set_http_status(outcome.http_status);
    failed.set_target_code(outcome.target_code);
    if (outcome.result == push_result::refused) {
        facts.push_back(dead_letter(pushed, partner, after.attempts(), outcome.code));
    } else if (is_spent(settings, after, now_ms)) {
        facts.push_back(dead_letter(pushed, partner, after.attempts(), spent_code(settings, after.budget_used())));
    } else {
        const auto pause = pause_after(settings, after.budget_used(), outcome.asked, random);
        failed.set_retry_after_ms(static_cast<std::uint32_t>(pause.count()));
    }
    return facts;
}

std::vector<v1::DeliveryFact> unwritable_facts(const prepared_push& ready, const std::string& partner) {
    return {dead_letter(ready, partner, ready.standing.attempts(), "cannot_be_written")};
}

} // namespace tongban::delivery
