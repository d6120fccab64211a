// Identity, case resolution and validation of one event, in that order; each step may end it with a receipt.
#include "gateway/intake/admission.hpp"

#include "gateway/cases/case_id.hpp"
#include "gateway/cases/licence_validity.hpp"
#include "gateway/cases/tolerance_check.hpp"
#include "gateway/cases/validate.hpp"
#include "gateway/cases/verdict_detail.hpp"
#include "gateway/cases/waybills.hpp"
#include "gateway/http/case_problem.hpp"
#include "gateway/intake/archive_admission.hpp"
#include "gateway/intake/bundle_admission.hpp"
#include "gateway/intake/catalogue_admission.hpp"
#include "gateway/intake/completed_receipt.hpp"
#include "gateway/intake/repetition.hpp"
#include "gateway/intake/time_admission.hpp"
#include "gateway/intake/violation_at.hpp"
#include "gateway/ledger/record.hpp"

#include <algorithm>
#include <optional>

namespace tongban::intake {

namespace asio = boost::asio;

namespace {

std::string regions_of(const security::partner& partner) {
    std::string regions;
    for (const auto& region : partner.regions) {
        regions += (regions.empty() ? "" : ", ") + region;
    }
    return regions;
}

// A region or a window that is not the sender's.
std::optional<http::problem> speaks_for_others(v1::CaseEvent& event, const message_facts& facts) {
    const auto& actor_region = event.actor().region();
    if (!actor_region.empty() && !facts.partner->acts_for(actor_region)) {
        return http::not_your_region(regions_of(*facts.partner), actor_region);
    }
    return event.has_claimed() ? make_own(*event.mutable_claimed(), *facts.partner, facts.leases) : std::nullopt;
}

bool opens_case(v1::CaseEvent::BodyCase body) {
    return body == v1::CaseEvent::kCaseSubmitted || body == v1::CaseEvent::kCaseCollected;
}

std::chrono::year_month_day china_date(std::chrono::system_clock::time_point at) {
    return std::chrono::year_month_day{std::chrono::floor<std::chrono::days>(at + std::chrono::hours{8})};
}

// The event opens a case: its id follows from origin and number.
bool name_new_case(dialects::translated_event& translated, const message_facts& facts, v1::Receipt& receipt) {
    auto& event = *translated.event;
    auto& ref = *event.mutable_case_();
    if (ref.origin_region().empty()) {
        ref.set_origin_region(facts.partner->regions.front());
    }
    if (!facts.partner->acts_for(ref.origin_region())) {
        refuse(receipt, v1::RECEIPT_OUTCOME_FORBIDDEN,
               http::not_your_region(regions_of(*facts.partner), ref.origin_region()));
        return false;
    }
    if (event.case_submitted().has_parent()) {
        event.mutable_case_submitted()->clear_parent(); // the gateway's own word
    }
    if (ref.source_case_no().empty()) {
        return true; // validation names it
    }
    const auto id = cases::case_id(ref.origin_region(), ref.source_case_no());
    if (!ref.case_id().empty() && ref.case_id() != id) {
        *receipt.add_violations() = violation_at(translated, "case.case_id", "consistent",
                                                 "网关流水号与收件地、办件编号不符，可不填写。",
                                                 "case_id does not belong to this origin and number; it may be left out.");
    }
    ref.set_case_id(id);
    return true;
}

enum class found { one, none, many, unreadable };

// The event is about a case we should know: by id, by origin and number, or by a number of either side.
found find_case(const v1::CaseEvent& event, const security::partner& partner, const ledger::view& view,
                v1::CaseState& state) {
    const auto& ref = event.case_();
    if (!ref.case_id().empty() || (!ref.origin_region().empty() && !ref.source_case_no().empty())) {
        const auto id =
            ref.case_id().empty() ? cases::case_id(ref.origin_region(), ref.source_case_no()) : ref.case_id();
        auto row = view.find(id);
        if (!row) {
            return found::unreadable;
        }
        if (*row) {
            state = std::move((*row)->state);
        }
        return *row ? found::one : found::none;
    }
    const auto& number = ref.source_case_no().empty() ? ref.dest_case_no() : ref.source_case_no();
    std::size_t matches = 0;
    for (const auto& region : partner.regions) {
        auto rows = view.find_by_number(region, number);
        if (!rows) {
            return found::unreadable;
        }
        for (auto& row : *rows) {
            if (matches == 0 || row.state.case_id() != state.case_id()) {
                ++matches;
                state = std::move(row.state);
            }
        }
    }
    return matches == 0 ? found::none : matches == 1 ? found::one : found::many;
}

// A case number the sender gave must agree with the case that was found.
void use_found_case(v1::CaseEvent& event, const v1::CaseState& state) {
    auto& ref = *event.mutable_case_();
    ref.set_case_id(state.case_id());
    ref.set_origin_region(state.origin_region());
    ref.set_dest_region(state.dest_region());
    if (ref.dest_case_no() == state.source_case_no()) {
        ref.clear_dest_case_no();
    }
    ref.set_source_case_no(state.source_case_no());
}

v1::Sender sender_of(const message_facts& facts, std::string region) {
    v1::Sender sender;
    sender.set_partner(facts.partner->id);
    sender.set_region(std::move(region));
    sender.set_role(facts.partner->role);
    sender.set_certificate_serial(facts.request.certificate->serial);
    sender.set_dialect(facts.dialect);
    sender.set_dialect_version(facts.dialect_version);
    sender.set_automatic(facts.automatic);
    return sender;
}

http::problem wrong_side(v1::CaseEvent::BodyCase body, const v1::CaseState& standing, const message_facts& facts) {
    return http::problem_of(cases::verdict::wrong_side, standing, body, sender_of(facts, regions_of(*facts.partner)));
}

void check_rules(dialects::translated_event& translated, const message_facts& facts, const v1::CaseState& standing,
                 v1::Receipt& receipt) {
    drop_words_of_gateway(*translated.event);
    cases::say_long_term(*translated.event);
    cases::write_waybills_alike(*translated.event);
    const cases::source_path_of source_path = [&translated](std::string_view field) { return translated.source_path(field); };
    auto broken = cases::validate_translated(*translated.event, translated.violations, china_date(facts.received_at), source_path);
    auto not_there = cases::judge_brought(standing, *translated.event, source_path);
    for (auto* some : {&translated.violations, &broken, &not_there}) {
        for (auto& violation : *some) {
            *receipt.add_violations() = std::move(violation);
        }
    }
    judge_given(translated, standing, receipt);
    check_extension(translated, standing, receipt);
    tell_late_extension(translated, standing, facts, receipt);
    tell_foreign_decision(translated, standing, receipt);
    tell_unexplained_denial(translated, standing, receipt);
    tell_impossible_time(translated, standing, facts, receipt);
    if (is_bundle(*translated.event)) {
        lead_from_origin(translated, receipt);
    }
}

bool destination_is_connected(const dialects::translated_event& translated, bool opening, const message_facts& facts,
                              v1::Receipt& receipt) {
    const auto& dest = translated.event->case_().dest_region();
    if (!opening || dest.size() != 6 || facts.directory.knows_region(dest)) {
        return true;
    }
    *receipt.add_violations() = violation_at(translated, "case.dest_region", "region", "办理地 " + dest + " 未接入本网关。",
                                             "Region " + dest + " is not connected to this gateway.");
    return false;
}

// The event is about a case we should know: fills its reference and `standing`, or the receipt with why not.
asio::awaitable<bool> name_known_case(dialects::translated_event& translated, const message_facts& facts,
                                      ledger::ledger& ledger, v1::CaseState& standing, v1::Receipt& receipt) {
    auto& event = *translated.event;
    auto outcome = find_case(event, *facts.partner, ledger.read(), standing);
    if (outcome == found::none) {
        // Another replica may have answered the filing a moment ago.
        const auto late = co_await ledger.catch_up(facts.request.deadline);
        outcome = late ? found::unreadable : find_case(event, *facts.partner, ledger.read(), standing);
    }
    if (outcome == found::unreadable) {
        refuse(receipt, v1::RECEIPT_OUTCOME_UNAVAILABLE, http::view_unavailable());
        co_return false;
    }
    if (outcome == found::many) {
        *receipt.add_violations() =
            violation_at(translated, "case.source_case_no", "ambiguous", "该编号对应多个办件，请改用网关流水号 case_id 或同时给出收件地。",
                         "Several cases have this number: name the case by case_id or give its origin too.");
        refuse(receipt, v1::RECEIPT_OUTCOME_REJECTED, http::invalid("", ""));
        co_return false;
    }
    const bool mine = outcome == found::one && (facts.partner->acts_for(standing.origin_region()) ||
                                                facts.partner->acts_for(standing.dest_region()));
    if (!mine) {
        refuse(receipt, v1::RECEIPT_OUTCOME_NOT_FOUND, http::case_not_found());
        co_return false;
    }
    use_found_case(event, standing);
    receipt.set_source_case_no(standing.source_case_no());
    co_return true;
}

// The ledger record of an event that may be said, and what its receipt says of it.
void make_record(v1::CaseEvent& event, const std::string& region, std::uint32_t part, const message_facts& facts,
                 const ledger::view& view, admission& result) {
    ledger::record_facts record_facts;
    record_facts.sender = sender_of(facts, region);
    record_facts.idempotency_key = facts.request.idempotency_key;
    record_facts.raw_digest = facts.raw_digest;
    record_facts.raw_content_type = facts.request.content_type;
    record_facts.trace_id = facts.request.trace_id;
    record_facts.part = part;
    record_facts.received_at = facts.received_at;
    // On the arena of the event, which then moves into it instead of being copied.
    result.record = google::protobuf::Arena::CreateMessage<v1::LedgerRecord>(&facts.arena);
    auto& record = *result.record;
    if (event.has_case_submitted()) {
        record.mutable_routed()->set_queue_region(event.case_().dest_region());
    }
    const bool may_read_otherwise =
        !facts.dialect.empty() && !facts.automatic && record_facts.idempotency_key.empty() && !record.has_routed();
    ledger::make_record(std::move(event), record_facts, record);
    if (may_read_otherwise) {
        take_id_of_same_bytes(record, view);
    }
    result.receipt.set_case_id(record.event().case_().case_id());
    result.receipt.set_event_id(ledger::to_hex(record.event_id()));
}

bool refused_by_rules(const v1::Receipt& receipt) {
    for (const auto& violation : receipt.violations()) {
        if (!violation.warning()) {
            return true;
        }
    }
    return false;
}

bool may_follow(const cases::catalogue_judgement& judged) {
    return judged.item != nullptr && judged.item->item->material_may_follow();
}

// What the gateway adds to what was said, after the record's digests: they are those of the message alone.
void keep_beside(const cases::catalogue_judgement& judged, const ledger::files_taken& files, const message_facts& facts,
                 const v1::CaseState& standing, admission& result) {
    auto& record = *result.record;
    keep_terms(judged, record);
    keep_owed_terms(facts, standing, record);
    keep_brought(standing, record);
    result.item = judged.item == nullptr ? nullptr : judged.item->item;
    ledger::note_files(files, record);
}

struct refusal {
    v1::ReceiptOutcome outcome;
    http::problem problem;
};

// By what is configured, or by what stands around the case: `alone` is one whose event means no sibling; null: it means one.
std::optional<refusal> refused_around(const cases::catalogue_judgement& judged, bool allowed, const v1::CaseEvent& event,
                                      const v1::CaseState* alone, const ledger::view& view) {
    if (judged.refused() || !allowed) {
        return refusal{v1::RECEIPT_OUTCOME_REJECTED, judged.refused() ? problem_of(judged) : http::invalid("", "")};
    }
    auto problem = alone == nullptr ? std::nullopt : no_sibling(event, *alone, view);
    return problem ? std::optional(refusal{v1::RECEIPT_OUTCOME_CONFLICT, std::move(*problem)}) : std::nullopt;
}

// Tells the receipt of the event's files; a refusal when they stand in its way.
std::optional<refusal> judge_files(const ledger::files_taken& files, const dialects::translated_event& translated,
                                   v1::Receipt& receipt) {
    for (const auto& fault : files.faults) {
        const auto told = fault.warning ? warning_at : violation_at;
        *receipt.add_violations() = told(translated, "dossier." + fault.place, fault.rule, fault.zh, fault.en);
    }
    if (files.later) {
        http::problem problem;
        problem.type = files.later->code;
        problem.title_zh = files.later->zh;
        problem.title_en = files.later->en;
        return refusal{v1::RECEIPT_OUTCOME_UNAVAILABLE, problem};
    }
    return files.refused() ? std::optional(refusal{v1::RECEIPT_OUTCOME_REJECTED, http::invalid("", "")}) : std::nullopt;
}

// Partners, catalogue, agreements and store may have changed since the event was said first: what took effect is recognised,
// whatever they say by now.
asio::awaitable<void> refuse_unless_repeated(const refusal& against, const message_facts& facts, ledger::ledger& ledger,
                                             admission& result) {
    bool repeated = !result.ready;
    if (!repeated) {
        repeated = co_await took_effect(*result.record, ledger, facts.request.deadline);
    }
    if (repeated) {
        forget_refusals(result.receipt);
        co_return;
    }
    result.ready = false;
    result.receipt.clear_case_id(); // nothing was made
    result.receipt.clear_event_id();
    refuse(result.receipt, against.outcome, against.problem);
}

} // namespace

std::string speaking_region(const security::partner& partner, const v1::CaseEvent& event) {
    const auto side = cases::side_of(event.body_case());
    const auto& ref = event.case_();
    if (side != cases::side::destination && partner.acts_for(ref.origin_region())) {
        return ref.origin_region();
    }
    if (side != cases::side::origin && partner.acts_for(ref.dest_region())) {
        return ref.dest_region();
    }
    if (event.has_case_accepted() && partner.acts_for(ref.origin_region())) {
        return ref.origin_region(); // 异地受理: whether there is a mandate is the case's to know
    }
    return {};
}

asio::awaitable<admission> admit(dialects::translated_event& translated, std::uint32_t part,
                                 const message_facts& facts, ledger::ledger& ledger) {
    admission result;
    auto& receipt = result.receipt;
    auto& event = *translated.event;
    const auto body = event.body_case();
    receipt.set_row(translated.row);
    receipt.set_event(std::string(cases::name(body)));
    receipt.set_source_case_no(event.case_().source_case_no());

    if (const auto refused = speaks_for_others(event, facts)) {
        refuse(receipt, v1::RECEIPT_OUTCOME_FORBIDDEN, *refused);
        co_return result;
    }

    const bool opening = opens_case(body);
    v1::CaseState standing;
    if (opening) {
        if (!name_new_case(translated, facts, receipt)) {
            co_return result;
        }
    } else if (body != v1::CaseEvent::BODY_NOT_SET && cases::names_case(event)) { // what names none is refused by the rules
        if (!co_await name_known_case(translated, facts, ledger, standing, receipt)) {
            co_return result;
        }
    }

    check_rules(translated, facts, standing, receipt);
    const bool valid = !refused_by_rules(receipt);
    const bool connected = destination_is_connected(translated, opening, facts, receipt);
    const bool tolerated = tolerance_is_allowed(translated, standing, facts, receipt);
    if (!valid) {
        refuse(receipt, v1::RECEIPT_OUTCOME_REJECTED, http::invalid("", ""));
        co_return result;
    }

    const auto region = opening ? event.case_().origin_region() : speaking_region(*facts.partner, event);
    if (region.empty() || cases::side_of(body) == cases::side::gateway) {
        refuse(receipt, v1::RECEIPT_OUTCOME_FORBIDDEN, wrong_side(body, standing, facts));
        receipt.set_case_id(event.case_().case_id());
        co_return result;
    }

    auto before = opening ? filed_before(ledger.read(), event) : std::nullopt;
    const auto judged = connected ? judge_opening(translated, opening, before, facts, ledger.read(), receipt)
                                  : cases::catalogue_judgement();
    const auto sibling = co_await sibling_asked(event, standing, ledger, facts.request.deadline);
    auto against = refused_around(judged, connected && tolerated, event, sibling ? nullptr : &standing, ledger.read());
    if (against && opening && !before) { // its files are not taken
        refuse(receipt, against->outcome, against->problem);
        co_return result;
    }
    ledger::files_taken files;
    if (facts.files && event.has_dossier()) {
        const ledger::files_of_message from{region, facts.partner, may_follow(judged)};
        files = co_await facts.files(*event.mutable_dossier(), from, facts.request.deadline);
        if (auto refused = judge_files(files, translated, receipt); refused && !against) {
            against = std::move(refused);
        }
    }
    make_record(event, region, part, facts, ledger.read(), result);
    keep_beside(judged, files, facts, standing, result);
    keep_sibling(sibling, *result.record);
    result.ready = !opening || !is_filed_already(ledger, before, result);
    if (against) {
        co_await refuse_unless_repeated(*against, facts, ledger, result);
    }
    co_return result;
}

google::protobuf::ArenaOptions message_arena() {
    google::protobuf::ArenaOptions options;
    options.start_block_size = 8192;
    return options;
}

} // namespace tongban::intake
