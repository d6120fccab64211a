// librdkafka 2.0.2 waits until moments of the wall clock: set that clock back by an hour, and whatever waits
// at that moment waits an hour longer (heartbeats stop, partitions are kept that others own). Here its waits
// end by the monotonic clock. The program's own cnd_timedwait comes before the C library's for every shared
// library of the program.
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <pthread.h>
#include <threads.h>
#include <time.h>

namespace {

// librdkafka asks for the time and waits at once; a wait that seems longer was asked for before the clock was
// set.
constexpr std::chrono::hours longest_wait{24};

std::chrono::nanoseconds of(const timespec& at) {
    return std::chrono::seconds(at.tv_sec) + std::chrono::nanoseconds(at.tv_nsec);
}

timespec now_of(clockid_t clock) {
    timespec now{};
    ::clock_gettime(clock, &now);
    return now;
}

} // namespace

// glibc's C11 types are the pthread ones by another name.
extern "C" int cnd_timedwait(cnd_t* condition, mtx_t* mutex, const timespec* until) {
    const auto left =
        std::min<std::chrono::nanoseconds>(of(*until) - of(now_of(CLOCK_REALTIME)), longest_wait);
    const auto end = of(now_of(CLOCK_MONOTONIC)) + std::max(left, std::chrono::nanoseconds::zero());
    timespec steady{};
    steady.tv_sec = std::chrono::floor<std::chrono::seconds>(end).count();
    steady.tv_nsec = (end - std::chrono::floor<std::chrono::seconds>(end)).count();
    switch (::pthread_cond_clockwait(reinterpret_cast<pthread_cond_t*>(condition),
                                     reinterpret_cast<pthread_mutex_t*>(mutex), CLOCK_MONOTONIC, &steady)) {
    case 0:
        return thrd_success;
    case ETIMEDOUT:
        return thrd_timedout;
    default:
        return thrd_error;
    }
}
