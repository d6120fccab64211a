// A message that is being written: a tree of named texts, grown by paths, printed in any format.
#pragma once

#include "connectors/dialects/plan.hpp"

#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace tongban::dialects {

struct out_node {
    std::string name; // "@id" for an attribute; empty for an entry of a list
    std::string prefix;
    std::string text;
    node_kind kind{node_kind::object};
    bool has_text{};
    bool cdata{};
    bool raw_json{}; // text is a JSON object or list already
    out_node* parent{};
    std::vector<out_node*> children;
};

class out_tree {
public:
    out_tree() { nodes_.emplace_back(); }

    out_node& root() { return nodes_.front(); }
    const out_node& root() const { return nodes_.front(); }
    out_node& add(out_node& parent, std::string_view name);

    struct base {
        out_node* scope{};
        out_node* root{};
    };
    // The node of a path, made where it is missing. Null when the path names no single place. Entries of JSON
    // lists are made where a step has a position or a predicate and `lists` is set.
    out_node* reach(const path& p, base from, bool lists);
    // The node if it is there.
    out_node* look(const path& p, base from);

private:
    out_node* step(out_node& at, const path_step& s, bool make, bool lists);

    std::deque<out_node> nodes_; // stable addresses
};

// Prints the subtree below `at` in a format.
void print_json(const out_node& at, bool strings_only, std::string& out);
void print_xml(const out_node& at, const format_spec& format, std::string_view charset_name,
               const std::vector<xml_namespace>& namespaces, std::string& out);
void print_csv(const out_node& at, const csv_options& options, std::vector<std::string> columns,
               std::string& out);
void print_form(const out_node& at, const format_spec& format, charset to, std::string& out);
void print_multipart(const out_node& at, charset to, std::string_view boundary, std::string& out);

} // namespace tongban::dialects
