#include "gateway/cases/inbox_places.hpp"

#include "gateway/cases/bundles.hpp"
#include "gateway/cases/case_clocks.hpp"
#include "gateway/cases/evolve.hpp"
#include "gateway/cases/obligations.hpp"

#include <algorithm>

namespace tongban::cases {

namespace {

bool is_untaken(const v1::CaseState& state) noexcept {
    return state.status() == v1::CASE_STATUS_SUBMITTED || state.status() == v1::CASE_STATUS_QUEUED;
}

} // namespace

std::array<inbox_place, 2> inbox_places(const v1::CaseState& state) {
    std::array<inbox_place, 2> places;
    if (const auto region = turn(state); !region.empty()) {
        places[0] = {std::string(region), inbox_order_ms(state), state.turn_since_ms(), false, is_untaken(state)};
    }
    if (waits_for_origin(state)) {
        places[0] = {state.origin_region(), state.turn_since_ms(), state.turn_since_ms(), true, false};
    }
    for (const auto& owed : owed_beside(state)) {
        const auto due_ms = owed.due().seconds() * 1000;
        auto& first = places[0];
        auto& place = first.region.empty() || first.region == owed.by() ? first : places[1];
        if (place.region.empty()) {
            place = {owed.by(), due_ms, state.turn_since_ms(), true, false};
        } else {
            place.order_ms = std::min(place.order_ms, due_ms);
        }
    }
    return places;
}

} // namespace tongban::cases
