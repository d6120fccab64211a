// Reads: a case, its timeline, cases by number, who am I.
#include "gateway/cases/obligations.hpp"
#include "gateway/cases/working_days.hpp"
#include "gateway/inbox/case_access.hpp"
#include "gateway/http/delivery_text.hpp"
#include "gateway/http/json_answer.hpp"
#include "gateway/http/query_rules.hpp"
#include "gateway/inbox/route_sets.hpp"
#include "gateway/inbox/timeline.hpp"
#include "gateway/inbox/timeline_files.hpp"
#include "gateway/ledger/record.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <algorithm>

namespace tongban::inbox {

namespace asio = boost::asio;

namespace {

http::problem no_such_event() {
    return http::make_problem(404, "no-such-event", "本办件没有这个事件，或该事件不告知贵方",
                              "The case has no such event, or it is not told to your side");
}

void count_days(v1::Owed& owed, const ledger::ledger& ledger) {
    if (const auto days = ledger.working_days()) {
        owed.set_days_left(cases::working_days(*days).count(cases::day_of(ledger.now_ms()),
                                                            cases::day_of(owed.due().seconds() * 1000)));
    }
}

// {"case":…,"state":…,"state_zh":…,"turn_region":…,"owed":…,"also_owed":…,"submission":…}: the state, what is
// owed and until when, also beside the step, and what was filed.
std::string case_json(const ledger::case_row& row, const std::optional<ledger::view::submission>& submission,
                      const ledger::ledger& ledger) {
    // What is due stands in the timeline, in words; the outbox is the ledger's own bookkeeping.
    auto state = row.state;
    state.clear_outbox();
    std::string body = "{\"case\":" + v1::to_json(state);
    body += ",\"state\":\"" + std::string(cases::name(row.state.status())) + '"';
    body += ",\"state_zh\":\"" + std::string(cases::term(row.state.status())) + '"';
    body += ",\"turn_region\":\"" + std::string(cases::turn(row.state)) + '"';
    if (auto owed = cases::owed_of(row.state)) {
        count_days(*owed, ledger);
        body += ",\"owed\":" + v1::to_json(*owed);
    }
    if (auto beside = cases::owed_beside(row.state); !beside.empty()) {
        std::string list;
        for (auto& owed : beside) {
            count_days(owed, ledger);
            list += (list.empty() ? "" : ",") + v1::to_json(owed);
        }
        body += ",\"also_owed\":[" + list + ']';
    }
    if (submission) {
        body += ",\"submission\":" + v1::to_json(submission->event);
    }
    return body + '}';
}

asio::awaitable<http::response> show_case(http::request& request, const inbox_parts& parts) {
    const auto asked = co_await case_asked_for(request, parts);
    if (!asked) {
        co_return asked.error();
    }
    const auto submission = parts.ledger.read().submission_of(asked->row.number);
    if (!submission) {
        co_return http::refused(http::view_unavailable(), request, asked->partner.get());
    }
    auto response = http::json_answer(200, case_json(asked->row, *submission, parts.ledger), "read", *asked->partner);
    response.case_id = asked->row.state.case_id();
    co_return response;
}

// Each event's deliveries: to whom, how often tried, when the other side had it. As a JSON array.
boost::system::result<std::string> deliveries_json(const ledger::seen_case& asked, const std::vector<v1::TimelineEntry>& lines,
                                                   const inbox_parts& parts) {
    const auto deliveries = parts.ledger.deliveries().of_case(asked.row);
    if (!deliveries) {
        return deliveries.error();
    }
    boost::json::array all;
    for (const auto& each : *deliveries) {
        if (!asked.sight.sees(each.offset())) {
            continue;
        }
        const auto of = std::ranges::find(lines, each.offset(), &v1::TimelineEntry::offset);
        const auto body = of == lines.end() ? v1::CaseEvent::BODY_NOT_SET : cases::body_named(of->event());
        all.push_back(http::delivery_whole(each, cases::name(body), cases::term(body)));
    }
    return boost::json::serialize(all);
}

asio::awaitable<http::response> show_timeline(http::request& request, const inbox_parts& parts) {
    const auto asked = co_await case_seen(request, parts);
    if (!asked) {
        co_return asked.error();
    }
    auto lines = timeline_of(asked->seen.events, asked->seen.sight);
    if (add_files_given_up(parts.ledger, asked->seen.row.number, asked->seen.events, asked->seen.sight, lines)) {
        co_return http::refused(http::view_unavailable(), request, asked->partner.get());
    }
    const auto deliveries = deliveries_json(asked->seen, lines, parts);
    const auto refused = parts.ledger.read().refused_count(asked->seen.row.number);
    if (!deliveries || !refused) {
        co_return http::refused(http::view_unavailable(), request, asked->partner.get());
    }
    const auto& case_id = asked->seen.row.state.case_id();
    auto body = "{\"case_id\":\"" + case_id + "\",\"entries\":" + http::to_json_array(lines) +
                ",\"deliveries\":" + *deliveries;
    if (*refused > ledger::refused_kept_max) {
        body += ",\"refused_not_kept\":" + std::to_string(*refused - ledger::refused_kept_max);
    }
    body += '}';
    auto response = http::json_answer(200, std::move(body), "read", *asked->partner);
    response.case_id = case_id;
    co_return response;
}

// One event whole, as it is delivered: also what a timeline does not repeat, such as the reason of a 退件 or what a 补正 asks for.
asio::awaitable<http::response> show_event(http::request& request, const inbox_parts& parts) {
    const auto asked = co_await case_seen(request, parts);
    if (!asked) {
        co_return asked.error();
    }
    const auto& name = request.parameters[1];
    const auto event = std::ranges::find_if(asked->seen.events, [&](const ledger::stored_event& each) {
        return ledger::to_hex(each.record.event_id()) == name && asked->seen.sight.may_read(each);
    });
    if (event == asked->seen.events.end()) {
        co_return http::refused(no_such_event(), request, asked->partner.get());
    }
    const auto& case_id = asked->seen.row.state.case_id();
    auto body = "{\"case_id\":\"" + case_id + "\",\"event_id\":\"" + name + "\",\"refused_code\":\"" + event->refused_code +
                "\",\"event\":" + v1::to_json(ledger::open_event(event->record)) + "}";
    auto response = http::json_answer(200, std::move(body), "read", *asked->partner);
    response.case_id = case_id;
    co_return response;
}

// The cases of all the partner's regions that have this number, as members of a JSON array.
boost::system::result<std::string, http::problem>
cases_json(const security::partner& partner, std::string_view number, const inbox_parts& parts) {
    std::string body;
    for (const auto& region : partner.regions) {
        auto rows = parts.ledger.read().find_by_number(region, number);
        if (!rows) {
            return http::view_unavailable();
        }
        for (const auto& row : *rows) {
            body += (body.empty() ? "" : ",") + case_json(row, std::nullopt, parts.ledger);
        }
    }
    return body;
}

asio::awaitable<http::response> find_cases(http::request& request, const inbox_parts& parts) {
    auto partner = caller(request, parts);
    if (!partner) {
        co_return http::refused(partner.error(), request);
    }
    const auto number = request.query_value("source_case_no");
    if (!number || number->empty() || number->size() > 200) {
        const auto problem =
            http::bad_parameter("source_case_no", "办件编号（1–200 字节）", "a case number, 1–200 bytes");
        co_return http::refused(problem, request, partner->get());
    }
    // Not found may mean that another replica answered the filing a moment ago: then once more, caught up.
    for (const bool caught_up : {false, true}) {
        auto cases = cases_json(**partner, *number, parts);
        if (!cases) {
            co_return http::refused(cases.error(), request, partner->get());
        }
        if (!cases->empty() || caught_up) {
            co_return http::json_answer(200, "{\"cases\":[" + *cases + "]}", "read", **partner);
        }
        if (co_await parts.ledger.catch_up(request.deadline)) {
            break;
        }
    }
    co_return http::refused(http::view_unavailable(), request, partner->get());
}

asio::awaitable<http::response> who_am_i(http::request& request, const inbox_parts& parts) {
    const auto registered_partner = registered(request, parts);
    if (!registered_partner) {
        co_return http::refused(registered_partner.error(), request);
    }
    const auto& partner = *registered_partner;
    boost::json::object who;
    who["partner"] = partner->id;
    who["name_zh"] = partner->name_zh;
    who["name_en"] = partner->name_en;
    who["role"] = v1::Role_Name(partner->role);
    who["regions"] = boost::json::array(partner->regions.begin(), partner->regions.end());
    who["window_id"] = partner->window_id;
    who["dialects"] = boost::json::array(partner->dialects.begin(), partner->dialects.end());
    who["certificate_serial"] = request.certificate->serial;
    who["certificate_not_after"] = request.certificate->not_after.time_since_epoch().count();
    co_return http::json_answer(200, boost::json::serialize(who), "read", *partner);
}

} // namespace

std::vector<http::route> read_routes(const std::shared_ptr<const inbox_parts>& parts) {
    using http::method;
    return {
        {method::get, "/v1/cases", [parts](http::request& request) { return find_cases(request, *parts); },
         {"source_case_no"}},
        {method::get, "/v1/cases/{id}",
         [parts](http::request& request) { return show_case(request, *parts); }},
        {method::get, "/v1/cases/{id}/timeline",
         [parts](http::request& request) { return show_timeline(request, *parts); }},
        {method::get, "/v1/cases/{id}/events/{event_id}",
         [parts](http::request& request) { return show_event(request, *parts); }},
        {method::get, "/v1/whoami", [parts](http::request& request) { return who_am_i(request, *parts); }},
    };
}

} // namespace tongban::inbox
