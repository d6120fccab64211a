// Amounts of money, limits of time, counts in Chinese numerals and telephone numbers, as people write them.
// Exact decimal text throughout: never a floating-point number.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tongban::dialects {

// 元, 万元, 分, 角, 亿元 as a power of ten of fen; -1 when unknown.
int money_unit(std::string_view unit) noexcept;

// "12,345.60元", "5.00万元", "￥20", "伍佰元整" is not read. `unit_power` holds when the text names no unit.
bool parse_amount(std::string_view text, int unit_power, std::int64_t& fen);
struct amount_style {
    int unit_power = 2;     // 元
    int decimals = 2;       // at least; more when fen need it
    bool thousands = false; // 12,345.60
    std::string suffix;     // "元"
};
void print_amount(std::int64_t fen, const amount_style& style, std::string& out);

// "12", "１２", "十二", "贰拾", "三十", "一百二十".
bool parse_count(std::string_view text, std::int64_t& out);

enum class limit_unit : std::uint8_t { none = 0, workday = 1, calendar_day = 2, hour = 3, month = 4 };

// "15个工作日", "贰拾个工作日", "45日", "当日", "即办", "2小时", "3个月", "15G", "30Z". `bare` is the unit of
// a plain number.
bool parse_limit(std::string_view text, limit_unit bare, std::int32_t& value, limit_unit& unit);
void print_limit(std::int32_t value, limit_unit unit, std::string& out);

// Digits only; +86, 0086 and 86 in front of a mobile number and the 0 of long distance stripped.
std::string_view clean_phone(std::string_view text, std::string& scratch);

} // namespace tongban::dialects
