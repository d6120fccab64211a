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

// Where paths start for rules at `scope`, with the bindings that look them up; `depth` counts open scopes
// from 1.
inline path_base base_at(document& doc, const dialect_plan& plan, node_index scope, node_index root,
                         std::size_t depth) {
    path_binding& of_root = doc.binding(0);
    return {scope, root, &plan.names.paths, scope == root ? &of_root : &doc.binding(depth), &of_root};
}

// What it looks at is known then.
bool condition_holds(document& doc, const condition& c, const path_base& base);
// The first part of a condition that does not hold; empty when all do.
sentence first_failing(document& doc, const condition& c, const path_base& base);

// Everything below and at `i` is known.
void know_subtree(document& doc, node_index i);

// A leaf with a text that no rule knows.
bool is_unmapped(const document& doc, node_index i);

// Place of a schema field's source, for translated_event::source_path: where it was read as far as that is known, else where
// `meant`, or without it the first rule of that name, looks for it.
std::string place_of_field(const translated_event& event, std::string_view field, const field_rule* meant);

v1::Violation violation(std::string source_path, std::string field, std::string_view rule, std::string zh,
                        std::string en);

} // namespace tongban::dialects
