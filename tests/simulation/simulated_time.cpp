#include "tests/simulation/simulated_time.hpp"

#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <ctime>
#include <random>
#include <unordered_map>
#include <utility>

namespace tongban::simulation {

namespace {

using nanoseconds = std::chrono::nanoseconds;

// Far from 0, so that "a while ago" is still after the beginning of time; the wall clock starts in November 2026.
constexpr nanoseconds steady_start = std::chrono::hours(1000);
constexpr nanoseconds wall_ahead = std::chrono::seconds(1'795'000'000) - steady_start;

struct alarm {
    std::optional<simulated_time::time_point> due;
    bool is_ringing = false;
    epoll_event tells{}; // what Asio wants to hear when it rings
};

struct thread_time {
    bool is_simulated = false;
    nanoseconds now{};
    nanoseconds ahead{};
    std::mt19937_64 random;
    std::unordered_map<int, alarm> alarms;        // by timer
    std::unordered_map<int, int> timers_of_epoll; // Asio has one for each
    int newest_timer = -1;
};

thread_local thread_time here;

} // namespace

void simulated_time::begin(std::uint64_t seed) {
    here = {};
    here.is_simulated = true;
    here.now = steady_start;
    here.ahead = wall_ahead;
    here.random.seed(seed);
}

void simulated_time::end() {
    here = {};
}

void simulated_time::advance_to(time_point now) {
    here.now = std::max(here.now, nanoseconds(now.time_since_epoch()));
}

void simulated_time::jump(std::chrono::milliseconds by) {
    here.ahead = wall_ahead + by;
}

int simulated_time::newest_timer() {
    return here.newest_timer;
}

std::optional<simulated_time::time_point> simulated_time::alarm_of(int timer) {
    const auto at = here.alarms.find(timer);
    return at == here.alarms.end() ? std::nullopt : at->second.due;
}

void simulated_time::ring(int timer) {
    auto& one = here.alarms[timer];
    one.due.reset();
    one.is_ringing = true;
}

void simulated_time::forget(int timer) {
    here.alarms.erase(timer);
}

// How the library's and the kernel's functions, defined below, act within a schedule.
struct time_source {
    static nanoseconds now(clockid_t real, bool is_wall) {
        if (here.is_simulated) {
            return is_wall ? here.now + here.ahead : here.now;
        }
        timespec at{};
        clock_gettime(real, &at);
        return std::chrono::seconds(at.tv_sec) + nanoseconds(at.tv_nsec);
    }
    static unsigned random() {
        static std::atomic<std::uint64_t> outside{std::mt19937_64::default_seed};
        if (here.is_simulated) {
            return static_cast<unsigned>(here.random());
        }
        std::mt19937_64 next(outside.fetch_add(1));
        return static_cast<unsigned>(next());
    }
    static void made(int timer) {
        here.newest_timer = timer;
        here.alarms.erase(timer);
    }
    static bool set(int timer, int flags, const itimerspec& when) {
        if (!here.is_simulated) {
            return false;
        }
        auto& one = here.alarms[timer];
        one.is_ringing = false;
        const auto after = std::chrono::seconds(when.it_value.tv_sec) + nanoseconds(when.it_value.tv_nsec);
        // Asio writes "now" as the absolute first nanosecond of all.
        one.due = simulated_time::time_point(flags == 0 ? here.now + after : here.now);
        return true;
    }
    static void watch(int epoll, int what, const epoll_event* event) {
        if (here.is_simulated && what == here.newest_timer && event != nullptr) {
            here.timers_of_epoll[epoll] = what;
            here.alarms[what].tells = *event;
        }
    }
    // How many events there are; nothing when the kernel has to be asked. A schedule does no real input or output.
    static std::optional<int> look(int epoll, epoll_event* events) {
        if (!here.is_simulated) {
            return std::nullopt;
        }
        const auto timer = here.timers_of_epoll.find(epoll);
        const auto one = timer == here.timers_of_epoll.end() ? here.alarms.end() : here.alarms.find(timer->second);
        if (one == here.alarms.end() || !one->second.is_ringing) {
            return 0;
        }
        events[0] = one->second.tells;
        return 1;
    }
};

} // namespace tongban::simulation

using tongban::simulation::time_source;

std::chrono::steady_clock::time_point std::chrono::steady_clock::now() noexcept {
    return time_point(time_source::now(CLOCK_MONOTONIC, false));
}

std::chrono::system_clock::time_point std::chrono::system_clock::now() noexcept {
    return time_point(duration_cast<duration>(time_source::now(CLOCK_REALTIME, true)));
}

std::random_device::result_type std::random_device::_M_getval() {
    return time_source::random();
}

extern "C" int timerfd_create(int clock, int flags) noexcept {
    const int timer = static_cast<int>(syscall(SYS_timerfd_create, clock, flags));
    time_source::made(timer);
    return timer;
}

extern "C" int timerfd_settime(int timer, int flags, const itimerspec* when, itimerspec* before) noexcept {
    if (time_source::set(timer, flags, *when)) {
        return 0;
    }
    return static_cast<int>(syscall(SYS_timerfd_settime, timer, flags, when, before));
}

extern "C" int epoll_ctl(int epoll, int operation, int what, epoll_event* event) noexcept {
    time_source::watch(epoll, what, event);
    return static_cast<int>(syscall(SYS_epoll_ctl, epoll, operation, what, event));
}

extern "C" int epoll_wait(int epoll, epoll_event* events, int most, int patience_ms) {
    if (const auto count = time_source::look(epoll, events)) {
        return *count;
    }
    return static_cast<int>(syscall(SYS_epoll_pwait, epoll, events, most, patience_ms, nullptr, 0));
}
