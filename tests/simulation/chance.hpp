// The one source of randomness of a schedule.
#pragma once

#include <chrono>
#include <cstdint>
#include <random>

namespace tongban::simulation {

class chance {
public:
    explicit chance(std::uint64_t seed) : engine_(seed) {}

    // Uniform in [0, below).
    std::uint64_t below(std::uint64_t below) { return below == 0 ? 0 : engine_() % below; }
    std::int64_t between(std::int64_t least, std::int64_t most) {
        return least + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(most - least) + 1));
    }
    bool one_in(std::uint64_t n) { return below(n) == 0; }
    // Of a hundred.
    bool percent(std::uint64_t p) { return below(100) < p; }
    std::chrono::milliseconds ms(std::int64_t least, std::int64_t most) {
        return std::chrono::milliseconds(between(least, most));
    }

private:
    std::mt19937_64 engine_;
};

} // namespace tongban::simulation
