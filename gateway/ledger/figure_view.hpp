// Reports of figures: the rows of some days, added up by what somebody wants to see them by. Read in stretches, so that a
// long period holds up no thread; stretches add up like days do.
#pragma once

#include "connectors/store/view_store.hpp"
#include "gateway/ledger/figure_rows.hpp"

#include <compare>
#include <map>
#include <set>
#include <string>

namespace tongban::ledger {

enum class figure_grouping : std::uint8_t { none, pair, destination, item_class, level, mode };
// "pair", "item-class"; empty for none.
std::string_view name(figure_grouping by) noexcept;
std::optional<figure_grouping> grouping_named(std::string_view name) noexcept;

struct figure_query {
    cases::day_number from{};
    cases::day_number to{}; // the last day
    figure_grouping by{};
    std::string origin; // six digits; empty: all
    std::string dest;
    std::string after; // opaque: the `next` of the stretch before
    static constexpr std::size_t rows_max = 5000;
    std::size_t rows = rows_max;
};

// What a group is about; what the grouping does not ask for is empty.
struct figure_group {
    std::string origin;
    std::string dest;
    std::string item_class;
    v1::AuthorityLevel level{};
    v1::BusinessMode mode{};
    friend auto operator<=>(const figure_group&, const figure_group&) = default;
};

struct figure_report {
    std::map<figure_group, cases::figure_sums> groups;
    std::set<cases::day_number> provisional_days; // some cases' days rest on an unpublished calendar
    std::uint64_t rows = 0;
    cases::day_number reached{}; // day of the last row read
    std::string next;            // empty at the end

    // A further stretch of the same query.
    figure_report& operator+=(figure_report&& stretch);
    cases::figure_sums whole() const;
};

// boost::system::errc::invalid_argument when `after` is no cursor of ours; else the error is the store's.
boost::system::result<figure_report> read_figures(const store::view_store& rows, const figure_query& query);

} // namespace tongban::ledger
