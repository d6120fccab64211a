// Decimal text to integers, with the signs and words of Chinese forms.
#include "connectors/dialects/quantities.hpp"

#include "connectors/dialects/text.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace tongban::dialects {

namespace {

constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();

template <std::size_t N>
bool strip_word(std::string_view& text, const std::array<std::string_view, N>& words, bool front) {
    for (const auto word : words) {
        if (front ? text.starts_with(word) : text.ends_with(word)) {
            front ? text.remove_prefix(word.size()) : text.remove_suffix(word.size());
            text = trim(text);
            return true;
        }
    }
    return false;
}

int numeral(char32_t c) {
    constexpr std::u32string_view plain = U"零一二三四五六七八九";
    constexpr std::u32string_view capital = U"〇壹贰叁肆伍陆柒捌玖";
    for (std::size_t i = 0; i < 10; ++i) {
        if (c == plain[i] || c == capital[i]) {
            return static_cast<int>(i);
        }
    }
    return c == U'两'                 ? 2
           : c == U'弌'               ? 1
           : c == U'貳' || c == U'弐' ? 2
           : c == U'參'               ? 3
           : c == U'陸'               ? 6
                                      : -1;
}

std::int64_t power_word(char32_t c) {
    return c == U'十' || c == U'拾'   ? 10
           : c == U'百' || c == U'佰' ? 100
           : c == U'千' || c == U'仟' ? 1000
           : c == U'万' || c == U'萬' ? 10000
                                      : 0;
}

bool chinese_count(std::string_view text, std::int64_t& out) {
    std::int64_t total = 0;   // above the last 万
    std::int64_t section = 0; // below it
    std::int64_t digit = -1;
    for (std::size_t at = 0; at < text.size();) {
        const char32_t c = next_code_point(text, at);
        if (const int n = numeral(c); n >= 0) {
            digit = n;
        } else if (const auto power = power_word(c); power == 10000) {
            total = (section + std::max<std::int64_t>(digit, 0)) * power;
            section = 0;
            digit = -1;
        } else if (power > 0) {
            section += (digit < 0 ? 1 : digit) * power;
            digit = -1;
        } else {
            return false;
        }
        if (total > 1'000'000'000 || section > 1'000'000'000) {
            return false;
        }
    }
    out = total + section + std::max<std::int64_t>(digit, 0);
    return !text.empty();
}

} // namespace

int money_unit(std::string_view unit) noexcept {
    constexpr std::array<std::pair<std::string_view, int>, 6> units{
        {{"分", 0}, {"角", 1}, {"元", 2}, {"圆", 2}, {"万元", 6}, {"亿元", 10}}};
    for (const auto& [name, power] : units) {
        if (unit == name) {
            return power;
        }
    }
    return -1;
}

bool parse_amount(std::string_view raw, int unit_power, std::int64_t& fen) {
    thread_local std::string folded;
    auto text = trim(half_width(raw, folded));
    strip_word(text, std::array<std::string_view, 4>{"人民币", "¥", "￥", "RMB"}, true);
    strip_word(text, std::array<std::string_view, 2>{"整", "正"}, false);
    constexpr std::array<std::string_view, 6> units{"万元", "亿元", "元", "圆", "角", "分"};
    for (const auto unit : units) {
        if (text.ends_with(unit)) {
            unit_power = money_unit(unit);
            text = trim(text.substr(0, text.size() - unit.size()));
            break;
        }
    }
    const bool negative = text.starts_with('-');
    text.remove_prefix(negative || text.starts_with('+') ? 1 : 0);
    std::int64_t value = 0;
    int point = -1; // digits after the point so far
    bool any = false;
    const auto push = [&](int digit) {
        if (value > (most - digit) / 10) {
            return false;
        }
        value = value * 10 + digit;
        return true;
    };
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == ',' && point < 0 && any && i + 3 < text.size()) {
            continue;
        }
        if (c == '.' && point < 0) {
            point = 0;
            continue;
        }
        if (c < '0' || c > '9') {
            return false;
        }
        any = true;
        if (point >= unit_power) {
            if (c != '0') {
                return false; // smaller than a fen
            }
            continue;
        }
        point += point >= 0;
        if (!push(c - '0')) {
            return false;
        }
    }
    for (int i = std::max(point, 0); i < unit_power; ++i) {
        if (!push(0)) {
            return false;
        }
    }
    fen = negative ? -value : value;
    return any;
}

void print_amount(std::int64_t fen, const amount_style& style, std::string& out) {
    const auto magnitude =
        fen < 0 ? 0ULL - static_cast<unsigned long long>(fen) : static_cast<unsigned long long>(fen);
    std::string digits = std::to_string(magnitude);
    const auto power = static_cast<std::size_t>(style.unit_power);
    if (digits.size() <= power) {
        digits.insert(0, power + 1 - digits.size(), '0');
    }
    std::string whole = digits.substr(0, digits.size() - power);
    std::string rest = digits.substr(digits.size() - power);
    while (rest.size() > static_cast<std::size_t>(style.decimals) && rest.ends_with('0')) {
        rest.pop_back();
    }
    if (style.thousands) {
        for (std::size_t i = whole.size(); i > 3; i -= 3) {
            whole.insert(i - 3, 1, ',');
        }
    }
    out += fen < 0 ? "-" : "";
    out += whole;
    if (!rest.empty()) {
        out += '.';
        out += rest;
    }
    out += style.suffix;
}

bool parse_count(std::string_view raw, std::int64_t& out) {
    thread_local std::string folded;
    auto text = trim(half_width(raw, folded));
    if (is_digits(text)) {
        if (text.size() > 18) {
            return false;
        }
        out = 0;
        for (const char c : text) {
            out = out * 10 + (c - '0');
        }
        return true;
    }
    if (text.starts_with('-') && is_digits(text.substr(1)) && text.size() < 19) {
        parse_count(text.substr(1), out);
        out = -out;
        return true;
    }
    return chinese_count(text, out);
}

bool parse_limit(std::string_view raw, limit_unit bare, std::int32_t& value, limit_unit& unit) {
    thread_local std::string folded;
    auto text = trim(half_width(raw, folded));
    for (const std::string_view now : {"当日", "即时", "即办", "当天", "当场", "即时办结", "当日办结"}) {
        if (text == now) {
            value = 0;
            unit = limit_unit::workday;
            return true;
        }
    }
    constexpr std::array<std::pair<std::string_view, limit_unit>, 17> units{{
        {"个工作日", limit_unit::workday},
        {"工作日", limit_unit::workday},
        {"个工作天", limit_unit::workday},
        {"G", limit_unit::workday},
        {"g", limit_unit::workday},
        {"个自然日", limit_unit::calendar_day},
        {"自然日", limit_unit::calendar_day},
        {"日历日", limit_unit::calendar_day},
        {"个日历日", limit_unit::calendar_day},
        {"日", limit_unit::calendar_day},
        {"天", limit_unit::calendar_day},
        {"Z", limit_unit::calendar_day},
        {"z", limit_unit::calendar_day},
        {"个小时", limit_unit::hour},
        {"小时", limit_unit::hour},
        {"个月", limit_unit::month},
        {"月", limit_unit::month},
    }};
    unit = bare;
    for (const auto& [word, means] : units) {
        if (text.ends_with(word)) {
            unit = means;
            text = trim(text.substr(0, text.size() - word.size()));
            break;
        }
    }
    std::int64_t count = 0;
    if (unit == limit_unit::none || !parse_count(text, count) || count < 0 || count > 100'000) {
        return false;
    }
    value = static_cast<std::int32_t>(count);
    return true;
}

void print_limit(std::int32_t value, limit_unit unit, std::string& out) {
    out += std::to_string(value);
    out += unit == limit_unit::workday ? "个工作日"
           : unit == limit_unit::hour  ? "小时"
           : unit == limit_unit::month ? "个月"
                                       : "日";
}

std::string_view clean_phone(std::string_view text, std::string& scratch) {
    std::string folded;
    const auto narrow = half_width(text, folded);
    scratch.clear();
    std::copy_if(narrow.begin(), narrow.end(), std::back_inserter(scratch), [](char c) {
        return c != ' ' && c != '-' && c != '(' && c != ')' && c != '\t' && c != '\'' && c != '.';
    });
    std::string_view number = scratch;
    const auto strip = [&](std::string_view prefix, bool always) {
        const auto rest = number.starts_with(prefix) ? number.substr(prefix.size()) : std::string_view();
        if (!rest.empty() && (always || (rest.size() == 11 && rest[0] == '1'))) {
            number = rest;
            return true;
        }
        return false;
    };
    if (strip("+86", true) || strip("0086", true) || strip("86", false)) {
        strip("0", false);
        return number;
    }
    strip("0", false);
    return number;
}

} // namespace tongban::dialects
