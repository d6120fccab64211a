// The hash has no secret, so a sender can make names that meet in one slot: probing has a budget.
#include "connectors/dialects/key_set.hpp"

#include <algorithm>

namespace tongban::dialects {

namespace {
constexpr std::size_t scanned_max = 8;
constexpr std::size_t kept = 1U << 14;  // what an idle thread keeps
constexpr std::size_t probes_each = 16; // on average; names that nobody made to collide need less than two
} // namespace

node_index key_set::repeated(const document& doc, node_index parent, node_index from) {
    next_stamp();
    unknown_.clear();
    for (node_index c = doc.at(parent).first_child; c != no_node; c = doc.at(c).next) {
        const auto name_id = doc.at(c).name_id;
        if (name_id == 0) {
            unknown_.push_back(c);
            continue;
        }
        if (name_id >= known_.size()) {
            known_.resize(name_id + 64);
        }
        if (known_[name_id] == stamp_ && c >= from) {
            return c;
        }
        known_[name_id] = stamp_;
    }
    return unknown_.size() <= scanned_max ? repeated_by_scan(doc, from) : repeated_by_hash(doc, from);
}

void key_set::next_stamp() {
    if (++stamp_ == 0) {
        std::fill(known_.begin(), known_.end(), 0);
        slots_.assign(slots_.size(), {});
        stamp_ = 1;
    }
    if (slots_.size() > kept) {
        slots_ = {};
        unknown_ = {};
    }
}

node_index key_set::repeated_by_scan(const document& doc, node_index from) const {
    for (std::size_t a = 0; a < unknown_.size(); ++a) {
        for (std::size_t b = a + 1; b < unknown_.size(); ++b) {
            if (unknown_[b] >= from && doc.at(unknown_[a]).name == doc.at(unknown_[b]).name) {
                return unknown_[b];
            }
        }
    }
    return no_node;
}

node_index key_set::repeated_by_hash(const document& doc, node_index from) {
    std::size_t size = 32;
    while (size < unknown_.size() * 2) {
        size *= 2;
    }
    if (slots_.size() < size) {
        slots_.assign(size, {});
    }
    std::size_t budget = unknown_.size() * probes_each;
    for (const node_index c : unknown_) {
        for (std::uint64_t at = name_hash(doc.at(c).name);; ++at) {
            slot& s = slots_[at & (slots_.size() - 1)];
            if (s.stamp != stamp_) {
                s = {stamp_, c};
                break;
            }
            if (doc.at(s.child).name == doc.at(c).name) {
                if (c >= from) {
                    return c;
                }
                break;
            }
            if (--budget == 0) {
                return repeated_by_order(doc, from);
            }
        }
    }
    return no_node;
}

node_index key_set::repeated_by_order(const document& doc, node_index from) {
    std::sort(unknown_.begin(), unknown_.end(), [&](node_index a, node_index b) {
        const auto order = doc.at(a).name.compare(doc.at(b).name);
        return order == 0 ? a < b : order < 0;
    });
    node_index first = no_node;
    for (std::size_t i = 1; i < unknown_.size(); ++i) {
        const auto c = unknown_[i];
        if (c >= from && doc.at(unknown_[i - 1]).name == doc.at(c).name) {
            first = std::min(first, c);
        }
    }
    return first;
}

} // namespace tongban::dialects
