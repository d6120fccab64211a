// All plain paths of a dialect as one trie: a scope is walked once and every path's place is known, instead
// of a search for each rule. Paths with '*', '..', positions or from the whole document are followed step by
// step instead.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tongban::dialects {

class document;

// [key=value]
struct path_predicate {
    std::uint32_t name_id{};
    std::uint16_t namespace_id{}; // 0: any
    std::string prefix;           // as written, for writing
    std::string name;             // as that of a step
    std::string value;
};

class path_trie {
public:
    struct special_edge { // a step with a namespace or a predicate
        std::uint32_t name_id{};
        std::uint16_t namespace_id{};
        bool has_predicate{};
        path_predicate predicate;
        std::uint32_t to{};
    };

    path_trie() : nodes_(1) {}

    // Child of `from`, made when it is missing. At load only.
    std::uint32_t add(std::uint32_t from, std::uint32_t name_id, std::uint16_t namespace_id,
                      const path_predicate* predicate);

    std::uint32_t size() const { return static_cast<std::uint32_t>(nodes_.size()); }
    bool is_leaf(std::uint32_t node) const { return nodes_[node].leaf; }
    const std::vector<special_edge>& specials(std::uint32_t node) const { return nodes_[node].specials; }

    // 0: none.
    std::uint32_t plain(std::uint32_t from, std::uint32_t name_id) const noexcept {
        if (edges_.empty()) {
            return 0;
        }
        const std::uint64_t key = (static_cast<std::uint64_t>(from) << 32) | name_id;
        for (std::uint64_t at = mix(key);; ++at) {
            const edge& e = edges_[at & (edges_.size() - 1)];
            if (e.key == key || e.key == 0) {
                return e.to;
            }
        }
    }

private:
    struct trie_node {
        bool leaf{true};
        std::vector<special_edge> specials;
    };
    struct edge {
        std::uint64_t key{}; // 0: free; names count from 1
        std::uint32_t to{};
    };

    static std::uint64_t mix(std::uint64_t key) noexcept {
        key *= 0x9E3779B97F4A7C15ULL;
        return key >> 40;
    }
    void insert(edge e);

    std::vector<trie_node> nodes_;
    std::vector<edge> edges_;
    std::size_t used_{};
};

// Where each path of the trie leads from one node. Reused; bound when first asked.
class path_binding {
public:
    void forget() { bound_to_ = 0xFFFFFFFF; }
    // The node, or no_node.
    std::uint32_t find(document& doc, const path_trie& trie, std::uint32_t scope, std::uint32_t path) {
        if (bound_to_ != scope) {
            bind(doc, trie, scope);
        }
        return slots_[path].stamp == stamp_ ? slots_[path].node : 0xFFFFFFFF;
    }

private:
    struct slot {
        std::uint32_t stamp{};
        std::uint32_t node{};
    };
    void bind(document& doc, const path_trie& trie, std::uint32_t scope);
    void walk(document& doc, const path_trie& trie, std::uint32_t from, std::uint32_t at);
    void reach(document& doc, const path_trie& trie, std::uint32_t to, std::uint32_t at);

    std::vector<slot> slots_;
    std::uint32_t stamp_{};
    std::uint32_t bound_to_{0xFFFFFFFF};
};

} // namespace tongban::dialects
