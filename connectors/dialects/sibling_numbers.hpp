// Which of its siblings a node is, for places: "/A/B[2]". A sender chooses how many siblings there are and how many of them
// are at fault, so the cost must not grow with the square of either.
#pragma once

#include <cstdint>
#include <vector>

namespace tongban::dialects {

class document;

// One per document. The first that are asked for are counted among their siblings; when that has cost more than a walk over
// the document, all children of a node are numbered at once.
class sibling_numbers {
public:
    // Also when a node was taken from its siblings.
    void forget();
    // Position among the siblings of its name, from 1; 0 when it is alone. O(1) on average over as many questions as the
    // document has nodes, O(log n) where names differ.
    std::uint32_t of(const document& doc, std::uint32_t node);
    // Siblings that were looked at or sorted since forget(): what the answers cost.
    std::uint64_t steps() const { return steps_; }

private:
    std::uint32_t count(const document& doc, std::uint32_t node);
    void number(const document& doc, std::uint32_t parent);

    std::vector<std::uint32_t> numbers_;  // by node
    std::vector<std::uint32_t> numbered_; // by node: its last child when its children were numbered
    std::vector<std::uint32_t> order_;
    std::uint64_t steps_{};
};

} // namespace tongban::dialects
