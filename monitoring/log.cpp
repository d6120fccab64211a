// A line is rendered on the caller's thread and queued; one thread writes the queue (line_queue).
#include "monitoring/log.hpp"

#include "monitoring/line_queue.hpp"
#include "monitoring/text.hpp"

#include <array>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cmath>
#include <ctime>
#include <memory>
#include <shared_mutex>
#include <utility>

namespace tongban::monitoring {
namespace {

constexpr std::size_t value_bytes_max = 256;
constexpr std::chrono::milliseconds stuck_reader{1000};

std::atomic<std::uint64_t> dropped_by_earlier_queues{0};

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
    std::array<char, 9> fraction{'.', '0', '0', '0', '0', '0', '0', 'Z', '\0'};
    auto left = (micros - whole).count();
    for (std::size_t at = 6; at > 0; --at, left /= 10)
        fraction[at] = static_cast<char>('0' + left % 10);
    out += rendered.data();
    out += fraction.data();
}

template <class Number>
void append_number(std::string& out, Number number) {
    std::array<char, 32> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    out.append(digits.data(), end);
}

void append_value(std::string& out, const field& f) {
    if (const auto* text = std::get_if<std::string_view>(&f.value))
        append_json_string(out, *text, value_bytes_max);
    else if (const auto* whole = std::get_if<std::int64_t>(&f.value))
        append_number(out, *whole);
    else if (const auto* truth = std::get_if<bool>(&f.value))
        out += *truth ? "true" : "false";
    else if (const double number = std::get<double>(f.value); std::isfinite(number))
        append_number(out, number);
    else
        out += "null";
}

// Replaces `line`.
void render_line(std::string& line, severity level, std::string_view event, std::initializer_list<field> fields) {
    line.clear();
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
}

std::string drops_line(std::uint64_t lost) {
    std::string line;
    render_line(line, severity::warning, "logs_dropped", {{"count", static_cast<std::int64_t>(lost)}});
    return line;
}

std::shared_mutex log_mutex; // guards `current`; writers only at start and stop
std::unique_ptr<line_queue> current;
std::atomic<int> least_severity{static_cast<int>(severity::info)};

} // namespace

void log(severity level, std::string_view event, std::initializer_list<field> fields) {
    if (static_cast<int>(level) < least_severity.load(std::memory_order_relaxed))
        return;
    thread_local std::string line; // bounded: names are ours, values are cut
    render_line(line, level, event, fields);
    const std::shared_lock lock(log_mutex);
    if (current)
        current->put(line, level >= severity::warning);
}

void start_log(severity least, int descriptor) {
    stop_log();
    const std::unique_lock lock(log_mutex);
    least_severity = static_cast<int>(least);
    current = std::make_unique<line_queue>(descriptor, &drops_line);
}

void set_log_severity(severity least) {
    least_severity = static_cast<int>(least);
}

void stop_log() {
    std::unique_ptr<line_queue> last;
    {
        const std::unique_lock lock(log_mutex);
        last = std::exchange(current, nullptr);
    }
    if (last) {
        last->stop(stuck_reader);
        dropped_by_earlier_queues += last->lost();
    }
}

std::uint64_t logs_dropped() noexcept {
    const std::shared_lock lock(log_mutex);
    return dropped_by_earlier_queues.load() + (current ? current->lost() : 0);
}

} // namespace tongban::monitoring
