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

constexpr std::size_t header_max = 200; // a longer one is none of ours

std::string header_of(const log::source_message& given, std::string_view name) {
    for (const auto& header : given.headers) {
        if (header.name == name && header.value.size() <= header_max) {
            return std::string(header.value);
        }
    }
    return {};
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

http::response refused(int status, const char* type, const char* zh, const char* en, const http::request& request) {
    http::problem problem;
    problem.status = status;
    problem.type = type;
    problem.title_zh = zh;
    problem.title_en = en;
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
    request.parameters = {header_of(given, "content-type"), header_of(given, "dialect"), header_of(given, "idempotency-key")};
    request.content_type = request.parameters[0];
    request.dialect = request.parameters[1];
    request.idempotency_key = request.parameters[2];
    request.certificate = std::make_shared<const security::certificate_facts>();
    return message;
}

fate fate_of(const http::response& answer) noexcept {
    switch (answer.status) {
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
    return refused(400, "unreadable", "消息损坏，无法读取", "The message is damaged and cannot be read", request);
}

http::response too_large(const http::request& request) {
    return refused(413, "too-large", "报文过大", "The message is too large", request);
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
