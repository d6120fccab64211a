// Tells the sender, in its own format and with the HTTP status its document asks for, what became of its
// message.
#pragma once

#include "connectors/dialects/plan.hpp"

namespace tongban::dialects {

wire_answer make_answer(const dialect_plan& plan, const answer_input& input, const reading* from);

} // namespace tongban::dialects
