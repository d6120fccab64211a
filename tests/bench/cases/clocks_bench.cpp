// What terms and clocks cost a case: evolve of a filing with and without terms, the clocks' fold of each event alone, a
// slice given to a record, the state's bytes. docs/performance.md has the figures.
//   clocks_bench [--benchmark_filter=…]
#include "gateway/calendar/calendar_source.hpp"
#include "gateway/cases/case_clocks.hpp"
#include "tests/unit/gateway/cases/story.hpp"

#include <benchmark/benchmark.h>

namespace tongban::cases::story {
namespace {

std::int64_t hour_on(const char* day, int hour) {
    return start_of(*calendars::parse_day(day)) + hour * std::int64_t{3'600'000};
}

v1::CaseTerms some_terms() {
    v1::CaseTerms terms;
    terms.set_item_version("2026.3");
    terms.set_agreement("淮海经济区-2026-07");
    terms.set_rules_version("2024试行");
    terms.mutable_promise()->set_value(10);
    terms.mutable_promise()->set_unit(v1::LIMIT_UNIT_WORKDAY);
    terms.mutable_statutory()->set_value(20);
    terms.mutable_statutory()->set_unit(v1::LIMIT_UNIT_WORKDAY);
    terms.set_item_class("公积金");
    terms.set_level(v1::AUTHORITY_LEVEL_CITY);
    return terms;
}

void filing(benchmark::State& run, bool with_terms) {
    auto record = submission();
    if (with_terms) {
        *record.mutable_routed()->mutable_terms() = some_terms();
    }
    const auto now = at(hour_on("2026-09-18", 10));
    v1::CaseState state;
    for (auto _ : run) {
        state.Clear();
        benchmark::DoNotOptimize(evolve(state, record, now));
    }
    run.counters["state_bytes"] = static_cast<double>(state.ByteSizeLong());
}

void evolve_filing_without_terms(benchmark::State& run) {
    filing(run, false);
}
BENCHMARK(evolve_filing_without_terms);

void evolve_filing_with_terms(benchmark::State& run) {
    filing(run, true);
}
BENCHMARK(evolve_filing_with_terms);

struct step {
    v1::CaseEvent::BodyCase body;
    const char* day;
};
constexpr step life[] = {{event::kDestReceived, "2026-09-18"},
                         {event::kCaseAccepted, "2026-09-21"},
                         {event::kDecided, "2026-10-08"},
                         {event::kCaseClosed, "2026-10-09"}};

// A case up to the event, then the fold of its clocks alone.
void fold_of(benchmark::State& run) {
    const calendars::calendar_source calendar(calendars::calendar::built_in());
    auto filed = submission();
    *filed.mutable_routed()->mutable_terms() = some_terms();
    v1::CaseState state;
    (void)evolve(state, filed, at(hour_on("2026-09-18", 9)));
    const auto last = static_cast<std::size_t>(run.range(0));
    v1::LedgerRecord record_of_last;
    std::int64_t now_ms = 0;
    for (std::size_t i = 0; i <= last; ++i) {
        record_of_last = record(life[i].body, platform_b());
        now_ms = hour_on(life[i].day, 10);
        calendar.attach(record_of_last, now_ms);
        if (i < last) {
            (void)evolve(state, record_of_last, at(now_ms));
        }
    }
    auto folded = state;
    (void)evolve(folded, record_of_last, at(now_ms)); // has the status that follows
    for (auto _ : run) {
        fold_clocks(folded, record_of_last, now_ms);
    }
    run.SetLabel(std::string(name(life[last].body)));
    run.counters["clocks_bytes"] = static_cast<double>(folded.clocks().ByteSizeLong());
}
BENCHMARK(fold_of)->DenseRange(0, 3);

void slice_given(benchmark::State& run) {
    const calendars::calendar_source calendar(calendars::calendar::built_in());
    const auto now_ms = hour_on("2026-09-18", 10);
    for (auto _ : run) {
        v1::LedgerRecord record;
        calendar.attach(record, now_ms);
        benchmark::DoNotOptimize(record);
    }
    run.counters["slice_bytes"] = static_cast<double>(calendar.slice(now_ms)->ByteSizeLong());
}
BENCHMARK(slice_given);

// What a case's row costs more with clocks than without: written and read.
void state_bytes(benchmark::State& run, bool with_clocks) {
    const calendars::calendar_source calendar(calendars::calendar::built_in());
    auto filed = submission();
    *filed.mutable_routed()->mutable_terms() = some_terms();
    v1::CaseState state;
    (void)evolve(state, filed, at(hour_on("2026-09-18", 9)));
    for (const auto& each : life) {
        auto told = record(each.body, platform_b());
        calendar.attach(told, hour_on(each.day, 10));
        (void)evolve(state, told, at(hour_on(each.day, 10)));
    }
    if (!with_clocks) {
        state.clear_clocks();
        state.clear_terms();
    }
    std::string bytes;
    v1::CaseState read;
    for (auto _ : run) {
        state.SerializeToString(&bytes);
        benchmark::DoNotOptimize(read.ParseFromString(bytes));
    }
    run.counters["bytes"] = static_cast<double>(bytes.size());
}

void state_written_and_read_without_clocks(benchmark::State& run) {
    state_bytes(run, false);
}
BENCHMARK(state_written_and_read_without_clocks);

void state_written_and_read_with_clocks(benchmark::State& run) {
    state_bytes(run, true);
}
BENCHMARK(state_written_and_read_with_clocks);

} // namespace
} // namespace tongban::cases::story

BENCHMARK_MAIN();
