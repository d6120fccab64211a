// Errors as RFC 9457 problem+json, in Chinese and English. The one place that names HTTP status codes for errors.
#pragma once

#include "gateway/http/message.hpp"

#include <boost/system/error_code.hpp>

#include <span>

namespace tongban::v1 {
class Violation;
}

namespace tongban::http {

// One way a request can fail. `type` becomes "urn:tongban:problem:<type>".
struct problem {
    int status{};
    std::string type;      // "illegal-transition"
    std::string title_zh;
    std::string title_en;
    std::string detail_zh; // what to do; may be empty
    std::string detail_en;
    int retry_after_s = 0; // > 0 adds Retry-After
    // Further members: name → JSON text ("state" → "\"QUEUED\"").
    std::vector<std::pair<std::string, std::string>> members;
};

problem make_problem(int status, std::string type, std::string zh, std::string en, int retry_after_s = 0);

// The body is application/problem+json with type, title, title_zh, status, detail, detail_zh, request_id, and the
// violations as an array when there are any.
response to_response(const problem& p, const request& req, std::span<const v1::Violation> violations = {});

} // namespace tongban::http
