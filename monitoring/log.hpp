// Structured logs: one JSON object a line on standard error. No personal data: values are ids, codes, counts
// and times; a value that came from outside is escaped and cut at 256 bytes.
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

// Lines go to `descriptor` (standard error); those below `least` are not written, nor those before the start.
// Called again, it first stops as below.
void start_log(severity least, int descriptor = 2);
// From now on. No line of another thread is lost by it, as one may be by a second start.
void set_log_severity(severity least);
// Writes out what waits; gives up after a second when nobody reads.
void stop_log();
// Lines lost since the process began.
std::uint64_t logs_dropped() noexcept;

} // namespace tongban::monitoring
