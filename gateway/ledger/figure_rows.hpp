// Rows of the figures; the rest of the view's rows stands in rows.hpp, the grammar of all in schemas/README.md.
//
//   "s" day(4) R(origin) R(destination) level(1) mode(1) class   sums of one local day (days since 1970-01-01, +08:00)
//   "S" R(destination) mode(1) class                             the same of all days: what metrics show
#pragma once

#include "gateway/cases/figures.hpp"
#include "gateway/cases/working_days.hpp"
#include "gateway/ledger/rows.hpp"

namespace tongban::ledger {

// What a case is counted under.
struct figure_place {
    std::string_view origin;
    std::string_view dest;
    v1::AuthorityLevel level{};
    v1::BusinessMode mode{};
    std::string_view item_class; // empty: the catalogue gives none
    friend bool operator==(const figure_place&, const figure_place&) = default;
};

// References `state`. The level is the catalogue's, else the one that a full 实施编码 names.
figure_place figure_place_of(const v1::CaseState& state) noexcept;

namespace rows {

// Longer names of classes are cut; the catalogue's are codes.
inline constexpr std::size_t item_class_max = 42;

key figure_day(cases::day_number day);
key figures(cases::day_number day, const figure_place& place);
key figure_total(const figure_place& place);

struct figure_day_key {
    cases::day_number day{};
    figure_place place; // references the key
};
std::optional<figure_day_key> decode_figure_day(std::string_view key) noexcept;
// `origin` and `level` are empty.
std::optional<figure_place> decode_figure_total(std::string_view key) noexcept;

} // namespace rows

} // namespace tongban::ledger
