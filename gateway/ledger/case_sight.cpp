#include "gateway/ledger/case_sight.hpp"

#include "gateway/cases/deliveries.hpp"

#include <algorithm>

namespace tongban::ledger {

case_sight::case_sight(const std::function<bool(std::string_view region)>& acts_for, const v1::CaseState& state,
                       const std::vector<stored_event>& events)
    : acts_for_(acts_for), origin_region_(state.origin_region()) {
    const bool all = acts_for(origin_region_);
    for (const auto& event : events) {
        const auto& said = event.record.event();
        const bool filing = said.has_case_submitted() || said.has_case_collected();
        const auto& dest = said.case_().dest_region();
        if (filing && event.refused_code.empty() && (runs_.empty() || runs_.back().dest_region != dest)) {
            runs_.push_back({event.at.offset, dest, all || acts_for(dest)});
        }
    }
}

bool case_sight::any() const noexcept {
    return std::ranges::any_of(runs_, &run::seen);
}

const case_sight::run* case_sight::run_of(std::uint64_t offset) const noexcept {
    const auto next = std::ranges::upper_bound(runs_, offset, {}, &run::first);
    return next == runs_.begin() ? nullptr : &*std::prev(next);
}

bool case_sight::sees(std::uint64_t offset) const noexcept {
    const auto* of = run_of(offset);
    return of != nullptr && of->seen;
}

bool case_sight::may_read(const stored_event& event) const {
    if (!sees(event.at.offset)) {
        return false;
    }
    const auto& sender = event.record.sender();
    if (!sender.region().empty() && acts_for_(sender.region())) {
        return true;
    }
    v1::CaseState then; // as far as it says who is told
    then.set_origin_region(origin_region_);
    then.set_dest_region(run_of(event.at.offset)->dest_region);
    return event.refused_code.empty() && std::ranges::any_of(cases::regions_due(then, event.record), acts_for_);
}

} // namespace tongban::ledger
