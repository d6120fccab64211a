// A national catalogue (220 regions × 500 items, 40 agreements of four provinces each): how long loading takes, how much
// memory stays, and what the rules cost an accepted case that is drawn at random, so that caches do not flatter.
#include "connectors/catalogue/load.hpp"
#include "gateway/cases/case_terms.hpp"
#include "gateway/cases/catalogue_rules.hpp"
#include "gateway/cases/check_digits.hpp"

#include <benchmark/benchmark.h>

#include <cstdio>
#include <fstream>
#include <random>

namespace {

using namespace tongban;

constexpr int regions = 220;
constexpr int items_each = 500;

std::string region_of(int n) {
    constexpr int provinces[] = {11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33};
    return std::to_string(provinces[n / 20] * 10000 + (n % 20 + 1) * 100);
}

std::string code_of(int region, int item) {
    char front[18];
    std::snprintf(front, sizeof front, "11%sTT%06d", region_of(region).c_str(), item % 100);
    std::string organisation = std::string(front).substr(8, 8);
    std::string first = std::string(front).substr(0, 16) + cases::organisation_check_char(organisation);
    char basic[13];
    std::snprintf(basic, sizeof basic, "0001%05d%03d", item, 0);
    return first + cases::uscc_check_char(first) + '3' + basic;
}

cases::catalogue_contents national() {
    cases::catalogue_contents made;
    made.header.set_version("national");
    made.header.set_agreements_listed(true);
    for (int i = 0; i < 20; ++i) {
        made.header.add_classes()->set_code("class-" + std::to_string(i));
    }
    for (int r = 0; r < regions; ++r) {
        for (int i = 0; i < items_each; ++i) {
            auto& item = made.add_item();
            item.set_region(region_of(r));
            item.set_impl_code(code_of(r, i));
            item.set_basic_code(item.impl_code().substr(19));
            item.set_name("跨省通办事项第" + std::to_string(i) + "号");
            item.set_version("2026.1");
            item.set_valid_from("2026-01-01");
            item.set_level(v1::AUTHORITY_LEVEL_CITY);
            item.set_scope(v1::SERVICE_SCOPE_NATIONAL);
            item.add_modes(v1::BUSINESS_MODE_FULL_ONLINE);
            item.add_modes(v1::BUSINESS_MODE_COLLECT_FOR_OTHER);
            item.set_item_class("class-" + std::to_string(i % 20));
            item.set_case_type(v1::CASE_TYPE_COMMITMENT);
            item.mutable_promise()->set_value(3);
            item.mutable_promise()->set_unit(v1::LIMIT_UNIT_WORKDAY);
            item.mutable_statutory()->set_value(20);
            item.mutable_statutory()->set_unit(v1::LIMIT_UNIT_WORKDAY);
            item.mutable_owner()->set_uscc(item.impl_code().substr(0, 18));
            item.set_other_versions(v1::VERSION_RULE_REJECT);
            for (int m = 0; m < 4; ++m) {
                auto& material = *item.add_materials();
                material.set_code("CL00" + std::to_string(m));
                material.set_name("申请材料第" + std::to_string(m) + "种");
                material.set_required(m < 3);
                material.set_tolerance(m == 2);
            }
        }
    }
    for (int a = 0; a < 40; ++a) {
        auto& agreement = made.add_agreement();
        agreement.set_id("AGREEMENT-" + std::to_string(a));
        agreement.set_rules_version("2026");
        for (int r = 0; r < regions; ++r) {
            (r % 40 == a ? agreement.add_origins() : agreement.add_destinations())->assign(region_of(r));
        }
        for (int i = 0; i < 20; ++i) {
            agreement.add_item_classes("class-" + std::to_string(i));
        }
    }
    return made;
}

const std::string& compiled() {
    static const std::string bytes = catalogue::compile(*cases::catalogue::build(national()));
    return bytes;
}

catalogue::load_result load() {
    auto read = catalogue::load_catalogue_bytes({{"national.binpb", compiled()}}, {catalogue::china_day(), {}});
    if (!read.loaded) {
        std::fprintf(stderr, "%s\n", read.mistakes.front().text().c_str());
        std::abort();
    }
    return read;
}

double resident_mb() {
    std::ifstream in("/proc/self/statm");
    double pages = 0;
    in >> pages >> pages;
    return pages * 4096 / 1e6;
}

void load_compiled(benchmark::State& state) {
    (void)compiled();
    double grown = 0;
    for (auto _ : state) {
        const auto before = resident_mb();
        const auto read = load();
        grown = resident_mb() - before;
        benchmark::DoNotOptimize(read.loaded.get());
    }
    state.counters["items"] = regions * items_each;
    state.counters["file_MB"] = static_cast<double>(compiled().size()) / 1e6;
    state.counters["resident_MB"] = grown;
}
BENCHMARK(load_compiled)->Unit(benchmark::kMillisecond)->Iterations(3);

// What differs between cases; the rest of an event that was just read is in the cache, as it is in the gateway.
struct filing {
    std::string origin;
    std::string destination;
    std::string code;
};

std::vector<filing> filings(std::size_t spread) {
    std::mt19937 random(7);
    std::vector<filing> all;
    while (all.size() < spread) {
        const int to = static_cast<int>(random() % regions);
        const int from = static_cast<int>(random() % regions);
        if (from % 40 != to % 40) {
            all.push_back({region_of(from), region_of(to), code_of(to, static_cast<int>(random() % items_each))});
        }
    }
    return all;
}

v1::CaseEvent submission() {
    v1::CaseEvent event;
    auto& filed = *event.mutable_case_submitted();
    filed.mutable_item()->set_version("2026.1");
    filed.set_business_mode(v1::BUSINESS_MODE_FULL_ONLINE);
    filed.set_case_type(v1::CASE_TYPE_COMMITMENT);
    filed.mutable_promise()->set_value(3);
    filed.mutable_promise()->set_unit(v1::LIMIT_UNIT_WORKDAY);
    for (int m = 0; m < 3; ++m) {
        auto& material = *event.mutable_dossier()->add_materials();
        material.set_code("CL00" + std::to_string(m));
        material.set_name("申请材料第" + std::to_string(m) + "种");
    }
    return event;
}

// Cases of so many different items: 140 is what a city exchanges, 20000 leaves no cache warm.
void judge_and_fill(benchmark::State& state) {
    const auto read = load();
    const auto drawn = filings(static_cast<std::size_t>(state.range(0)));
    auto event = submission();
    const auto day = catalogue::china_day();
    google::protobuf::ArenaOptions options;
    options.start_block_size = 8192;
    std::size_t i = 0;
    std::size_t refused = 0;
    for (auto _ : state) {
        const auto& one = drawn[i++ % drawn.size()];
        event.mutable_case_()->set_origin_region(one.origin);
        event.mutable_case_()->set_dest_region(one.destination);
        event.mutable_case_submitted()->mutable_item()->set_impl_code(one.code);
        google::protobuf::Arena arena(options);
        auto& terms = *google::protobuf::Arena::CreateMessage<v1::CaseTerms>(&arena);
        const auto judged = cases::judge(*read.loaded, event, day, {});
        refused += judged.refused() ? 1 : 0;
        cases::fill_terms(judged, terms);
        benchmark::DoNotOptimize(&terms);
    }
    state.counters["refused"] = static_cast<double>(refused);
}
BENCHMARK(judge_and_fill)->Arg(1)->Arg(140)->Arg(20000);

// The arena alone, which an event has anyway.
void arena_alone(benchmark::State& state) {
    google::protobuf::ArenaOptions options;
    options.start_block_size = 8192;
    for (auto _ : state) {
        google::protobuf::Arena arena(options);
        benchmark::DoNotOptimize(google::protobuf::Arena::CreateMessage<v1::CaseTerms>(&arena));
    }
}
BENCHMARK(arena_alone);

} // namespace

BENCHMARK_MAIN();
