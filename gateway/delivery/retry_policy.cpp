#include "gateway/delivery/retry_policy.hpp"

#include <algorithm>

namespace tongban::delivery {

std::chrono::milliseconds pause_after(const delivery_settings& settings, std::uint32_t attempt,
                                      std::chrono::milliseconds asked, std::mt19937_64& random) {
    constexpr std::uint32_t doublings_max = 40; // a shift past the width is undefined
    const auto doublings = std::min(attempt == 0 ? 0 : attempt - 1, doublings_max);
    const auto cap = static_cast<double>(settings.retry_most.count());
    const auto longest = std::min(cap, static_cast<double>(settings.retry_first.count()) *
                                           static_cast<double>(std::uint64_t{1} << doublings));
    std::uniform_real_distribution<double> within(0, longest);
    const auto drawn = std::chrono::milliseconds(static_cast<std::int64_t>(within(random)));
    return std::max(drawn, std::min(asked, settings.retry_asked_most));
}

bool is_spent(const delivery_settings& settings, std::uint32_t used, std::int64_t since_ms, std::int64_t now_ms) noexcept {
    const auto age_max = std::chrono::milliseconds(settings.age_max).count();
    return used >= settings.attempts_max || (used > 0 && now_ms - since_ms > age_max);
}

std::string_view spent_code(const delivery_settings& settings, std::uint32_t used) noexcept {
    return used >= settings.attempts_max ? "attempts_spent" : "age_spent";
}

void set_dead_lettered(v1::DeliveryFact& fact, std::string_view code, std::uint32_t attempts, std::uint32_t replays) {
    auto& letter = *fact.mutable_dead_lettered();
    letter.set_code(std::string(code));
    letter.set_attempt(attempts);
    letter.set_replays(replays);
}

} // namespace tongban::delivery
