#include "monitoring/process.hpp"

#include "monitoring/log.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <string>

namespace tongban::monitoring {
namespace {

using collected = registry::collected;

// A field of /proc/self/stat by its number in proc(5). The second, the program's name, may hold spaces and
// brackets; counting begins behind its last bracket.
double stat_field(int number) {
    std::ifstream in("/proc/self/stat");
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    std::istringstream rest(text.substr(text.rfind(')') + 1));
    std::string field;
    for (int i = 3; i <= number; ++i)
        rest >> field;
    return std::stod(field);
}

double ticks_per_second() {
    return static_cast<double>(::sysconf(_SC_CLK_TCK));
}

double boot_time() {
    std::ifstream in("/proc/stat");
    for (std::string line; std::getline(in, line);)
        if (line.starts_with("btime "))
            return std::stod(line.substr(6));
    throw std::runtime_error("/proc/stat: no btime");
}

double open_descriptors() {
    const std::filesystem::directory_iterator all("/proc/self/fd");
    return static_cast<double>(std::distance(begin(all), end(all)));
}

double descriptor_limit() {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    return static_cast<double>(limit.rlim_cur);
}

void add_gauge(registry& metrics, const char* name, const char* help, double (*value)()) {
    metrics.make_collected_gauge(name, help, [value](collected& out) { out.push_back({{}, value()}); });
}

} // namespace

void add_process_metrics(registry& metrics) {
    constexpr int user_ticks = 14;
    constexpr int system_ticks = 15;
    metrics.make_collected_counter(
        "process_cpu_seconds_total", "User and system CPU time.", [](collected& out) {
            out.push_back({{}, (stat_field(user_ticks) + stat_field(system_ticks)) / ticks_per_second()});
        });
    add_gauge(metrics, "process_resident_memory_bytes", "Resident memory.",
              [] { return stat_field(24) * static_cast<double>(::sysconf(_SC_PAGESIZE)); });
    add_gauge(metrics, "process_virtual_memory_bytes", "Virtual memory.", [] { return stat_field(23); });
    add_gauge(metrics, "process_threads", "Threads.", [] { return stat_field(20); });
    add_gauge(metrics, "process_open_fds", "Open file descriptors.", open_descriptors);
    add_gauge(metrics, "process_max_fds", "Most file descriptors that may be open.", descriptor_limit);
    add_gauge(metrics, "process_start_time_seconds", "When the process began, as seconds since 1970.",
              [] { return boot_time() + stat_field(22) / ticks_per_second(); });
    metrics.make_collected_counter("tongban_log_lines_dropped_total",
                                   "Log lines lost because nobody took them in time.", [](collected& out) {
                                       out.push_back({{}, static_cast<double>(logs_dropped())});
                                   });
}

} // namespace tongban::monitoring
