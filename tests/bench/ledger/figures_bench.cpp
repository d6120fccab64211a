// A month of closed cases through the projection into a view on disk, then its report: how long the report takes, how many
// rows there are, and what the figures' own part of the projection costs for each event.
//   figures_bench [--cases N] [--pairs N] [--keep FOLDER]
#include "bench_options.hpp"

#include "gateway/cases/figure_rates.hpp"
#include "gateway/ledger/figure_view.hpp"

namespace tongban::ledger {
namespace {

using namespace bench;

constexpr std::size_t events_of_case = 5;

// The n-th case's events, from filing to closing, each some days later.
v1::LedgerRecord event_of(std::size_t n, std::size_t event, const story::case_name& of) {
    switch (event) {
    case 0: {
        auto record = story::submitted(of);
        auto& terms = *record.mutable_routed()->mutable_terms();
        terms.set_item_class("类别" + std::to_string(n / 7 % 3));
        terms.set_level(n % 5 == 0 ? v1::AUTHORITY_LEVEL_COUNTY : v1::AUTHORITY_LEVEL_CITY);
        terms.mutable_promise()->set_value(static_cast<int>(n % 11));
        return record;
    }
    case 1:
        return story::received(of);
    case 2:
        return story::accepted(of);
    case 3:
        return story::decided(of);
    default:
        return story::closed(of);
    }
}

// Day by day: what happens on it, of all cases, five events each within the month.
void fill(const options& given, store::view_store& rows) {
    view_filler view(rows, "figures-bench");
    for (cases::day_number day = 0; day < 30; ++day) {
        for (std::size_t n = 0; n < given.cases; ++n) {
            const auto of = named(n, given.pairs);
            for (std::size_t event = 0; event < events_of_case; ++event) {
                const auto on = static_cast<cases::day_number>(n * 7 % 20 + event * (n % 3));
                if (on == day) {
                    const auto at_ms = cases::start_of(first_day + day) + static_cast<std::int64_t>((9 + event) * 3'600'000);
                    view.tell(n, of, event_of(n, event, of), at_ms);
                }
            }
        }
    }
    view.finish(given.cases);
}

void report(const options& given, const store::view_store& rows) {
    for (const auto by : {figure_grouping::none, figure_grouping::pair, figure_grouping::item_class}) {
        const auto begun = steady::now();
        figure_query query;
        query.from = first_day;
        query.to = first_day + 29;
        query.by = by;
        figure_report month;
        std::size_t stretches = 0;
        do {
            query.after = month.next;
            auto stretch = read_figures(rows, query);
            if (!stretch) {
                fail(stretch.error().message());
            }
            month += std::move(*stretch);
            ++stretches;
        } while (!month.next.empty());
        std::size_t rates = 0;
        for (const auto& [group, sums] : month.groups) {
            rates += cases::rates_of(sums).size();
        }
        if (month.whole()[cases::figure::closed] != static_cast<std::int64_t>(given.cases)) {
            fail("the report has " + std::to_string(month.whole()[cases::figure::closed]) + " closed cases");
        }
        std::printf("report by %-10s %8.3f s: %llu rows in %zu stretches, %zu groups, %zu rates\n",
                    std::string(name(by).empty() ? "all" : name(by)).c_str(), seconds_since(begun),
                    static_cast<unsigned long long>(month.rows), stretches, month.groups.size(), rates);
    }
}

// The figures' part alone: the same events counted and sealed as the projection does, without anything else.
void cost(store::view_store& rows) {
    figure_projection figures(nullptr);
    const auto batch = rows.new_batch();
    const calendars::calendar_source calendar(calendars::calendar::built_in());
    const auto at_ms = cases::start_of(first_day) + 10 * std::int64_t{3'600'000};
    const auto at = cases::record_time(std::chrono::milliseconds(at_ms));
    for (const auto& [event, what] : {std::pair{std::size_t{0}, "a filing"}, {std::size_t{4}, "a closing"}, {std::size_t{4}, "a receipt"}}) {
        // A hundred cases of as many pairs, each as it stands after that event.
        std::vector<std::pair<v1::LedgerRecord, v1::CaseState>> told;
        for (std::size_t n = 0; n < 100; ++n) {
            v1::CaseState state;
            v1::LedgerRecord record;
            for (std::size_t e = 0; e <= event; ++e) {
                record = event_of(n, e, named(n, 100));
                calendar.attach(record, at_ms);
                (void)cases::evolve(state, record, at);
            }
            told.emplace_back(record, state);
        }
        constexpr std::size_t rounds = 20'000;
        const auto begun = std::clock(); // CPU of the process
        for (std::size_t round = 0; round < rounds; ++round) {
            for (const auto& [record, state] : told) {
                if (std::string_view(what) == "a receipt") {
                    figures.receipt(state, state.origin_region(), at_ms);
                } else {
                    figures.count(record, state, cases::regions_due(state, record), at);
                }
            }
            if (round % 5 == 4) { // 500 events
                if (figures.seal(rows, *batch)) {
                    fail("not sealed");
                }
                batch->clear();
            }
        }
        const double us = static_cast<double>(std::clock() - begun) * 1e6 / CLOCKS_PER_SEC / static_cast<double>(rounds * told.size());
        std::printf("figures of %-14s %6.3f us CPU an event, in batches of 500 over 100 pairs\n", what, us);
    }
}

} // namespace
} // namespace tongban::ledger

int main(int argc, char** argv) {
    using namespace tongban;
    const auto given = ledger::bench::parse(argc, argv);
    const ledger::bench::view_folder folder(given);
    store::rocks_view_store rows(folder.settings);
    ledger::cost(rows);
    ledger::fill(given, rows);
    ledger::report(given, rows);
    return 0;
}
