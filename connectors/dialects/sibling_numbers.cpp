// Children are sorted by name; those of one name keep their order and are counted.
#include "connectors/dialects/sibling_numbers.hpp"

#include "connectors/dialects/document.hpp"

#include <algorithm>

namespace tongban::dialects {

namespace {
constexpr std::uint64_t counted_each = 2;    // of the document's nodes, before children are numbered
constexpr std::uint64_t counted_least = 512; // numbering is not worth it
} // namespace

void sibling_numbers::forget() {
    constexpr std::size_t kept = 1U << 14; // what an idle thread keeps
    for (auto* all : {&numbers_, &numbered_, &order_}) {
        all->clear();
        if (all->capacity() > kept) {
            *all = {};
        }
    }
    steps_ = 0;
}

std::uint32_t sibling_numbers::of(const document& doc, std::uint32_t node) {
    const node_index parent = doc.at(node).parent;
    const bool numbered = parent < numbered_.size() && numbered_[parent] == doc.at(parent).last_child;
    if (!numbered && steps_ <= counted_each * doc.size() + counted_least) {
        return count(doc, node);
    }
    if (!numbered) {
        number(doc, parent);
    }
    return numbers_[node];
}

std::uint32_t sibling_numbers::count(const document& doc, std::uint32_t node) {
    const auto& name = doc.at(node).name;
    std::uint32_t before = 0;
    std::uint32_t all = 0;
    for (node_index c = doc.at(doc.at(node).parent).first_child; c != no_node; c = doc.at(c).next) {
        before = c == node ? all : before;
        all += doc.at(c).name == name;
        ++steps_;
    }
    return all > 1 ? before + 1 : 0;
}

void sibling_numbers::number(const document& doc, std::uint32_t parent) {
    numbers_.resize(doc.size());
    numbered_.resize(doc.size(), no_node);
    order_.clear();
    for (node_index c = doc.at(parent).first_child; c != no_node; c = doc.at(c).next) {
        order_.push_back(c);
    }
    steps_ += order_.size();
    const auto name_of = [&](node_index i) { return doc.at(i).name; };
    std::ranges::stable_sort(order_, {}, name_of);
    for (auto same = order_.begin(); same != order_.end();) {
        const auto end = std::find_if(same, order_.end(), [&](node_index i) { return name_of(i) != name_of(*same); });
        const bool alone = end - same == 1;
        for (std::uint32_t n = 1; same != end; ++same, ++n) {
            numbers_[*same] = alone ? 0 : n;
        }
    }
    numbered_[parent] = doc.at(parent).last_child;
}

} // namespace tongban::dialects
