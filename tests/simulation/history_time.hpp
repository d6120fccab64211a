// The machine's milliseconds in a history: they go on evenly, whatever is done to the wall clock.
#pragma once

#include <chrono>
#include <cstdint>

namespace tongban::simulation {

inline std::int64_t history_now_ms() {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

} // namespace tongban::simulation
