// Writes events in a city's format: the rules run backwards into a tree, the tree becomes bytes, and the
// bytes are read again to tell truthfully what could not be said.
#pragma once

#include "connectors/dialects/out_tree.hpp"
#include "connectors/dialects/plan.hpp"

namespace tongban::dialects {

boost::system::result<dialect::writing, refusal> write_message(const dialect_plan& plan,
                                                               std::span<const v1::CaseEvent* const> events);

// The bytes of a message whose tree is grown; the tree is used up. Refused with errc::cannot_be_written, its place the schema
// field, when a text would not arrive as it is: no format on its way has an escape for what it holds.
boost::system::result<dialect::writing, refusal> print_message(const dialect_plan& plan, const wire_plan& wire, out_tree& tree);

// What the texts of an embedded document, or of the message itself (null), become at last.
text_encoding encoding_in(const wire_plan& wire, const embed_spec* in);

// Text in UTF-8 becomes what the codecs, outermost first, make of it.
void encode(const std::vector<codec_step>& codecs, std::string& bytes);

} // namespace tongban::dialects
