// Preloaded into one gateway by the fault tests: its wall clock is the machine's plus what stands in the file
// named by TONGBAN_CLOCK_SHIFT (eight bytes, nanoseconds), which may change while it runs. The monotonic
// clock is left alone, as when an operator sets a machine's clock. Ours, because libfaketime asks for memory
// before jemalloc has begun and hangs.
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <threads.h>
#include <unistd.h>

namespace {

constexpr std::int64_t second = 1'000'000'000;
constexpr std::int64_t wait_slice = second / 20;
// No monotonic clock of a machine shows 2001; every wall clock does.
constexpr time_t earliest_wall_clock = 1'000'000'000;

const volatile std::int64_t* shift_cell = nullptr;

// Before main, on the only thread there is; nothing here asks for memory.
__attribute__((constructor)) void map_shift() {
    const char* path = std::getenv("TONGBAN_CLOCK_SHIFT");
    if (path == nullptr) {
        return;
    }
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return;
    }
    void* mapped = mmap(nullptr, sizeof(std::int64_t), PROT_READ, MAP_SHARED, file, 0);
    close(file);
    if (mapped != MAP_FAILED) {
        shift_cell = static_cast<const volatile std::int64_t*>(mapped);
    }
}

std::int64_t shift() {
    return shift_cell == nullptr ? 0 : *shift_cell;
}

timespec moved(timespec at, std::int64_t by) {
    const std::int64_t total = at.tv_sec * second + at.tv_nsec + by;
    at.tv_sec = total / second;
    at.tv_nsec = total % second;
    return at;
}

template <typename function>
function next(const char* name) {
    return reinterpret_cast<function>(dlsym(RTLD_NEXT, name));
}

bool is_past(const timespec& now, const timespec& at) {
    return now.tv_sec > at.tv_sec || (now.tv_sec == at.tv_sec && now.tv_nsec >= at.tv_nsec);
}

// A wait until a moment of the wall clock ends when that clock shows it, also when it is set meanwhile, as
// the kernel does it: `wait` is called for slices of the machine's own time, between which the shift is
// looked at anew.
template <typename callable>
int wait_in_slices(const timespec* until, int timed_out, const callable& wait) {
    if (until->tv_sec < earliest_wall_clock) {
        return wait(until);
    }
    for (;;) {
        timespec now{};
        syscall(SYS_clock_gettime, CLOCK_REALTIME, &now);
        if (is_past(moved(now, shift()), *until)) {
            return timed_out;
        }
        const timespec slice = moved(now, wait_slice);
        const timespec kernel = moved(*until, -shift());
        const int ended = wait(is_past(kernel, slice) ? &slice : &kernel);
        if (ended != timed_out) {
            return ended;
        }
    }
}

} // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* at) noexcept {
    const long done = syscall(SYS_clock_gettime, clock, at);
    if (done == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
        *at = moved(*at, shift());
    }
    return static_cast<int>(done);
}

int gettimeofday(timeval* at, void* /*zone*/) noexcept {
    timespec now{};
    const int done = clock_gettime(CLOCK_REALTIME, &now);
    at->tv_sec = now.tv_sec;
    at->tv_usec = now.tv_nsec / 1000;
    return done;
}

int timespec_get(timespec* at, int base) noexcept {
    return base == TIME_UTC && clock_gettime(CLOCK_REALTIME, at) == 0 ? base : 0;
}

time_t time(time_t* at) noexcept {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    if (at != nullptr) {
        *at = now.tv_sec;
    }
    return now.tv_sec;
}

int pthread_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* mutex, const timespec* until) {
    static const auto real =
        next<int (*)(pthread_cond_t*, pthread_mutex_t*, const timespec*)>("pthread_cond_timedwait");
    return wait_in_slices(until, ETIMEDOUT,
                          [&](const timespec* slice) { return real(condition, mutex, slice); });
}

int pthread_cond_clockwait(pthread_cond_t* condition, pthread_mutex_t* mutex, clockid_t clock,
                           const timespec* until) {
    static const auto real = next<int (*)(pthread_cond_t*, pthread_mutex_t*, clockid_t, const timespec*)>(
        "pthread_cond_clockwait");
    return wait_in_slices(until, ETIMEDOUT,
                          [&](const timespec* slice) { return real(condition, mutex, clock, slice); });
}

// What librdkafka waits with.
int cnd_timedwait(cnd_t* condition, mtx_t* mutex, const timespec* until) {
    static const auto real = next<int (*)(cnd_t*, mtx_t*, const timespec*)>("cnd_timedwait");
    return wait_in_slices(until, thrd_timedout,
                          [&](const timespec* slice) { return real(condition, mutex, slice); });
}

} // extern "C"
