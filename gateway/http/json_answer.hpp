// Answers in JSON: messages of the schema, times, and refusals with who asked.
#pragma once

#include "gateway/http/problem.hpp"
#include "schemas/canonical_json.hpp"
#include "security/identity.hpp"

#include <cstdint>
#include <string>

namespace tongban::http {

// The canonical JSON of each message, as a JSON array.
template <class Messages>
std::string to_json_array(const Messages& messages) {
    std::string text = "[";
    for (const auto& message : messages) {
        text += text.size() == 1 ? "" : ",";
        v1::append_json(message, text);
    }
    return text + ']';
}

// "2026-11-22T07:08:09.123Z" of milliseconds since 1970; empty for 0.
std::string utc_text(std::int64_t ms);

response json_answer(int status, std::string body, std::string outcome, const security::partner& partner);

// The problem as the answer, with its type as the outcome for log and metrics, and what broke which rule when that is known.
response refused(const problem& problem, const request& request, const security::partner* partner = nullptr,
                 std::span<const v1::Violation> violations = {});

} // namespace tongban::http
