// Structured logs: one JSON object a line on standard error. No personal data: values are ids, codes, counts and
// times; a value that came from outside is escaped and cut at 256 bytes.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

namespace tongban::monitoring {

enum class severity { debug, info, warning, error };

struct field {
    std::string_view name;
    std::variant<std::string_view, std::int64_t, double, bool> value;
};

// Thread-safe; never blocks the caller on a slow terminal: a bounded queue, and lines dropped are counted
// (logs_dropped()) and reported when there is room again.
void log(severity level, std::string_view event, std::initializer_list<field> fields = {});

// Called once at start; lines below `least` are not written.
void start_log(severity least);
// Writes out what waits.
void stop_log();
std::uint64_t logs_dropped() noexcept;

} // namespace tongban::monitoring
