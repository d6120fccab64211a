// Chance that a seed repeats: a choice depends on the seed and on what it is about (a case, a delivery, an attempt), never
// on the order in which things arrive.
#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>

namespace tongban::emulator {

// In [0, 1), the same for the same seed and words.
double drawn(std::uint64_t seed, std::initializer_list<std::string_view> about) noexcept;

// How long to wait: a length, or any between two.
struct pause {
    std::chrono::milliseconds least{0};
    std::chrono::milliseconds most{0};
    // `at` in [0, 1).
    std::chrono::milliseconds chosen(double at) const noexcept {
        return least + std::chrono::milliseconds(static_cast<std::int64_t>(at * static_cast<double>((most - least).count())));
    }
    bool operator==(const pause&) const = default;
};
// "200ms", "5s", "1s..10s"; none for anything else, or more than a day.
std::optional<pause> pause_of(std::string_view text);

} // namespace tongban::emulator
