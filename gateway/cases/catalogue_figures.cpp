// Sums over the rows in force.
#include "gateway/cases/catalogue_figures.hpp"

namespace tongban::cases {

namespace {

void compare_limits(const v1::CatalogueItem& item, catalogue_figures& figures) {
    if (!item.has_statutory() || item.statutory().value() <= 0) {
        return; // the law names no limit: nothing to undercut
    }
    const bool at_once = item.case_type() == v1::CASE_TYPE_IMMEDIATE || item.promise().value() == 0;
    const bool working_days = item.statutory().unit() == v1::LIMIT_UNIT_WORKDAY;
    if (!working_days || (!at_once && item.promise().unit() != v1::LIMIT_UNIT_WORKDAY)) {
        ++figures.other_units;
        return;
    }
    ++figures.compared;
    figures.compress_ratio.whole += item.statutory().value();
    figures.compress_ratio.part += item.statutory().value() - (at_once ? 0 : item.promise().value());
}

} // namespace

std::optional<double> ratio::value() const noexcept {
    if (whole == 0) {
        return std::nullopt;
    }
    return static_cast<double>(part) / static_cast<double>(whole);
}

catalogue_figures figures_of(const catalogue& known, std::int32_t day, std::uint32_t region) {
    catalogue_figures figures;
    for (const auto& row : region == 0 ? known.rows() : known.of_region(region)) {
        if (!row.valid.covers(day)) {
            continue;
        }
        const auto& item = *row.item;
        ++figures.items;
        compare_limits(item, figures);
        figures.immediate_share.part += item.case_type() == v1::CASE_TYPE_IMMEDIATE ? 1 : 0;
        figures.zero_visit.part += item.onsite_visits() == 0 ? 1 : 0;
        figures.online_rate.part += item.online_depth() >= v1::ONLINE_DEPTH_FILING ? 1 : 0;
        figures.full_online_rate.part += item.online_depth() == v1::ONLINE_DEPTH_FULL ? 1 : 0;
        figures.visits += item.onsite_visits();
    }
    for (auto* share : {&figures.immediate_share, &figures.zero_visit, &figures.online_rate, &figures.full_online_rate}) {
        share->whole = figures.items;
    }
    return figures;
}

} // namespace tongban::cases
