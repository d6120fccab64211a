// What an operations team and a cluster ask the process.
#include "gateway/app/operations.hpp"

#include "connectors/catalogue/load.hpp"
#include "gateway/app/bulletin.hpp"
#include "gateway/app/reconciliation_query.hpp"
#include "gateway/app/reconciliation_text.hpp"
#include "gateway/calendar/calendar.hpp"
#include "gateway/delivery/dead_letters.hpp"
#include "gateway/http/case_problem.hpp"
#include "gateway/http/json_answer.hpp"
#include "gateway/http/query_rules.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <chrono>

namespace tongban::app {

namespace asio = boost::asio;

namespace {

http::response text(int status, std::string type, std::string body) {
    http::response response;
    response.status = status;
    response.content_type = std::move(type);
    response.body = std::move(body);
    response.outcome = status == 200 ? "ok" : "not_ready";
    return response;
}

asio::awaitable<http::response> metrics(http::request&, const operations_parts& parts) {
    co_return text(200, "text/plain; version=0.0.4; charset=utf-8", parts.metrics.render());
}

asio::awaitable<http::response> alive(http::request&) {
    co_return text(200, "text/plain; charset=utf-8", "ok\n");
}

std::string words(const topics_trouble& trouble) {
    return trouble.en.empty() ? "ok" : trouble.zh + " / " + trouble.en;
}

boost::json::object topics_json(const topics_trouble& trouble) {
    return {{"ready", trouble.en.empty()}, {"reason", trouble.en}, {"reason_zh", trouble.zh}};
}

// 503 takes the replica out of the load balancer; each check says why in words. Topics only say: HTTPS goes on without them.
asio::awaitable<http::response> ready(http::request&, const operations_parts& parts) {
    const auto log = parts.log.health();
    const auto view = parts.ledger.health();
    const bool draining = parts.draining.load();
    boost::json::object checks;
    checks["log"] = log.ready ? "ok" : log.reason;
    checks["view"] = view.ready ? "ok" : view.reason;
    checks["drain"] = draining ? "正在停机 / the process is stopping" : "ok";
    checks["intake_topics"] = words(parts.intake_topics());
    checks["delivery_topics"] = words(parts.delivery_topics());
    const bool all = log.ready && view.ready && !draining;
    boost::json::object body{{"ready", all}, {"checks", std::move(checks)}};
    co_return text(all ? 200 : 503, "application/json", boost::json::serialize(body) + "\n");
}

asio::awaitable<http::response> status(http::request& request, const operations_parts& parts) {
    const auto totals = parts.ledger.read().totals();
    if (!totals) {
        co_return http::to_response(http::view_unavailable(), request);
    }
    std::int64_t open = 0;
    boost::json::array by_state;
    for (const auto& one : totals->open()) {
        // Collected, but not filed yet: neither accepted nor open in the reconciliation.
        open += one.status() == v1::CASE_STATUS_COLLECTED ? 0 : one.count();
        by_state.push_back({{"state", std::string(cases::name(one.status()))},
                            {"dest_region", one.dest_region()},
                            {"count", one.count()}});
    }
    const auto log = parts.log.health();
    const auto view = parts.ledger.health();
    boost::json::object body;
    body["version"] = TONGBAN_VERSION;
    body["cases"] = {{"accepted", totals->accepted()},
                     {"closed", totals->closed()},
                     {"open", open},
                     {"unexplained", totals->accepted() - totals->closed() - open},
                     {"open_by_state", std::move(by_state)}};
    body["ledger"] = {{"identity", parts.log.identity()},
                      {"ready", log.ready},
                      {"reason", log.reason},
                      {"backlog", log.backlog},
                      {"projected_records", view.projected},
                      {"lag_records", view.lag_records}};
    body["topics"] = {{"intake", topics_json(parts.intake_topics())}, {"deliveries", topics_json(parts.delivery_topics())}};
    boost::json::object days_left;
    for (const auto& [use, end] : parts.certificates.ends()) {
        days_left[use] = std::chrono::duration_cast<std::chrono::hours>(end - std::chrono::system_clock::now()).count() / 24;
    }
    body["certificates_days_left"] = std::move(days_left);
    co_return text(200, "application/json", boost::json::serialize(body) + "\n");
}

std::optional<http::problem> time_into(const http::request& request, std::string_view name, std::optional<std::int64_t>& into) {
    const auto text = request.query_value(name);
    into = text ? reconciled_time(*text) : std::nullopt;
    return !text || into ? std::nullopt
                         : std::optional(http::bad_parameter(name, "日期或 RFC 3339 时间，如 2026-11-01（+ 写作 %2B）",
                                                             "a day or an RFC 3339 time: 2026-11-01 (write + as %2B)"));
}

std::optional<http::problem> reconciliation_query(const http::request& request, ledger::standing_query& query) {
    auto problem = http::whole_number<std::size_t>(request, "rows", 1, query.rows_max, query.rows_max);
    problem = problem ? problem : time_into(request, "from", query.filter.from_ms);
    problem = problem ? problem : time_into(request, "to", query.filter.until_ms);
    if (problem) {
        return problem;
    }
    if (query.filter.from_ms && query.filter.until_ms && *query.filter.from_ms >= *query.filter.until_ms) {
        return http::bad_parameter("to", "晚于 from 的时间", "a time after from");
    }
    const auto pair = request.query_value("pair");
    if (pair && !read_pair(*pair, query.filter)) {
        return http::bad_parameter("pair", "收件地-办理地，如 370800-140400", "ORIGIN-DEST: 370800-140400");
    }
    const auto walk = request.query_value("walk").value_or("false");
    if (walk != "true" && walk != "false") {
        return http::bad_parameter("walk", " true 或 false", "true or false");
    }
    query.walk = walk == "true";
    query.after = request.query_value("after").value_or("");
    return std::nullopt;
}

// The view's own sums; its rows too when they do not agree, or when asked. Of a time or a pair of regions: its cases.
asio::awaitable<http::response> reconciliation(http::request& request, const operations_parts& parts) {
    ledger::standing_query query;
    if (const auto problem = reconciliation_query(request, query)) {
        co_return http::refused(*problem, request);
    }
    const auto accounts = ledger::standing(parts.ledger.rows(), query);
    if (!accounts) {
        const bool cursor = accounts.error() == boost::system::errc::invalid_argument;
        co_return http::refused(
            cursor ? http::bad_parameter("after", "上一段返回的 next", "what the stretch before gave as next")
                   : http::view_unavailable(),
            request);
    }
    co_return text(200, "application/json", boost::json::serialize(as_json(*accounts)) + "\n");
}

constexpr cases::day_number days_max = 3'700; // ten years in one question

std::optional<http::problem> day_into(const http::request& request, std::string_view name, cases::day_number& into) {
    const auto day = calendars::parse_day(request.query_value(name).value_or(""));
    into = day.value_or(0);
    return day ? std::nullopt : std::optional(http::bad_parameter(name, "日期，如 2026-09-01", "a day: 2026-09-01"));
}

std::optional<http::problem> region_into(const http::request& request, std::string_view name, std::string& into) {
    into = request.query_value(name).value_or("");
    const bool good = into.empty() || http::is_region(into);
    return good ? std::nullopt : std::optional(http::bad_parameter(name, "六位区划代码", "six digits"));
}

std::optional<http::problem> figures_query(const http::request& request, ledger::figure_query& query) {
    auto problem = day_into(request, "from", query.from);
    problem = problem ? problem : day_into(request, "to", query.to);
    problem = problem ? problem : region_into(request, "origin", query.origin);
    problem = problem ? problem : region_into(request, "dest", query.dest);
    problem = problem ? problem : http::whole_number<std::size_t>(request, "rows", 1, query.rows_max, query.rows);
    if (problem) {
        return problem;
    }
    if (query.to < query.from || query.to - query.from > days_max) {
        return http::bad_parameter("to", "不早于 from、相距不超过十年的日期", "a day not before from, at most ten years after it");
    }
    const auto by = ledger::grouping_named(request.query_value("by").value_or(""));
    if (!by) {
        return http::bad_parameter("by", " pair、destination、item-class、level 或 mode", "pair, destination, item-class, level or mode");
    }
    query.by = *by;
    query.after = request.query_value("after").value_or("");
    return std::nullopt;
}

// A stretch of the figures of some days; `next` goes on.
asio::awaitable<http::response> figures(http::request& request, const operations_parts& parts) {
    bulletin told;
    if (const auto problem = figures_query(request, told.query)) {
        co_return http::refused(*problem, request);
    }
    auto stretch = ledger::read_figures(parts.ledger.rows(), told.query);
    if (!stretch) {
        const bool cursor = stretch.error() == boost::system::errc::invalid_argument;
        co_return http::refused(
            cursor ? http::bad_parameter("after", "上一段返回的 next", "what the stretch before gave as next")
                   : http::view_unavailable(),
            request);
    }
    told.report = std::move(*stretch);
    // With the last stretch alone: it is added up over all items, and over what is open.
    const bool last = told.report.next.empty();
    const auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()).time_since_epoch();
    if (last && add_standing(parts.ledger.rows(), now.count(), told)) {
        co_return http::refused(http::view_unavailable(), request);
    }
    const auto known = last ? parts.catalogue.get() : nullptr;
    if (known) {
        told.catalogue = catalogue_figures_of(*known, catalogue::china_day());
        told.class_names = class_names_of(*known);
    }
    co_return text(200, "application/json", boost::json::serialize(stretch_json(told)) + "\n");
}

} // namespace

std::vector<http::route> operations_routes(const operations_parts& given) {
    using http::method;
    const auto parts = std::make_shared<const operations_parts>(given);
    std::vector<http::route> routes{
        {method::get, "/metrics", [parts](http::request& request) { return metrics(request, *parts); }},
        {method::get, "/livez", [](http::request& request) { return alive(request); }},
        {method::get, "/readyz", [parts](http::request& request) { return ready(request, *parts); }},
        {method::get, "/status", [parts](http::request& request) { return status(request, *parts); }},
        {method::get, "/reconciliation",
         [parts](http::request& request) { return reconciliation(request, *parts); },
         {"from", "to", "pair", "walk", "after", "rows"}},
        {method::get, "/figures", [parts](http::request& request) { return figures(request, *parts); },
         {"from", "to", "by", "origin", "dest", "after", "rows"}},
    };
    for (auto& route : delivery::dead_letter_routes({parts->ledger, parts->partners})) {
        routes.push_back(std::move(route));
    }
    return routes;
}

} // namespace tongban::app
