// Rules for one value each, with the sentences a clerk and an engineer read. No sentence repeats the value.
#include "gateway/cases/value_rules.hpp"

#include "gateway/cases/check_digits.hpp"
#include "gateway/cases/text_scan.hpp"

#include <algorithm>

namespace tongban::cases {

namespace {

constexpr bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

struct sentence {
    std::string_view rule;
    std::string_view zh;
    std::string_view en;
};

sentence words_of(identity_fault fault) noexcept {
    switch (fault) {
    case identity_fault::exponent:
        return {"number", "是表格软件改写的科学记数，请按文本导出",
                "is a number in scientific notation; export it as text"};
    case identity_fault::old_15:
        return {"length", "15位号码已停用，应为18位", "15-digit numbers are no longer valid"};
    case identity_fault::length:
        return {"length", "应为18位", "must have 18 characters"};
    case identity_fault::characters:
        return {"format", "应为17位数字加一位数字或大写X",
                "must be 17 digits and a digit or an upper-case X"};
    case identity_fault::region:
        return {"region", "前两位不是省级行政区划", "its first two digits are no province"};
    case identity_fault::birth_date:
        return {"date", "出生日期不存在或晚于今天", "its birth date is no day, or after today"};
    case identity_fault::check_digit:
        return {"check_digit", "校验位不正确（GB 11643）", "the check digit is wrong (GB 11643)"};
    case identity_fault::none:
        break;
    }
    return {};
}

// 11 digits, a landline with its area code and perhaps an extension, a service number, or a number abroad.
bool is_phone(std::string_view text) noexcept {
    const bool abroad = text.starts_with('+');
    text.remove_prefix(abroad ? 1 : 0);
    std::size_t digits = 0;
    std::size_t hyphens = 0;
    char before = '-';
    for (const char c : text) {
        if (c == '-' ? before == '-' : !is_digit(c)) {
            return false;
        }
        c == '-' ? ++hyphens : ++digits;
        before = c;
    }
    if (before == '-' || hyphens > 2) {
        return false;
    }
    if (abroad) {
        return digits >= 7 && digits <= 15;
    }
    // A landline of 12 digits may carry an extension of up to 6.
    return digits >= 7 && digits <= (hyphens > 0 ? 18u : 12u);
}

bool is_hex_64(std::string_view text) noexcept {
    return text.size() == 64 &&
           std::ranges::all_of(text, [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); });
}

std::int32_t most_of(v1::LimitUnit unit) noexcept {
    switch (unit) {
    case v1::LIMIT_UNIT_HOUR:
        return 24 * 366;
    case v1::LIMIT_UNIT_MONTH:
        return 120;
    case v1::LIMIT_UNIT_WORKDAY:
        return 1000;
    default:
        return 3650;
    }
}

} // namespace

void rules::check_text(const place& in, const field& what, std::string_view value,
                       std::uint32_t max_characters, text_kind kind) {
    const auto facts = scan_text(value);
    if (facts.broken || facts.lost) {
        found_.add(in, what, "encoding", "含有转码丢失的字符，请按正确字符集重发",
                   "holds characters lost in transcoding; send it again in the right character set");
    } else if (kind == text_kind::name && facts.question_mark) {
        found_.add(in, what, "encoding", "含有“?”，疑为字符集不支持的生僻字",
                   "holds a '?', likely a rare character its sender's character set lacks");
    } else if (facts.question_by_ideograph) {
        found_.add(in, what, "encoding", "汉字旁有“?”，请核对是否为转码丢失",
                   "holds a '?' beside a Chinese character; check that none was lost in transcoding",
                   severity::warn);
    }
    if (facts.control || (facts.line_break && kind != text_kind::prose)) {
        found_.add(in, what, "control_character", "含有控制字符", "holds control characters");
    }
    if (facts.characters > max_characters) {
        const auto most = std::to_string(max_characters);
        found_.add(in, what, "length", "超过" + most + "个字符", "is longer than " + most + " characters");
    }
}

void rules::required_text(const place& in, const field& what, std::string_view value,
                          std::uint32_t max_characters, text_kind kind) {
    required(in, what, says(value));
    text(in, what, value, max_characters, kind);
}

void rules::case_number(const place& in, const field& what, std::string_view value) {
    text(in, what, value, 50);
    if (has_unseen_edge(value)) {
        found_.add(in, what, "format", "首尾有空白或不可见字符", "begins or ends with a blank or a character that cannot be seen");
    }
}

void rules::required(const place& in, const field& what, bool present, severity how) {
    if (!present) {
        found_.missing(in, what, how);
    }
}

void rules::count(const place& in, const field& what, int number, int most) {
    if (number > most) {
        const auto text = std::to_string(most);
        found_.add(in, what, "length", "超过" + text + "项", "has more than " + text + " entries");
    }
}

void rules::range(const place& in, const field& what, std::int64_t value, std::int64_t most) {
    if (value < 0 || value > most) {
        const auto text = std::to_string(most);
        found_.add(in, what, "range", "应在0至" + text + "之间", "must be between 0 and " + text);
    }
}

void rules::code(const place& in, const field& what, bool known) {
    if (!known) {
        found_.add(in, what, "code", "不是已知代码", "is no known code");
    }
}

void rules::region(const place& in, const field& what, std::string_view value) {
    if (value.empty()) {
        return;
    }
    if (value.size() != 6 || !std::ranges::all_of(value, is_digit)) {
        found_.add(in, what, "region", "应为6位行政区划代码（GB/T 2260）",
                   "must be a region code of 6 digits (GB/T 2260)");
    } else if (!is_province(value.substr(0, 2))) {
        found_.add(in, what, "region", "前两位不是省级行政区划", "its first two digits are no province");
    }
}

void rules::uscc(const place& in, const field& what, std::string_view value) {
    if (value.empty()) {
        return;
    }
    switch (check_uscc(value)) {
    case uscc_fault::none:
        break;
    case uscc_fault::length:
        found_.add(in, what, "length", "应为18位", "must have 18 characters");
        break;
    case uscc_fault::characters:
        found_.add(in, what, "format", "含有统一社会信用代码不使用的字符",
                   "holds characters that no unified social credit code has");
        break;
    case uscc_fault::check_digit:
        found_.add(in, what, "check_digit", "校验位不正确（GB 32100）",
                   "the check digit is wrong (GB 32100)");
        break;
    case uscc_fault::organisation:
        found_.add(in, what, "check_digit", "其中组织机构代码的校验位不符（GB 11714）",
                   "the organisation code inside has a wrong check digit (GB 11714)", severity::warn);
        break;
    }
}

void rules::identity(const place& in, const field& what, std::string_view value) {
    if (value.empty()) {
        return;
    }
    const auto fault = check_identity(value, today_);
    if (fault != identity_fault::none) {
        const auto words = words_of(fault);
        found_.add(in, what, words.rule, words.zh, words.en);
    }
}

void rules::licence(const place& in, const field& what, std::string_view value) {
    if (value.empty()) {
        return;
    }
    // Warned of only: identifiers with a wrong check character circulate (DOMAIN §4.1).
    switch (check_licence(value)) {
    case licence_fault::none:
        break;
    case licence_fault::shape:
        found_.add(in, what, "format", "不是电子证照标识的格式（GB/T 36904）",
                   "has not the form of a licence identifier (GB/T 36904)", severity::warn);
        break;
    case licence_fault::check_char:
        found_.add(in, what, "check_digit", "电子证照标识校验位不符",
                   "the check character of the licence identifier is wrong", severity::warn);
        break;
    }
}

void rules::staff_number(const place& in, const field& what, std::string_view value) {
    required_text(in, what, value, 50);
    if (has_identity_shape(value)) {
        found_.add(in, what, "staff_number", "不得含身份证号", "must not hold an identity number");
    }
}

void rules::phone(const place& in, const field& what, std::string_view value) {
    if (!value.empty() && !is_phone(value)) {
        found_.add(in, what, "format", "不是手机或固定电话号码", "is no mobile or landline number");
    }
}

void rules::digest(const place& in, const field& what, std::string_view hex) {
    if (!hex.empty() && !is_hex_64(hex)) {
        found_.add(in, what, "format", "应为64位小写十六进制", "must be 64 lower-case hexadecimal digits");
    }
}

std::optional<std::chrono::year_month_day> rules::date(const place& in, const field& what,
                                                       std::string_view value) {
    if (value.empty()) {
        return std::nullopt;
    }
    const bool shaped = value.size() == 10 && value[4] == '-' && value[7] == '-' &&
                        std::ranges::count_if(value, is_digit) == 8;
    const auto digit = [&](std::size_t i) { return value[i] - '0'; };
    if (shaped) {
        const std::chrono::year_month_day day{
            std::chrono::year(digit(0) * 1000 + digit(1) * 100 + digit(2) * 10 + digit(3)),
            std::chrono::month(static_cast<unsigned>(digit(5) * 10 + digit(6))),
            std::chrono::day(static_cast<unsigned>(digit(8) * 10 + digit(9)))};
        if (day.ok()) {
            return day;
        }
    }
    found_.add(in, what, "date", "不是有效日期（应为 YYYY-MM-DD）", "is no day (write YYYY-MM-DD)");
    return std::nullopt;
}

void rules::instant(const place& in, const field& what, const google::protobuf::Timestamp& value) {
    using namespace std::chrono;
    constexpr auto first = sys_days(year(2000) / 1 / 1).time_since_epoch() / seconds(1);
    constexpr auto last = sys_days(year(2200) / 1 / 1).time_since_epoch() / seconds(1);
    if (value.seconds() < first || value.seconds() >= last || value.nanos() < 0 ||
        value.nanos() > 999'999'999) {
        found_.add(in, what, "date", "时间不合理", "is no plausible time");
    }
}

void rules::limit(const place& in, const field& what, const v1::Limit& value) {
    const place inside{&in, what.name, -1};
    static constexpr field number{"value", "时限", "limit"};
    static constexpr field unit{"unit", "时限单位", "unit of the limit"};
    if (value.unit() == v1::LIMIT_UNIT_UNSPECIFIED) {
        found_.missing(inside, unit);
        return;
    }
    code(inside, unit, v1::LimitUnit_IsValid(value.unit()));
    range(inside, number, value.value(), most_of(value.unit()));
}

void rules::waiting_limit(const place& in, const field& what, const v1::Limit& value) {
    limit(in, what, value);
    if (value.unit() != v1::LIMIT_UNIT_UNSPECIFIED && value.value() == 0) {
        found_.add({&in, what.name, -1}, {"value", "时限", "limit"}, "range", "不能为0，否则无法计时", "must not be 0: no clock could run");
    }
}

void rules::organisation(const place& in, const field& what, const v1::Organisation& value) {
    const place inside{&in, what.name, -1};
    text(inside, {"name", what.zh, what.en}, value.name(), 200, text_kind::name);
    text(inside, {"uscc", what.zh, what.en}, value.uscc(), 50);
    uscc(inside, {"uscc", what.zh, what.en}, value.uscc());
    text(inside, {"region", what.zh, what.en}, value.region(), 50);
    region(inside, {"region", what.zh, what.en}, value.region());
}

} // namespace tongban::cases
