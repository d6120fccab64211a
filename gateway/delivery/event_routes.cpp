// GET /v1/events: who asks, for which regions, from where on; then the stream, if there is a place for it.
#include "gateway/delivery/delivery.hpp"
#include "gateway/delivery/event_stream.hpp"
#include "gateway/http/case_problem.hpp"
#include "gateway/http/json_answer.hpp"
#include "gateway/http/query_rules.hpp"

#include <algorithm>

namespace tongban::delivery {

namespace asio = boost::asio;

namespace {

constexpr std::size_t region_series_max = 400;

struct event_parts {
    event_parts(const delivery_parts& given, monitoring::registry& metrics)
        : deliveries(given), places(given.settings.streams_max, given.settings.streams_per_partner_max, metrics),
          sent(metrics.make_counter_family("tongban_event_stream_events_total", "Events sent in event streams",
                                           {"region"}, region_series_max)) {}

    const delivery_parts deliveries;
    stream_places places;
    monitoring::counter_family& sent;
};

struct stream_request {
    std::shared_ptr<const security::partner> partner;
    stream_order order;
    std::string position; // empty: none
    bool from_start = false;
};

http::problem wrong_position(int status, std::string type, std::string zh, std::string en) {
    http::problem problem;
    problem.status = status;
    problem.type = std::move(type);
    problem.title_zh = "不能从该位置继续";
    problem.title_en = "The stream cannot go on from this position";
    problem.detail_zh = std::move(zh);
    problem.detail_en = std::move(en);
    return problem;
}

http::problem problem_of(position_fault fault) {
    switch (fault) {
    case position_fault::malformed:
        return wrong_position(422, "position-malformed", "请原样使用事件流给出的 id。",
                              "Give the id of an event as the stream gave it.");
    case position_fault::other_regions:
        return wrong_position(409, "position-foreign", "该位置属于其他区划的事件流。",
                              "It belongs to a stream of other regions.");
    case position_fault::other_ledger:
        break;
    }
    return wrong_position(410, "position-gone",
                          "本网关的账本中没有该位置（账本已更换或恢复）；请用 from=start 重新接收，并按 id 去重。",
                          "This gateway's ledger does not have it (another ledger, or one that was restored): begin "
                          "with from=start and drop what you have, by id.");
}

http::problem full(bool partner_full) {
    http::problem problem;
    problem.status = partner_full ? 429 : 503;
    problem.type = partner_full ? "too-many-streams" : "streams-full";
    problem.title_zh = partner_full ? "贵方打开的事件流过多" : "事件流已满";
    problem.title_en = partner_full ? "You have too many event streams open" : "Too many event streams are open";
    problem.retry_after_s = partner_full ? 5 : 10;
    return problem;
}

boost::system::result<stream_request, http::problem> parse(const http::request& request, const event_parts& parts) {
    stream_request wanted;
    auto& partner = wanted.partner;
    partner = request.certificate ? parts.deliveries.partners.get()->identify(*request.certificate) : nullptr;
    if (!partner) {
        return http::unknown_partner();
    }
    if (partner->role != v1::ROLE_PLATFORM) {
        return http::not_your_role("platform");
    }
    wanted.order.regions = partner->regions;
    if (const auto region = request.query_value("region")) {
        if (!partner->acts_for(*region)) {
            return http::not_your_region(partner->regions.front(), *region);
        }
        wanted.order.regions = {std::string(*region)};
    }
    const auto format = request.query_value("format").value_or("canonical");
    const bool has_dialect = partner->delivery && !partner->delivery->dialect.empty();
    if (format != "canonical" && (format != "dialect" || !has_dialect)) {
        return http::bad_parameter("format", has_dialect ? " canonical 或 dialect" : " canonical（未登记送达方言）",
                                   has_dialect ? "canonical or dialect"
                                               : "canonical: no dialect is registered for what is delivered to you");
    }
    if (format == "dialect") {
        wanted.order.dialect = parts.deliveries.dialects.get()->find(partner->delivery->dialect);
    }
    const auto from = request.query_value("from");
    const auto after = request.query_value("after");
    if (from && *from != "now" && *from != "start") {
        return http::bad_parameter("from", " now 或 start", "now or start");
    }
    if (from && after) {
        return http::bad_parameter("from", "不与 after 同时使用", "given without after");
    }
    wanted.from_start = from == "start";
    // A client that was cut off asks the same address again, and says in the header how far it came.
    wanted.position = request.last_event_id.empty() ? std::string(after.value_or("")) : request.last_event_id;
    if (wanted.position.empty() && after) {
        return problem_of(position_fault::malformed);
    }
    return wanted;
}

// The view's position, as a stream's.
boost::system::result<stream_offsets, http::problem> newest(const ledger::ledger& ledger) {
    auto offsets = ledger.read().positions();
    if (!offsets) {
        return http::view_unavailable();
    }
    offsets->resize(ledger.partition_count());
    return std::move(*offsets);
}

bool is_ahead(const stream_offsets& offsets, const stream_offsets& of) {
    return !std::ranges::equal(offsets, of, std::less_equal());
}

// Where the stream begins.
asio::awaitable<boost::system::result<stream_offsets, http::problem>>
beginning(const stream_request& wanted, const position_text& positions, ledger::ledger& ledger,
          std::chrono::steady_clock::time_point deadline) {
    if (wanted.position.empty()) {
        if (wanted.from_start) {
            co_return stream_offsets(ledger.partition_count());
        }
        co_return newest(ledger);
    }
    auto given = positions.read(wanted.position);
    if (!given) {
        co_return problem_of(given.error());
    }
    auto here = newest(ledger);
    if (here && is_ahead(*given, *here)) {
        // Another replica may have told what this one has yet to learn.
        const auto error = co_await ledger.catch_up(deadline);
        if (error) {
            co_return http::problem_of(error);
        }
        here = newest(ledger);
    }
    if (!here) {
        co_return here.error();
    }
    if (is_ahead(*given, *here)) {
        co_return problem_of(position_fault::other_ledger);
    }
    co_return std::move(*given);
}

asio::awaitable<http::response> follow(http::request& request, std::shared_ptr<event_parts> parts) {
    auto wanted = parse(request, *parts);
    if (!wanted) {
        co_return http::refused(wanted.error(), request);
    }
    const auto partner = wanted->partner;
    auto& ledger = parts->deliveries.ledger;
    const auto identity = ledger.identity();
    if (identity.empty()) {
        co_return http::refused(http::view_unavailable(), request, partner.get());
    }
    auto& order = wanted->order;
    const position_text positions(identity, order.regions, ledger.partition_count());
    auto from = co_await beginning(*wanted, positions, ledger, request.deadline);
    if (!from) {
        co_return http::refused(from.error(), request, partner.get());
    }
    order.from = std::move(*from);
    order.heartbeat = parts->deliveries.settings.stream_heartbeat;
    for (const auto& region : order.regions) {
        order.sent.push_back(parts->sent.with({region}));
    }
    stream_places::place place;
    if (request.method != http::method::head) {
        const auto answer = parts->places.take(partner->id, place);
        if (answer != stream_places::answer::taken) {
            co_return http::refused(full(answer == stream_places::answer::partner_full), request, partner.get());
        }
    }
    http::response response;
    response.content_type = "text/event-stream";
    response.outcome = "stream";
    response.partner = partner->id;
    response.headers.emplace_back("X-Accel-Buffering", "no"); // a proxy that gathers would hold events back
    response.streamed = std::make_shared<event_stream>(ledger, std::move(order), positions, std::move(place));
    co_return response;
}

} // namespace

std::vector<http::route> event_routes(const delivery_parts& given, monitoring::registry& metrics) {
    const auto parts = std::make_shared<event_parts>(given, metrics);
    return {{http::method::get, "/v1/events", [parts](http::request& request) { return follow(request, parts); },
             {"region", "format", "from", "after"}}};
}

} // namespace tongban::delivery
