// The path of a message, top to bottom: who, in which dialect, what events, may they, append, answer.
#include "gateway/intake/message_intake.hpp"

#include "gateway/http/case_problem.hpp"
#include "gateway/intake/admission.hpp"
#include "gateway/intake/answer.hpp"
#include "gateway/intake/automatic_decision.hpp"
#include "gateway/intake/canonical.hpp"
#include "gateway/intake/message_turns.hpp"
#include "gateway/ledger/record.hpp"

#include <algorithm>
#include <optional>

namespace tongban::intake {

namespace asio = boost::asio;

namespace {

struct intake_metrics {
    monitoring::counter_family& messages;
    monitoring::counter_family& violations;
    monitoring::histogram_family& translate_seconds;
    monitoring::counter_family& unmapped_fields;
    monitoring::counter_family& code_text_conflicts;
    monitoring::counter too_many_events;
};

intake_metrics make_metrics(monitoring::registry& metrics) {
    return {metrics.make_counter_family("tongban_messages_total", "Messages by dialect and how they ended.",
                                        {"dialect", "outcome"}, 2000),
            metrics.make_counter_family("tongban_violations_total", "Broken rules in refused events, by rule.", {"rule"},
                                        100),
            metrics.make_histogram_family("tongban_translate_seconds", "Time to read a message in its dialect.",
                                          {"dialect"}, monitoring::request_buckets(), 300),
            metrics.make_counter_family("tongban_unmapped_fields_total", "Input fields that no rule maps.", {"dialect"},
                                        300),
            metrics.make_counter_family("tongban_code_text_conflicts_total",
                                        "Messages whose code and text disagree; the code decided.", {"dialect"}, 300),
            metrics.make_counter("tongban_intake_limit_total", "Messages refused by a bound of the intake.",
                                 {{"limit", "events"}})};
}

// A message on its way: everything that must outlive the awaits.
struct message {
    google::protobuf::Arena arena{message_arena()};
    std::shared_ptr<const security::partner_directory> directory;
    std::shared_ptr<const security::partner> partner;
    answer_form form;
    dialects::reading reading;
    std::vector<admission> admissions;
    bool unsettled = false; // see taken_message
    bool stored = false;
};

// A dialect named by path or header decides before the content type.
bool is_canonical(std::string_view dialect, std::string_view type, const security::partner& partner) {
    if (!dialect.empty()) {
        return dialect == "canonical";
    }
    return type == canonical_json || type == canonical_protobuf || type == "application/x-protobuf" ||
           partner.dialects.empty();
}

http::problem unknown_dialect(std::string_view wanted, const security::partner& partner,
                              const dialects::dialect_set& loaded) {
    std::string known = "canonical";
    for (const auto& name : partner.dialects) {
        known += loaded.find(name) ? ", " + name : "";
    }
    auto problem = http::problem{};
    problem.status = 415;
    problem.type = "unknown-dialect";
    problem.title_zh = "未知的报文格式";
    problem.title_en = "Unknown dialect";
    const auto shown = std::string(wanted.substr(0, 64));
    problem.detail_zh = "没有登记格式 " + shown + "；可用：" + known + "。";
    problem.detail_en = "No dialect " + shown + " for this partner; known: " + known + ".";
    return problem;
}

// Observes the time from here to the end of its scope.
class scope_timer {
public:
    explicit scope_timer(monitoring::histogram seconds) : seconds_(seconds) {}
    scope_timer(const scope_timer&) = delete;
    ~scope_timer() {
        seconds_.observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count());
    }

private:
    monitoring::histogram seconds_;
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

} // namespace

struct message_intake::state {
    state(const intake_parts& given, monitoring::registry& registry)
        : parts(given), metrics(make_metrics(registry)), automatic(parts, registry) {}

    intake_parts parts;
    intake_metrics metrics;
    automatic_decision automatic;

    // Reads the body as canonical or in the first of the partner's dialects that takes its content type.
    boost::system::result<void, http::problem> read(const http::request& request, std::string_view wanted,
                                                    message& m) const;
    asio::awaitable<http::response> receive(http::request& request, std::string_view dialect, std::string_view case_id);
    asio::awaitable<http::response> receive(http::request& request, std::string_view dialect, std::string_view case_id,
                                            message& m);
    asio::awaitable<http::response> take(http::request& request, std::string_view case_id, message& m);
    void count(const message& m, const http::response& response) const;
};

boost::system::result<void, http::problem> message_intake::state::read(const http::request& request,
                                                                       std::string_view wanted, message& m) const {
    const auto type = media_type(request.content_type);
    if (is_canonical(wanted, type, *m.partner)) {
        if (type != canonical_json && type != canonical_protobuf && type != "application/x-protobuf" &&
            type != "application/json") {
            http::problem problem;
            problem.status = 415;
            problem.type = "unsupported-content-type";
            problem.title_zh = "不支持的 Content-Type";
            problem.title_en = "Content type not supported";
            const auto known = "application/json, " + std::string(canonical_json) + ", " + std::string(canonical_protobuf);
            problem.detail_zh = "可用：" + known + "。";
            problem.detail_en = "Known: " + known + ".";
            return problem;
        }
        auto canonical = read_canonical(type, request.body, m.arena);
        if (!canonical) {
            return problem_of(canonical.error());
        }
        m.reading = std::move(canonical->reading);
        m.form.batch = canonical->batch;
        return {};
    }

    const auto set = parts.dialects.get();
    const auto& allowed = m.partner->dialects;
    if (!wanted.empty() && std::find(allowed.begin(), allowed.end(), wanted) == allowed.end()) {
        return unknown_dialect(wanted, *m.partner, *set);
    }
    std::optional<http::problem> problem;
    for (const auto& name : allowed) {
        if (!wanted.empty() && name != wanted) {
            continue;
        }
        m.form.dialect = set->find(name);
        if (!m.form.dialect) {
            continue; // partners and dialects were replaced between the two looks
        }
        const scope_timer timer(metrics.translate_seconds.with({name}));
        auto reading = m.form.dialect->read({request.content_type, request.body}, m.arena);
        if (reading) {
            m.reading = std::move(*reading);
            return {};
        }
        problem = problem_of(reading.error());
        if (reading.error().code != dialects::errc::unsupported_content_type) {
            break;
        }
    }
    return problem ? std::move(*problem) : unknown_dialect(wanted.empty() ? allowed.front() : wanted, *m.partner, *set);
}

asio::awaitable<http::response> message_intake::state::receive(http::request& request, std::string_view dialect,
                                                               std::string_view case_id) {
    message m;
    m.directory = parts.partners.get();
    m.partner = m.directory->identify(*request.certificate);
    if (!m.partner) {
        co_return http::to_response(http::unknown_partner(), request);
    }
    co_return co_await receive(request, dialect, case_id, m);
}

asio::awaitable<http::response> message_intake::state::receive(http::request& request, std::string_view dialect,
                                                               std::string_view case_id, message& m) {
    http::response response;
    if (auto read_result = read(request, dialect, m); !read_result) {
        response = answer_problem(m.form, read_result.error(), request);
    } else {
        response = co_await take(request, case_id, m);
    }
    response.partner = m.partner->id;
    count(m, response);
    co_return response;
}

asio::awaitable<http::response> message_intake::state::take(http::request& request, std::string_view case_id,
                                                            message& m) {
    if (m.partner->role != v1::ROLE_PLATFORM && m.partner->role != v1::ROLE_WINDOW) {
        co_return answer_problem(m.form, http::not_your_role("platform, window"), request);
    }
    if (m.reading.events.empty()) {
        co_return answer_problem(m.form, http::invalid("报文中没有任何业务事件。", "The message holds no event."), request,
                                 m.reading.violations);
    }
    if (m.reading.events.size() > parts.settings.events_max) {
        metrics.too_many_events.add();
        http::problem problem;
        problem.status = 413;
        problem.type = "too-many-events";
        problem.title_zh = "一个报文中的办件过多";
        problem.title_en = "Too many events in one message";
        problem.detail_en = "At most " + std::to_string(parts.settings.events_max) + ".";
        problem.detail_zh = "最多 " + std::to_string(parts.settings.events_max) + " 个。";
        co_return answer_problem(m.form, problem, request);
    }

    message_facts facts{m.partner, *m.directory, request, m.arena, {}, {}, ledger::sha256(request.body),
                        std::chrono::system_clock::now(), parts.files,
                        parts.catalogue != nullptr ? parts.catalogue->get() : nullptr};
    if (m.form.dialect) {
        facts.dialect = m.form.dialect->name();
        facts.dialect_version = m.form.dialect->version();
    }
    facts.leases = parts.settings.leases;
    if (!case_id.empty()) {
        for (auto& translated : m.reading.events) {
            auto& ref = *translated.event->mutable_case_();
            if (!ref.case_id().empty() && ref.case_id() != case_id) {
                co_return answer_problem(m.form, http::invalid("报文中的流水号与网址不符。",
                                                               "case_id in the body is not the one in the address."),
                                         request);
            }
            ref.set_case_id(std::string(case_id));
        }
    }
    m.admissions = co_await take_in_turns(m.reading.events, facts, parts.ledger);
    co_await automatic.decide(m.admissions, facts);

    std::vector<v1::Receipt> receipts;
    receipts.reserve(m.admissions.size());
    for (auto& admission : m.admissions) {
        for (const auto& violation : admission.receipt.violations()) {
            if (!violation.warning()) {
                metrics.violations.with({violation.rule()}).add();
            }
        }
        const auto outcome = admission.receipt.outcome();
        m.unsettled = m.unsettled || outcome == v1::RECEIPT_OUTCOME_UNAVAILABLE || outcome == v1::RECEIPT_OUTCOME_UNKNOWN;
        m.stored = m.stored || outcome == v1::RECEIPT_OUTCOME_ACCEPTED;
        receipts.push_back(std::move(admission.receipt));
    }
    co_return answer_receipts(m.form, m.reading, std::move(receipts), request);
}

void message_intake::state::count(const message& m, const http::response& response) const {
    const std::string dialect = m.form.dialect ? m.form.dialect->name() : "canonical";
    metrics.messages.with({dialect, response.outcome}).add();
    if (m.reading.stats.unmapped_fields > 0) {
        metrics.unmapped_fields.with({dialect}).add(m.reading.stats.unmapped_fields);
    }
    if (m.reading.stats.code_text_conflicts > 0) {
        metrics.code_text_conflicts.with({dialect}).add(m.reading.stats.code_text_conflicts);
    }
}

message_intake::message_intake(const intake_parts& parts, monitoring::registry& metrics)
    : state_(std::make_shared<state>(parts, metrics)) {}

message_intake::~message_intake() = default;

asio::awaitable<taken_message> message_intake::take(http::request& request,
                                                    std::shared_ptr<const security::partner> partner) {
    const auto self = state_;
    message m;
    m.directory = self->parts.partners.get();
    m.partner = std::move(partner);
    m.form.canonical = true;
    taken_message taken;
    taken.answer = co_await self->receive(request, request.dialect, {}, m);
    taken.unsettled = m.unsettled;
    taken.stored = m.stored;
    co_return taken;
}

asio::awaitable<void> message_intake::decide(v1::LedgerRecord filing) {
    const auto self = state_;
    co_await self->automatic.decide_durable(std::move(filing));
}

std::vector<http::route> message_intake::routes() {
    const auto self = state_;
    // Platforms add to the address of a message what is theirs (a time stamp, a signature): it is let pass.
    return {
        {.method = http::method::post,
         .pattern = "/v1/messages",
         .handler = [self](http::request& request) { return self->receive(request, request.dialect, {}); },
         .any_query = true},
        {.method = http::method::post,
         .pattern = "/v1/messages/{dialect}",
         .handler = [self](http::request& request) { return self->receive(request, request.parameters[0], {}); },
         .any_query = true},
        {http::method::post, "/v1/cases/{id}/events",
         [self](http::request& request) { return self->receive(request, "canonical", request.parameters[0]); }},
    };
}

} // namespace tongban::intake
