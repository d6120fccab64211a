// Whether a filing may be decided, who is asked, whether the answer may stand; then it is appended.
#include "gateway/intake/automatic_decision.hpp"

#include "gateway/cases/automatic_rule.hpp"
#include "gateway/cases/claims.hpp"
#include "gateway/cases/licence_validity.hpp"
#include "gateway/intake/append_all.hpp"
#include "gateway/intake/canonical.hpp"
#include "gateway/intake/catalogue_admission.hpp"
#include "gateway/ledger/dossier_files.hpp"
#include "gateway/ledger/record.hpp"
#include "monitoring/log.hpp"

#include <algorithm>
#include <array>
#include <ctime>

namespace tongban::intake {

namespace asio = boost::asio;
using clock = std::chrono::steady_clock;

namespace {

constexpr std::size_t events_max = 10;
constexpr std::chrono::seconds recorded_within{5}; // of a decision that nobody waits for

constexpr std::array may_be_said{v1::CaseEvent::kDestReceived, v1::CaseEvent::kCaseAccepted, v1::CaseEvent::kDecided,
                                 v1::CaseEvent::kCaseClosed, v1::CaseEvent::kCertIssued};

bool says(const std::vector<dialects::translated_event>& said, v1::CaseEvent::BodyCase body) {
    return std::any_of(said.begin(), said.end(), [&](const auto& one) { return one.event->body_case() == body; });
}

// A whole decision, and nothing else: what is half decided would wait for somebody who does not know of it.
bool is_decision(const std::vector<dialects::translated_event>& said) {
    const bool only_those = std::all_of(said.begin(), said.end(), [](const auto& one) {
        return std::find(may_be_said.begin(), may_be_said.end(), one.event->body_case()) != may_be_said.end();
    });
    return only_those && said.size() <= events_max && says(said, v1::CaseEvent::kCaseClosed); // which tells a decision too
}

// The answer must be about this case, by whatever it names it.
bool is_about(const v1::CaseEvent& event, const v1::CaseState& state) {
    const auto same = [](const std::string& said, const std::string& known) { return said.empty() || said == known; };
    const auto& ref = event.case_();
    return same(ref.case_id(), state.case_id()) && same(ref.source_case_no(), state.source_case_no()) &&
           same(ref.origin_region(), state.origin_region()) && same(ref.dest_region(), state.dest_region());
}

std::shared_ptr<const security::partner> platform_of(const security::partner_directory& directory,
                                                     const std::string& region) {
    for (const auto& partner : directory.partners()) {
        if (partner->role == v1::ROLE_PLATFORM && partner->acts_for(region)) {
            return partner;
        }
    }
    return nullptr;
}

// 准予 by the item's rule, as the destination itself would say it.
std::vector<dialects::translated_event> approval(google::protobuf::Arena& arena) {
    std::vector<dialects::translated_event> said(4);
    for (auto& one : said) {
        one.event = google::protobuf::Arena::CreateMessage<v1::CaseEvent>(&arena);
        one.event->mutable_occurred_at()->set_seconds(std::time(nullptr));
    }
    said[0].event->mutable_dest_received();
    said[1].event->mutable_case_accepted();
    said[2].event->mutable_decided()->set_decision(v1::DECISION_APPROVED);
    said[3].event->mutable_case_closed()->set_outcome(v1::OUTCOME_COMPLETED);
    return said;
}

void complain(const std::string& partner, const std::string& case_id, const std::string& result,
              const std::string& reason) {
    monitoring::log(monitoring::severity::warning, "automatic_answer_not_taken",
                    {{"partner", partner}, {"case_id", case_id}, {"result", result}, {"reason", reason}});
}

// The version that a filing names at its destination; null without a catalogue, or when it is gone.
const v1::CatalogueItem* item_of(const cases::catalogue* known, const v1::CaseEvent& filed) {
    if (known == nullptr) {
        return nullptr;
    }
    const auto& item = filed.case_submitted().item();
    const auto versions = known->versions(filed.case_().dest_region(), item.impl_code());
    const auto row = std::ranges::find_if(versions, [&](const auto& one) { return one.item->version() == item.version(); });
    return row == versions.end() ? nullptr : row->item;
}

// The first rule that an event breaks: its name and place, never its value.
std::string broken_rule(const std::vector<admission>& admissions) {
    for (const auto& one : admissions) {
        for (const auto& violation : one.receipt.violations()) {
            if (!violation.warning()) {
                return one.receipt.event() + ": " + violation.rule() + " " + violation.field();
            }
        }
        if (!one.ready) {
            return one.receipt.event() + ": " + one.receipt.code();
        }
    }
    return {};
}

} // namespace

// Only one question about a case is under way at this replica.
class automatic_decision::question_place {
public:
    question_place(automatic_decision& of, const std::string& case_id) : of_(of), case_id_(case_id) {
        const std::lock_guard lock(of_.mutex_);
        is_mine_ = of_.asked_.insert(case_id_).second;
    }
    ~question_place() {
        const std::lock_guard lock(of_.mutex_);
        if (is_mine_) {
            of_.asked_.erase(case_id_);
        }
    }
    question_place(const question_place&) = delete;
    bool is_mine() const noexcept { return is_mine_; }

private:
    automatic_decision& of_;
    const std::string case_id_;
    bool is_mine_ = false;
};

// Who says what: `facts` of the events, and what those facts refer to.
struct automatic_decision::decision_words {
    decision_words(const message_facts& of_filing, std::shared_ptr<const security::partner> by,
                   const ledger::automatic_answer* answer, const v1::LedgerRecord& filing)
        : key("automatic-" + ledger::to_hex(filing.event_id())),
          facts{std::move(by),      of_filing.directory,     request,         of_filing.arena, {}, {}, {},
                std::chrono::system_clock::now(), of_filing.files, of_filing.catalogue, true} {
        auto certificate = std::make_shared<security::certificate_facts>();
        request.method = http::method::post;
        request.request_id = of_filing.request.request_id;
        request.trace_id = of_filing.request.trace_id;
        request.deadline = of_filing.request.deadline;
        request.idempotency_key = key; // the same decision twice is one
        if (answer != nullptr) {
            certificate->serial = answer->certificate_serial;
            request.content_type = answer->content_type;
            facts.raw_digest = ledger::sha256(answer->body);
            facts.dialect = answer->dialect;
        }
        request.certificate = std::move(certificate);
    }
    decision_words(const decision_words&) = delete;

    const std::string key;
    http::request request;
    message_facts facts;
};

automatic_decision::automatic_decision(const intake_parts& parts, monitoring::registry& metrics)
    : parts_(parts),
      results_(metrics.make_counter_family("tongban_automatic_total",
                                           "Filings that an automatic handler or a rule was asked to decide, by result.",
                                           {"result"}, 40)),
      seconds_(metrics.make_histogram("tongban_automatic_seconds",
                                      "From a durable filing to its decision and closing without a person.",
                                      monitoring::request_buckets())) {}

bool automatic_decision::may_be_decided(const admission& filing) const {
    const auto outcome = filing.receipt.outcome();
    return filing.record != nullptr && filing.record->event().has_case_submitted() &&
           filing.receipt.status() == v1::CASE_STATUS_QUEUED &&
           (outcome == v1::RECEIPT_OUTCOME_ACCEPTED || outcome == v1::RECEIPT_OUTCOME_DUPLICATE) &&
           has_decider(filing);
}

// By the item's rule, the handler that the item names, or the destination's own.
bool automatic_decision::has_decider(const admission& filing) const {
    if (filing.item != nullptr &&
        (filing.item->automatic().conditions_size() > 0 || !filing.item->automatic().handler().empty())) {
        return true;
    }
    const auto& event = filing.record->event();
    return parts_.may_ask && parts_.may_ask(event.case_().dest_region(), event.case_submitted().item().impl_code());
}

asio::awaitable<void> automatic_decision::decide(std::vector<admission>& admissions, const message_facts& facts) {
    const auto due = clock::now() + parts_.settings.automatic_within;
    for (auto& filing : admissions) {
        if (!may_be_decided(filing)) {
            continue;
        }
        // A whole question must still fit in.
        if (clock::now() >= due || clock::now() + parts_.settings.automatic_within >= facts.request.deadline) {
            results_.with({"out_of_time"}).add();
            continue;
        }
        co_await decide_one(filing, facts);
    }
}

asio::awaitable<void> automatic_decision::decide_durable(v1::LedgerRecord record) {
    const auto directory = parts_.partners.get();
    google::protobuf::Arena arena{message_arena()};
    http::request request;
    request.trace_id = record.trace_id();
    request.deadline = clock::now() + parts_.settings.automatic_within + recorded_within;
    const message_facts facts{nullptr, *directory, request, arena, {}, {}, {}, std::chrono::system_clock::now(),
                              parts_.files, parts_.catalogue != nullptr ? parts_.catalogue->get() : nullptr};
    admission filing;
    filing.record = &record;
    filing.item = item_of(facts.catalogue.get(), record.event());
    filing.receipt.set_case_id(record.event().case_().case_id());
    filing.receipt.set_status(v1::CASE_STATUS_QUEUED);
    filing.receipt.set_outcome(v1::RECEIPT_OUTCOME_ACCEPTED);
    if (may_be_decided(filing)) {
        co_await decide_one(filing, facts);
    }
}

asio::awaitable<void> automatic_decision::decide_one(admission& filing, const message_facts& facts) {
    const auto begun = clock::now();
    const question_place place(*this, filing.receipt.case_id());
    if (!place.is_mine()) {
        co_return;
    }
    auto row = parts_.ledger.read().find(filing.receipt.case_id());
    if (!row || !*row || (*row)->state.status() != v1::CASE_STATUS_QUEUED ||
        cases::lease_is_live((*row)->state, parts_.ledger.now_ms())) {
        co_return; // somebody has it
    }
    if ((*row)->state.withdraw_requested()) {
        results_.with({"withdrawal_asked"}).add();
        co_return; // the destination's people confirm that, or decide
    }
    std::string result;
    if (filing.item != nullptr && filing.item->automatic().conditions_size() > 0) {
        result = co_await by_rule(filing, (*row)->state, facts);
    } else if (parts_.ask) {
        result = co_await by_handler(filing, std::move((*row)->state), facts);
    }
    if (result.empty()) {
        co_return;
    }
    results_.with({result}).add();
    if (result == "decided") {
        seconds_.observe(std::chrono::duration<double>(clock::now() - begun).count());
    }
}

asio::awaitable<std::string> automatic_decision::by_rule(admission& filing, const v1::CaseState& state,
                                                         const message_facts& facts) {
    if (!state.terms().missing().empty()) {
        co_return "not_fulfilled"; // 容缺: whether to accept without it is for a person to say
    }
    v1::Dossier dossier;
    const auto held = [&](const v1::MaterialFile& file) {
        return !file.content().empty() || ledger::is_stored(file, *filing.record);
    };
    const bool readable = dossier.ParseFromString(filing.record->dossier());
    // One that has run out, or is still to begin, was taken with a warning: it is for a person to look at.
    cases::leave_out_invalid(dossier, std::chrono::sys_days(std::chrono::days(day_of_receipt(facts))));
    if (!readable || !cases::fulfils(filing.item->automatic(), dossier, filing.item->materials(), held)) {
        co_return "not_fulfilled";
    }
    auto by = platform_of(facts.directory, state.dest_region());
    if (by == nullptr) {
        co_return "no_platform";
    }
    const decision_words words(facts, std::move(by), nullptr, *filing.record);
    auto said = approval(facts.arena);
    co_return co_await take(said, filing, state, words.facts);
}

asio::awaitable<std::string> automatic_decision::by_handler(admission& filing, v1::CaseState state,
                                                            const message_facts& facts) {
    const std::string named = filing.item == nullptr ? std::string() : filing.item->automatic().handler();
    ledger::automatic_question question{*filing.record, state, named};
    const auto answer = co_await parts_.ask(std::move(question));
    if (answer.result != "answered") {
        // Without a name there need not be one.
        co_return answer.result == "no_handler" && named.empty() ? std::string() : answer.result;
    }
    const decision_words words(facts, answer.partner, &answer, *filing.record);
    auto reading = read(answer, facts.arena);
    if (!reading) {
        complain(answer.partner->id, state.case_id(), "bad_answer", reading.error().code.message());
        co_return "bad_answer";
    }
    if (reading->events.empty() && reading->violations.empty()) {
        co_return "declined";
    }
    co_return co_await take(reading->events, filing, state, words.facts);
}

boost::system::result<dialects::reading, dialects::refusal>
automatic_decision::read(const ledger::automatic_answer& answer, google::protobuf::Arena& arena) const {
    const auto dialect = answer.dialect.empty() ? nullptr : parts_.dialects.get()->find(answer.dialect);
    if (dialect != nullptr) {
        return dialect->read({answer.content_type, answer.body}, arena);
    }
    auto canonical = read_canonical(media_type(answer.content_type), answer.body, arena);
    if (!canonical) {
        return std::move(canonical).error();
    }
    return std::move(canonical->reading);
}

asio::awaitable<std::string> automatic_decision::take(std::vector<dialects::translated_event>& said, admission& filing,
                                                      const v1::CaseState& state, const message_facts& facts) {
    const auto& by = facts.partner->id;
    if (!is_decision(said)) {
        complain(by, state.case_id(), "bad_answer", "no CASE_CLOSED, or an event that is not a handler's");
        co_return "bad_answer";
    }
    if (!std::all_of(said.begin(), said.end(), [&](const auto& one) { return is_about(*one.event, state); })) {
        complain(by, state.case_id(), "other_case", "it names another case than it was asked about");
        co_return "other_case";
    }
    std::vector<admission> events;
    events.reserve(said.size());
    for (std::uint32_t part = 0; part < said.size(); ++part) {
        said[part].event->mutable_case_()->set_case_id(state.case_id());
        said[part].event->clear_fencing_token();
        events.push_back(co_await admit(said[part], part, facts, parts_.ledger));
    }
    if (const auto why = broken_rule(events); !why.empty()) {
        complain(by, state.case_id(), "refused_by_rules", why);
        co_return "refused_by_rules";
    }
    auto then = state;
    const cases::record_time now{std::chrono::milliseconds(parts_.ledger.now_ms())};
    for (const auto& event : events) {
        if (const auto verdict = cases::evolve(then, *event.record, now); verdict != cases::verdict::applied) {
            complain(by, state.case_id(), "out_of_turn",
                     event.receipt.event() + ": " + std::string(cases::name(verdict)));
            co_return "out_of_turn";
        }
    }
    co_await append_all(parts_.ledger, events, facts.request.deadline);

    auto& receipt = filing.receipt;
    const auto& last = events.back().receipt;
    if (last.status() != v1::CASE_STATUS_UNSPECIFIED) {
        receipt.set_status(last.status());
    }
    const auto outcome = last.outcome();
    if (outcome == v1::RECEIPT_OUTCOME_ACCEPTED) {
        receipt.set_decision(then.decision());
        receipt.set_dest_case_no(then.dest_case_no());
        co_return "decided";
    }
    co_return outcome == v1::RECEIPT_OUTCOME_CONFLICT ? "overtaken" : "not_recorded";
}

} // namespace tongban::intake
