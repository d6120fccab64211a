// The window's work: list what waits, claim under a lease, release. Claims are events like any other: who was
// first is decided by the log.
#include "gateway/cases/validate.hpp"
#include "gateway/cases/working_days.hpp"
#include "gateway/inbox/case_access.hpp"
#include "gateway/http/json_answer.hpp"
#include "gateway/http/json_object.hpp"
#include "gateway/http/query_rules.hpp"
#include "gateway/inbox/route_sets.hpp"
#include "gateway/ledger/record.hpp"

#include <boost/json/value.hpp>
#include <openssl/rand.h>

#include <algorithm>
#include <charconv>

namespace tongban::inbox {

namespace asio = boost::asio;

namespace {

struct work_metrics {
    monitoring::counter_family& claims;
};

template <class Number>
std::optional<Number> number(std::string_view text) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

std::int64_t now_ms() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

struct list_request {
    ledger::inbox_query query;
    std::chrono::seconds wait{0};
};

// The regions and the state that the list is narrowed to.
std::optional<http::problem> narrow(ledger::inbox_query& query, const http::request& request,
                                    const security::partner& partner) {
    for (const auto* name : {"region", "origin"}) {
        const auto region = request.query_value(name);
        if (region && !http::is_region(*region)) {
            return http::bad_parameter(name, "六位行政区划代码", "a region code of six digits");
        }
    }
    query.region = request.query_value("region").value_or(partner.regions.front());
    if (!partner.acts_for(query.region)) {
        return http::not_your_region(partner.regions.front(), query.region);
    }
    if (const auto origin = request.query_value("origin")) {
        query.origin_region = std::string(*origin);
    }
    if (const auto status = request.query_value("status")) {
        v1::CaseStatus wanted{};
        if (!v1::CaseStatus_Parse("CASE_STATUS_" + std::string(*status), &wanted) ||
            wanted == v1::CASE_STATUS_UNSPECIFIED) {
            const std::string known =
                "QUEUED, DEST_RECEIVED, SUPPLEMENTING, ACCEPTED, IN_REVIEW, SUSPENDED, DECIDED, …";
            return http::bad_parameter("status", "办件状态：" + known, "a state: " + known);
        }
        query.status = wanted;
    }
    return std::nullopt;
}

// The query of GET /v1/inbox, or what is wrong with it.
boost::system::result<list_request, http::problem>
parse_list(const http::request& request, const security::partner& partner, const window_settings& settings) {
    list_request list;
    list.query.now_ms = now_ms();
    if (auto problem = narrow(list.query, request, partner)) {
        return std::move(*problem);
    }
    const auto claimable = request.query_value("claimable").value_or("false");
    if (claimable != "true" && claimable != "false") {
        return http::bad_parameter("claimable", " true 或 false", "true or false");
    }
    list.query.claimable_only = claimable == "true";
    list.query.limit = std::min(list.query.limit, settings.page_max);
    if (auto problem = http::whole_number<std::size_t>(request, "limit", 1, settings.page_max, list.query.limit)) {
        return std::move(*problem);
    }
    std::int64_t wait = 0;
    if (auto problem = http::whole_number<std::int64_t>(request, "wait", 0, settings.wait_max.count(), wait)) {
        return std::move(*problem);
    }
    list.wait = std::chrono::seconds(wait);
    list.query.after = request.query_value("cursor").value_or("");
    return list;
}

http::response page_answer(const ledger::inbox_page& page, const security::partner& partner) {
    auto body = "{\"entries\":" + http::to_json_array(page.entries) + ",\"next\":\"" + page.next + "\"}";
    return http::json_answer(200, std::move(body), "read", partner);
}

asio::awaitable<http::response> list_inbox(http::request& request, const inbox_parts& parts) {
    auto partner = caller(request, parts);
    if (!partner) {
        co_return http::refused(partner.error(), request);
    }
    auto list = parse_list(request, **partner, parts.settings);
    if (!list) {
        co_return http::refused(list.error(), request, partner->get());
    }
    // A long-poll has its own bound (window.wait_max), not the one of requests that work.
    const auto patience = std::chrono::steady_clock::now() + list->wait;
    while (true) {
        // Taken before the read, so that a change in between is not slept through.
        const auto seen = parts.ledger.inbox_version(list->query.region);
        auto page = parts.ledger.read().inbox(list->query);
        if (!page) {
            const bool cursor = page.error() == boost::system::errc::invalid_argument;
            const auto problem =
                cursor ? http::bad_parameter("cursor", "上一页返回的 next", "what the page before gave as next")
                       : http::view_unavailable();
            co_return http::refused(problem, request, partner->get());
        }
        if (!page->entries.empty() || std::chrono::steady_clock::now() >= patience) {
            co_return page_answer(*page, **partner);
        }
        if (const auto waited = co_await parts.ledger.inbox_changed(list->query.region, patience, seen); !waited) {
            co_return http::refused(http::view_unavailable(), request, partner->get());
        }
        if (request.rights_may_differ && request.rights_may_differ()) {
            co_return page_answer({}, **partner); // the next poll is judged anew
        }
        list->query.now_ms = now_ms();
    }
}

struct claim_request {
    std::string operator_id;
    std::chrono::seconds lease;
    std::uint64_t fencing_token = 0;
};

// {"operator_id":"…","lease_seconds":n,"fencing_token":n}; every member optional but the operator.
boost::system::result<claim_request, http::problem> parse_claim(const http::request& request,
                                                                const window_settings& settings) {
    claim_request claim{{}, settings.lease_default, 0};
    const auto body = http::read_object(request.body.empty() ? "{}" : request.body, "应为 JSON 对象。", "Expected a JSON object.");
    if (!body) {
        return body.error();
    }
    for (const auto& [key, member] : *body) {
        if (key == "operator_id" && member.is_string() && !member.get_string().empty()) {
            claim.operator_id = std::string(member.get_string()); // its rules are the event's
        } else if (key == "lease_seconds" && member.is_int64() && member.get_int64() > 0) {
            claim.lease = std::min(std::chrono::seconds(member.get_int64()), settings.lease_max);
        } else if (key == "fencing_token" && member.is_int64() && member.get_int64() >= 0) {
            claim.fencing_token = static_cast<std::uint64_t>(member.get_int64());
        } else if (key == "fencing_token" && member.is_string() &&
                   number<std::uint64_t>(member.get_string())) {
            claim.fencing_token = *number<std::uint64_t>(member.get_string());
        } else {
            const std::string name(key.substr(0, 64));
            return http::invalid("成员 " + name + " 未知或取值无效。",
                                 "Member " + name + " is unknown or its value is not valid.");
        }
    }
    if (claim.operator_id.empty()) {
        return http::invalid("缺少 operator_id（工号）。", "operator_id (staff number) is missing.");
    }
    return claim;
}

// The lease is the one the record asked for: not one that somebody else took since.
bool is_own_lease(const v1::LedgerRecord& record, const v1::Lease& lease) {
    const auto& claim = record.event().claimed();
    return lease.partner() == record.sender().partner() && lease.window_id() == claim.window_id() &&
           lease.operator_id() == claim.operator_id();
}

v1::Receipt receipt_of(const v1::LedgerRecord& record, const ledger::projected& projected) {
    v1::Receipt receipt;
    receipt.set_outcome(http::outcome_of(projected.verdict));
    receipt.set_case_id(projected.state.case_id());
    receipt.set_event(std::string(cases::name(record.event().body_case())));
    receipt.set_event_id(ledger::to_hex(record.event_id()));
    receipt.set_source_case_no(projected.state.source_case_no());
    receipt.set_status(projected.state.status());
    if (projected.state.has_lease() && is_own_lease(record, projected.state.lease())) {
        receipt.set_fencing_token(projected.state.fencing_token());
        receipt.set_holder(projected.state.lease().window_id());
        receipt.mutable_lease_until()->set_seconds(projected.state.lease().until_ms() / 1000);
    }
    return receipt;
}

// What a CLAIMED that comes as an event is refused for; empty when nothing is.
std::vector<v1::Violation> faults_of(const v1::CaseEvent& claimed, std::chrono::system_clock::time_point now) {
    const auto china = now + std::chrono::milliseconds(cases::china_ahead_ms);
    const std::chrono::year_month_day today(std::chrono::floor<std::chrono::days>(china));
    auto faults = cases::validate(claimed, today, [](std::string_view) { return std::string(); });
    std::erase_if(faults, [](const v1::Violation& fault) { return fault.warning(); });
    return faults;
}

// Fills what CLAIMED and RELEASED share and appends it. `event`: a claim, which is checked like one that comes as an event;
// who releases says as much of themselves.
asio::awaitable<http::response> append_work(http::request& request, const inbox_parts& parts,
                                            work_metrics& metrics,
                                            std::shared_ptr<const security::partner> partner,
                                            ledger::case_row row, v1::CaseEvent event, bool claiming) {
    const auto now = std::chrono::system_clock::now();
    auto& ref = *event.mutable_case_();
    ref.set_case_id(row.state.case_id());
    ref.set_origin_region(row.state.origin_region());
    ref.set_dest_region(row.state.dest_region());
    ref.set_source_case_no(row.state.source_case_no());
    event.mutable_occurred_at()->set_seconds(
        std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count());
    if (const auto faults = faults_of(event, now); !faults.empty()) {
        auto response = http::refused(http::invalid("", ""), request, partner.get(), faults);
        response.case_id = row.state.case_id();
        metrics.claims.with({claiming ? "claim" : "release", response.outcome}).add();
        co_return response;
    }
    if (!claiming) {
        event.mutable_released();
    }

    std::string key(request.idempotency_key);
    if (key.empty()) {
        key.resize(16); // the same claim made again is a new wish, unless the client says otherwise
        RAND_bytes(reinterpret_cast<unsigned char*>(key.data()), static_cast<int>(key.size()));
    }
    const auto turn = cases::turn(row.state);
    ledger::record_facts facts;
    facts.sender.set_partner(partner->id);
    facts.sender.set_region(partner->acts_for(turn) ? std::string(turn) : partner->regions.front());
    facts.sender.set_role(partner->role);
    facts.sender.set_certificate_serial(request.certificate->serial);
    facts.idempotency_key = key;
    facts.trace_id = request.trace_id;
    facts.received_at = now;
    v1::LedgerRecord record;
    ledger::make_record(std::move(event), facts, record);

    auto projected = co_await parts.ledger.append(record, request.deadline);
    http::response response;
    if (!projected) {
        response = http::refused(http::problem_of(projected.error()), request, partner.get());
    } else if (projected->verdict == cases::verdict::applied ||
               projected->verdict == cases::verdict::duplicate) {
        response = http::json_answer(200, v1::to_json(receipt_of(record, *projected)),
                        std::string(cases::name(projected->verdict)), *partner);
    } else {
        response = http::refused(http::problem_of(projected->verdict, projected->state, record.event().body_case(), record.sender()),
                                 request, partner.get());
    }
    response.case_id = row.state.case_id();
    metrics.claims.with({record.event().has_claimed() ? "claim" : "release", response.outcome}).add();
    co_return response;
}

asio::awaitable<http::response> work_on(http::request& request, const inbox_parts& parts,
                                        work_metrics& metrics, bool claiming) {
    auto partner = caller(request, parts);
    if (!partner) {
        co_return http::refused(partner.error(), request);
    }
    if ((*partner)->role != v1::ROLE_WINDOW) {
        co_return http::refused(http::not_your_role("window"), request, partner->get());
    }
    const auto claim = parse_claim(request, parts.settings);
    if (!claim) {
        co_return http::refused(claim.error(), request, partner->get());
    }
    auto row = co_await visible_case(request.parameters[0], *partner, request.deadline, parts);
    if (!row) {
        co_return http::refused(row.error(), request, partner->get());
    }
    v1::CaseEvent event;
    event.set_fencing_token(claim->fencing_token);
    auto& claimed = *event.mutable_claimed();
    claimed.set_window_id((*partner)->window_id);
    claimed.set_operator_id(claim->operator_id);
    claimed.set_lease_seconds(static_cast<std::uint32_t>(claim->lease.count()));
    co_return co_await append_work(request, parts, metrics, *partner, std::move(*row), std::move(event), claiming);
}

} // namespace

std::vector<http::route> work_routes(const std::shared_ptr<const inbox_parts>& parts,
                                     monitoring::registry& metrics) {
    using http::method;
    const auto counted = std::make_shared<work_metrics>(work_metrics{metrics.make_counter_family(
        "tongban_claims_total", "Claims and releases by how they ended.", {"action", "outcome"}, 60)});
    return {
        {method::get, "/v1/inbox", [parts](http::request& request) { return list_inbox(request, *parts); },
         {"region", "status", "origin", "claimable", "limit", "wait", "cursor"}},
        {method::post, "/v1/cases/{id}/claim",
         [parts, counted](http::request& request) { return work_on(request, *parts, *counted, true); }, {}, 4096},
        {method::post, "/v1/cases/{id}/release",
         [parts, counted](http::request& request) { return work_on(request, *parts, *counted, false); }, {}, 4096},
    };
}

std::vector<http::route> routes(const inbox_parts& parts, monitoring::registry& metrics) {
    const auto shared = std::make_shared<const inbox_parts>(parts);
    auto all = work_routes(shared, metrics);
    for (auto& route : catalogue_routes(shared)) {
        all.push_back(std::move(route));
    }
    for (auto& route : licence_routes(shared, metrics)) {
        all.push_back(std::move(route));
    }
    for (auto& route : read_routes(shared)) {
        all.push_back(std::move(route));
    }
    for (auto& route : tree_routes(shared)) {
        all.push_back(std::move(route));
    }
    return all;
}

} // namespace tongban::inbox
