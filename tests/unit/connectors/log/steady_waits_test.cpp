// Waits of librdkafka are taken over by the program (connectors/log/steady_waits.cpp): they end, and when
// they should. That they bear a clock that is set meanwhile is shown by the fault tests (clock_jumped), whose
// clock can be.
#include <gtest/gtest.h>

#include <chrono>
#include <dlfcn.h>
#include <librdkafka/rdkafka.h>
#include <string>
#include <thread>
#include <threads.h>

namespace {

using namespace std::chrono;

struct waiting {
    mtx_t mutex{};
    cnd_t condition{};
    waiting() {
        mtx_init(&mutex, mtx_plain);
        cnd_init(&condition);
        mtx_lock(&mutex);
    }
    ~waiting() {
        mtx_unlock(&mutex);
        cnd_destroy(&condition);
        mtx_destroy(&mutex);
    }
    int wait_until(system_clock::time_point end) {
        const auto whole = floor<seconds>(end);
        const timespec until{whole.time_since_epoch().count(), nanoseconds(end - whole).count()};
        return cnd_timedwait(&condition, &mutex, &until);
    }
};

TEST(steady_waits, end_when_they_should) {
    waiting here;
    const auto begun = steady_clock::now();
    EXPECT_EQ(here.wait_until(system_clock::now() + milliseconds(150)), thrd_timedout);
    const auto took = steady_clock::now() - begun;
    EXPECT_GE(took, milliseconds(140));
    EXPECT_LT(took, seconds(10));
}

TEST(steady_waits, moment_that_is_past_is_not_waited_for) {
    waiting here;
    EXPECT_EQ(here.wait_until(system_clock::now() - hours(1)), thrd_timedout);
}

TEST(steady_waits, end_when_they_are_told) {
    waiting here;
    std::thread other([&] {
        mtx_lock(&here.mutex);
        cnd_signal(&here.condition);
        mtx_unlock(&here.mutex);
    });
    EXPECT_EQ(here.wait_until(system_clock::now() + minutes(1)), thrd_success);
    mtx_unlock(&here.mutex);
    other.join();
    mtx_lock(&here.mutex);
}

// librdkafka's own calls are bound as this one is: to the program, not to the C library.
TEST(steady_waits, are_those_of_shared_libraries_too) {
    ASSERT_NE(rd_kafka_version(), 0);
    Dl_info found{};
    void* bound = dlsym(RTLD_DEFAULT, "cnd_timedwait");
    ASSERT_NE(dladdr(bound, &found), 0);
    EXPECT_EQ(std::string(found.dli_fname).find("libc.so"), std::string::npos) << found.dli_fname;
    EXPECT_EQ(bound, reinterpret_cast<void*>(&cnd_timedwait));
}

} // namespace
