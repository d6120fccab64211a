// Parsing is strict: a day that is not in the calendar, or 24:00, is no time.
#include "connectors/dialects/time_format.hpp"

#include "connectors/dialects/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>

namespace tongban::dialects {

namespace {

struct civil_time {
    int year{1970};
    int month{1};
    int day{1};
    int hour{};
    int minute{};
    int second{};
    std::int32_t nanos{};
    int half{-1}; // 0 before noon, 1 after
    int zone{};
};

// Reads up to `most` digits, at least `least`.
bool digits(std::string_view& text, std::size_t least, std::size_t most, int& out) {
    std::size_t n = 0;
    int value = 0;
    while (n < most && n < text.size() && text[n] >= '0' && text[n] <= '9') {
        value = value * 10 + (text[n] - '0');
        ++n;
    }
    if (n < least) {
        return false;
    }
    text.remove_prefix(n);
    out = value;
    return true;
}

bool fraction(std::string_view& text, std::size_t width, std::int32_t& nanos) {
    std::size_t n = 0;
    std::int64_t value = 0;
    std::int64_t scale = 1'000'000'000;
    while (n < text.size() && n < 9 && text[n] >= '0' && text[n] <= '9' && (width == 0 || n < width)) {
        value = value * 10 + (text[n] - '0');
        scale /= 10;
        ++n;
    }
    text.remove_prefix(n);
    nanos = static_cast<std::int32_t>(value * scale);
    return n > 0 && (width == 0 || n == width);
}

bool zone(std::string_view& text, int& minutes) {
    if (text.starts_with('Z') || text.starts_with('z')) {
        text.remove_prefix(1);
        minutes = 0;
        return true;
    }
    if (text.empty() || (text[0] != '+' && text[0] != '-')) {
        return false;
    }
    const int sign = text[0] == '-' ? -1 : 1;
    text.remove_prefix(1);
    int hours = 0;
    int rest = 0;
    if (!digits(text, 2, 2, hours)) {
        return false;
    }
    if (text.starts_with(':')) {
        text.remove_prefix(1);
    }
    if (!text.empty() && !digits(text, 2, 2, rest)) {
        return false;
    }
    minutes = sign * (hours * 60 + rest);
    return hours <= 14 && rest < 60;
}

bool half_day(std::string_view& text, int& half) {
    constexpr std::array<std::pair<std::string_view, int>, 4> words{
        {{"上午", 0}, {"下午", 1}, {"AM", 0}, {"PM", 1}}};
    for (const auto& [word, value] : words) {
        if (text.starts_with(word)) {
            text.remove_prefix(word.size());
            half = value;
            return true;
        }
    }
    return false;
}

bool to_instant(const civil_time& t, instant& out) {
    using namespace std::chrono;
    const year_month_day date{year{t.year}, month{static_cast<unsigned>(t.month)},
                              day{static_cast<unsigned>(t.day)}};
    int hour = t.hour;
    if (t.half >= 0) {
        if (hour < 1 || hour > 12) {
            return false;
        }
        hour = hour % 12 + (t.half == 1 ? 12 : 0);
    }
    if (!date.ok() || hour > 23 || t.minute > 59 || t.second > 59) {
        return false;
    }
    const auto since = sys_days{date} + hours{hour} + minutes{t.minute - t.zone} + seconds{t.second};
    out = {duration_cast<seconds>(since.time_since_epoch()).count(), t.nanos};
    return true;
}

bool parse_token(const time_token& token, std::string_view& text, civil_time& t) {
    const std::size_t least = token.width;
    const std::size_t most = token.width == 1 ? 2 : token.width;
    switch (token.part) {
    case time_part::literal:
        if (!text.starts_with(token.literal)) {
            return false;
        }
        text.remove_prefix(token.literal.size());
        return true;
    case time_part::year:
        return digits(text, token.width, token.width, t.year);
    case time_part::month:
        return digits(text, least, most, t.month);
    case time_part::day:
        return digits(text, least, most, t.day);
    case time_part::hour:
    case time_part::hour12:
        return digits(text, least, most, t.hour);
    case time_part::minute:
        return digits(text, least, most, t.minute);
    case time_part::second:
        return digits(text, least, most, t.second);
    case time_part::fraction:
        return fraction(text, token.width, t.nanos);
    case time_part::half_day:
        return half_day(text, t.half);
    case time_part::zone:
        return zone(text, t.zone);
    }
    return false;
}

bool parse_iso(std::string_view text, int zone_minutes, instant& out) {
    civil_time t;
    t.zone = zone_minutes;
    const bool dashed = text.size() > 4 && text[4] == '-';
    if (!digits(text, 4, 4, t.year) || (dashed && (text.empty() || text[0] != '-'))) {
        return false;
    }
    text.remove_prefix(dashed ? 1 : 0);
    if (!digits(text, 2, 2, t.month) || (dashed && !text.starts_with('-'))) {
        return false;
    }
    text.remove_prefix(dashed ? 1 : 0);
    if (!digits(text, 2, 2, t.day)) {
        return false;
    }
    if (text.empty()) {
        return to_instant(t, out);
    }
    if (text[0] != 'T' && text[0] != 't' && text[0] != ' ') {
        return false;
    }
    text.remove_prefix(1);
    if (!digits(text, 2, 2, t.hour)) {
        return false;
    }
    const bool colons = text.starts_with(':');
    text.remove_prefix(colons ? 1 : 0);
    if (!digits(text, 2, 2, t.minute)) {
        return false;
    }
    if (colons ? text.starts_with(':') : !text.empty() && text[0] >= '0' && text[0] <= '9') {
        text.remove_prefix(colons ? 1 : 0);
        if (!digits(text, 2, 2, t.second)) {
            return false;
        }
    }
    if (text.starts_with('.') || text.starts_with(',')) {
        text.remove_prefix(1);
        if (!fraction(text, 0, t.nanos)) {
            return false;
        }
    }
    return (text.empty() || zone(text, t.zone)) && text.empty() && to_instant(t, out);
}

bool parse_epoch(std::string_view text, bool milliseconds, instant& out) {
    std::int64_t value = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (ec != std::errc() || end != text.data() + text.size() || value < 0) {
        return false;
    }
    out = milliseconds ? instant{value / 1000, static_cast<std::int32_t>(value % 1000) * 1'000'000}
                       : instant{value, 0};
    return out.seconds < 253402300800; // year 10000
}

void append_number(std::string& out, int value, int width) {
    char digits[16];
    const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    const auto count = end - digits;
    out.append(static_cast<std::size_t>(std::max<std::ptrdiff_t>(width - count, 0)), '0'); // never negative
    out.append(digits, static_cast<std::size_t>(count));
}

// What stands in single quotes, '' for one of them: from the quote at `at` to behind its end. False when it does not end.
bool quoted_literal(std::string_view pattern, std::size_t& at, std::string& out) {
    ++at;
    if (at < pattern.size() && pattern[at] == '\'') { // '' outside of quotes
        out += pattern[at++];
        return true;
    }
    for (; at < pattern.size(); ++at) {
        if (pattern[at] != '\'') {
            out += pattern[at];
        } else if (at + 1 < pattern.size() && pattern[at + 1] == '\'') {
            out += pattern[++at];
        } else {
            ++at;
            return true;
        }
    }
    return false;
}

} // namespace

sentence parse_time_format(std::string_view pattern, time_format& out) {
    out = {};
    out.text = pattern;
    if (pattern == "iso" || pattern == "epoch_s" || pattern == "epoch_ms") {
        out.style = pattern == "iso"       ? time_format::kind::iso
                    : pattern == "epoch_s" ? time_format::kind::epoch_s
                                           : time_format::kind::epoch_ms;
        out.has_date = out.has_time = true;
        return {};
    }
    constexpr std::string_view letters = "yMdHhmsSaX";
    constexpr time_part parts[] = {
        time_part::year,   time_part::month,  time_part::day,      time_part::hour,     time_part::hour12,
        time_part::minute, time_part::second, time_part::fraction, time_part::half_day, time_part::zone};
    for (std::size_t at = 0; at < pattern.size();) {
        const auto letter = letters.find(pattern[at]);
        if (pattern[at] == '\'') {
            out.tokens.push_back({time_part::literal, 0, {}, true});
            if (!quoted_literal(pattern, at, out.tokens.back().literal)) {
                return {"单引号没有结束；单引号本身写作 ''", "a single quote is not closed; '' stands for the quote itself"};
            }
            continue;
        }
        if (letter == std::string_view::npos) {
            if (out.tokens.empty() || out.tokens.back().part != time_part::literal || out.tokens.back().quoted) {
                out.tokens.push_back({time_part::literal, 0, {}, false});
            }
            out.tokens.back().literal += pattern[at++];
            continue;
        }
        std::size_t run = 0;
        while (at + run < pattern.size() && pattern[at + run] == pattern[at]) {
            ++run;
        }
        const auto part = parts[letter];
        const std::size_t most = part == time_part::year ? 4 : part == time_part::fraction ? 9 : 2;
        if (part == time_part::year ? run != 4 : run > most) {
            const std::string wrong(pattern.substr(at, run));
            return {"“" + wrong + "”不是时间的组成部分；可用 yyyy MM dd HH mm ss SSS X",
                    "'" + wrong + "' is no part of a time; use yyyy MM dd HH mm ss SSS X"};
        }
        out.tokens.push_back({part, static_cast<std::uint8_t>(run), {}, false});
        out.has_date = out.has_date || part == time_part::year;
        out.has_time = out.has_time || part == time_part::hour || part == time_part::hour12;
        at += run;
    }
    if (!out.has_date) {
        return {"时间至少须有 yyyy", "a time needs at least yyyy"};
    }
    return {};
}

bool parse_time(const time_format& format, std::string_view text, int zone_minutes, instant& out) {
    switch (format.style) {
    case time_format::kind::iso:
        return parse_iso(text, zone_minutes, out);
    case time_format::kind::epoch_s:
        return parse_epoch(text, false, out);
    case time_format::kind::epoch_ms:
        return parse_epoch(text, true, out);
    case time_format::kind::pattern:
        break;
    }
    civil_time t;
    t.zone = zone_minutes;
    for (const auto& token : format.tokens) {
        if (!parse_token(token, text, t)) {
            return false;
        }
    }
    return text.empty() && to_instant(t, out);
}

void print_time(const time_format& format, instant when, int zone_minutes, std::string& out) {
    using namespace std::chrono;
    if (format.style == time_format::kind::epoch_s || format.style == time_format::kind::epoch_ms) {
        out += std::to_string(format.style == time_format::kind::epoch_s
                                  ? when.seconds
                                  : when.seconds * 1000 + when.nanos / 1'000'000);
        return;
    }
    if (format.style == time_format::kind::iso) {
        thread_local const time_format plain = [] {
            time_format f;
            parse_time_format("yyyy-MM-ddTHH:mm:ss", f);
            return f;
        }();
        print_time(plain, when, zone_minutes, out);
        if (when.nanos != 0) {
            out += '.';
            append_number(out, when.nanos / 1'000'000, 3);
        }
        out += zone_minutes < 0 ? '-' : '+';
        append_number(out, std::abs(zone_minutes) / 60, 2);
        out += ':';
        append_number(out, std::abs(zone_minutes) % 60, 2);
        return;
    }
    const sys_seconds local{seconds{when.seconds} + minutes{zone_minutes}};
    const auto day_start = floor<days>(local);
    const year_month_day date{day_start};
    const hh_mm_ss time{local - day_start};
    const int hour = static_cast<int>(time.hours().count());
    for (const auto& token : format.tokens) {
        const int width = token.width;
        switch (token.part) {
        case time_part::literal:
            out += token.literal;
            break;
        case time_part::year:
            append_number(out, static_cast<int>(date.year()), 4);
            break;
        case time_part::month:
            append_number(out, static_cast<int>(static_cast<unsigned>(date.month())), width);
            break;
        case time_part::day:
            append_number(out, static_cast<int>(static_cast<unsigned>(date.day())), width);
            break;
        case time_part::hour:
            append_number(out, hour, width);
            break;
        case time_part::hour12:
            append_number(out, hour % 12 == 0 ? 12 : hour % 12, width);
            break;
        case time_part::minute:
            append_number(out, static_cast<int>(time.minutes().count()), width);
            break;
        case time_part::second:
            append_number(out, static_cast<int>(time.seconds().count()), width);
            break;
        case time_part::fraction: {
            char nanos[16];
            std::snprintf(nanos, sizeof nanos, "%09d", when.nanos);
            out.append(nanos, token.width);
            break;
        }
        case time_part::half_day:
            out += hour < 12 ? "上午" : "下午";
            break;
        case time_part::zone:
            out += zone_minutes < 0 ? '-' : '+';
            append_number(out, std::abs(zone_minutes) / 60, 2);
            out += ':';
            append_number(out, std::abs(zone_minutes) % 60, 2);
        }
    }
}

bool parse_date(std::string_view iso_date, int zone_minutes, instant& out) {
    return iso_date.size() == 10 && parse_iso(iso_date, zone_minutes, out);
}

bool parse_zone(std::string_view text, int& minutes) {
    return zone(text, minutes) && text.empty();
}

} // namespace tongban::dialects
