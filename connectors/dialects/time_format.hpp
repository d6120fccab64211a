// Times and dates as cities write them: patterns of yyyy MM dd HH mm ss SSS with any literal between (年月日
// too, and letters in single quotes as in Java: yyyy-MM-dd'T'HH:mm), one-letter forms without leading zero, a zone,
// ISO 8601, and seconds or milliseconds since 1970.
#pragma once

#include "connectors/dialects/sentence.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tongban::dialects {

struct instant {
    std::int64_t seconds{};
    std::int32_t nanos{};
    bool operator==(const instant&) const = default;
};

enum class time_part : std::uint8_t {
    literal,
    year,
    month,
    day,
    hour,
    hour12,
    minute,
    second,
    fraction,
    half_day,
    zone
};

struct time_token {
    time_part part{};
    std::uint8_t width{}; // digits; 1 means one or two
    std::string literal;
    bool quoted{}; // 'T': meant as a literal
};

struct time_format {
    enum class kind : std::uint8_t { pattern, iso, epoch_s, epoch_ms } style{kind::pattern};
    std::vector<time_token> tokens;
    std::string text; // as written
    bool has_date{};
    bool has_time{};
};

// An empty string or what is wrong with the pattern.
sentence parse_time_format(std::string_view pattern, time_format& out);

// The city's own zone, minutes east of UTC; 480 unless the dialect says otherwise.
bool parse_time(const time_format& format, std::string_view text, int zone_minutes, instant& out);
void print_time(const time_format& format, instant when, int zone_minutes, std::string& out);

// "yyyy-MM-dd" of an instant, and back (midnight).
bool parse_date(std::string_view iso_date, int zone_minutes, instant& out);

// "+08:00", "Z".
bool parse_zone(std::string_view text, int& minutes);

} // namespace tongban::dialects
