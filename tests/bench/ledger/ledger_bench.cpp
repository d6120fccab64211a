// CPU of the whole process (RocksDB's flushes and compactions included) per projected case and event, and per
// append through the ledger. Compare figures of one run only.
//   ledger_bench [--cases N] [--dossier BYTES] [--batch N] [--later 0] [--append 0]
#include "case_story.hpp"

#include "connectors/log/memory_log.hpp"
#include "connectors/store/rocks_view_store.hpp"
#include "gateway/ledger/ledger.hpp"
#include "gateway/ledger/projection.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <sys/resource.h>

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <random>
#include <string_view>
#include <utility>

namespace tongban::ledger {
namespace {

using namespace std::chrono_literals;
using v1::LedgerRecord;

struct options {
    std::size_t cases = 200'000;
    std::size_t dossier = 1024;
    std::size_t batch = 50;
    std::size_t later = 1;  // 0: leave out later events
    std::size_t append = 1; // 0: leave out appends
};

struct cost {
    double cpu_us{};
    double seconds{};
};

class stopwatch {
public:
    cost stop() const {
        const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - began_;
        return {cpu_now() - cpu_, wall.count()};
    }

private:
    static double cpu_now() {
        rusage usage{};
        getrusage(RUSAGE_SELF, &usage);
        const auto us = [](const timeval& t) {
            return static_cast<double>(t.tv_sec) * 1e6 + static_cast<double>(t.tv_usec);
        };
        return us(usage.ru_utime) + us(usage.ru_stime);
    }
    double cpu_ = cpu_now();
    std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

void print(const char* what, std::size_t count, const cost& spent) {
    const auto n = static_cast<double>(count);
    std::printf("%-58s %8.2f us CPU   %9.0f /s\n", what, spent.cpu_us / n, n / spent.seconds);
}

[[noreturn]] void fail(const std::string& why) {
    std::fprintf(stderr, "ledger_bench: %s\n", why.c_str());
    std::exit(1);
}

story::case_name numbered(std::size_t n) {
    static const char* const regions[] = {"370800", "140400", "370200", "620700", "320300"};
    return {regions[n % 5], regions[(n + 1 + n / 5 % 4) % 5], "2026-" + std::to_string(n)};
}

LedgerRecord new_case(std::size_t n, std::size_t dossier, std::mt19937_64& random) {
    auto record = story::submitted(numbered(n));
    std::string bytes(dossier, '\0');
    for (auto& byte : bytes) {
        byte = static_cast<char>(random()); // incompressible, as a sealed dossier is
    }
    record.set_dossier(bytes);
    record.set_sealing(v1::SEALING_NONE);
    return record;
}

class scratch_view {
public:
    scratch_view() {
        std::string pattern = (std::filesystem::temp_directory_path() / "tongban-bench-XXXXXX").string();
        settings_.directory = mkdtemp(pattern.data());
        rows_ = std::make_unique<store::rocks_view_store>(settings_);
    }
    ~scratch_view() {
        rows_.reset();
        std::filesystem::remove_all(settings_.directory);
    }
    store::rocks_view_store& rows() { return *rows_; }

private:
    store::rocks_view_settings settings_;
    std::unique_ptr<store::rocks_view_store> rows_;
};

// Projects what the log holds; true when every record was applied.
std::size_t project(log::memory_log& log, store::view_store& rows, const options& given) {
    projection fold(rows, {});
    fold.open(log.identity(), log.partition_count());
    const auto reader = log.read(fold.next_offsets()).value();
    std::size_t applied = 0;
    for (;;) {
        const auto records = reader->next(0ms, given.batch).value();
        if (records.empty()) {
            break;
        }
        for (const auto& record : records) {
            applied += fold.fold(record).value().verdict == cases::verdict::applied;
        }
        if (fold.commit()) {
            fail("a batch was not written");
        }
    }
    if (rows.flush()) {
        fail("not flushed");
    }
    return applied;
}

void bench_projection(const options& given) {
    std::mt19937_64 random(1);
    log::memory_log log;
    for (std::size_t n = 0; n < given.cases; ++n) {
        const auto record = new_case(n, given.dossier, random);
        log.store(record.event().case_().case_id(), record.SerializeAsString());
    }
    scratch_view view;
    const auto expect = [&](const char* what, std::size_t count) {
        const stopwatch watch;
        const auto applied = project(log, view.rows(), given);
        const auto spent = watch.stop();
        if (applied != count) {
            fail(std::string(what) + ": " + std::to_string(applied) + " of " + std::to_string(count) +
                 " applied");
        }
        print(what, count, spent);
    };
    expect("projection: new case", given.cases);
    if (given.later == 0) {
        return;
    }
    for (std::size_t n = 0; n < given.cases; ++n) {
        const auto of = numbered(n);
        log.store(of.id(), story::received(of).SerializeAsString());
    }
    expect("projection: later event of a cold case", given.cases);
    const std::size_t hot = given.cases / 4;
    for (std::size_t n = 0; n < hot; ++n) {
        const auto of = numbered(n);
        for (const auto& record :
             {story::accepted(of, "B-" + std::to_string(n)), story::decided(of), story::closed(of)}) {
            log.store(of.id(), record.SerializeAsString());
        }
    }
    expect("projection: later event of a hot case", hot * 3);
}

boost::asio::awaitable<void> client(ledger& to, const std::vector<LedgerRecord>& records, std::size_t& next,
                                    std::size_t& applied) {
    while (next < records.size()) {
        LedgerRecord record = records[next++];
        const auto outcome = co_await to.append(record, std::chrono::steady_clock::now() + 60s);
        applied += outcome && outcome->verdict == cases::verdict::applied;
    }
}

void bench_append(const options& given, std::size_t clients) {
    std::mt19937_64 random(2);
    std::vector<LedgerRecord> records;
    for (std::size_t n = 0; n < given.cases; ++n) {
        records.push_back(new_case(n, given.dossier, random));
    }
    log::memory_log log;
    scratch_view view;
    monitoring::registry metrics;
    ledger under_test(log, view.rows(), {}, metrics);
    under_test.start();
    boost::asio::io_context io(1);
    std::size_t next = 0;
    std::size_t applied = 0;
    const stopwatch watch;
    for (std::size_t i = 0; i < clients; ++i) {
        boost::asio::co_spawn(io, client(under_test, records, next, applied),
                              [](const std::exception_ptr& escaped) {
                                  if (escaped) {
                                      fail("a client threw");
                                  }
                              });
    }
    io.run();
    const auto spent = watch.stop();
    under_test.stop();
    if (applied != given.cases) {
        fail(std::to_string(applied) + " of " + std::to_string(given.cases) + " appended");
    }
    print(("append to readable, memory log, " + std::to_string(clients) + " waiting").c_str(), given.cases,
          spent);
}

options parse(int argc, char** argv) {
    options given;
    const std::map<std::string_view, std::size_t*> known = {{"--cases", &given.cases},
                                                            {"--dossier", &given.dossier},
                                                            {"--batch", &given.batch},
                                                            {"--later", &given.later},
                                                            {"--append", &given.append}};
    for (int i = 1; i + 1 < argc; i += 2) {
        const auto found = known.find(argv[i]);
        const std::string_view value = argv[i + 1];
        if (found == known.end() ||
            std::from_chars(value.data(), value.data() + value.size(), *found->second).ec != std::errc{}) {
            fail("unknown option " + std::string(argv[i]));
        }
    }
    return given;
}

} // namespace
} // namespace tongban::ledger

int main(int argc, char** argv) {
    const auto given = tongban::ledger::parse(argc, argv);
    std::printf("%zu cases, dossier of %zu bytes, batches of %zu\n", given.cases, given.dossier, given.batch);
    tongban::ledger::bench_projection(given);
    if (given.append != 0) {
        tongban::ledger::bench_append(given, 64);
        tongban::ledger::bench_append(given, 1000);
    }
    return 0;
}
