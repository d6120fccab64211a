// Runs a compiled dialect over a message: document in, events out.
#pragma once

#include "connectors/dialects/framing.hpp"
#include "connectors/dialects/plan.hpp"
#include "connectors/dialects/trace.hpp"

namespace tongban::dialects {

// `doc` is left filled, for tracing. `rows` may be null.
boost::system::result<reading, refusal> read_message(const dialect_plan& plan, const wire_message& message,
                                                     google::protobuf::Arena& arena, document& doc,
                                                     std::vector<trace_row>* rows);

bool condition_holds(document& doc, const condition& c, const path_base& base);

// A leaf with a text that no rule knows.
bool is_unmapped(const document& doc, node_index i);

// Static place of a schema field's source, for translated_event::source_path.
std::string place_of_field(const event_plan& plan, std::uint32_t wire, std::uint32_t row,
                           std::string_view field);

v1::Violation violation(std::string source_path, std::string field, std::string_view rule, std::string zh,
                        std::string en);

} // namespace tongban::dialects
