// What a platform's answer to a push means, by the dialect's own rules.
#pragma once

#include "connectors/dialects/plan.hpp"

namespace tongban::dialects {

// Precondition: the plan says how the platform answers.
judgement judge_answer(const dialect_plan& plan, int http_status, const wire_message& answer);

} // namespace tongban::dialects
