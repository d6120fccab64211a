// POST /v1/cases/{id}/licences: electronic licences 电子证照 of the applicant, for this case. Who the holder is stands in the
// ledger, so nobody can ask about somebody else; that it was asked, by whom and what came, goes into the ledger before the
// answer goes out.
#include "connectors/licences/licence_service.hpp"
#include "gateway/cases/check_digits.hpp"
#include "gateway/cases/claims.hpp"
#include "gateway/cases/licence_types.hpp"
#include "gateway/cases/text_scan.hpp"
#include "gateway/http/json_answer.hpp"
#include "gateway/http/json_object.hpp"
#include "gateway/inbox/case_access.hpp"
#include "gateway/inbox/question_bounds.hpp"
#include "gateway/inbox/route_sets.hpp"
#include "gateway/ledger/record.hpp"
#include "monitoring/log.hpp"

#include <boost/algorithm/string/join.hpp>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

namespace tongban::inbox {

namespace asio = boost::asio;
namespace json = boost::json;
using licences::licence_result;

namespace {

constexpr std::size_t types_max = 20;
constexpr std::size_t type_bytes_max = 100;

struct licence_metrics {
    monitoring::counter_family& results;
    monitoring::histogram seconds;
};

// What every call shares.
struct shared_by_calls {
    explicit shared_by_calls(const licence_metrics& counted) : metrics(counted) {}
    licence_metrics metrics;
    question_bounds bounds;
};

bool is_line(std::string_view text) noexcept {
    const auto facts = cases::scan_text(text);
    return !facts.broken && !facts.control && !facts.line_break;
}

// {"licence_types":["…"]}
boost::system::result<std::vector<std::string>, http::problem> parse_types(const http::request& request) {
    const auto body = http::read_object(request.body, "应为 JSON 对象。", "Expected a JSON object.");
    if (!body) {
        return body.error();
    }
    const auto* list = body->if_contains("licence_types");
    const bool known = body->size() == 1 && list != nullptr && list->is_array();
    if (!known || list->get_array().empty() || list->get_array().size() > types_max) {
        return http::invalid("应为 {\"licence_types\": [1至20种证照类型]}。", "Expected {\"licence_types\": [1 to 20 types]}.");
    }
    std::vector<std::string> types;
    for (const auto& type : list->get_array()) {
        if (!type.is_string() || type.get_string().empty() || type.get_string().size() > type_bytes_max ||
            !is_line(type.get_string())) {
            return http::invalid("证照类型应为1至100字节的一行文本。", "A licence type is a text of 1 to 100 bytes in one line.");
        }
        types.emplace_back(type.get_string());
    }
    return types;
}

// Whose side the caller speaks for.
std::string side_of(const security::partner& partner, const v1::CaseState& state) {
    return partner.acts_for(state.dest_region()) ? state.dest_region() : state.origin_region();
}

// A window of the destination asks only under its own claim.
bool may_ask(const security::partner& partner, const v1::CaseState& state, std::int64_t now_ms) {
    if (partner.role != v1::ROLE_WINDOW || partner.acts_for(state.origin_region())) {
        return true;
    }
    return cases::lease_is_live(state, now_ms) && state.lease().partner() == partner.id &&
           state.lease().window_id() == partner.window_id;
}

const char* verdict_of(const std::string& licence_ref) {
    switch (cases::check_licence(licence_ref)) {
    case cases::licence_fault::none: return "ok";
    case cases::licence_fault::check_char: return "check_char";
    case cases::licence_fault::shape: break;
    }
    return "shape";
}

json::object line_of(const licences::licence& one) {
    const auto& certificate = one.certificate;
    json::object line{{"type", one.type},
                      {"licence_ref", certificate.licence_ref()},
                      {"check", verdict_of(certificate.licence_ref())},
                      {"name", certificate.name()},
                      {"number", certificate.number()},
                      {"issuer", certificate.issuer()},
                      {"valid_from", certificate.valid_from()},
                      {"valid_to", certificate.valid_to()},
                      {"long_term", certificate.long_term()}};
    return line;
}

class licence_call {
public:
    licence_call(http::request& request, std::shared_ptr<const inbox_parts> parts, shared_by_calls& shared)
        : request_(request), parts_(std::move(parts)), metrics_(shared.metrics), bounds_(shared.bounds) {}

    asio::awaitable<http::response> run() {
        auto asked = co_await case_asked_for(request_, *parts_);
        if (!asked) {
            co_return std::move(asked).error();
        }
        partner_ = std::move(asked->partner);
        row_ = std::move(asked->row);
        auto types = parse_types(request_);
        if (!types) {
            co_return refuse(types.error(), "invalid");
        }
        const auto& state = row_.state;
        if (!may_ask(*partner_, state, parts_->ledger.now_ms())) {
            co_return refuse(http::problem_of(cases::verdict::not_claimed, state), "not_claimed");
        }
        if (cases::find_transition(state.status(), v1::CaseEvent::kLicencesFetched) == nullptr) {
            co_return refuse(http::problem_of(cases::verdict::illegal_transition, state), "ended");
        }
        if (const auto other = foreign_type(*types)) {
            co_return refuse(*other, "not_of_item");
        }
        find_service();
        if (service_ == nullptr) {
            co_return refuse(http::make_problem(404, "no-licence-service", "本地区没有登记电子证照服务",
                                          "No licence service is configured for this region"),
                             "no_service");
        }
        auto question = ask_about(std::move(*types));
        if (!question) {
            co_return refuse(question.error(), "no_holder");
        }
        if (const auto wait = bounds_.wait_for(partner_->id, state.case_id(), std::chrono::steady_clock::now())) {
            co_return refuse(http::make_problem(429, "too-many-questions", "查询电子证照过于频繁，请稍后再试",
                                          "Licences are asked for too often: try again later", static_cast<int>(wait->count())),
                             "too_many");
        }
        asked_types_ = question->types;
        const auto begun = std::chrono::steady_clock::now();
        auto answer = co_await service_->ask(std::move(*question));
        metrics_.seconds.observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count());
        co_return co_await give(std::move(answer));
    }

private:
    http::response refuse(const http::problem& problem, std::string_view result) {
        metrics_.results.with({result}).add();
        auto refused = http::refused(problem, request_, partner_.get());
        refused.case_id = row_.state.case_id();
        return refused;
    }

    // A licence that the item does not ask for.
    std::optional<http::problem> foreign_type(const std::vector<std::string>& asked) const {
        const auto known = parts_->catalogue == nullptr ? nullptr : parts_->catalogue->get();
        const auto may_be = known == nullptr ? std::nullopt : cases::licence_types_of(*known, row_.state);
        if (!may_be) {
            return std::nullopt;
        }
        for (const auto& type : asked) {
            if (std::ranges::find(*may_be, type) == may_be->end()) {
                const auto list = may_be->empty() ? std::string("-") : boost::algorithm::join(*may_be, ", ");
                return http::make_problem(422, "licence-not-of-item", "本事项的申请材料不含该证照类型：" + type + "；可查询：" + list,
                                          "The item's materials name no such licence: " + type + "; it has: " + list);
            }
        }
        return std::nullopt;
    }

    // The caller's own region's, else the other side's.
    void find_service() {
        const auto side = side_of(*partner_, row_.state);
        const auto& other = side == row_.state.dest_region() ? row_.state.origin_region() : row_.state.dest_region();
        for (const auto& region : {side, other}) {
            if (service_ == nullptr && parts_->licences) {
                auto found = parts_->licences(region);
                service_ = std::move(found.service);
                service_name_ = std::move(found.name);
            }
        }
    }

    boost::system::result<licences::licence_question, http::problem> ask_about(std::vector<std::string> types) {
        const auto filed = parts_->ledger.read().submission_of(row_.number);
        if (!filed) {
            return http::view_unavailable();
        }
        if (!*filed || (*filed)->event.dossier().applicant().id_no().empty()) {
            return http::make_problem(409, "no-holder", "办件没有可查询证照的申请人证件号码",
                                "The case has no applicant with a document number to ask for");
        }
        const auto& applicant = (*filed)->event.dossier().applicant();
        return licences::licence_question{row_.state.case_id(),      request_.request_id, row_.state.item_impl_code(),
                                          std::move(types),          applicant.name(),    applicant.id_type(),
                                          applicant.id_no()};
    }

    asio::awaitable<http::response> give(licences::licence_answer answer) {
        if (answer.result == licence_result::busy || answer.result == licence_result::unavailable) {
            const bool busy = answer.result == licence_result::busy;
            monitoring::log(monitoring::severity::warning, "licence_service_failed",
                            {{"service", service_name_}, {"case_id", row_.state.case_id()}, {"reason", answer.reason}});
            co_return refuse(http::make_problem(503, "licence-service-unavailable", "电子证照服务暂不可用，请稍后重试",
                                          "The licence service cannot be asked now: try again later",
                                          static_cast<int>(answer.retry_after.count())),
                             busy ? "busy" : "unavailable");
        }
        auto record = fact_of(answer);
        const auto projected = co_await parts_->ledger.append(record, request_.deadline);
        if (!projected) {
            co_return refuse(http::problem_of(projected.error()), "not_recorded");
        }
        if (projected->verdict != cases::verdict::applied && projected->verdict != cases::verdict::duplicate) {
            co_return refuse(http::problem_of(projected->verdict, projected->state), "ended");
        }
        monitoring::log(monitoring::severity::info, "licences_fetched",
                        {{"partner", partner_->id},
                         {"certificate_serial", request_.certificate->serial},
                         {"case_id", row_.state.case_id()},
                         {"service", service_name_},
                         {"found", static_cast<std::int64_t>(answer.licences.size())},
                         {"request_id", request_.request_id}});
        if (answer.licences.empty()) {
            co_return refuse(http::make_problem(404, "no-such-licence", "未查到申请人的该类电子证照",
                                          "The applicant has no electronic licence of these types"),
                             "none");
        }
        json::array lines;
        for (const auto& one : answer.licences) {
            lines.push_back(line_of(one));
        }
        metrics_.results.with({"found"}).add();
        json::object body{{"case_id", row_.state.case_id()},
                          {"event_id", ledger::to_hex(record.event_id())},
                          {"service", service_name_},
                          {"licences", std::move(lines)}};
        auto made = http::json_answer(200, json::serialize(body), "found", *partner_);
        made.case_id = row_.state.case_id();
        made.headers.emplace_back("Cache-Control", "private, no-store");
        co_return made;
    }

    // LICENCES_FETCHED, also when nothing was found: that somebody asked is a fact.
    v1::LedgerRecord fact_of(const licences::licence_answer& answer) {
        const auto now = std::chrono::system_clock::now();
        v1::CaseEvent event;
        auto& ref = *event.mutable_case_();
        ref.set_case_id(row_.state.case_id());
        ref.set_origin_region(row_.state.origin_region());
        ref.set_dest_region(row_.state.dest_region());
        ref.set_source_case_no(row_.state.source_case_no());
        event.mutable_occurred_at()->set_seconds(
            std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count());
        event.mutable_actor()->set_region(side_of(*partner_, row_.state));
        event.mutable_actor()->set_name(partner_->name_zh);
        auto& fetched = *event.mutable_licences_fetched();
        fetched.mutable_licence_types()->Add(asked_types_.begin(), asked_types_.end());
        fetched.set_found(static_cast<std::uint32_t>(answer.licences.size()));
        fetched.set_service(service_name_);
        for (const auto& one : answer.licences) {
            *event.mutable_dossier()->add_certificates() = one.certificate;
        }
        ledger::record_facts facts;
        facts.sender.set_partner("gateway");
        facts.sender.set_role(v1::ROLE_GATEWAY);
        facts.sender.set_certificate_serial(request_.certificate->serial);
        facts.idempotency_key = request_.request_id; // each question is a fact of its own
        facts.trace_id = request_.trace_id;
        facts.received_at = now;
        v1::LedgerRecord record;
        ledger::make_record(std::move(event), facts, record);
        return record;
    }

    http::request& request_;
    const std::shared_ptr<const inbox_parts> parts_;
    const licence_metrics& metrics_;
    question_bounds& bounds_;
    std::shared_ptr<const security::partner> partner_;
    ledger::case_row row_;
    std::shared_ptr<licences::licence_service> service_;
    std::string service_name_;
    std::vector<std::string> asked_types_;
};

asio::awaitable<http::response> ask_for_licences(http::request& request, std::shared_ptr<const inbox_parts> parts,
                                                 std::shared_ptr<shared_by_calls> shared) {
    licence_call call(request, std::move(parts), *shared);
    co_return co_await call.run();
}

} // namespace

std::vector<http::route> licence_routes(const std::shared_ptr<const inbox_parts>& parts, monitoring::registry& metrics) {
    const licence_metrics counted{
        metrics.make_counter_family("tongban_licences_total", "Questions for electronic licences, by how they ended.",
                                    {"result"}, 20),
        metrics.make_histogram("tongban_licences_seconds", "From a question to a licence service to its answer.",
                               monitoring::request_buckets())};
    const auto shared = std::make_shared<shared_by_calls>(counted);
    return {{http::method::post, "/v1/cases/{id}/licences",
             [parts, shared](http::request& request) { return ask_for_licences(request, parts, shared); }, {}, 4096}};
}

} // namespace tongban::inbox
