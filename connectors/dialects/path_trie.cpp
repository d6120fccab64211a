// First match in document order: a slot that is taken stays.
#include "connectors/dialects/path_trie.hpp"

#include "connectors/dialects/document.hpp"
#include "connectors/dialects/path.hpp"

#include <algorithm>

namespace tongban::dialects {

std::uint32_t path_trie::add(std::uint32_t from, std::uint32_t name_id, std::uint16_t namespace_id,
                             const path_predicate* predicate) {
    if (namespace_id == 0 && predicate == nullptr) {
        if (const auto known = plain(from, name_id); known != 0) {
            return known;
        }
        const auto made = size();
        nodes_.emplace_back();
        nodes_[from].leaf = false;
        if ((used_ + 1) * 2 > edges_.size()) {
            auto old = std::move(edges_);
            edges_.assign(std::max<std::size_t>(64, old.size() * 2), {});
            for (const auto& e : old) {
                if (e.key != 0) {
                    insert(e);
                }
            }
        }
        insert({(static_cast<std::uint64_t>(from) << 32) | name_id, made});
        ++used_;
        return made;
    }
    for (const auto& e : nodes_[from].specials) {
        if (e.name_id == name_id && e.namespace_id == namespace_id &&
            e.has_predicate == (predicate != nullptr) &&
            (predicate == nullptr ||
             (e.predicate.name_id == predicate->name_id && e.predicate.namespace_id == predicate->namespace_id &&
              e.predicate.value == predicate->value))) {
            return e.to;
        }
    }
    const auto made = size();
    nodes_.emplace_back();
    nodes_[from].leaf = false;
    nodes_[from].specials.push_back({name_id, namespace_id, predicate != nullptr,
                                     predicate != nullptr ? *predicate : path_predicate{}, made});
    return made;
}

void path_trie::insert(edge e) {
    std::uint64_t at = mix(e.key);
    while (edges_[at & (edges_.size() - 1)].key != 0) {
        ++at;
    }
    edges_[at & (edges_.size() - 1)] = e;
}

void path_binding::bind(document& doc, const path_trie& trie, std::uint32_t scope) {
    if (slots_.size() < trie.size()) {
        slots_.resize(trie.size());
    }
    if (++stamp_ == 0) {
        std::fill(slots_.begin(), slots_.end(), slot{});
        stamp_ = 1;
    }
    bound_to_ = scope;
    slots_[0] = {stamp_, scope};
    walk(doc, trie, 0, scope);
}

void path_binding::reach(document& doc, const path_trie& trie, std::uint32_t to, std::uint32_t at) {
    if (slots_[to].stamp != stamp_) {
        slots_[to] = {stamp_, at};
    }
    if (!trie.is_leaf(to)) {
        walk(doc, trie, to, at); // as deep as the longest path of the dialect
    }
}

void path_binding::walk(document& doc, const path_trie& trie, std::uint32_t from, std::uint32_t at) {
    while (doc.at(at).kind == node_kind::list) { // in the middle of a path: its first entry
        at = doc.at(at).first_child;
        if (at == no_node) {
            return;
        }
    }
    const auto& specials = trie.specials(from);
    for (node_index c = doc.at(at).first_child; c != no_node; c = doc.at(c).next) {
        const auto name_id = doc.at(c).name_id;
        if (name_id == 0) {
            continue;
        }
        if (const auto to = trie.plain(from, name_id); to != 0) {
            reach(doc, trie, to, c);
        }
        for (const auto& e : specials) {
            if (e.name_id != name_id || (e.namespace_id != 0 && e.namespace_id != doc.at(c).namespace_id)) {
                continue;
            }
            if (!e.has_predicate) {
                reach(doc, trie, e.to, c);
            } else if (doc.at(c).kind == node_kind::list) {
                for (node_index item = doc.at(c).first_child; item != no_node; item = doc.at(item).next) {
                    if (holds(doc, e.predicate, item)) {
                        reach(doc, trie, e.to, item);
                    }
                }
            } else if (holds(doc, e.predicate, c)) {
                reach(doc, trie, e.to, c);
            }
        }
    }
}

} // namespace tongban::dialects
