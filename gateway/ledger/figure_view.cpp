// A scan over days. A cursor is the last row's key in hexadecimal digits.
#include "gateway/ledger/figure_view.hpp"

#include "gateway/ledger/record.hpp"

#include <array>
#include <utility>

namespace tongban::ledger {

namespace {

constexpr std::array<std::string_view, 6> grouping_names{"", "pair", "destination", "item-class", "level", "mode"};
constexpr std::size_t cursor_max = 128;

figure_group group_of(const figure_place& place, figure_grouping by) {
    figure_group group;
    switch (by) {
    case figure_grouping::none:
        break;
    case figure_grouping::pair:
        group.origin = place.origin;
        group.dest = place.dest;
        break;
    case figure_grouping::destination:
        group.dest = place.dest;
        break;
    case figure_grouping::item_class:
        group.item_class = place.item_class;
        break;
    case figure_grouping::level:
        group.level = place.level;
        break;
    case figure_grouping::mode:
        group.mode = place.mode;
        break;
    }
    return group;
}

} // namespace

std::string_view name(figure_grouping by) noexcept {
    return grouping_names[static_cast<std::size_t>(by)];
}

std::optional<figure_grouping> grouping_named(std::string_view name) noexcept {
    for (std::size_t i = 0; i < grouping_names.size(); ++i) {
        if (grouping_names[i] == name) {
            return static_cast<figure_grouping>(i);
        }
    }
    return std::nullopt;
}

figure_report& figure_report::operator+=(figure_report&& stretch) {
    for (const auto& [group, sums] : stretch.groups) {
        groups[group] += sums;
    }
    provisional_days.merge(stretch.provisional_days);
    rows += stretch.rows;
    reached = std::max(reached, stretch.reached);
    next = std::move(stretch.next);
    return *this;
}

cases::figure_sums figure_report::whole() const {
    cases::figure_sums sums;
    for (const auto& [group, each] : groups) {
        sums += each;
    }
    return sums;
}

boost::system::result<figure_report> read_figures(const store::view_store& rows, const figure_query& query) {
    figure_report report;
    std::string from(rows::figure_day(query.from).view());
    if (!query.after.empty()) {
        const auto key = query.after.size() > cursor_max ? std::nullopt : from_hex(query.after);
        if (!key || !key->starts_with('s')) {
            return make_error_code(boost::system::errc::invalid_argument);
        }
        from = std::max(from, *key + '\0');
    }
    std::string last;
    bool readable = true;
    const auto error = rows.scan(from, rows::figure_day(query.to + 1), [&](std::string_view key, std::string_view value) {
        if (report.rows == query.rows) {
            report.next = to_hex(last);
            return false;
        }
        const auto row = rows::decode_figure_day(key);
        const auto sums = row ? cases::figure_sums::decode(value) : std::nullopt;
        readable = sums.has_value();
        if (!readable) {
            return false;
        }
        ++report.rows;
        report.reached = row->day;
        last = key;
        const bool wanted = (query.origin.empty() || query.origin == row->place.origin) &&
                            (query.dest.empty() || query.dest == row->place.dest);
        if (wanted) {
            report.groups[group_of(row->place, query.by)] += *sums;
            if ((*sums)[cases::figure::provisional] != 0) {
                report.provisional_days.insert(row->day);
            }
        }
        return true;
    });
    if (error || !readable) {
        return error ? error : store::make_error_code(store::errc::failed);
    }
    return report;
}

} // namespace tongban::ledger
