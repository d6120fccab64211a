// A line is rendered on the caller's thread and queued; spdlog's one worker writes it. The queue gives up its
// oldest line when full, and the sink gives up a line when the reader of standard error does not read: the
// log may lose lines, never stop the gateway.
#include "monitoring/log.hpp"

#include "monitoring/text.hpp"

#include <spdlog/async.h>
#include <spdlog/details/null_mutex.h>
#include <spdlog/sinks/base_sink.h>

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <climits>
#include <cmath>
#include <ctime>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <utility>

namespace tongban::monitoring {
namespace {

constexpr std::size_t queue_lines_max = 4096;
constexpr std::size_t value_bytes_max = 256;
constexpr std::chrono::milliseconds stuck_reader{1000};

using steady = std::chrono::steady_clock;

std::atomic<std::uint64_t> dropped_by_sink{0};
std::atomic<std::uint64_t> dropped_by_earlier_queues{0};
// When the log stops: the moment at which what could not be written is given up.
std::atomic<steady::time_point> give_up_at{steady::time_point::max()};

constexpr std::array<std::string_view, 4> level_names{"debug", "info", "warning", "error"};

void append_time(std::string& out, std::chrono::system_clock::time_point now) {
    const auto micros = std::chrono::floor<std::chrono::microseconds>(now);
    const auto whole = std::chrono::floor<std::chrono::seconds>(micros);
    thread_local std::time_t rendered_second = -1;
    thread_local std::array<char, 32> rendered{};
    const std::time_t second = std::chrono::system_clock::to_time_t(whole);
    if (second != rendered_second) {
        std::tm parts{};
        gmtime_r(&second, &parts);
        std::strftime(rendered.data(), rendered.size(), "%Y-%m-%dT%H:%M:%S", &parts);
        rendered_second = second;
    }
    fmt::format_to(std::back_inserter(out), "{}.{:06}Z", rendered.data(), (micros - whole).count());
}

void append_value(std::string& out, const field& f) {
    if (const auto* text = std::get_if<std::string_view>(&f.value))
        append_json_string(out, *text, value_bytes_max);
    else if (const auto* whole = std::get_if<std::int64_t>(&f.value))
        fmt::format_to(std::back_inserter(out), "{}", *whole);
    else if (const auto* truth = std::get_if<bool>(&f.value))
        out += *truth ? "true" : "false";
    else if (const double number = std::get<double>(f.value); std::isfinite(number))
        fmt::format_to(std::back_inserter(out), "{}", number);
    else
        out += "null";
}

std::string render_line(severity level, std::string_view event, std::initializer_list<field> fields) {
    std::string line;
    line.reserve(192 + 32 * fields.size());
    line += R"({"time":")";
    append_time(line, std::chrono::system_clock::now());
    line += R"(","level":")";
    line += level_names[static_cast<std::size_t>(level)];
    line += R"(","event":)";
    append_json_string(line, event, value_bytes_max);
    for (const field& f : fields) {
        line += ',';
        append_json_string(line, f.name, value_bytes_max);
        line += ':';
        append_value(line, f);
    }
    line += "}\n";
    return line;
}

// Runs on spdlog's worker only, and lives no longer than the pool.
class descriptor_sink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
public:
    descriptor_sink(int descriptor, spdlog::details::thread_pool& pool)
        : descriptor_(descriptor), pool_(pool) {}

protected:
    void sink_it_(const spdlog::details::log_msg& message) override {
        report_drops();
        if (!write_line({message.payload.data(), message.payload.size()})) {
            ++refused_;
            dropped_by_sink.fetch_add(1, std::memory_order_relaxed);
        }
    }
    void flush_() override {}

private:
    // What was lost since the last line that could be written is told before the next one.
    void report_drops() {
        const std::uint64_t total = refused_ + pool_.overrun_counter();
        if (total == reported_)
            return;
        const auto count = static_cast<std::int64_t>(total - reported_);
        if (write_line(render_line(severity::warning, "logs_dropped", {{"count", count}})))
            reported_ = total;
    }

    static int patience_ms() {
        const auto left = std::chrono::floor<std::chrono::milliseconds>(give_up_at.load() - steady::now());
        return static_cast<int>(std::clamp(left, std::chrono::milliseconds(0), stuck_reader).count());
    }

    bool write_line(std::string_view line) const {
        while (!line.empty()) {
            pollfd ready{descriptor_, POLLOUT, 0};
            if (::poll(&ready, 1, patience_ms()) <= 0)
                return false;
            // A pipe that is ready takes PIPE_BUF bytes without blocking.
            const ssize_t written =
                ::write(descriptor_, line.data(), std::min<std::size_t>(line.size(), PIPE_BUF));
            if (written <= 0)
                return false;
            line.remove_prefix(static_cast<std::size_t>(written));
        }
        return true;
    }

    int descriptor_;
    spdlog::details::thread_pool& pool_;
    std::uint64_t refused_ = 0;
    std::uint64_t reported_ = 0;
};

struct running_log {
    std::shared_ptr<spdlog::details::thread_pool> pool;
    std::shared_ptr<spdlog::async_logger> logger;
};

std::shared_mutex log_mutex; // guards `current`; writers only at start and stop
running_log current;
std::atomic<int> least_severity{static_cast<int>(severity::info)};

} // namespace

void log(severity level, std::string_view event, std::initializer_list<field> fields) {
    if (static_cast<int>(level) < least_severity.load(std::memory_order_relaxed))
        return;
    const std::shared_lock lock(log_mutex);
    if (current.logger)
        current.logger->log(spdlog::level::critical, render_line(level, event, fields));
}

void start_log(severity least, int descriptor) {
    stop_log();
    const std::unique_lock lock(log_mutex);
    give_up_at = steady::time_point::max();
    least_severity = static_cast<int>(least);
    current.pool = std::make_shared<spdlog::details::thread_pool>(queue_lines_max, 1);
    auto sink = std::make_shared<descriptor_sink>(descriptor, *current.pool);
    current.logger = std::make_shared<spdlog::async_logger>("tongban", std::move(sink), current.pool,
                                                            spdlog::async_overflow_policy::overrun_oldest);
}

void stop_log() {
    running_log last;
    {
        const std::unique_lock lock(log_mutex);
        last = std::exchange(current, {});
        if (last.pool)
            dropped_by_earlier_queues += last.pool->overrun_counter();
    }
    give_up_at = steady::now() + stuck_reader;
    last.pool.reset(); // joins the worker, which first writes what waits
}

std::uint64_t logs_dropped() noexcept {
    const std::shared_lock lock(log_mutex);
    return dropped_by_sink.load() + dropped_by_earlier_queues.load() +
           (current.pool ? current.pool->overrun_counter() : 0);
}

} // namespace tongban::monitoring
