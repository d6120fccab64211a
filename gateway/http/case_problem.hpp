// Problems that come from the case rules and from the log, as HTTP answers. With problem.hpp the only place that maps
// errors to status codes.
#pragma once

#include "gateway/cases/evolve.hpp"
#include "gateway/http/problem.hpp"
#include "tongban/v1/receipt.pb.h"

#include <boost/system/error_code.hpp>

namespace tongban::http {

// Why `verdict` (not applied, not duplicate) refused an event: 409 with the current state and who holds the case, 403
// for the wrong side or role, 404 for an unknown case, 422 for a missing body.
problem problem_of(cases::verdict verdict, const v1::CaseState& state);
// The same of an event that was said: the detail names who may say it, and who did.
problem problem_of(cases::verdict verdict, const v1::CaseState& state, v1::CaseEvent::BodyCase body, const v1::Sender& sender);

// Why an append failed: 503 with Retry-After, 413, or 500 with an alarm (docs/operating.md).
problem problem_of(boost::system::error_code log_error);

// For receipts: the outcome that belongs to a verdict or an append error, and back to the canonical status of DESIGN
// §3.1 for one receipt.
v1::ReceiptOutcome outcome_of(cases::verdict verdict);
v1::ReceiptOutcome outcome_of(boost::system::error_code log_error);
int status_of(v1::ReceiptOutcome outcome) noexcept;

// Problems that several use cases answer with.
problem unknown_partner();
problem case_not_found();
problem not_your_region(std::string_view certificate_regions, std::string_view wanted);
problem not_your_role(std::string_view needed);
problem malformed(std::string detail_zh, std::string detail_en);
problem invalid(std::string detail_zh, std::string detail_en);
problem view_unavailable();

} // namespace tongban::http
