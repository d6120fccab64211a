// One message may open a case and say more of it: what follows is admitted when the opening stands, since until then nobody
// knows the case.
#pragma once

#include "gateway/intake/admission.hpp"

#include <vector>

namespace tongban::intake {

// Admits the events of one message and appends those that may be said; each has a receipt, in the order of the events. All at
// once, but for those about a case that an earlier one of them opens: they come in their order, turn by turn.
boost::asio::awaitable<std::vector<admission>> take_in_turns(std::vector<dialects::translated_event>& events,
                                                             const message_facts& facts, ledger::ledger& ledger);

} // namespace tongban::intake
