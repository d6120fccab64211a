// Paths into a message, the same for every framing: `applicant/certificate/number`,
// `DATA/RECORD[@sid=0290]/CLMC`,
// `../head/no`, `/no` (from the wire's root), `~/token` (from the whole document), `files/*`, `name()`, `.`.
// Grammar: docs/dialects.md.
#pragma once

#include "connectors/dialects/document.hpp"
#include "connectors/dialects/readers.hpp"
#include "connectors/dialects/sentence.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tongban::dialects {

enum class step_kind : std::uint8_t { child, any, parent };

struct path_step {
    step_kind kind{step_kind::child};
    std::uint32_t name_id{};
    std::uint16_t namespace_id{}; // 0: any
    std::uint32_t index{};        // [2]; 0: none
    bool has_predicate{};
    path_predicate predicate;
    std::string prefix; // as written, for writing
    std::string name;   // without the prefix; an attribute is written by its name and keeps it: "@xsi:type"
};

enum class path_origin : std::uint8_t { scope, root, document };

struct path {
    std::uint32_t trie{}; // place in the trie of the dialect's paths, when it is indexed
    bool indexed{};
    std::uint32_t far{};   // its number among those that lead out of their scope, from 1; 0: it is none
    bool takes_name{}; // ends with name(): the node's name is the value
    path_origin origin{path_origin::scope};
    std::vector<path_step> steps;
    std::string text; // as written

    bool has_wildcard() const;
};

// Compiles; an empty string or what is wrong with it.
sentence parse_path(std::string_view text, name_table& names, const std::vector<xml_namespace>& namespaces,
                       path& out);

// Where the three kinds of origin are; with bindings, indexed paths are looked up instead of followed.
struct path_base {
    node_index scope{};
    node_index root{};
    const path_trie* trie{};
    path_binding* scope_binding{};
    path_binding* root_binding{};
};

// True when the node's child says so; marks the child as used.
bool holds(document& doc, const path_predicate& p, node_index i);

// First match in document order; marks predicate fields as used. no_node when there is none.
node_index find_first(document& doc, const path& p, const path_base& base);

// Every match in document order, in every entry of the lists on the way; a matched list stands for its items.
void find_all(document& doc, const path& p, const path_base& base, std::vector<node_index>& out);

// Whether the n-th of what find_all found is the n-th of one list, as the path says it: not of a list by its place, nor in
// another entry of a list on the way than the first.
bool is_plain_entry(const document& doc, const path& each, const std::vector<node_index>& found, std::size_t n);

} // namespace tongban::dialects
