// What the benchmarks of the view have in common: how they are called, and cases of 220 regions.
#pragma once

#include "case_story.hpp"

#include "connectors/store/rocks_view_store.hpp"
#include "gateway/calendar/calendar_source.hpp"
#include "gateway/cases/case_clocks.hpp"
#include "gateway/cases/working_days.hpp"
#include "gateway/ledger/projection.hpp"

#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace tongban::ledger::bench {

using steady = std::chrono::steady_clock;

inline constexpr cases::day_number first_day = 20'697; // 2026-09-01
inline constexpr std::uint32_t partitions = 12;
inline constexpr std::size_t batch_records = 500;

[[noreturn]] inline void fail(const std::string& why) {
    std::fprintf(stderr, "%s\n", why.c_str());
    std::exit(1);
}

inline double seconds_since(steady::time_point begun) {
    return std::chrono::duration<double>(steady::now() - begun).count();
}

// Regions by number: 220 of them.
inline std::string region(std::size_t n) {
    return std::to_string(110100 + n % 220 * 100);
}

inline story::case_name named(std::size_t n, std::size_t pairs) {
    const auto pair = n % pairs;
    return {region(pair), region(pair + 1 + pair / 220), "2026-" + std::to_string(n)};
}

// [--cases N] [--pairs N] [--keep FOLDER]
struct options {
    std::size_t cases = 1'000'000;
    std::size_t pairs = 2'000;
    std::string keep;
};

inline options parse(int argc, char** argv) {
    options given;
    for (int i = 1; i + 1 < argc; i += 2) {
        const std::string_view name = argv[i];
        const std::string_view value = argv[i + 1];
        auto* number = name == "--cases" ? &given.cases : name == "--pairs" ? &given.pairs : nullptr;
        if (name == "--keep") {
            given.keep = value;
        } else if (number == nullptr || std::from_chars(value.data(), value.data() + value.size(), *number).ec != std::errc{}) {
            fail("unknown option " + std::string(name));
        }
    }
    return given;
}

// Projects records into a new view, in batches as a gateway does.
class view_filler {
public:
    view_filler(store::view_store& rows, std::string_view identity) : rows_(rows), fold_(rows, {}) {
        fold_.open(identity, partitions);
    }
    // The n-th case's record, with the days that its event needs.
    void tell(std::size_t n, const story::case_name& of, v1::LedgerRecord record, std::int64_t at_ms) {
        if (cases::reckons_days(record.event().body_case())) {
            calendar_.attach(record, at_ms);
        }
        const auto partition = static_cast<std::uint32_t>(n % partitions);
        const auto bytes = record.SerializeAsString();
        const auto key = of.id();
        const cases::record_time at(std::chrono::milliseconds{at_ms});
        const auto done = fold_.fold({{partition, offsets_[partition]++}, at, key, bytes});
        if (!done || done->verdict != cases::verdict::applied) {
            fail("a record was not applied");
        }
        if (++told_ % batch_records == 0 && fold_.commit()) {
            fail("a batch was not written");
        }
    }
    void finish(std::size_t cases) {
        if (fold_.commit() || rows_.flush()) {
            fail("not written");
        }
        std::printf("%zu cases, %zu events projected in %.1f s\n", cases, told_, seconds_since(begun_));
    }

private:
    store::view_store& rows_;
    const calendars::calendar_source calendar_{calendars::calendar::built_in()};
    projection fold_;
    std::vector<std::uint64_t> offsets_ = std::vector<std::uint64_t>(partitions);
    std::size_t told_ = 0;
    const steady::time_point begun_ = steady::now();
};

// Of the view that is filled; removed at the end unless the caller keeps it.
class view_folder {
public:
    explicit view_folder(const options& given) : kept_(!given.keep.empty()) {
        std::string pattern = (std::filesystem::temp_directory_path() / "tongban-bench-XXXXXX").string();
        settings.directory = kept_ ? std::filesystem::path(given.keep) : std::filesystem::path(mkdtemp(pattern.data()));
    }
    ~view_folder() {
        if (!kept_) {
            std::error_code ignored;
            std::filesystem::remove_all(settings.directory, ignored);
        }
    }
    view_folder(const view_folder&) = delete;
    view_folder& operator=(const view_folder&) = delete;

    store::rocks_view_settings settings;

private:
    bool kept_;
};

} // namespace tongban::ledger::bench
