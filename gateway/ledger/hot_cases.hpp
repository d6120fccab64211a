// Cases that had events lately, so that the next event of a case costs no read of the view. Bounded by count;
// the least recently used leave, and their memory serves the next ones: in steady state nothing is allocated.
// Used by the projector's thread alone.
#pragma once

#include "gateway/ledger/view.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tongban::ledger {

struct hot_case {
    std::string case_id;
    case_number number;
    v1::CaseState state;
    std::optional<std::uint32_t> refused; // refused events; none: not read yet
};

class hot_cases {
public:
    explicit hot_cases(std::size_t max) : max_(max), table_(64) {}

    // Null when it is not here. Valid until trim().
    hot_case* find(std::string_view case_id) {
        const auto place = place_of(case_id, hash_of(case_id));
        if (table_[place].held == nullptr) {
            return nullptr;
        }
        node& found = *table_[place].held;
        leave_list(found);
        join_list(found);
        return &found;
    }

    // Precondition: not here yet. What `fresh` is left with is memory to use again, not empty.
    hot_case& add(hot_case&& fresh) {
        if ((size_ + 1) * 2 > table_.size()) {
            grow();
        }
        node& added = take_spare();
        std::swap(static_cast<hot_case&>(added), fresh);
        added.hash = hash_of(added.case_id);
        table_[place_of(added.case_id, added.hash)] = {added.hash, &added};
        join_list(added);
        ++size_;
        return added;
    }

    // Back to the bound. Only when all that is here is committed: what left is read from the view again.
    void trim() {
        while (size_ > max_) {
            node& last = *oldest_;
            leave_list(last);
            erase(place_of(last.case_id, last.hash));
            spare_.push_back(&last);
            --size_;
        }
    }

    std::size_t size() const noexcept { return size_; }

private:
    struct node : hot_case {
        std::size_t hash = 0;
        node* newer = nullptr;
        node* older = nullptr;
    };
    // Open addressing, never more than half full: a look-up of a case that is not here, as every new case
    // brings one, touches no node.
    struct entry {
        std::size_t hash = 0;
        node* held = nullptr;
    };

    static std::size_t hash_of(std::string_view case_id) { return std::hash<std::string_view>()(case_id); }
    std::size_t next(std::size_t place) const { return (place + 1) & (table_.size() - 1); }

    // Where the case is, or the free place for it.
    std::size_t place_of(std::string_view case_id, std::size_t hash) const {
        auto place = hash & (table_.size() - 1);
        while (table_[place].held != nullptr &&
               (table_[place].hash != hash || table_[place].held->case_id != case_id)) {
            place = next(place);
        }
        return place;
    }

    // Closes the gap, so that what was put behind it is still found.
    void erase(std::size_t gap) {
        for (auto each = next(gap); table_[each].held != nullptr; each = next(each)) {
            const auto home = table_[each].hash & (table_.size() - 1);
            if (((each - home) & (table_.size() - 1)) >= ((each - gap) & (table_.size() - 1))) {
                table_[gap] = table_[each];
                gap = each;
            }
        }
        table_[gap] = {};
    }

    void grow() {
        std::vector<entry> old(table_.size() * 2);
        old.swap(table_);
        for (const auto& each : old) {
            if (each.held != nullptr) {
                table_[place_of(each.held->case_id, each.hash)] = each;
            }
        }
    }

    node& take_spare() {
        if (spare_.empty()) {
            return nodes_.emplace_back();
        }
        node& taken = *spare_.back();
        spare_.pop_back();
        return taken;
    }

    void join_list(node& joining) {
        joining.newer = nullptr;
        joining.older = newest_;
        (newest_ != nullptr ? newest_->newer : oldest_) = &joining;
        newest_ = &joining;
    }
    void leave_list(node& leaving) {
        (leaving.newer != nullptr ? leaving.newer->older : newest_) = leaving.older;
        (leaving.older != nullptr ? leaving.older->newer : oldest_) = leaving.newer;
    }

    std::size_t max_;
    std::size_t size_ = 0;
    std::deque<node> nodes_; // grows to the bound and a batch; addresses stay
    std::vector<node*> spare_;
    node* newest_ = nullptr;
    node* oldest_ = nullptr;
    std::vector<entry> table_; // its size is a power of two
};

} // namespace tongban::ledger
