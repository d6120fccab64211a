// The steps of a rule: `do: [trim_name, {time: [yyyyMMdd]}, …]`.
#include "connectors/dialects/known_values.hpp"
#include "connectors/dialects/plan_loader.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace tongban::dialects {

namespace {

constexpr std::array<std::string_view, 22> step_names{
    "half_width", "upper",  "lower",   "strip", "strip_prefix", "strip_suffix", "add_prefix", "phone",
    "id",         "number", "width",   "table", "date",         "time",         "amount",     "limit",
    "base64",     "json",   "between", "part",  "id_gender",    "id_birth"};

// A pattern that is one, and hardly what was meant: yyyy-MM-DD, yyyy-mm-dd, HH:MM:SS, hh without a.
sentence odd_format(const time_format& format) {
    bool has_half_day = false;
    bool has_hour12 = false;
    std::set<time_part> parts;
    for (const auto& token : format.tokens) {
        has_half_day = has_half_day || token.part == time_part::half_day;
        has_hour12 = has_hour12 || token.part == time_part::hour12;
        const auto odd = std::ranges::find_if(token.literal, [](char c) {
            return ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) && c != 'T' && c != 'Z';
        });
        if (odd != token.literal.end() && !token.quoted) {
            return {"“" + token.literal + "”将按原文匹配，不是时间的组成部分；可用 yyyy MM dd HH mm ss SSS X",
                    "'" + token.literal + "' is taken as it stands, no part of a time; there are yyyy MM dd HH mm ss SSS X"};
        }
        if (token.part != time_part::literal && !parts.insert(token.part).second) {
            return {"“" + format.text + "”中同一部分出现两次：MM 是月，mm 是分；SSS 是毫秒，ss 是秒",
                    "one part stands twice in '" + format.text + "': MM is the month, mm the minute; SSS milliseconds, ss seconds"};
        }
    }
    if (parts.contains(time_part::minute) && !parts.contains(time_part::hour) && !has_hour12) {
        return {"“" + format.text + "”中 mm 是分，没有小时：月是 MM，小时是 HH",
                "mm in '" + format.text + "' is the minute, of no hour: MM is the month, HH the hour"};
    }
    if (parts.contains(time_part::day) && !parts.contains(time_part::month)) {
        return {"“" + format.text + "”中有日无月：月是 MM，mm 是分", "'" + format.text + "' has a day of no month: MM is the month, mm the minute"};
    }
    if (has_hour12 && !has_half_day) {
        return {"“" + format.text + "”中 hh 是十二小时制，须有 a（上午/下午）；二十四小时制为 HH",
                "hh in '" + format.text + "' is of twelve hours and needs a (AM/PM); HH is of twenty-four"};
    }
    return {};
}

void load_formats(load_context& context, const yaml_place& argument, transform& t) {
    t.zone_minutes = context.plan.zone_minutes;
    auto list = argument;
    if (argument.is_map()) {
        argument.only({"formats", "zone"});
        list = argument["formats"];
        if (const auto zone = argument["zone"]; zone.present() && !parse_zone(zone.text(), t.zone_minutes)) {
            zone.wrong("应为时区，如 +08:00 或 Z", "expected a zone such as +08:00 or Z");
        }
    }
    for (const auto& item : list.items()) {
        time_format format;
        if (const auto wrong = parse_time_format(item.text(), format); !wrong.empty()) {
            item.wrong(wrong);
        } else if (const auto odd = odd_format(format); !odd.empty()) {
            item.warn(odd.zh, odd.en);
        }
        t.formats.push_back(std::move(format));
    }
    if (t.formats.empty()) {
        argument.wrong("应为时间格式，如 yyyy-MM-dd、iso、epoch_s 或 epoch_ms", "expected a format such as yyyy-MM-dd, iso, epoch_s or epoch_ms");
        t.formats.emplace_back();
    }
}

int load_money_unit(const yaml_place& at, int fallback) {
    if (!at.present()) {
        return fallback;
    }
    const int power = money_unit(at.text());
    if (power < 0) {
        at.wrong("应为 分、角、元、万元 或 亿元", "expected 分, 角, 元, 万元 or 亿元");
        return fallback;
    }
    return power;
}

void load_amount(load_context& context, const yaml_place& argument, transform& t) {
    if (!argument.is_map()) {
        t.amount.unit_power = load_money_unit(argument, 2);
        t.amount.decimals = t.amount.unit_power == 0 ? 0 : 2;
        return;
    }
    argument.only({"unit", "unit_from", "units", "decimals", "thousands", "suffix"});
    t.amount.unit_power = load_money_unit(argument["unit"], 2);
    t.amount.decimals =
        static_cast<int>(argument["decimals"].number(t.amount.unit_power == 0 ? 0 : 2, 0, 10));
    t.amount.thousands = argument["thousands"].flag(false);
    t.amount.suffix = argument["suffix"].text("");
    if (argument["unit_from"].present()) {
        t.unit_from.push_back(load_path(context, argument["unit_from"]));
    }
    if (const auto units = argument["units"]; units.present()) {
        t.table = load_table(context, units);
        for (const auto& [code, unit] :
             t.table ? t.table->entries : std::vector<std::pair<std::string, std::string>>()) {
            if (money_unit(unit) < 0) {
                units.wrong("“" + unit + "”不是金额单位：分、角、元、万元、亿元",
                            "'" + unit + "' is no unit of money: 分, 角, 元, 万元, 亿元");
            }
        }
    }
}

void load_limit(const yaml_place& argument, transform& t) {
    if (!argument.present()) {
        return;
    }
    argument.only({"bare"});
    const auto unit = argument["bare"].text("");
    t.bare = unit == "WORKDAY"        ? limit_unit::workday
             : unit == "CALENDAR_DAY" ? limit_unit::calendar_day
             : unit == "HOUR"         ? limit_unit::hour
             : unit == "MONTH"        ? limit_unit::month
                                      : limit_unit::none;
    if (t.bare == limit_unit::none) {
        argument["bare"].wrong("应为 WORKDAY、CALENDAR_DAY、HOUR 或 MONTH", "expected WORKDAY, CALENDAR_DAY, HOUR or MONTH");
    }
}

void load_width(const yaml_place& argument, transform& t) {
    argument.only({"in", "out", "fill"});
    t.in = static_cast<std::size_t>(argument["in"].number(6, 1, 100));
    t.out = static_cast<std::size_t>(argument["out"].number(6, 1, 100));
    const auto fill = argument["fill"].text("0");
    t.fill = fill.size() == 1 ? fill[0] : '0';
    if (fill.size() != 1) {
        argument["fill"].wrong("应为一个字符", "expected one character");
    }
}

void load_argument(load_context& context, const yaml_place& step, const yaml_place& argument, transform& t) {
    const auto needs_text = [&] {
        t.text = argument.text();
        if (t.text.empty()) {
            step.wrong(std::string(t.name()) + " 须有文本", std::string(t.name()) + " needs a text");
        }
    };
    switch (t.kind) {
    case transform_kind::strip:
    case transform_kind::add_prefix:
        needs_text();
        break;
    case transform_kind::strip_prefix:
    case transform_kind::strip_suffix:
        t.texts = argument.texts();
        if (t.texts.empty()) {
            step.wrong(std::string(t.name()) + " 须有文本或文本列表",
                       std::string(t.name()) + " needs a text or a list of texts");
        }
        break;
    case transform_kind::width:
        load_width(argument, t);
        break;
    case transform_kind::table:
        t.table = load_table(context, argument);
        break;
    case transform_kind::date:
    case transform_kind::time:
        load_formats(context, argument, t);
        break;
    case transform_kind::amount:
        load_amount(context, argument, t);
        break;
    case transform_kind::limit:
        load_limit(argument, t);
        break;
    case transform_kind::between:
        argument.only({"after", "before"});
        t.text = argument["after"].text("");
        t.text2 = argument["before"].text("");
        break;
    case transform_kind::part:
        argument.only({"by", "at"});
        t.text = argument["by"].text();
        t.in = static_cast<std::size_t>(argument["at"].number(1, 1, 1000));
        if (t.text.empty()) {
            step.wrong("part 须有 by:（各部分之间的分隔文本）", "part needs by: the text between the parts");
        }
        break;
    default:
        if (argument.present()) {
            argument.wrong(std::string(t.name()) + " 没有参数", std::string(t.name()) + " takes no argument");
        }
    }
}

} // namespace

std::vector<transform> load_steps(load_context& context, const yaml_place& at) {
    std::vector<transform> all;
    for (const auto& item : at.items()) {
        std::string name;
        yaml_place argument = item["none"];
        if (item.is_map()) {
            const auto members = item.members();
            if (members.size() != 1) {
                item.wrong("一个步骤是一个名称，或一个名称加参数：{strip: ' '}", "one step is one name, or one name with its argument: {strip: ' '}");
                continue;
            }
            name = members.front().first;
            argument = members.front().second;
        } else {
            name = item.text();
        }
        transform t;
        std::size_t kind = 0;
        while (kind < step_names.size() && step_names[kind] != name) {
            ++kind;
        }
        if (kind == step_names.size()) {
            const std::vector<std::string_view> known{step_names.begin(), step_names.end()};
            item.wrong(sentence{"未知步骤“" + name + "”", "unknown step '" + name + "'"} + did_you_mean(name, known) + known_values(known));
            continue;
        }
        t.kind = static_cast<transform_kind>(kind);
        load_argument(context, item, argument, t);
        if (!all.empty() && all.back().makes() != transform::result::text) {
            const std::string before(all.back().name());
            item.wrong("“" + before + "”的结果不是文本：须为最后一步", "'" + before + "' makes no text: it must be the last step");
        }
        all.push_back(std::move(t));
    }
    return all;
}

} // namespace tongban::dialects
