// Written by hand rather than through a JSON tree: members are few, and some come in as JSON text already.
#include "gateway/http/problem.hpp"

#include "monitoring/text.hpp"
#include "tongban/v1/receipt.pb.h"

namespace tongban::http {

namespace {

constexpr std::size_t text_bytes_max = 4096;

// Opens with the separator that the object needs at this place.
void add(std::string& json, std::string_view name, std::string_view text) {
    if (text.empty()) {
        return;
    }
    json += json.back() == '{' ? "" : ",";
    json += '"';
    json += name;
    json += "\":";
    monitoring::append_json_string(json, text, text_bytes_max);
}

void add_violations(std::string& json, std::span<const v1::Violation> violations) {
    json += ",\"violations\":[";
    for (const v1::Violation& v : violations) {
        json += json.back() == '[' ? "{" : ",{";
        add(json, "source_path", v.source_path());
        add(json, "field", v.field());
        add(json, "rule", v.rule());
        add(json, "message_zh", v.message_zh());
        add(json, "message_en", v.message_en());
        if (v.warning()) {
            json += json.back() == '{' ? "\"warning\":true" : ",\"warning\":true";
        }
        json += '}';
    }
    json += ']';
}

} // namespace

problem make_problem(int status, std::string type, std::string zh, std::string en, int retry_after_s) {
    problem made;
    made.status = status;
    made.type = std::move(type);
    made.title_zh = std::move(zh);
    made.title_en = std::move(en);
    made.retry_after_s = retry_after_s;
    return made;
}

response to_response(const problem& p, const request& req, std::span<const v1::Violation> violations) {
    response answer;
    answer.status = p.status;
    answer.content_type = "application/problem+json";
    answer.outcome = "refused:" + p.type;
    std::string& json = answer.body;
    json.reserve(512);
    json = "{";
    add(json, "type", "urn:tongban:problem:" + p.type);
    add(json, "title", p.title_en);
    add(json, "title_zh", p.title_zh);
    json += ",\"status\":" + std::to_string(p.status);
    add(json, "detail", p.detail_en);
    add(json, "detail_zh", p.detail_zh);
    add(json, "request_id", req.request_id);
    for (const auto& [name, value] : p.members) {
        json += ',';
        monitoring::append_json_string(json, name, text_bytes_max);
        json += ':';
        json += value;
    }
    if (!violations.empty()) {
        add_violations(json, violations);
    }
    json += "}\n";
    if (p.retry_after_s > 0) {
        answer.headers.emplace_back("Retry-After", std::to_string(p.retry_after_s));
    }
    return answer;
}

} // namespace tongban::http
