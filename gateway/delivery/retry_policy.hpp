// When a failed delivery is tried again, and when it has been tried enough. Exponential back-off with full jitter
// (AWS Architecture Blog, "Exponential Backoff And Jitter", 2015): many deliveries that failed together do not come
// again together.
#pragma once

#include "gateway/delivery/delivery.hpp"
#include "tongban/v1/delivery.pb.h"

#include <chrono>
#include <cstdint>
#include <random>
#include <string_view>

namespace tongban::delivery {

// Pause before the attempt after the `attempt`th (from 1): uniform between 0 and retry_first · 2^(attempt-1), at most
// retry_most, and at least what the target asked for (Retry-After; cut at retry_asked_most).
std::chrono::milliseconds pause_after(const delivery_settings& settings, std::uint32_t attempt,
                                      std::chrono::milliseconds asked, std::mt19937_64& random);

// True when the retry budget is spent, by attempts (`used`) or by age (since `since_ms`).
bool is_spent(const delivery_settings& settings, std::uint32_t used, std::int64_t since_ms, std::int64_t now_ms) noexcept;
inline bool is_spent(const delivery_settings& settings, const v1::EventDelivery& delivery, std::int64_t now_ms) noexcept {
    return is_spent(settings, delivery.budget_used(), delivery.budget_since_ms(), now_ms);
}

// Which of the two it was, for a dead letter.
std::string_view spent_code(const delivery_settings& settings, std::uint32_t used) noexcept;

// Makes `fact` say that its delivery is dead-lettered: decided after `attempts`, and after `replays` by operators.
void set_dead_lettered(v1::DeliveryFact& fact, std::string_view code, std::uint32_t attempts, std::uint32_t replays);

} // namespace tongban::delivery
