#include "gateway/http/json_answer.hpp"

#include <google/protobuf/util/time_util.h>

namespace tongban::http {

std::string utc_text(std::int64_t ms) {
    using google::protobuf::util::TimeUtil;
    return ms == 0 ? std::string() : TimeUtil::ToString(TimeUtil::MillisecondsToTimestamp(ms));
}

response json_answer(int status, std::string body, std::string outcome, const security::partner& partner) {
    response response;
    response.status = status;
    response.content_type = "application/json";
    response.body = std::move(body);
    response.outcome = std::move(outcome);
    response.partner = partner.id;
    return response;
}

response refused(const problem& problem, const request& request, const security::partner* partner,
                 std::span<const v1::Violation> violations) {
    auto response = to_response(problem, request, violations);
    response.outcome = problem.type;
    response.partner = partner == nullptr ? "" : partner->id;
    return response;
}

} // namespace tongban::http
