// Writes events in a city's format: the rules run backwards into a tree, the tree becomes bytes, and the
// bytes are read again to tell truthfully what could not be said.
#pragma once

#include "connectors/dialects/plan.hpp"

namespace tongban::dialects {

boost::system::result<dialect::writing, refusal> write_message(const dialect_plan& plan,
                                                               std::span<const v1::CaseEvent* const> events);

// Text in UTF-8 becomes what the codecs, outermost first, make of it.
void encode(const std::vector<codec_step>& codecs, std::string& bytes);

} // namespace tongban::dialects
