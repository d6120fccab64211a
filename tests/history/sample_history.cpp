#include "tests/history/sample_history.hpp"

#include "gateway/cases/case_id.hpp"
#include "gateway/cases/deliveries.hpp"
#include "gateway/ledger/ledger_dump.hpp"
#include "gateway/ledger/record.hpp"
#include "tests/history/checker.hpp"

#include <algorithm>
#include <map>
#include <stdexcept>

namespace tongban::history {

namespace {

using body = v1::CaseEvent;

std::string number_of(int n) {
    return "37080024101800" + std::to_string(1000 + n);
}

v1::Sender sender(const char* partner, const char* region, v1::Role role) {
    v1::Sender by;
    by.set_partner(partner);
    by.set_region(region);
    by.set_role(role);
    return by;
}

v1::CaseEvent event_of(int n, v1::CaseEvent::BodyCase which) {
    v1::CaseEvent event;
    auto& ref = *event.mutable_case_();
    ref.set_case_id(cases::case_id(sample_history::region_a, number_of(n)));
    ref.set_origin_region(sample_history::region_a);
    ref.set_dest_region(sample_history::region_b);
    ref.set_source_case_no(number_of(n));
    (void)event.GetReflection()->MutableMessage(&event, v1::CaseEvent::descriptor()->FindFieldByNumber(which));
    return event;
}

v1::DeliveryTransport transport_of(const std::string& name) {
    return name == "pull"   ? v1::DELIVERY_TRANSPORT_PULL
           : name == "push" ? v1::DELIVERY_TRANSPORT_PUSH
                            : v1::DELIVERY_TRANSPORT_KAFKA;
}

} // namespace

sample_history::sample_history(int cases) {
    for (int n = 0; n < cases; ++n) {
        const auto* to_a = n % 2 == 0 ? "push" : "topic";
        file(n);
        claim(n);
        work(n, body::kDestReceived); // ordinal 3
        work(n, body::kCaseAccepted);
        deliver(n, 1, region_b, "pull");
        deliver(n, 3, region_a, to_a);
        deliver(n, 4, region_a, to_a);
    }
    answer fault;
    fault.kind = answer_kind::fault;
    fault.by = "harness";
    fault.fault = "kill";
    fault.target = "gateway-1";
    fault.expected = "answers again within 10 s";
    fault.began_ms = tick();
    fault.ended_ms = fault.began_ms + 500;
    fault.recovered_ms = fault.began_ms + 2500;
    fault.bound_ms = 10'000;
    fault.at_ms = *fault.recovered_ms;
    answers.push_back(fault);
    answer end;
    end.kind = answer_kind::end;
    end.by = "harness";
    end.at_ms = fault.at_ms + 1000;
    answers.push_back(end);
}

std::string sample_history::case_id(int n) const {
    return cases::case_id(region_a, number_of(n));
}

answer sample_history::said(answer_kind kind, const char* by, int n, answer_outcome outcome) {
    answer one;
    one.kind = kind;
    one.by = by;
    one.outcome = outcome;
    one.case_id = case_id(n);
    one.sent_ms = tick();
    one.at_ms = tick();
    return one;
}

void sample_history::append(int n, const v1::LedgerRecord& record) {
    records.push_back({static_cast<std::uint32_t>(n % 3), tick(), record});
}

void sample_history::file(int n) {
    v1::LedgerRecord record;
    record.mutable_routed()->set_queue_region(region_b);
    ledger::record_facts facts;
    facts.sender = sender("jining", region_a, v1::ROLE_PLATFORM);
    ledger::make_record(event_of(n, body::kCaseSubmitted), facts, record);
    append(n, record);
    auto one = said(answer_kind::submitted, "load-1", n, answer_outcome::accepted);
    one.event_id = record.event_id();
    one.origin = region_a;
    one.source_number = number_of(n);
    one.content = "c0ffee0" + std::to_string(n);
    answers.push_back(one);
    one.outcome = answer_outcome::duplicate;
    one.sent_ms = tick();
    one.at_ms = tick();
    answers.push_back(one);
}

v1::LedgerRecord sample_history::event_of_b(int n, v1::CaseEvent::BodyCase which, const std::string& key,
                                            std::uint64_t token) {
    auto event = event_of(n, which);
    event.set_fencing_token(token);
    if (event.has_claimed()) {
        event.mutable_claimed()->set_window_id("W1");
        event.mutable_claimed()->set_lease_seconds(600);
    }
    ledger::record_facts facts;
    facts.sender = sender("changzhi", region_b, v1::ROLE_WINDOW);
    facts.idempotency_key = key;
    v1::LedgerRecord record;
    ledger::make_record(std::move(event), facts, record);
    return record;
}

void sample_history::claim(int n) {
    const auto record = event_of_b(n, body::kClaimed, "first");
    append(n, record);
    auto one = said(answer_kind::claimed, "window-1", n, answer_outcome::accepted);
    one.event_id = record.event_id();
    one.region = region_b;
    one.window = "W1";
    one.fencing_token = 1;
    answers.push_back(one);
}

void sample_history::work(int n, v1::CaseEvent::BodyCase which) {
    const auto record = event_of_b(n, which, "work", 1);
    append(n, record);
    auto one = said(answer_kind::event, "window-1", n, answer_outcome::accepted);
    one.event = std::string(cases::name(which));
    one.event_id = record.event_id();
    answers.push_back(one);
}

void sample_history::fact(int n, std::uint32_t ordinal, const char* region, const char* transport,
                          v1::DeliveryFact fact) {
    fact.mutable_delivery()->set_case_id(case_id(n));
    fact.mutable_delivery()->set_ordinal(ordinal);
    fact.mutable_delivery()->set_region(region);
    fact.set_transport(transport_of(transport));
    v1::LedgerRecord record;
    *record.mutable_deliveries()->add_facts() = std::move(fact);
    append(n, record);
}

void sample_history::deliver(int n, std::uint32_t ordinal, const char* region, const char* transport) {
    auto given = said(answer_kind::delivered, (std::string("emulator-") + region).c_str(), n, answer_outcome::taken);
    given.region = region;
    given.transport = transport;
    given.delivery = case_id(n) + '-' + std::to_string(ordinal) + '-' + region;
    const auto is_pull = std::string(transport) == "pull";
    v1::DeliveryFact first;
    v1::DeliveryFact taken;
    taken.mutable_acknowledged();
    if (is_pull) {
        first.mutable_handed_out()->set_visible_after_ms(1000);
        fact(n, ordinal, region, transport, first);
    } else if (given.transport == "push") {
        auto refused = given;
        refused.outcome = answer_outcome::refused;
        answers.push_back(refused);
        first.mutable_failed()->set_attempt(1);
        fact(n, ordinal, region, transport, first);
        given.at_ms = tick();
    }
    answers.push_back(given);
    fact(n, ordinal, region, transport, taken);
    if (is_pull) {
        given.kind = answer_kind::acknowledged;
        given.outcome = answer_outcome::accepted;
        given.case_id.clear();
        given.region.clear();
        given.transport.clear();
        given.is_positive = true;
        given.at_ms = tick();
        answers.push_back(given);
    }
}

answer& sample_history::find_answer(const std::function<bool(const answer&)>& which) {
    const auto at = std::find_if(answers.begin(), answers.end(), which);
    return at != answers.end() ? *at : throw std::logic_error("no such answer in the sample");
}

sample_record& sample_history::find_record(const std::function<bool(const sample_record&)>& which) {
    const auto at = std::find_if(records.begin(), records.end(), which);
    return at != records.end() ? *at : throw std::logic_error("no such record in the sample");
}

void sample_history::erase_answers(const std::function<bool(const answer&)>& which) {
    if (std::erase_if(answers, which) == 0) {
        throw std::logic_error("no such answer in the sample");
    }
}

void sample_history::erase_records(const std::function<bool(const sample_record&)>& which) {
    if (std::erase_if(records, which) == 0) {
        throw std::logic_error("no such record in the sample");
    }
}

namespace {

// In the order they stand in, numbered by partition.
template <typename Take>
void each_record(const std::vector<sample_record>& records, Take&& take) {
    std::map<std::uint32_t, std::uint64_t> next;
    for (const auto& one : records) {
        const auto value = one.value.SerializeAsString();
        const auto key = one.value.has_deliveries() ? one.value.deliveries().facts(0).delivery().case_id()
                                                    : one.value.event().case_().case_id();
        log::record read;
        read.at = {one.partition, next[one.partition]++};
        read.recorded_at = decltype(read.recorded_at)(std::chrono::milliseconds(one.at_ms));
        read.key = key;
        read.value = value;
        take(read);
    }
}

} // namespace

verdict sample_history::check() const {
    checker judge;
    each_record(records, [&](const log::record& read) { judge.record(read); });
    for (const auto& each : answers) {
        judge.answered(each);
    }
    return judge.finish();
}

std::string sample_history::ledger_lines() const {
    std::string lines;
    each_record(records, [&](const log::record& read) { lines += ledger::record_as_json(read, false) + '\n'; });
    return lines;
}

std::string sample_history::answer_lines() const {
    std::string lines;
    for (const auto& each : answers) {
        lines += write_answer(each) + '\n';
    }
    return lines;
}

} // namespace tongban::history
