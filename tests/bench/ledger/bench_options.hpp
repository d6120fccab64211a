// What the benchmarks of the view have in common: how they are called, and cases of 220 regions.
#pragma once

#include "case_story.hpp"

#include "connectors/store/rocks_view_store.hpp"
#include "gateway/cases/working_days.hpp"

#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>

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
