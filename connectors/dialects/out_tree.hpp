// A message that is being written: a tree of named texts, grown by paths, printed in any format.
#pragma once

#include "connectors/dialects/plan.hpp"

#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace tongban::dialects {

// The entry of a list that a rule writes, for telling which field a text is of: "dossier.materials[1]".
struct written_entry {
    const written_entry* up{};
    const field_rule* list{};
    int index{};
};

struct out_node {
    std::string name; // "@id" for an attribute; empty for an entry of a list
    std::string prefix;
    std::string text;
    node_kind kind{node_kind::object};
    bool has_text{};
    bool cdata{};
    bool raw_json{}; // text is a JSON object or list already
    const field_rule* rule{};     // whose text it is; null for what is sent, a code or a condition
    const written_entry* entry{}; // in which the rule stands
    out_node* parent{};
    std::vector<out_node*> children;
};

// A text that cannot be written where it stands, and why. The first that is found counts.
struct unwritable_text {
    std::string field; // of the schema, or where it has none the place in the message
    sentence why;
    bool found() const { return !why.empty(); }
    void tell(const out_node& node, sentence wrong);
};

// Why a text with a mark in it cannot be written where the mark parts texts; control characters by their number.
sentence holds_mark(std::string_view mark, const std::string& what_zh, const std::string& what_en);
// Whether `text`, with `separator` behind it, would be read as it is.
bool stands_before(std::string_view text, std::string_view separator);

class out_tree {
public:
    out_tree() { nodes_.emplace_back(); }

    out_node& root() { return nodes_.front(); }
    const out_node& root() const { return nodes_.front(); }
    out_node& add(out_node& parent, std::string_view name);
    // Lives as long as the tree.
    const written_entry* keep(const written_entry& entry) { return &entries_.emplace_back(entry); }

    struct base {
        out_node* scope{};
        out_node* root{};
    };
    // The node of a path, made where it is missing. Null when the path names no single place.
    out_node* reach(const path& p, base from);
    // The node if it is there.
    out_node* look(const path& p, base from);

    // One step of it. With `lists`, a position or a predicate is an entry's of a JSON list.
    out_node* step(out_node& at, const path_step& s, bool make, bool lists);

    // What rules found that they cannot write.
    unwritable_text unwritable;

private:
    out_node* entry_at(out_node& at, const path_step& s, bool make);

    std::deque<out_node> nodes_; // stable addresses
    std::deque<written_entry> entries_;
};

// True when the node, or one of the entries of a list, has what the step's [name=value] asks for.
bool satisfies(const out_node& n, const path_step& s);

// What the texts of a document become at last.
struct text_encoding {
    charset bytes{};
    bool escapes{}; // it or a document around it, before the bytes are made, can escape what the charset lacks
};

// Tells a text or a name that the charset lacks a character of and nothing escapes.
void check_characters(const out_node& at, std::string_view text, text_encoding encoding, unwritable_text& fault);

// Print the subtree below `at` in a format. JSON and XML stay UTF-8 and may hold what a charset lacks; print_form and
// print_multipart make bytes of `to`.
void print_json(const out_node& at, bool strings_only, std::string& out);
// `named`: in the declaration; `target`: what elements' names and CDATA must keep to.
void print_xml(const out_node& at, const format_spec& format, charset named, text_encoding target,
               const std::vector<xml_namespace>& namespaces, std::string& out, unwritable_text& fault);
void print_csv(const out_node& at, const csv_options& options, text_encoding target, std::string& out,
               unwritable_text& fault);
void print_form(const out_node& at, const format_spec& format, charset to, text_encoding target, std::string& out,
                unwritable_text& fault);
void print_multipart(const out_node& at, charset to, std::string_view boundary, std::string& out, unwritable_text& fault);

} // namespace tongban::dialects
