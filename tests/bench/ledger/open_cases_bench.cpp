// A million open cases, each with a timer: from the view's checkpoint on disk to a gateway that may serve, and what it then
// costs to find the timers that are due.
//   open_cases_bench [--cases N] [--pairs N] [--keep FOLDER]
#include "bench_options.hpp"

#include "gateway/ledger/clock_watch.hpp"
#include "gateway/ledger/delivery_watch.hpp"
#include "gateway/ledger/figure_watch.hpp"

#include <ctime>

namespace tongban::ledger {
namespace {

using namespace bench;

double cpu_seconds() {
    timespec used{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

// Filed, received and accepted over a month; a promise of 5 to 44 working days, so that timers spread.
void fill(const options& given, store::view_store& rows) {
    view_filler view(rows, "open-cases-bench");
    for (std::size_t n = 0; n < given.cases; ++n) {
        const auto of = named(n, given.pairs);
        const auto day = first_day + static_cast<cases::day_number>(n * 30 / given.cases);
        for (std::size_t event = 0; event < 3; ++event) {
            auto record = event == 0 ? story::submitted(of) : event == 1 ? story::received(of) : story::accepted(of);
            if (event == 0) {
                auto& promise = *record.mutable_routed()->mutable_terms()->mutable_promise();
                promise.set_value(static_cast<int>(5 + n % 40));
                promise.set_unit(v1::LIMIT_UNIT_WORKDAY);
            }
            view.tell(n, of, std::move(record), cases::start_of(day) + static_cast<std::int64_t>((9 + event) * 3'600'000));
        }
    }
    view.finish(given.cases);
}

// As a gateway starts, up to the first record it has not seen.
void start(const options& given, const store::rocks_view_settings& settings) {
    const auto cpu = cpu_seconds();
    const auto begun = steady::now();
    store::rocks_view_store rows(settings);
    const auto opened = seconds_since(begun);
    inbox_watch inbox;
    delivery_watch deliveries;
    clock_watch clocks;
    figure_watch figures;
    projection fold(rows, {}, &inbox, &deliveries, &clocks, &figures);
    fold.open("open-cases-bench", partitions);
    const auto ready = seconds_since(begun);
    std::int64_t waiting = 0;
    for (const auto& each : inbox.figures()) {
        waiting += each.depth;
    }
    if (waiting != static_cast<std::int64_t>(given.cases)) {
        fail("the inboxes hold " + std::to_string(waiting) + " cases");
    }
    std::printf("start: %.3f s, of which the store %.3f s, CPU %.3f s\n", ready, opened, cpu_seconds() - cpu);

    for (const auto days : {10, 20, 40}) {
        const auto now_ms = static_cast<std::uint64_t>(cases::start_of(first_day + days));
        const auto looked = steady::now();
        std::size_t due = 0;
        for (std::uint32_t partition = 0; partition < partitions; ++partition) {
            const auto scanned = rows.scan(clocks.begin(partition), rows::timers(partition).u64(now_ms).past(),
                                           [&](std::string_view, std::string_view) { return ++due % 256 != 0; });
            clocks.end(partition, {});
            if (scanned) {
                fail("timers were not read");
            }
        }
        std::printf("due by day %2d: the first %4zu of all partitions found in %.1f ms\n", days, due, seconds_since(looked) * 1e3);
    }
}

} // namespace
} // namespace tongban::ledger

int main(int argc, char** argv) {
    using namespace tongban;
    const auto given = ledger::bench::parse(argc, argv);
    const ledger::bench::view_folder folder(given);
    {
        store::rocks_view_store rows(folder.settings);
        ledger::fill(given, rows);
    }
    ledger::start(given, folder.settings);
    return 0;
}
