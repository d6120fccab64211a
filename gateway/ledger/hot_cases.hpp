// Cases that had events lately, so that the next event of a case costs no read of the view. Bounded by count;
// the least recently used leave. Used by the projector's thread alone.
#pragma once

#include "gateway/ledger/view.hpp"

#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace tongban::ledger {

struct hot_case {
    std::string case_id;
    case_number number;
    v1::CaseState state;
    std::optional<std::uint32_t> refused; // refused events; none: not read yet
};

class hot_cases {
public:
    explicit hot_cases(std::size_t max) : max_(max) {}

    // Null when it is not here. Valid until trim().
    hot_case* find(std::string_view case_id) {
        const auto found = by_id_.find(case_id);
        if (found == by_id_.end()) {
            return nullptr;
        }
        recent_.splice(recent_.begin(), recent_, found->second);
        return &*found->second;
    }

    // Precondition: not here yet.
    hot_case& add(hot_case&& fresh) {
        recent_.push_front(std::move(fresh));
        by_id_.emplace(recent_.front().case_id, recent_.begin());
        return recent_.front();
    }

    // Back to the bound. Only when all that is here is committed: what left is read from the view again.
    void trim() {
        while (recent_.size() > max_) {
            by_id_.erase(recent_.back().case_id);
            recent_.pop_back();
        }
    }

    std::size_t size() const noexcept { return recent_.size(); }

private:
    std::size_t max_;
    std::list<hot_case> recent_; // newest first
    std::unordered_map<std::string_view, std::list<hot_case>::iterator> by_id_;
};

} // namespace tongban::ledger
