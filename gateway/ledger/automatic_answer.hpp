// 秒批: a filing that somebody may decide at once, and what was answered. Between who calls the destinations' handlers and
// the intake, which asks for it and takes what the answer says as it takes any message of that destination.
#pragma once

#include "security/identity.hpp"
#include "tongban/v1/ledger.pb.h"
#include "tongban/v1/view.pb.h"

#include <chrono>
#include <memory>
#include <string>

namespace tongban::ledger {

struct automatic_question {
    v1::LedgerRecord filing;
    v1::CaseState state; // after it
    std::string handler; // the one that the item names; empty: the destination's own for the item
};

struct automatic_answer {
    // "answered", or why there is no answer: no_handler, busy, breaker_open, timeout, unreachable, untrusted, declined,
    // answered_error, bad_answer, cannot_be_written, unusable.
    std::string result = "no_handler";
    std::shared_ptr<const security::partner> partner; // whose handler it is
    std::string certificate_serial;                   // of what it showed
    std::string dialect;                              // of `body`; empty: canonical
    std::string content_type;
    std::string body;
};

} // namespace tongban::ledger
