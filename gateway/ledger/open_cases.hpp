// Every case that has not come to its end, one after the other: what a change of configuration must not break.
#pragma once

#include "gateway/ledger/view.hpp"

#include <functional>

namespace tongban::ledger {

// One pass over the rows of states, about a second for a million: not for an I/O thread. Ends when `visit` returns false.
boost::system::error_code for_each_open_case(const store::view_store& rows,
                                             const std::function<bool(const v1::CaseState&)>& visit);

} // namespace tongban::ledger
