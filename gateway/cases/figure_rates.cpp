// One row for each ratio: what is added up, what is taken off, and by what it is divided.
#include "gateway/cases/figure_rates.hpp"

#include <initializer_list>
#include <numeric>

namespace tongban::cases {

namespace {

using enum figure;
using figures = std::array<std::optional<figure>, 4>;

struct formula {
    std::string_view name;
    std::string_view term;
    std::string_view english;
    figure_unit unit;
    figures over;
    figures minus;
    figures under;
    double divisor = 1; // seconds to hours
    bool detail = false;
};

constexpr double hour = 3600;

// 退件率 of one class of reasons; in Prometheus tongban:return_rate_by_reason:30d.
constexpr formula returned_for(figure reason, std::string_view name, std::string_view term, std::string_view english) {
    return {name, term, english, figure_unit::share, {reason}, {}, {received, returned_unreceived}, 1, true};
}

constexpr formula formulas[] = {
    {"on_time_rate", "按时办结率", "closed on time", figure_unit::share, {early, on_time}, {}, {measured}},
    {"early_rate", "提前办结率（全部）", "closed early, of all", figure_unit::share, {early}, {}, {measured}},
    {"commitment_early_rate", "提前办结率（承诺件）", "closed early, of 承诺件", figure_unit::share, {commitment_early}, {}, {commitment}},
    {"overdue_rate", "超期办结率", "closed late", figure_unit::share, {late}, {}, {measured}},
    {"accept_rate", "受理率", "accepted", figure_unit::share, {accepted}, {}, {accepted, refused, returned, lapsed}},
    {"return_rate", "退件率", "sent back", figure_unit::share, {returned}, {}, {received, returned_unreceived}},
    returned_for(returned_materials_missing, "return_rate_materials_missing", "退件率：材料不齐", "sent back: materials missing"),
    returned_for(returned_materials_unreadable, "return_rate_materials_unreadable", "退件率：材料不清", "sent back: materials unreadable"),
    returned_for(returned_not_in_legal_form, "return_rate_not_in_legal_form", "退件率：不符合法定形式", "sent back: not in legal form"),
    returned_for(returned_not_handled_here, "return_rate_not_handled_here", "退件率：不属本地办理", "sent back: not handled here"),
    returned_for(returned_application_wrong, "return_rate_application_wrong", "退件率：申请信息有误", "sent back: application wrong"),
    returned_for(returned_duplicate_filing, "return_rate_duplicate_filing", "退件率：重复申报", "sent back: filed twice"),
    returned_for(returned_damaged_in_transfer, "return_rate_damaged_in_transfer", "退件率：传输缺损", "sent back: damaged in transfer"),
    returned_for(returned_other, "return_rate_other", "退件率：其他", "sent back: other"),
    {"supplement_rate", "补正率", "supplements asked for", figure_unit::share, {supplemented}, {}, {received}},
    {"first_pass_rate", "一次通过率", "none asked for", figure_unit::share, {received}, {supplemented}, {received}},
    {"average_used_days", "平均用时（工作日）", "average working days", figure_unit::days, {used_days}, {}, {closed}},
    {"average_handling_hours", "平均受理至办结（小时）", "average hours, accepted to closed", figure_unit::hours, {handling_seconds}, {}, {closed}, hour},
    {"average_total_hours", "平均收件至办结（小时）", "average hours, collected to closed", figure_unit::hours, {total_seconds}, {}, {closed}, hour},
    {"speedup", "办理提速", "faster than promised", figure_unit::share, {promise_days}, {promise_used_days}, {promise_days}},
    {"case_compress_ratio", "承诺时限压缩比（办件）", "promise under the law, by cases", figure_unit::share, {statutory_days}, {statutory_promise_days}, {statutory_days}},
    {"case_immediate_share", "即办件占比（办件）", "immediate, by cases", figure_unit::share, {immediate}, {}, {closed}},
    {"case_zero_visit", "零跑动占比（办件）", "without a visit, by cases", figure_unit::share, {zero_visit}, {}, {visits_known}},
    {"average_visits", "平均跑动次数", "average visits", figure_unit::times, {visits}, {}, {visits_known}},
    {"case_full_online_rate", "全程网办占比（办件）", "fully online, by cases", figure_unit::share, {full_online}, {}, {closed}},
    {"automatic_rate", "秒批占比", "decided by no person", figure_unit::share, {automatic}, {}, {closed}},
    {"average_transfer_hours", "平均流转时长（小时）", "average hours of transfer", figure_unit::hours, {transfer_seconds}, {}, {received}, hour},
    {"delivery_rate", "送达率（报文）", "messages acknowledged", figure_unit::share, {receipts_of_dest, receipts_of_origin}, {}, {messages_to_dest, messages_to_origin}},
    {"delivery_rate_to_dest", "送达率（至办理地）", "messages to destinations acknowledged", figure_unit::share, {receipts_of_dest}, {}, {messages_to_dest}},
    {"delivery_rate_to_origin", "送达率（至收件地）", "messages to origins acknowledged", figure_unit::share, {receipts_of_origin}, {}, {messages_to_origin}},
    {"average_delivery_hours", "平均办结至送达（小时）", "average hours, closed to delivered", figure_unit::hours, {delivery_seconds}, {}, {delivered}, hour},
    {"satisfaction_rate", "好评率", "satisfied", figure_unit::share, {satisfied}, {}, {evaluated}},
    {"rectified_rate", "差评整改率", "bad evaluations put right", figure_unit::share, {rectified}, {}, {to_rectify}},
    {"urge_answered_rate", "督办答复率", "urges answered", figure_unit::share, {urge_answered}, {}, {urged}},
};

std::int64_t total(const figure_sums& sums, const figures& of) noexcept {
    std::int64_t sum = 0;
    for (const auto& f : of) {
        sum += f ? sums[*f] : 0;
    }
    return sum;
}

std::optional<double> value(const figure_sums& sums, const formula& of) noexcept {
    const auto under = total(sums, of.under);
    if (under == 0) {
        return std::nullopt;
    }
    return static_cast<double>(total(sums, of.over) - total(sums, of.minus)) / of.divisor / static_cast<double>(under);
}

// The day that so many cases took at most, from 1.
double day_of_rank(std::span<const std::int64_t> slots, std::int64_t rank) noexcept {
    std::int64_t below = 0;
    for (std::size_t day = 0; day < slots.size(); ++day) {
        below += slots[day];
        if (below >= rank) {
            return static_cast<double>(day);
        }
    }
    return static_cast<double>(slots.size() - 1);
}

// Exact up to the last slot, which stands for all above.
std::optional<double> median_days(const figure_sums& sums) noexcept {
    const auto slots = sums.used_days();
    const auto count = std::accumulate(slots.begin(), slots.end(), std::int64_t{0});
    if (count == 0) {
        return std::nullopt;
    }
    return (day_of_rank(slots, (count + 1) / 2) + day_of_rank(slots, count / 2 + 1)) / 2;
}

// As Prometheus' histogram_quantile: linear within a bucket, the last bound for what lies above.
std::optional<double> transfer_hours(const figure_sums& sums, double quantile) noexcept {
    const auto slots = sums.transfer();
    const auto count = std::accumulate(slots.begin(), slots.end(), std::int64_t{0});
    if (count == 0) {
        return std::nullopt;
    }
    const double rank = quantile * static_cast<double>(count);
    double below = 0;
    for (std::size_t i = 0; i < transfer_bounds.size(); ++i) {
        const auto here = static_cast<double>(slots[i]);
        if (here > 0 && below + here >= rank) {
            const auto from = i == 0 ? 0.0 : static_cast<double>(transfer_bounds[i - 1]);
            return (from + (static_cast<double>(transfer_bounds[i]) - from) * (rank - below) / here) / hour;
        }
        below += here;
    }
    return static_cast<double>(transfer_bounds.back()) / hour;
}

struct words {
    std::string_view name;
    std::string_view term;
};
constexpr std::array<words, v1::BusinessMode_ARRAYSIZE> modes{
    {{"", ""}, {"FULL_ONLINE", "全程网办"}, {"COLLECT_FOR_OTHER", "异地代收代办"}, {"JOINT", "多地联办"}}};
constexpr std::array<words, v1::AuthorityLevel_ARRAYSIZE> levels{{{"", ""},
                                                                  {"NATION", "国家级"},
                                                                  {"PROVINCE", "省级"},
                                                                  {"CITY", "市级"},
                                                                  {"COUNTY", "县级"},
                                                                  {"TOWN", "镇（乡、街道）级"},
                                                                  {"VILLAGE", "村（社区）级"},
                                                                  {"GRADED", "分级行使"}}};

template <std::size_t Size>
words at(const std::array<words, Size>& all, int code) noexcept {
    return code >= 0 && code < static_cast<int>(Size) ? all[static_cast<std::size_t>(code)] : words{};
}

} // namespace

std::vector<figure_rate> rates_of(const figure_sums& sums) {
    std::vector<figure_rate> rates;
    for (const auto& each : formulas) {
        rates.push_back({each.name, each.term, each.english, each.unit, value(sums, each), each.detail});
        if (each.name == "average_used_days") {
            rates.push_back({"median_used_days", "用时中位数（工作日）", "median working days", figure_unit::days, median_days(sums)});
        }
        if (each.name == "average_transfer_hours") {
            rates.push_back({"transfer_hours_p50", "流转时长 p50（小时）", "transfer, p50", figure_unit::hours, transfer_hours(sums, 0.5)});
            rates.push_back({"transfer_hours_p95", "流转时长 p95（小时）", "transfer, p95", figure_unit::hours, transfer_hours(sums, 0.95)});
            rates.push_back({"transfer_hours_p99", "流转时长 p99（小时）", "transfer, p99", figure_unit::hours, transfer_hours(sums, 0.99)});
        }
    }
    return rates;
}

std::string_view name(v1::BusinessMode mode) noexcept {
    return at(modes, mode).name;
}

std::string_view term(v1::BusinessMode mode) noexcept {
    return at(modes, mode).term;
}

std::string_view name(v1::AuthorityLevel level) noexcept {
    return at(levels, level).name;
}

std::string_view term(v1::AuthorityLevel level) noexcept {
    return at(levels, level).term;
}

} // namespace tongban::cases
