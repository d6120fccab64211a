// Answers in JSON: messages of the schema, times, and refusals with who asked.
#pragma once

#include "gateway/http/problem.hpp"
#include "security/identity.hpp"

#include <cstdint>
#include <string>

namespace google::protobuf {
class Message;
}

namespace tongban::http {

// proto3 JSON with the field names of the .proto files.
std::string to_json(const google::protobuf::Message& message);
// The same of each message, as a JSON array.
template <class Messages>
std::string to_json_array(const Messages& messages) {
    std::string text = "[";
    for (const auto& message : messages) {
        text += (text.size() == 1 ? "" : ",") + to_json(message);
    }
    return text + ']';
}

// "2026-11-22T07:08:09.123Z" of milliseconds since 1970; empty for 0.
std::string utc_text(std::int64_t ms);

response json_answer(int status, std::string body, std::string outcome, const security::partner& partner);

// The problem as the answer, with its type as the outcome for log and metrics.
response refused(const problem& problem, const request& request, const security::partner* partner = nullptr);

} // namespace tongban::http
