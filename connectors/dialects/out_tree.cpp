// Growing the tree along paths.
#include "connectors/dialects/out_tree.hpp"

#include <algorithm>

namespace tongban::dialects {

out_node& out_tree::add(out_node& parent, std::string_view name) {
    out_node& made = nodes_.emplace_back();
    parent.kind = parent.kind == node_kind::null ? node_kind::object : parent.kind;
    made.name = name;
    made.parent = &parent;
    parent.children.push_back(&made);
    return made;
}

bool satisfies(const out_node& n, const path_step& s) {
    if (!s.has_predicate) {
        return true;
    }
    for (const auto* child : n.children) {
        if (child->name == s.predicate.name) {
            return child->text == s.predicate.value;
        }
    }
    return n.kind == node_kind::list &&
           std::any_of(n.children.begin(), n.children.end(), [&](const out_node* entry) { return satisfies(*entry, s); });
}

namespace {

// A path without a prefix means any namespace.
bool same_namespace(const out_node& n, const path_step& s) {
    return s.prefix.empty() || n.prefix.empty() || n.prefix == s.prefix;
}

void assert_predicate(out_tree& tree, out_node& n, const path_step& s) {
    if (s.has_predicate) {
        out_node& key = tree.add(n, s.predicate.name);
        key.text = s.predicate.value;
        key.prefix = s.predicate.prefix;
        key.kind = node_kind::text;
        key.has_text = true;
    }
}

} // namespace

// The n-th entry of a list without a name: of a list of lists, or of the message itself.
out_node* out_tree::entry_at(out_node& at, const path_step& s, bool make) {
    const bool fresh = at.children.empty() && !at.has_text;
    if (s.index == 0 || s.has_predicate || (at.kind != node_kind::list && !(make && fresh))) {
        return nullptr;
    }
    at.kind = node_kind::list;
    while (make && at.children.size() < s.index) {
        add(at, "").kind = node_kind::null;
    }
    return s.index <= at.children.size() ? at.children[s.index - 1] : nullptr;
}

out_node* out_tree::step(out_node& at, const path_step& s, bool make, bool lists) {
    if (s.kind == step_kind::parent) {
        out_node* above = at.parent;
        if (above != nullptr && above->kind == node_kind::list) {
            above = above->parent;
        }
        return above;
    }
    if (s.kind == step_kind::any) {
        return lists ? entry_at(at, s, make) : nullptr;
    }
    const bool entry = lists && (s.index > 0 || s.has_predicate);
    out_node* holder = &at;
    if (entry) { // the list itself first
        out_node* list = nullptr;
        for (auto* child : at.children) {
            list = child->name == s.name ? child : list;
        }
        if (list == nullptr) {
            if (!make) {
                return nullptr;
            }
            list = &add(at, s.name);
            list->kind = node_kind::list;
        }
        holder = list;
    }
    std::uint32_t position = 0;
    for (auto* child : holder->children) {
        const bool named = entry || (child->name == s.name && same_namespace(*child, s));
        if (named && satisfies(*child, s) && (s.index == 0 || ++position == s.index)) {
            child->prefix = child->prefix.empty() ? s.prefix : child->prefix;
            return child;
        }
    }
    if (!make) {
        return nullptr;
    }
    out_node* made = nullptr;
    do {
        made = &add(*holder, entry ? std::string_view() : std::string_view(s.name));
        made->prefix = s.prefix;
        assert_predicate(*this, *made, s);
        if (entry && s.index > position + 1) {
            made->kind = node_kind::null; // nothing is said of it, unless a rule follows
        }
    } while (s.index > ++position);
    return made;
}

out_node* out_tree::reach(const path& p, base from) {
    out_node* at = p.origin == path_origin::document ? &root()
                   : p.origin == path_origin::root   ? from.root
                                                     : from.scope;
    for (const auto& s : p.steps) {
        at = at == nullptr ? nullptr : step(*at, s, true, false);
    }
    return at;
}

out_node* out_tree::look(const path& p, base from) {
    out_node* at = p.origin == path_origin::document ? &root()
                   : p.origin == path_origin::root   ? from.root
                                                     : from.scope;
    for (const auto& s : p.steps) {
        at = at == nullptr ? nullptr : step(*at, s, false, false);
    }
    return at;
}

} // namespace tongban::dialects
