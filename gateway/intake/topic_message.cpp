#include "gateway/intake/topic_message.hpp"

#include "connectors/log/kafka_topics.hpp"
#include "gateway/http/json_answer.hpp"
#include "gateway/ledger/record.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

namespace tongban::intake {

namespace json = boost::json;

namespace {

constexpr std::size_t header_max = 200; // longer than any that is known

std::string_view header_of(const log::source_message& given, std::string_view name) {
    for (const auto& header : given.headers) {
        if (header.name == name) {
            return header.value;
        }
    }
    return {};
}

// What says how to read the message is never passed over: cut, it is unknown like any other wrong one.
std::string naming_header_of(const log::source_message& given, std::string_view name) {
    return std::string(header_of(given, name).substr(0, header_max + 1));
}

bool is_trace_id(std::string_view text) {
    return text.size() == 32 &&
           std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

// "00-<trace id>-<span id>-01" → the trace id; W3C Trace Context.
std::string trace_of(std::string_view traceparent) {
    const auto id = traceparent.size() >= 35 && traceparent.starts_with("00-") ? traceparent.substr(3, 32) : "";
    return is_trace_id(id) ? std::string(id) : std::string();
}

http::response refused(http::problem&& problem, const http::request& request) {
    auto answer = http::to_response(problem, request);
    answer.outcome = "refused:" + problem.type;
    return answer;
}

} // namespace

std::shared_ptr<topic_message> make_message(const log::source_message& given) {
    auto message = std::make_shared<topic_message>();
    message->in = {std::string(given.at.topic), given.at.partition, given.at.turn};
    message->offset = given.at.offset;
    message->region = log::region_of_intake_topic(given.at.topic).value_or("");
    message->key = given.key;
    message->published_ms = given.published_at.time_since_epoch().count();
    message->unreadable = given.unreadable;
    auto& request = message->request;
    request.method = http::method::post;
    request.path = "/v1/messages";
    request.body = given.value;
    request.request_id = message->region + "-" + std::to_string(given.at.partition) + "-" + std::to_string(given.at.offset);
    request.trace_id = trace_of(header_of(given, "traceparent"));
    // The views of a request live as long as it: their texts stand in its parameters.
    request.parameters = {naming_header_of(given, "content-type"), naming_header_of(given, "dialect"),
                          std::string(header_of(given, "idempotency-key"))}; // whole: two that begin alike are not one
    request.content_type = request.parameters[0];
    request.dialect = request.parameters[1];
    request.idempotency_key = request.parameters[2];
    request.certificate = std::make_shared<const security::certificate_facts>();
    return message;
}

fate fate_of(const taken_message& taken) noexcept {
    if (taken.unsettled) {
        return taken.stored ? fate::onward : fate::again;
    }
    switch (taken.answer.status) {
    case 200:
    case 202:
        return fate::taken;
    // Not stored, or not known to be: the same message again is safe. 500: an alarm is out, and nothing may be lost.
    case 500:
    case 503:
        return fate::again;
    default:
        return fate::rejected;
    }
}

http::response unreadable(const http::request& request) {
    http::problem problem;
    problem.status = 400;
    problem.type = "unreadable";
    problem.title_zh = "消息损坏，无法读取";
    problem.title_en = "The message is damaged and cannot be read";
    return refused(std::move(problem), request);
}

http::response too_large(const http::request& request, std::size_t bytes_max) {
    const auto has = std::to_string(request.body.size());
    const auto most = std::to_string(bytes_max);
    http::problem problem;
    problem.status = 413;
    problem.type = "too-large";
    problem.title_zh = "报文过大";
    problem.title_en = "The message is too large";
    problem.detail_zh = "报文 " + has + " 字节，上限 " + most + " 字节。";
    problem.detail_en = "The message has " + has + " bytes; the limit is " + most + ".";
    problem.members.emplace_back("limit_bytes", most);
    return refused(std::move(problem), request);
}

std::string rejection_of(const topic_message& message, const http::response& answer) {
    json::object out;
    out["topic"] = std::get<0>(message.in);
    out["partition"] = std::get<1>(message.in);
    out["offset"] = message.offset;
    out["published_at"] = http::utc_text(message.published_ms);
    out["sha256"] = ledger::to_hex(ledger::sha256(message.request.body));
    out["status"] = answer.status;
    boost::system::error_code error;
    auto parsed = json::parse(answer.body, error);
    out["answer"] = error ? json::value(answer.body) : std::move(parsed);
    return json::serialize(out);
}

} // namespace tongban::intake
