// From bytes to a document: choosing the wire by content type, charset, codecs, format, embedded documents,
// joins.
#pragma once

#include "connectors/dialects/plan.hpp"

namespace tongban::dialects {

// Fills `doc` and names the wire. False with `fault`. Embedded documents that fail are in doc.failures.
bool decode_message(const dialect_plan& plan, const wire_message& message, document& doc, std::uint32_t& wire,
                    parse_fault& fault);
// The same for a message whose framing is known.
bool decode_as(const dialect_plan& plan, const wire_plan& wire, const wire_message& message, document& doc,
               parse_fault& fault);

// The subtree as compact JSON text.
void append_json_text(const document& doc, node_index i, std::string& out);

// False when a signature is asked for and wrong.
bool signature_holds(const signature_spec& spec, document& doc, parse_fault& fault);
// Signature over named texts, as the partner's document says.
std::string sign(const signature_spec& spec, std::vector<std::pair<std::string, std::string>> fields);

} // namespace tongban::dialects
