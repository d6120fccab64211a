// The example month of docs/supervision.md, September 2026, told as a ledger: nine cases of two pairs of regions, with every
// figure computed by hand.
#pragma once

#include "connectors/log/memory_log.hpp"
#include "connectors/store/view_store.hpp"
#include "gateway/cases/figure_rates.hpp"
#include "gateway/ledger/figure_watch.hpp"

#include <memory>
#include <string_view>
#include <vector>

namespace tongban::ledger::story {

// "2026-09-18 10:00", local.
std::int64_t moment(std::string_view text);

// Its records in an order by time.
std::unique_ptr<log::memory_log> example_month();
// Projected; every record has to be applied.
void project_example(log::memory_log& log, store::view_store& rows, figure_watch* watch = nullptr);

struct expected_figure {
    cases::figure figure;
    std::int64_t value;
};
struct expected_rate {
    std::string_view name;
    std::optional<double> value;
};
// Of September alone; what is not named is 0.
const std::vector<expected_figure>& figures_by_hand();
// All rates, in their order.
const std::vector<expected_rate>& rates_by_hand();

} // namespace tongban::ledger::story
