// simulate [--from SEED] [--seeds N] [--plant MISTAKE] [--history FOLDER] [--threads N]: schedules one after the other.
// Exit 0 when all are clean; 1 when one is not, which is named with its seed; 2 when it was asked wrongly.
#include "tests/simulation/world.hpp"

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <mutex>
#include <string_view>
#include <thread>

namespace {

using namespace tongban::simulation;

struct options {
    std::uint64_t from = 1;
    std::uint64_t seeds = 1000;
    mistake planted = mistake::none;
    std::string folder; // for the histories of schedules that are not clean
    unsigned threads = 1;
};

std::optional<options> parse(const std::vector<std::string>& given) {
    options wanted;
    for (std::size_t i = 0; i + 1 < given.size(); i += 2) {
        const auto& value = given[i + 1];
        if (given[i] == "--from") {
            wanted.from = std::stoull(value);
        } else if (given[i] == "--seeds") {
            wanted.seeds = std::stoull(value);
        } else if (given[i] == "--threads") {
            wanted.threads = static_cast<unsigned>(std::stoul(value));
        } else if (given[i] == "--history") {
            wanted.folder = value;
        } else if (given[i] == "--plant" && mistake_named(value)) {
            wanted.planted = *mistake_named(value);
        } else {
            return std::nullopt;
        }
    }
    return given.size() % 2 == 0 ? std::optional(wanted) : std::nullopt;
}

// One thread's share: every n-th seed.
class share {
public:
    share(const options& wanted, std::atomic<std::uint64_t>& unclean) : wanted_(wanted), unclean_(unclean) {}

    void run(std::uint64_t first, std::uint64_t apart) {
        for (auto seed = first; seed < wanted_.from + wanted_.seeds; seed += apart) {
            schedule one{seed, wanted_.planted};
            one.keep_history = !wanted_.folder.empty();
            const auto got = tongban::simulation::run(one);
            records += got.said.records;
            kills += got.kills;
            lasted += got.lasted;
            if (!got.said.is_clean()) {
                ++unclean_;
                tell(seed, got);
            }
        }
    }
    std::uint64_t records = 0;
    std::uint64_t kills = 0;
    std::chrono::milliseconds lasted{0};

private:
    void tell(std::uint64_t seed, const result& got) const {
        static std::mutex one_at_a_time;
        const std::lock_guard lock(one_at_a_time);
        std::cout << "seed " << seed << ":\n" << tongban::history::as_text(got.said);
        if (!wanted_.folder.empty()) {
            const std::filesystem::path folder(wanted_.folder);
            std::filesystem::create_directories(folder);
            std::ofstream(folder / (std::to_string(seed) + "-ledger.jsonl")) << got.ledger_lines;
            std::ofstream(folder / (std::to_string(seed) + "-answers.jsonl")) << got.answer_lines;
        }
    }
    const options& wanted_;
    std::atomic<std::uint64_t>& unclean_;
};

int run(const options& wanted) {
    std::atomic<std::uint64_t> unclean{0};
    const auto begun = std::chrono::steady_clock::now();
    std::vector<share> shares(wanted.threads, share(wanted, unclean));
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < wanted.threads; ++i) {
        threads.emplace_back([&shares, &wanted, i] { shares[i].run(wanted.from + i, wanted.threads); });
    }
    share all(wanted, unclean);
    for (unsigned i = 0; i < wanted.threads; ++i) {
        threads[i].join();
        all.records += shares[i].records;
        all.kills += shares[i].kills;
        all.lasted += shares[i].lasted;
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
    std::cout << wanted.seeds << " schedules from seed " << wanted.from << " with " << name(wanted.planted) << " planted: "
              << unclean << " not clean; " << all.records << " records, " << all.kills << " kills, "
              << std::chrono::floor<std::chrono::minutes>(all.lasted).count() << " simulated minutes; " << took.count()
              << " s, " << static_cast<std::uint64_t>(60.0 * static_cast<double>(wanted.seeds) / took.count())
              << " schedules a minute\n";
    return unclean == 0 ? 0 : 1;
}

} // namespace

int main(int argc, char** argv) {
    const auto wanted = parse({argv + 1, argv + argc});
    if (!wanted || wanted->threads == 0) {
        std::cerr << "simulate [--from SEED] [--seeds N] [--plant MISTAKE] [--history FOLDER] [--threads N]\n";
        return 2;
    }
    return run(*wanted);
}
