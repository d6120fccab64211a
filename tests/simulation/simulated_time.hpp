// Time that passes only when the simulation says so. The seam is the one that all production code shares already: the
// clocks of the C++ library, its random_device, and the kernel's timers and their polling, which this file's program
// defines itself. So the gateway's code, Asio's timers among it, runs as it is (docs/decisions.md). By thread: each runs a
// schedule of its own; a thread outside a schedule has the machine's time.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace tongban::simulation {

class simulated_time {
public:
    using time_point = std::chrono::steady_clock::time_point;

    // From now on this thread's clocks stand still, and its randomness follows from the seed.
    static void begin(std::uint64_t seed);
    static void end();

    // Precondition: not back.
    static void advance_to(time_point now);
    // The wall clock of this thread is so much ahead of its steady one.
    static void jump(std::chrono::milliseconds by);

    // Made by this thread last: that of the io_context that was just built.
    static int newest_timer();
    // When the timers of an io_context want it to be polled; nothing when none is set.
    static std::optional<time_point> alarm_of(int timer);
    // Lets the io_context see that its alarm is due.
    static void ring(int timer);
    static void forget(int timer);
};

} // namespace tongban::simulation
