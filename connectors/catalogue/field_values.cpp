// Texts of cells and YAML values become fields of a message, by reflection: a catalogue is read once, not per request.
#include "connectors/catalogue/field_rules.hpp"

#include "connectors/catalogue/field_words.hpp"
#include "connectors/catalogue/inline_lists.hpp"
#include "connectors/dialects/quantities.hpp"
#include "connectors/dialects/text.hpp"
#include "gateway/cases/catalogue.hpp"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace tongban::catalogue {

namespace {

using dialects::sentence;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// The message that holds the rule's field, and the field.
struct target {
    Message* message;
    const FieldDescriptor* field;
};

target target_of(Message& message, std::string_view path) {
    const auto dot = path.find('.');
    const auto* descriptor = message.GetDescriptor();
    if (dot == std::string_view::npos) {
        return {&message, descriptor->FindFieldByName(std::string(path))};
    }
    const auto* outer = descriptor->FindFieldByName(std::string(path.substr(0, dot)));
    auto* inner = message.GetReflection()->MutableMessage(&message, outer);
    return {inner, inner->GetDescriptor()->FindFieldByName(std::string(path.substr(dot + 1)))};
}

bool parse_flag(std::string_view text, bool& flag) {
    static constexpr std::array yes{"是", "true", "必要", "可", "可以", "支持", "√", "1", "y", "Y", "yes", "TRUE"};
    static constexpr std::array no{"否", "false", "非必要", "不可", "不可以", "不支持", "×", "0", "n", "N", "no", "FALSE"};
    flag = std::find(yes.begin(), yes.end(), text) != yes.end();
    return flag || std::find(no.begin(), no.end(), text) != no.end();
}

bool parse_whole(std::string_view text, std::int64_t& number) {
    if (text.ends_with(".0")) { // a spreadsheet's idea of a whole number
        text.remove_suffix(2);
    }
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size();
}

// The unit that people write behind a count, as its header names it: 2份, 1次, 30%.
std::string_view without_unit(std::string_view text, std::string_view path) {
    constexpr std::pair<std::string_view, std::string_view> units[] = {
        {"copies", "份"},           {"onsite_visits", "次"},        {"yellow_percent", "%"},
        {"notice_days", "个工作日"}, {"delivery_days", "个工作日"}, {"rectification_days", "个工作日"},
        {"archive_days", "个工作日"}, {"session_idle_minutes", "分钟"}};
    for (const auto& [of, unit] : units) {
        if (of == path && text.ends_with(unit)) {
            return dialects::trim(text.substr(0, text.size() - unit.size()));
        }
    }
    return text;
}

bool parse_counted(std::string_view text, std::string_view path, std::int64_t& number) {
    const auto bare = without_unit(text, path);
    return parse_whole(bare, number) || (bare.size() < text.size() && dialects::parse_count(bare, number));
}

std::string two_digits(std::string_view digits) {
    return digits.size() == 1 ? "0" + std::string(digits) : std::string(digits);
}

// Empty when it is no day.
std::string day_written(std::string_view text, day_count from) {
    std::int64_t serial = 0;
    if (text.size() <= 7 && parse_whole(text, serial)) {
        constexpr std::int64_t later = 1462; // from 1899-12-30 to 1904-01-01, which is day 0 there
        serial += from == day_count::since_1904 ? later : 0;
        constexpr std::int64_t excel_epoch = 25569; // 1970-01-01 counted from 1899-12-30
        constexpr std::int64_t for_ever = 2958465; // 9999-12-31, Excel's last day, stands for 长期
        if ((serial >= 20000 && serial <= 80000) || serial == for_ever) {
            return cases::day_text(static_cast<std::int32_t>(serial - excel_epoch));
        }
    }
    if (const auto time = text.find_first_of(" T"); time != std::string_view::npos) {
        const auto clock = text.substr(time + 1);
        if (clock.starts_with("00:00") || clock.starts_with("0:00")) {
            text = text.substr(0, time);
        }
    }
    std::vector<std::string> parts{""};
    for (std::size_t at = 0; at < text.size();) {
        const auto c = dialects::next_code_point(text, at);
        if (c >= U'0' && c <= U'9') {
            parts.back() += static_cast<char>(c);
        } else if (c == U'-' || c == U'/' || c == U'.' || c == U'年' || c == U'月') {
            parts.emplace_back();
        } else if (c != U'日' || at != text.size()) {
            return {};
        }
    }
    if (parts.size() == 1 && parts[0].size() == 8) {
        parts = {parts[0].substr(0, 4), parts[0].substr(4, 2), parts[0].substr(6)};
    }
    if (parts.size() != 3) {
        return {};
    }
    auto day = parts[0] + '-' + two_digits(parts[1]) + '-' + two_digits(parts[2]);
    return cases::day_of(day) ? day : std::string{};
}

// "370800", "370800000000", "370800.0": six digits, or what stands there.
std::string region_written(std::string_view text) {
    std::string_view digits = text.ends_with(".0") ? text.substr(0, text.size() - 2) : text;
    if (digits.size() == 12 && digits.ends_with("000000")) {
        digits = digits.substr(0, 6);
    }
    return std::string(digits);
}

bool set_limit(Message& message, std::string_view text, sentence& why) {
    std::int32_t value = 0;
    auto unit = dialects::limit_unit::none;
    const bool negative = text.starts_with('-') && text.size() > 1; // read, so that the check can say what is wrong
    if (!dialects::parse_limit(negative ? text.substr(1) : text, dialects::limit_unit::workday, value, unit)) {
        why = {"不是时限，应如“15个工作日”、“45日”、“当日”", "is no limit; write 15个工作日, 45日, 当日, 2小时 or 3个月"};
        return false;
    }
    auto& limit = static_cast<v1::Limit&>(message);
    limit.set_value(negative ? -value : value);
    limit.set_unit(static_cast<v1::LimitUnit>(unit));
    return true;
}

bool parse_clock(std::string_view text, std::uint32_t& minute) {
    const auto colon = text.find(':');
    std::int64_t hours = 0;
    std::int64_t minutes = 0;
    if (colon == std::string_view::npos || !parse_whole(text.substr(0, colon), hours) ||
        !parse_whole(text.substr(colon + 1), minutes) || hours < 0 || hours > 24 || minutes < 0 || minutes > 59) {
        return false;
    }
    minute = static_cast<std::uint32_t>(hours * 60 + minutes);
    return true;
}

// "09:00-12:00"
bool parse_hours(std::string_view text, std::uint32_t& opens, std::uint32_t& closes) {
    std::string_view dash = "-";
    for (const std::string_view other : {"—", "–", "~", "至", "到"}) {
        dash = text.find(dash) == std::string_view::npos ? other : dash;
    }
    const auto at = text.find(dash);
    return at != std::string_view::npos && parse_clock(dialects::trim(text.substr(0, at)), opens) &&
           parse_clock(dialects::trim(text.substr(at + dash.size())), closes);
}

// A noon break is taken, but not kept: limits are counted in days, and all that counts is when the last window closes.
bool set_hours(Message& message, std::string_view text, sentence& why) {
    const auto ranges = list_parts(text);
    std::uint32_t first = 0;
    std::uint32_t before = 0;
    constexpr std::size_t ranges_max = 3;
    for (const auto& range : ranges) {
        std::uint32_t opens = 0;
        std::uint32_t closes = 0;
        if (ranges.size() > ranges_max || !parse_hours(range, opens, closes)) {
            why = {"应如“09:00-17:00”，或“09:00-12:00,13:30-17:00”", "must be like 09:00-17:00, or 09:00-12:00,13:30-17:00"};
            return false;
        }
        const bool first_range = &range == &ranges.front();
        if (opens >= closes || (!first_range && opens < before)) { // 00:00-00:00 would mean the default
            why = {"办公时间的开始须早于结束，各段依次排列", "opens after it closes, or its parts are not in order"};
            return false;
        }
        first = first_range ? opens : first;
        before = closes;
    }
    auto& item = static_cast<v1::CatalogueItem&>(message);
    item.set_opens_minute(first);
    item.set_closes_minute(before);
    return true;
}

bool set_number(const target& at, std::int64_t number, sentence& why) {
    const auto& reflection = *at.message->GetReflection();
    switch (at.field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT64: reflection.SetInt64(at.message, at.field, number); return true;
    case FieldDescriptor::CPPTYPE_UINT32:
        if (number >= 0 && number <= 1'000'000) {
            reflection.SetUInt32(at.message, at.field, static_cast<std::uint32_t>(number));
            return true;
        }
        [[fallthrough]];
    default: why = {"应为0到1000000的整数", "must be a whole number, 0 to 1000000"}; return false;
    }
}

sentence unknown_word(const FieldDescriptor& field) {
    const auto known = known_words(*field.enum_type());
    return {"未知，可用：" + known, "unknown; known: " + known};
}

// What a spreadsheet made of a long code that was typed as a number: 1.11404E+30. Its last digits are gone.
bool is_rounded(std::string_view text) {
    const auto exponent = text.find_first_of("eE");
    return exponent != std::string_view::npos && (exponent == 1 || text.find('.') == 1) &&
           text.find_first_not_of("0123456789.") == exponent && text.substr(exponent + 1).starts_with('+') &&
           text.find_first_not_of("0123456789", exponent + 2) == std::string_view::npos;
}

sentence rounded() {
    return {"长编码被表格软件变成了科学计数，末位已丢失：请把该列设为文本后重新填写",
            "a spreadsheet rounded this long code, its last digits are gone: make the column text and fill it in again"};
}

// 0 stands for "not said" in the record, so that who writes it would get the default without being told.
bool is_default_when_0(std::string_view path) {
    static constexpr std::array paths{std::string_view("notice_days"), std::string_view("delivery_days"),
                                      std::string_view("rectification_days"), std::string_view("yellow_percent"),
                                      std::string_view("archive_days"), std::string_view("session_idle_minutes")};
    return std::find(paths.begin(), paths.end(), path) != paths.end();
}

bool set_list(const target& at, value_kind kind, std::string_view text, sentence& why) {
    const auto& reflection = *at.message->GetReflection();
    reflection.ClearField(at.message, at.field);
    for (const auto part : list_parts(text)) {
        if (kind == value_kind::words) {
            const int number = number_of_word(*at.field->enum_type(), part);
            if (number < 0) {
                why = unknown_word(*at.field);
                return false;
            }
            reflection.AddEnumValue(at.message, at.field, number);
        } else {
            if (is_rounded(part)) {
                why = rounded();
                return false;
            }
            reflection.AddString(at.message, at.field, kind == value_kind::regions ? region_written(part) : std::string(part));
        }
    }
    return true;
}

bool set_scalar(const target& at, const field_rule& rule, std::string_view text, sentence& why, day_count days) {
    const auto& reflection = *at.message->GetReflection();
    const auto set_text = [&](std::string value) { reflection.SetString(at.message, at.field, std::move(value)); };
    switch (rule.kind) {
    case value_kind::code:
        if (is_rounded(text)) {
            why = rounded();
            return false;
        }
        [[fallthrough]];
    case value_kind::text:
        why = rule.path == "fee_basis" || is_one_line(text) ? sentence{} : broken_line(); // several laws may stand below each other
        set_text(std::string(text));
        return why.zh.empty();
    case value_kind::region: set_text(region_written(text)); return true;
    case value_kind::day: {
        if (text == "长期" || text == "长期有效" || text == "永久" || text == "永久有效") {
            return true;
        }
        auto day = day_written(text, days);
        if (day.empty()) {
            why = {"不是日期，应如 2026-11-22", "is no day; write it as 2026-11-22"};
            return false;
        }
        set_text(std::move(day));
        return true;
    }
    case value_kind::word: {
        const int number = number_of_word(*at.field->enum_type(), text);
        if (number < 0) {
            why = unknown_word(*at.field);
            return false;
        }
        reflection.SetEnumValue(at.message, at.field, number);
        return true;
    }
    case value_kind::flag: {
        bool flag = false;
        if (!parse_flag(text, flag)) {
            why = {"应为“是”或“否”", "must be 是 or 否 (true or false)"};
            return false;
        }
        reflection.SetBool(at.message, at.field, flag);
        return true;
    }
    case value_kind::count: {
        std::int64_t number = -1;
        if (!parse_counted(text, rule.path, number)) {
            why = {"应为整数", "must be a whole number"};
            return false;
        }
        if (number == 0 && is_default_when_0(rule.path)) {
            why = {"不能为0；不写即按默认值", "cannot be 0; leave it out for the default"};
            return false;
        }
        return set_number(at, number, why);
    }
    case value_kind::yuan: {
        std::int64_t fen = 0;
        const bool negative = text.starts_with('-');
        if (text != "不收费" && !dialects::parse_amount(negative ? text.substr(1) : text, 2, fen)) {
            why = {"不是金额，应如“12.50元”", "is no amount; write it as 12.50元"};
            return false;
        }
        return set_number(at, negative ? -fen : fen, why);
    }
    default: return false;
    }
}

} // namespace

bool is_nothing(std::string_view text) {
    static constexpr std::array nothings{std::string_view("无"), std::string_view("-"), std::string_view("—"), std::string_view("/"),
                                         std::string_view("null")};
    return text.empty() || std::find(nothings.begin(), nothings.end(), text) != nothings.end();
}

bool set_field(Message& message, const field_rule& rule, std::string_view text, sentence& why, day_count days) {
    std::string scratch;
    text = dialects::trim(text);
    if (text.starts_with('\'')) { // a spreadsheet's mark of a text
        text = dialects::trim(text.substr(1));
    }
    if (rule.kind != value_kind::text && rule.kind != value_kind::materials && rule.kind != value_kind::situations &&
        rule.kind != value_kind::conditions) {
        text = dialects::half_width(text, scratch);
    }
    if (is_nothing(text)) {
        return true;
    }
    if (text.find("\xEF\xBF\xBD") != std::string_view::npos) {
        why = {"含替换字符“\xEF\xBF\xBD”（U+FFFD），原文已损坏，请用原表重新导出",
               "holds U+FFFD: the text was damaged before, export it again from the original"};
        return false;
    }
    constexpr std::size_t text_bytes_max = 64UL * 1024;
    if (text.size() > text_bytes_max || text.find('\0') != std::string_view::npos) {
        why = {"内容过长或含空字符", "is too long or holds a NUL"};
        return false;
    }
    switch (rule.kind) {
    case value_kind::hours: return set_hours(message, text, why);
    case value_kind::situations: return set_situations(static_cast<v1::CatalogueItem&>(message), text, why);
    case value_kind::conditions: return set_conditions(static_cast<v1::CatalogueItem&>(message), text, why);
    case value_kind::materials: return set_materials(static_cast<v1::CatalogueItem&>(message), text, why);
    case value_kind::delegations: return set_delegations(static_cast<v1::Agreement&>(message), text, why);
    default: break;
    }
    const auto at = target_of(message, rule.path);
    switch (rule.kind) {
    case value_kind::limit: return set_limit(*at.message->GetReflection()->MutableMessage(at.message, at.field), text, why);
    case value_kind::codes:
    case value_kind::regions:
    case value_kind::words: return set_list(at, rule.kind, text, why);
    default: return set_scalar(at, rule, text, why, days);
    }
}

} // namespace tongban::catalogue
