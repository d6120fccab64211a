// Growing the tree along paths.
#include "connectors/dialects/out_tree.hpp"

namespace tongban::dialects {

out_node& out_tree::add(out_node& parent, std::string_view name) {
    out_node& made = nodes_.emplace_back();
    made.name = name;
    made.parent = &parent;
    parent.children.push_back(&made);
    return made;
}

namespace {

bool satisfies(const out_node& n, const path_step& s) {
    if (!s.has_predicate) {
        return true;
    }
    for (const auto* child : n.children) {
        if (child->name == s.predicate.name) {
            return child->text == s.predicate.value;
        }
    }
    return false;
}

void assert_predicate(out_tree& tree, out_node& n, const path_step& s) {
    if (s.has_predicate) {
        out_node& key = tree.add(n, s.predicate.name);
        key.text = s.predicate.value;
        key.kind = node_kind::text;
        key.has_text = true;
    }
}

} // namespace

out_node* out_tree::step(out_node& at, const path_step& s, bool make, bool lists) {
    if (s.kind == step_kind::parent) {
        out_node* above = at.parent;
        if (above != nullptr && above->kind == node_kind::list) {
            above = above->parent;
        }
        return above;
    }
    if (s.kind == step_kind::any) {
        return nullptr;
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
        if ((entry || child->name == s.name) && satisfies(*child, s) &&
            (s.index == 0 || ++position == s.index)) {
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
    } while (s.index > ++position);
    return made;
}

out_node* out_tree::reach(const path& p, base from, bool lists) {
    out_node* at = p.origin == path_origin::document ? &root()
                   : p.origin == path_origin::root   ? from.root
                                                     : from.scope;
    for (const auto& s : p.steps) {
        at = at == nullptr ? nullptr : step(*at, s, true, lists);
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
