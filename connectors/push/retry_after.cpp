#include "connectors/push/retry_after.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace tongban::push {

namespace {

constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::chrono::seconds wait_max = std::chrono::days(366);

// Takes a text apart from its front; the first thing that does not fit makes everything wrong.
class scan {
public:
    explicit scan(std::string_view text) : rest_(text) {}

    void literal(std::string_view wanted) {
        good_ = good_ && rest_.starts_with(wanted);
        rest_.remove_prefix(good_ ? wanted.size() : 0);
    }
    int digits(std::size_t count) {
        int value = 0;
        good_ = good_ && rest_.size() >= count;
        for (std::size_t i = 0; good_ && i < count; ++i) {
            good_ = rest_[i] >= '0' && rest_[i] <= '9';
            value = value * 10 + (rest_[i] - '0');
        }
        rest_.remove_prefix(good_ ? count : 0);
        return value;
    }
    // " 6" and "16", as asctime writes a day.
    int padded_digits() {
        if (rest_.starts_with(' ')) {
            literal(" ");
            return digits(1);
        }
        return digits(2);
    }
    unsigned month() {
        const auto* found = std::ranges::find(months, rest_.substr(0, 3));
        good_ = good_ && found != months.end();
        rest_.remove_prefix(good_ ? 3 : 0);
        return static_cast<unsigned>(found - months.begin()) + 1;
    }
    std::chrono::seconds time_of_day() {
        const int hours = digits(2);
        literal(":");
        const int minutes = digits(2);
        literal(":");
        const int seconds = digits(2);
        good_ = good_ && hours < 24 && minutes < 60 && seconds <= 60; // 60: a leap second
        return std::chrono::hours(hours) + std::chrono::minutes(minutes) + std::chrono::seconds(seconds);
    }
    bool whole() const { return good_ && rest_.empty(); }

private:
    std::string_view rest_;
    bool good_ = true;
};

std::optional<std::chrono::sys_seconds> made(const scan& s, int year, unsigned month, int day,
                                             std::chrono::seconds time) {
    const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                           std::chrono::day(static_cast<unsigned>(day))};
    if (!s.whole() || !date.ok()) {
        return std::nullopt;
    }
    return std::chrono::sys_days(date) + time;
}

// "Sun, 06 Nov 1994 08:49:37 GMT", and with dashes and two digits of the year the older form.
std::optional<std::chrono::sys_seconds> after_comma(std::string_view text, bool old) {
    scan s(text);
    s.literal(" ");
    const int day = s.digits(2);
    s.literal(old ? "-" : " ");
    const unsigned month = s.month();
    s.literal(old ? "-" : " ");
    int year = s.digits(old ? 2 : 4);
    if (old) {
        year += year < 70 ? 2000 : 1900;
    }
    s.literal(" ");
    const auto time = s.time_of_day();
    s.literal(" GMT");
    return made(s, year, month, day, time);
}

// "Sun Nov  6 08:49:37 1994"
std::optional<std::chrono::sys_seconds> as_asctime(std::string_view text) {
    scan s(text);
    s.literal(" ");
    const unsigned month = s.month();
    s.literal(" ");
    const int day = s.padded_digits();
    s.literal(" ");
    const auto time = s.time_of_day();
    s.literal(" ");
    const int year = s.digits(4);
    return made(s, year, month, day, time);
}

} // namespace

std::optional<std::chrono::sys_seconds> http_date(std::string_view text) {
    const std::size_t comma = text.find(',');
    if (comma == std::string_view::npos) {
        return text.size() < 4 ? std::nullopt : as_asctime(text.substr(3));
    }
    return after_comma(text.substr(comma + 1), text.find('-') != std::string_view::npos);
}

std::optional<std::chrono::seconds> retry_after(std::string_view field, std::string_view date,
                                                std::chrono::sys_seconds now) {
    if (field.empty()) {
        return std::nullopt;
    }
    if (field.find_first_not_of("0123456789") == std::string_view::npos) {
        long long value = 0;
        const auto read = std::from_chars(field.data(), field.data() + field.size(), value);
        return read.ec == std::errc() ? std::min(std::chrono::seconds(value), wait_max) : wait_max;
    }
    const auto when = http_date(field);
    if (!when) {
        return std::nullopt;
    }
    return std::clamp(*when - http_date(date).value_or(now), std::chrono::seconds(0), wait_max);
}

} // namespace tongban::push
