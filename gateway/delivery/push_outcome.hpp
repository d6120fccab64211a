// What became of one push: of the delivery, and of the target. Pure.
#pragma once

#include "connectors/dialects/dialect.hpp"
#include "connectors/push/push_client.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace tongban::delivery {

enum class push_result {
    taken,
    failed,    // to be tried again, as long as the budget lasts
    refused,   // for good: a dead letter
    abandoned, // nothing was learnt: the client was closed or busy
};

// What it says about the target as a whole.
enum class target_state {
    works,
    fails,  // the circuit breaker counts it
    closed, // it cannot work until somebody acts: its certificate is not what it must be
};

struct push_outcome {
    push_result result = push_result::abandoned;
    target_state target = target_state::works;
    std::string code;              // of the gateway's list: read_timeout, answered_error, not_taken, refused, …
    std::uint32_t http_status = 0; // 0: no answer
    std::string target_code;
    std::chrono::milliseconds asked{0}; // Retry-After
    bool is_truncated = false;          // the answer was longer than allowed
    std::string text;                   // for logs: the place and the system's reason; nothing of the message
};

// `in` null: canonical JSON, where 2xx is taken. An answer that was cut is taken by its status only where the dialect
// does not read it.
push_outcome outcome_of(const push::push_client::outcome& answered, const dialects::dialect* in);

} // namespace tongban::delivery
