// The process figures against what the system calls say.
#include "monitoring/process.hpp"

#include <gtest/gtest.h>

#include <sys/resource.h>

#include <chrono>
#include <fcntl.h>
#include <regex>
#include <string>
#include <unistd.h>

namespace tongban::monitoring {
namespace {

double value_of(const registry& metrics, const std::string& name) {
    const std::string text = metrics.render();
    std::smatch found;
    EXPECT_TRUE(std::regex_search(text, found, std::regex("(^|\n)" + name + " ([0-9.e+]+)\n"))) << name;
    return found.empty() ? -1 : std::stod(found[2]);
}

TEST(Process, CpuAndMemoryAgreeWithTheKernel) {
    registry metrics;
    add_process_metrics(metrics);
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    const auto seconds = static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
                         static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
    EXPECT_NEAR(value_of(metrics, "process_cpu_seconds_total"), seconds, 0.5);
    const double resident = value_of(metrics, "process_resident_memory_bytes");
    EXPECT_GT(resident, 1e6);
    EXPECT_LE(resident, static_cast<double>(used.ru_maxrss) * 1024 * 1.5);
    EXPECT_GE(value_of(metrics, "process_virtual_memory_bytes"), resident);
    EXPECT_GE(value_of(metrics, "process_threads"), 1);
}

TEST(Process, StartTimeIsJustNow) {
    registry metrics;
    add_process_metrics(metrics);
    const auto now =
        std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
    EXPECT_NEAR(value_of(metrics, "process_start_time_seconds"), now, 300);
}

TEST(Process, OneMoreDescriptorIsOneMore) {
    registry metrics;
    add_process_metrics(metrics);
    const double before = value_of(metrics, "process_open_fds");
    const int descriptor = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    EXPECT_EQ(value_of(metrics, "process_open_fds"), before + 1);
    ::close(descriptor);
    EXPECT_EQ(value_of(metrics, "process_open_fds"), before);
    EXPECT_GE(value_of(metrics, "process_max_fds"), before);
}

} // namespace
} // namespace tongban::monitoring
