// The limits 时限 of a case: what was promised and what the law gives, by its terms, else as filed.
#pragma once

#include "tongban/v1/view.pb.h"

#include <algorithm>
#include <cstdint>

namespace tongban::cases {

inline constexpr std::int32_t limit_max = 3'000; // of any unit; what is more counts as this

inline std::int32_t value_of(const v1::Limit& limit) noexcept {
    return std::clamp(limit.value(), 0, limit_max);
}

// Null when there is none.
inline const v1::Limit* promise_of(const v1::CaseState& state) noexcept {
    return state.terms().has_promise() ? &state.terms().promise() : state.has_promise() ? &state.promise() : nullptr;
}

inline const v1::Limit* statutory_of(const v1::CaseState& state) noexcept {
    return state.terms().has_statutory() ? &state.terms().statutory() : state.has_statutory() ? &state.statutory() : nullptr;
}

// For where a limit is needed that the state does not have: a fold is total.
inline const v1::Limit& or_none(const v1::Limit* limit) noexcept {
    return limit != nullptr ? *limit : v1::Limit::default_instance();
}

inline bool in_working_days(const v1::Limit& limit) noexcept {
    return limit.unit() == v1::LIMIT_UNIT_WORKDAY || limit.unit() == v1::LIMIT_UNIT_UNSPECIFIED;
}

// 即办件: owed on the same working day.
inline bool is_immediate(const v1::CaseState& state) noexcept {
    const auto* promise = promise_of(state);
    if (promise != nullptr && value_of(*promise) == 0) {
        return true;
    }
    return state.case_type() == v1::CASE_TYPE_IMMEDIATE && (promise == nullptr || in_working_days(*promise));
}

} // namespace tongban::cases
