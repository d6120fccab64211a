// Names that stand twice under one node: members of an object, fields of a form, attributes of an element. The sender
// chooses how many there are and what they are called, so the cost must not grow with the square of either.
#pragma once

#include "connectors/dialects/document.hpp"

#include <cstdint>
#include <vector>

namespace tongban::dialects {

// One per thread, reused: cleared by stamping. What a dialect knows is told apart by its number, few others by comparing
// all with all, more by a hash, and names that were made to collide in it by sorting.
class key_set {
public:
    // The first child of `parent` whose name an earlier child has, of those numbered `from` or above (what an embedded
    // document added); no_node when there is none. O(n) in the children, O(n log n) at worst.
    node_index repeated(const document& doc, node_index parent, node_index from = 0);

private:
    void next_stamp();
    node_index repeated_by_scan(const document& doc, node_index from) const;
    node_index repeated_by_hash(const document& doc, node_index from);
    node_index repeated_by_order(const document& doc, node_index from);

    struct slot {
        std::uint32_t stamp{};
        node_index child{};
    };
    std::vector<std::uint32_t> known_; // stamp by name
    std::vector<node_index> unknown_;
    std::vector<slot> slots_;
    std::uint32_t stamp_{};
};

} // namespace tongban::dialects
