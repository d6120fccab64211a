// Lines of a timeline about files that the gateway could not get: no event says it, and the sender has to know.
#pragma once

#include "gateway/ledger/case_sight.hpp"
#include "gateway/ledger/ledger.hpp"

#include <boost/system/result.hpp>

#include <vector>

namespace tongban::inbox {

// Puts a line MATERIAL_GIVEN_UP where each file was given up that an event within `sight` names.
boost::system::error_code add_files_given_up(const ledger::ledger& ledger, ledger::case_number number,
                                             const std::vector<ledger::stored_event>& events, const ledger::case_sight& sight,
                                             std::vector<v1::TimelineEntry>& lines);

} // namespace tongban::inbox
