// Reads a calendar file. What is checked is what a person gets wrong: a date that does not exist, a range the wrong way
// round, a day named twice, a day both off and working, a make-up day that is a working day anyway or makes up for nothing,
// a year left out, a year without one of the statutory holidays.
#include "gateway/calendar/built_in_calendar.hpp"
#include "gateway/calendar/calendar.hpp"
#include "gateway/calendar/holidays.hpp"
#include "security/strict_yaml.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <set>
#include <stdexcept>

namespace tongban::calendars {

namespace {

constexpr std::size_t days_named_max = 100;
constexpr day_number range_days_max = 15;
constexpr int year_min = 2000;
constexpr int year_max = 2199;

day_number january_first(int year) {
    return static_cast<day_number>(
        std::chrono::sys_days{std::chrono::year(year) / std::chrono::January / 1}.time_since_epoch().count());
}

} // namespace

class calendar_reader {
public:
    calendar_reader(std::string file, std::vector<security::file_mistake>& mistakes)
        : file_(std::move(file)), mistakes_(mistakes) {}

    std::shared_ptr<const calendar> read(const YAML::Node& document);
    std::vector<std::string> warnings() && { return std::move(warnings_); }

private:
    struct place {
        security::strict_map& map;
        const YAML::Node& node;
        const char* key;
        void report(security::sentence message) const { map.report(node, key, std::move(message)); }
    };

    void read_year(const YAML::Node& key, const YAML::Node& value);
    void read_days(security::strict_map& map, const char* key, int year, std::set<day_number>& days);
    void read_range(const place& at, const std::string& text, int year, std::set<day_number>& days);
    void check_year(security::strict_map& map, int year, const std::set<day_number>& off, const std::set<day_number>& working);
    void check_years(security::strict_map& map);

    const std::string file_;
    std::vector<security::file_mistake>& mistakes_;
    std::vector<std::string> warnings_;
    calendar read_;
};

void calendar_reader::read_range(const place& at, const std::string& text, int year, std::set<day_number>& days) {
    const auto slash = text.find('/');
    const auto first = parse_day(text.substr(0, slash));
    const auto last = slash == std::string::npos ? first : parse_day(text.substr(slash + 1));
    if (!first || !last) {
        return at.report({"“" + text + "”不是日期：应为 YYYY-MM-DD 或 YYYY-MM-DD/YYYY-MM-DD",
                          "\"" + text + "\" is no date: YYYY-MM-DD, or YYYY-MM-DD/YYYY-MM-DD"});
    }
    if (*last < *first || *last - *first >= range_days_max) {
        const auto most = std::to_string(range_days_max);
        return at.report({"“" + text + "”起止颠倒，或超过 " + most + " 天",
                          "\"" + text + "\" ends before it begins, or is longer than " + most + " days"});
    }
    if (*first < january_first(year) || *last >= january_first(year + 1)) {
        const auto number = std::to_string(year);
        return at.report({"“" + text + "”不在 " + number + " 年", "\"" + text + "\" is not in " + number});
    }
    for (auto day = *first; day <= *last; ++day) {
        if (!days.insert(day).second) {
            at.report({to_text(day) + " 重复", to_text(day) + " is named twice"});
        }
    }
}

void calendar_reader::read_days(security::strict_map& map, const char* key, int year, std::set<day_number>& days) {
    for (const auto& [text, node] : map.texts(key, days_named_max)) {
        read_range({map, node, key}, text, year, days);
    }
}

void calendar_reader::check_year(security::strict_map& map, int year, const std::set<day_number>& off,
                                 const std::set<day_number>& working) {
    for (const auto day : working) {
        if (off.contains(day)) {
            map.report("working", {to_text(day) + " 既放假又上班", to_text(day) + " is both a day off and a make-up working day"});
        } else if (cases::is_weekday(day)) {
            map.report("working", {to_text(day) + " 本是工作日，无需调休", to_text(day) + " is a weekday: it works without being named"});
        }
    }
    for (const auto day : lonely_make_up_days(off, working)) {
        map.report("working", {to_text(day) + " 前后 10 天没有放假，无可调休",
                               to_text(day) + " makes up for nothing: no day off within 10 days of it"});
    }
    for (auto& missing : missing_holidays(year, off)) {
        map.report("off", std::move(missing));
    }
    if (auto line = unusual_number(year, off, working); !line.empty()) {
        warnings_.push_back(std::move(line));
    }
}

void calendar_reader::read_year(const YAML::Node& key, const YAML::Node& value) {
    const auto text = key.IsScalar() ? key.Scalar() : std::string();
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    security::strict_map map(value, file_, "years." + text, mistakes_);
    if (error != std::errc{} || end != text.data() + text.size() || number < year_min || number > year_max) {
        map.report(key, "", {"“" + text + "”不是年份", "\"" + text + "\" is no year"});
        return;
    }
    if (!map.valid()) {
        return;
    }
    calendar::year year;
    year.notice = map.text("notice", true).value_or("");
    std::set<day_number> off;
    std::set<day_number> working;
    read_days(map, "off", number, off);
    read_days(map, "working", number, working);
    map.finish();
    check_year(map, number, off, working);
    year.off.assign(off.begin(), off.end());
    year.working.assign(working.begin(), working.end());
    if (!read_.years_.emplace(number, std::move(year)).second) {
        map.report(key, "", {"年份 " + text + " 重复", "the year " + text + " is given twice"});
    }
}

void calendar_reader::check_years(security::strict_map& map) {
    if (read_.years_.empty()) {
        map.report("years", {"没有年度数据", "no year is given"});
        return;
    }
    const int last = read_.years_.rbegin()->first;
    for (int year = read_.years_.begin()->first; year < last; ++year) {
        if (!read_.years_.contains(year)) {
            const auto number = std::to_string(year);
            map.report("years", {"中间缺少 " + number + " 年", "the year " + number + " is missing between others"});
        }
    }
}

std::shared_ptr<const calendar> calendar_reader::read(const YAML::Node& document) {
    security::strict_map map(document, file_, "", mistakes_);
    read_.version_ = map.text("version", true).value_or("");
    if (read_.version_.size() > 32) {
        map.report("version", {"超过 32 个字符", "is longer than 32 characters"});
    }
    const auto years = map.take("years");
    map.finish();
    if (years && years->IsMap()) {
        for (const auto& each : *years) {
            read_year(each.first, each.second);
        }
    }
    if (map.valid()) {
        check_years(map);
    }
    if (!mistakes_.empty()) {
        return nullptr;
    }
    read_.first_ = january_first(read_.years_.begin()->first);
    read_.past_ = january_first(read_.years_.rbegin()->first + 1);
    read_.works_.resize(static_cast<std::size_t>(read_.past_ - read_.first_));
    for (auto day = read_.first_; day < read_.past_; ++day) {
        read_.works_[static_cast<std::size_t>(day - read_.first_)] = cases::is_weekday(day);
    }
    for (const auto& [number, year] : read_.years_) {
        for (const auto day : year.off) {
            read_.works_[static_cast<std::size_t>(day - read_.first_)] = false;
        }
        for (const auto day : year.working) {
            read_.works_[static_cast<std::size_t>(day - read_.first_)] = true;
        }
    }
    return std::make_shared<const calendar>(std::move(read_));
}

calendar::loaded calendar::parse(const std::string& text, const std::string& file) {
    loaded result;
    if (const auto document = security::parse_yaml(text, file, result.mistakes)) {
        calendar_reader reader(file, result.mistakes);
        result.value = reader.read(*document);
        result.warnings = std::move(reader).warnings();
    }
    return result;
}

calendar::loaded calendar::load(const std::filesystem::path& file) {
    loaded result;
    if (const auto text = security::read_file(file, result.mistakes)) {
        return parse(*text, file.string());
    }
    return result;
}

std::shared_ptr<const calendar> calendar::built_in() {
    static const auto built = [] {
        auto result = parse(std::string(built_in_calendar), "schemas/calendars/cn.yaml");
        if (!result.value) {
            throw std::runtime_error("the built-in calendar: " + result.mistakes.front().text());
        }
        return result.value;
    }();
    return built;
}

} // namespace tongban::calendars
