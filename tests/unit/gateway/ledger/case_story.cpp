// Records as the gateway makes them: through make_record(), with digests and ids.
#include "case_story.hpp"

#include "gateway/cases/case_id.hpp"

namespace tongban::ledger::story {

namespace {

v1::LedgerRecord make(const case_name& of, v1::CaseEvent&& event, std::string_view region, v1::Role role,
                      std::string_view partner) {
    auto& ref = *event.mutable_case_();
    ref.set_case_id(of.id());
    ref.set_origin_region(of.origin);
    ref.set_dest_region(of.dest);
    ref.set_source_case_no(of.source_no);
    record_facts facts;
    facts.sender.set_partner(std::string(partner));
    facts.sender.set_region(std::string(region));
    facts.sender.set_role(role);
    facts.received_at = std::chrono::system_clock::time_point(std::chrono::seconds(1'790'000'000));
    v1::LedgerRecord record;
    make_record(std::move(event), facts, record);
    return record;
}

// The bodies a random story draws from, as said by the side that may.
v1::LedgerRecord random_record(std::mt19937_64& random, const case_name& of) {
    v1::CaseEvent event;
    event.set_source_sequence(random() % 3); // few values, so that some are told twice
    switch (random() % 16) {
    case 0:
        return collected(of);
    case 1:
    case 2:
        return submitted(of, random() % 4 == 0 ? "李四" : "张三");
    case 3:
        return received(of);
    case 4:
        return accepted(of, random() % 2 == 0 ? "B-" + std::to_string(random() % 5) : "");
    case 5:
        return decided(of);
    case 6:
        return closed(of);
    case 7:
        return returned(of);
    case 8:
        return claimed(of, random() % 2 == 0 ? "window-1" : "window-2", 1 + random() % 5);
    case 9:
        event.mutable_supplement_required()->add_missing()->set_name("户口簿");
        break;
    case 10:
        event.mutable_supplement_submitted();
        return by_platform(of, std::move(event), of.origin);
    case 11:
        event.mutable_review_started();
        break;
    case 12:
        event.mutable_withdraw_requested();
        return by_platform(of, std::move(event), of.origin);
    case 13:
        event.mutable_withdrawn();
        break;
    case 14:
        event.mutable_evaluated()->set_grade(v1::GRADE_SATISFIED);
        return by_platform(of, std::move(event), of.origin);
    default:
        event.mutable_ready_for_collection();
        break;
    }
    return by_platform(of, std::move(event), random() % 8 == 0 ? "999999" : of.dest);
}

} // namespace

std::string case_name::id() const {
    return cases::case_id(origin, source_no);
}

v1::LedgerRecord by_platform(const case_name& of, v1::CaseEvent&& event, std::string_view region) {
    return make(of, std::move(event), region, v1::ROLE_PLATFORM, "platform-" + std::string(region));
}

v1::LedgerRecord by_window(const case_name& of, v1::CaseEvent&& event, std::string_view region,
                           std::string_view partner) {
    return make(of, std::move(event), region, v1::ROLE_WINDOW, partner);
}

v1::LedgerRecord collected(const case_name& of) {
    v1::CaseEvent event;
    event.mutable_case_collected()->set_receipt_no("R-1");
    return by_platform(of, std::move(event), of.origin);
}

v1::LedgerRecord submitted(const case_name& of, std::string_view applicant) {
    v1::CaseEvent event;
    auto& body = *event.mutable_case_submitted();
    body.mutable_item()->set_name("住房公积金提取");
    body.mutable_item()->set_impl_code("11370800000000000000000000000000001");
    body.set_business_mode(v1::BUSINESS_MODE_COLLECT_FOR_OTHER);
    body.set_case_type(v1::CASE_TYPE_COMMITMENT);
    body.mutable_promise()->set_value(3);
    event.mutable_dossier()->mutable_applicant()->set_name(std::string(applicant));
    auto record = by_platform(of, std::move(event), of.origin);
    record.mutable_routed()->set_queue_region(of.dest);
    return record;
}

v1::LedgerRecord received(const case_name& of) {
    v1::CaseEvent event;
    event.mutable_dest_received();
    return by_platform(of, std::move(event), of.dest);
}

v1::LedgerRecord accepted(const case_name& of, std::string_view dest_no) {
    v1::CaseEvent event;
    event.mutable_case_accepted();
    event.mutable_case_()->set_dest_case_no(std::string(dest_no));
    return by_platform(of, std::move(event), of.dest);
}

v1::LedgerRecord decided(const case_name& of) {
    v1::CaseEvent event;
    event.mutable_decided()->set_decision(v1::DECISION_APPROVED);
    return by_platform(of, std::move(event), of.dest);
}

v1::LedgerRecord closed(const case_name& of) {
    v1::CaseEvent event;
    event.mutable_case_closed()->set_outcome(v1::OUTCOME_COMPLETED);
    return by_platform(of, std::move(event), of.dest);
}

v1::LedgerRecord returned(const case_name& of) {
    v1::CaseEvent event;
    event.mutable_returned()->set_reason_class("材料不清");
    return by_platform(of, std::move(event), of.dest);
}

v1::LedgerRecord claimed(const case_name& of, std::string_view partner, std::uint32_t seconds) {
    v1::CaseEvent event;
    event.mutable_claimed()->set_window_id(std::string(partner) + "-01");
    event.mutable_claimed()->set_operator_id("0042");
    event.mutable_claimed()->set_lease_seconds(seconds);
    return by_window(of, std::move(event), of.dest, partner);
}

v1::DeliveryFact delivery_fact(const case_name& of, std::uint32_t ordinal, std::string_view region) {
    v1::DeliveryFact fact;
    fact.mutable_delivery()->set_case_id(of.id());
    fact.mutable_delivery()->set_ordinal(ordinal);
    fact.mutable_delivery()->set_region(std::string(region));
    return fact;
}

v1::LedgerRecord about_deliveries(std::vector<v1::DeliveryFact> facts) {
    v1::LedgerRecord record;
    for (auto& fact : facts) {
        *record.mutable_deliveries()->add_facts() = std::move(fact);
    }
    return record;
}

namespace {

v1::DeliveryFact random_fact(std::mt19937_64& random, const case_name& of) {
    auto fact = delivery_fact(of, static_cast<std::uint32_t>(1 + random() % 6), random() % 2 == 0 ? of.origin : of.dest);
    fact.set_party("somebody");
    fact.set_transport(random() % 2 == 0 ? v1::DELIVERY_TRANSPORT_PULL : v1::DELIVERY_TRANSPORT_PUSH);
    switch (random() % 7) {
    case 0:
        fact.mutable_handed_out()->set_visible_after_ms(static_cast<std::uint32_t>(random() % 3000));
        break;
    case 1:
        fact.mutable_failed()->set_attempt(static_cast<std::uint32_t>(1 + random() % 2));
        fact.mutable_failed()->set_retry_after_ms(500);
        break;
    case 2:
        fact.mutable_dead_lettered()->set_code("attempts_spent");
        fact.mutable_dead_lettered()->set_attempt(static_cast<std::uint32_t>(random() % 2));
        break;
    case 3:
        fact.mutable_replayed()->set_operator_id("0042");
        break;
    case 4:
        fact.mutable_discarded()->set_operator_id("0042");
        break;
    default:
        fact.mutable_acknowledged();
        break;
    }
    return fact;
}

} // namespace

std::vector<story_record> random_story(std::uint64_t seed, std::size_t cases, std::size_t events) {
    static const char* const regions[] = {"370800", "140400", "370200", "620700"};
    std::mt19937_64 random(seed);
    std::vector<story_record> story;
    for (std::size_t i = 0; i < events; ++i) {
        const auto n = random() % cases;
        case_name of;
        of.origin = regions[n % 4];
        of.dest = regions[(n + 1 + n / 4 % 3) % 4];
        of.source_no = "A-" + std::to_string(n / 2); // two origins share each number
        auto record = random_record(random, of);
        record.set_attempt_id(random());
        story.push_back({of.id(), record.SerializeAsString()});
        if (random() % 3 == 0) {
            // Facts of other cases too, some of another partition: those must change nothing.
            auto other = of;
            other.source_no = "A-" + std::to_string(random() % cases / 2);
            auto told = about_deliveries({random_fact(random, of), random_fact(random, of), random_fact(random, other)});
            told.set_attempt_id(random());
            story.push_back({of.id(), told.SerializeAsString()});
        }
        switch (random() % 40) {
        case 0:
            story.push_back(story.back());
            break; // a producer's own double
        case 1:
            story.push_back({of.id(), "\xff not a record"});
            break; // foreign bytes
        case 2:
            story.push_back({"TB-no-case", record.SerializeAsString()});
            break;
        default:
            break;
        }
    }
    return story;
}

} // namespace tongban::ledger::story
