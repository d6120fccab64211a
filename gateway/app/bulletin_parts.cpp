// Words and cells that the table, the CSV and the page have in common.
#include "gateway/app/bulletin.hpp"

#include "gateway/calendar/calendar.hpp"
#include "gateway/cases/catalogue_figures.hpp"

#include <cstdio>
#include <map>

namespace tongban::app {

namespace {

constexpr std::size_t days_named_max = 10;

std::string with_name(std::string_view term, std::string_view name) {
    return term.empty() ? "未分类 none" : std::string(term) + ' ' + std::string(name);
}

} // namespace

std::vector<catalogue_figure> catalogue_figures_of(const cases::catalogue& known, std::int32_t day) {
    const auto figures = cases::figures_of(known, day);
    const auto line = [](const char* name, const char* term, const cases::ratio& ratio) {
        return catalogue_figure{name, term, ratio.part, ratio.whole};
    };
    return {line("compress_ratio", "承诺时限压缩比", figures.compress_ratio),
            line("immediate_share", "即办件占比", figures.immediate_share),
            line("zero_visit", "零跑动占比", figures.zero_visit),
            line("online_rate", "可网办率", figures.online_rate),
            line("full_online_rate", "全程网办率", figures.full_online_rate)};
}

std::string figure_text(cases::figure_unit unit, std::optional<double> value, std::string_view percent) {
    if (!value) {
        return "–";
    }
    char text[64];
    const bool share = unit == cases::figure_unit::share;
    std::snprintf(text, sizeof text, "%.2f", share ? *value * 100 : *value);
    return text + (share ? std::string(percent) : std::string());
}

std::string catalogue_text(const catalogue_figure& of, std::string_view percent) {
    const auto value = of.whole == 0 ? std::nullopt
                                     : std::optional(static_cast<double>(of.part) / static_cast<double>(of.whole));
    return figure_text(cases::figure_unit::share, value, percent);
}

std::map<std::string, std::string> class_names_of(const cases::catalogue& known) {
    std::map<std::string, std::string> names;
    for (const auto& one : known.header().classes()) {
        if (!one.name_zh().empty() && one.name_zh() != one.code()) {
            names.emplace(one.code(), one.name_zh());
        }
    }
    return names;
}

std::string group_text(const ledger::figure_group& group, const bulletin& of) {
    switch (of.query.by) {
    case ledger::figure_grouping::pair:
        return group.origin + " → " + group.dest;
    case ledger::figure_grouping::destination:
        return group.dest;
    case ledger::figure_grouping::item_class:
        if (const auto named = of.class_names.find(group.item_class); named != of.class_names.end()) {
            return named->second + ' ' + group.item_class;
        }
        return group.item_class.empty() ? "未分类 none" : group.item_class;
    case ledger::figure_grouping::level:
        return with_name(cases::term(group.level), cases::name(group.level));
    case ledger::figure_grouping::mode:
        return with_name(cases::term(group.mode), cases::name(group.mode));
    case ledger::figure_grouping::none:
        break;
    }
    return "";
}

title grouping_title(ledger::figure_grouping by) noexcept {
    switch (by) {
    case ledger::figure_grouping::pair:
        return {"收件地 → 办理地", "origin → destination"};
    case ledger::figure_grouping::destination:
        return {"办理地", "destination"};
    case ledger::figure_grouping::item_class:
        return {"事项类别", "item class"};
    case ledger::figure_grouping::level:
        return {"行使层级", "level"};
    case ledger::figure_grouping::mode:
        return {"通办方式", "mode"};
    case ledger::figure_grouping::none:
        break;
    }
    return {"范围", "scope"};
}

const std::vector<group_column>& group_columns() {
    static const std::vector<group_column> columns{{"received", "接件", "received"},
                                                   {"closed", "办结", "closed"},
                                                   {"late", "超期", "late"},
                                                   {"on_time_rate", "按时率", "on time"},
                                                   {"early_rate", "提前率", "early"},
                                                   {"commitment_early_rate", "提前率（承诺件）", "early, 承诺件"},
                                                   {"accept_rate", "受理率", "accepted"},
                                                   {"return_rate", "退件率", "sent back"},
                                                   {"supplement_rate", "补正率", "supplements"},
                                                   {"average_used_days", "平均工作日", "mean days"},
                                                   {"median_used_days", "中位数", "median"},
                                                   {"speedup", "提速", "faster"},
                                                   {"average_transfer_hours", "流转小时", "transfer h"},
                                                   {"delivery_rate", "送达率", "receipts"},
                                                   {"satisfaction_rate", "好评率", "satisfied"}};
    return columns;
}

std::vector<std::string> group_cells(const cases::figure_sums& sums) {
    std::map<std::string_view, std::string> texts;
    for (std::size_t i = 0; i < cases::figures_known; ++i) {
        const auto f = static_cast<cases::figure>(i);
        texts[cases::name(f)] = std::to_string(sums[f]);
    }
    for (const auto& rate : cases::rates_of(sums)) {
        texts[rate.name] = figure_text(rate.unit, rate.value);
    }
    std::vector<std::string> cells;
    for (const auto& column : group_columns()) {
        cells.push_back(texts[column.name]);
    }
    return cells;
}

std::vector<cases::figure_rate> printed_rates(const cases::figure_sums& sums) {
    auto rates = cases::rates_of(sums);
    std::erase_if(rates, [](const auto& rate) { return rate.detail && rate.value.value_or(0) == 0; });
    return rates;
}

std::vector<std::string> notes_of(const bulletin& of) {
    std::vector<std::string> notes{
        "按通办账本入账日（东八区）统计；撤回、转办、作废、网关退回不计入办结。 By the local day on which the ledger recorded "
        "the event; withdrawn, forwarded, voided and rejected cases are not among those closed."};
    const auto whole = of.report.whole();
    if (whole[cases::figure::receipts_of_dest] + whole[cases::figure::receipts_of_origin] <
        whole[cases::figure::messages_to_dest] + whole[cases::figure::messages_to_origin]) {
        notes.emplace_back("送达率按报文产生之日归集，尚有报文未回执，其后到达的回执仍计入。 A receipt counts with the day of its message: some are "
                           "still without, so 送达率 may rise.");
    }
    if (!of.query.origin.empty()) {
        notes.emplace_back("在办按办理地统计，限定收件地时不列。 Open cases are counted by destination, so a bulletin of one origin has "
                           "none.");
    }
    const auto provisional = whole[cases::figure::provisional];
    if (provisional > 0) {
        std::string days;
        std::size_t named = 0;
        for (const auto day : of.report.provisional_days) {
            if (named++ == days_named_max) {
                days += " …";
                break;
            }
            days += (days.empty() ? "" : ", ") + calendars::to_text(day);
        }
        const auto count = std::to_string(provisional);
        notes.push_back("※ 暂定：" + count + " 件的用时含尚未公布日历的日期，按周一至周五计。 Provisional: the working days of " +
                        count + " closed cases rest on dates without a published calendar; weekdays counted. " + days);
    }
    return notes;
}

} // namespace tongban::app
