#include "gateway/ledger/standing_figures.hpp"

#include "gateway/ledger/clock_rows.hpp"
#include "gateway/ledger/view.hpp"
#include "gateway/ledger/view_accounts.hpp"

namespace tongban::ledger {

namespace {

void add(open_cases_by_band& to, v1::SupervisionBand band, std::int64_t count) noexcept {
    switch (band) {
    case v1::SUPERVISION_BAND_BLUE:
        to.blue += count;
        break;
    case v1::SUPERVISION_BAND_YELLOW:
        to.yellow += count;
        break;
    case v1::SUPERVISION_BAND_RED:
        to.red += count;
        break;
    default:
        break;
    }
}

} // namespace

open_cases_by_band& open_cases_by_band::operator+=(const open_cases_by_band& other) noexcept {
    open += other.open;
    blue += other.blue;
    yellow += other.yellow;
    red += other.red;
    return *this;
}

open_cases_by_band standing_figures::whole() const noexcept {
    open_cases_by_band sum;
    for (const auto& [region, each] : destinations) {
        sum += each;
    }
    return sum;
}

boost::system::result<standing_figures> read_standing_figures(const store::view_store& rows) {
    standing_figures figures;
    const auto totals = view(rows).totals();
    if (!totals) {
        return totals.error();
    }
    for (const auto& open : totals->open()) {
        if (open.status() != v1::CASE_STATUS_COLLECTED) { // no case yet before it is filed
            figures.destinations[open.dest_region()].open += open.count();
        }
    }
    const auto error = rows.scan(rows::key('b'), rows::key('b').past(), [&](std::string_view key, std::string_view value) {
        const auto of = rows::decode_band_count(key);
        add(figures.destinations[std::string(of.dest_region)], of.band, static_cast<std::int64_t>(rows::cursor(value).u64()));
        return true;
    });
    if (error) {
        return error;
    }
    standing_query sums_alone;
    sums_alone.rows_max = 0;
    const auto accounts = standing(rows, sums_alone);
    if (!accounts) {
        return accounts.error();
    }
    if (!accounts->moving || accounts->gap() == 0) {
        figures.unexplained = static_cast<std::int64_t>(accounts->gap());
    }
    return figures;
}

} // namespace tongban::ledger
