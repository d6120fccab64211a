// What the calls of this folder share: workers, store, staging, budgets, metrics. Seen only here.
#pragma once

#include "gateway/http/problem.hpp"
#include "gateway/materials/guarded_store.hpp"
#include "gateway/materials/materials.hpp"
#include "gateway/materials/workers.hpp"

#include <atomic>
#include <map>
#include <mutex>
#include <optional>

namespace tongban::materials {

struct material_metrics {
    explicit material_metrics(monitoring::registry& metrics);
    monitoring::counter_family& uploads; // outcome
    monitoring::counter uploaded_bytes;
    monitoring::counter_family& reads; // outcome
    monitoring::counter read_bytes;
    monitoring::gauge reading;
    monitoring::counter_family& lifted;       // outcome
    monitoring::counter_family& limits;       // limit
    monitoring::counter_family& store_errors; // operation, kind
    monitoring::counter_family& scans;        // outcome
    void count_scan(objects::scan_verdict verdict) const;
    // Counts the bound on what a partner has unfinished, where that is what refused.
    void count_if_crowded(boost::system::error_code error) const;
};

// SM3 of files by their names, as far as this process took it: a city that names both digests of a file it sent costs no
// second reading. Bounded; thread-safe.
class known_digests {
public:
    void remember(const std::string& name, const std::string& sm3);
    std::optional<std::string> sm3_of(const std::string& name) const;

private:
    mutable std::mutex mutex_;
    std::map<std::string, std::string> sm3_;
};

// Files that turned out not to be what their names say, as they were written then: what is put anew is another. Bounded;
// thread-safe.
class damaged_files {
public:
    using time = std::chrono::system_clock::time_point;
    void note(const std::string& name, time written_at);
    bool has(const std::string& name, time written_at) const;

private:
    mutable std::mutex mutex_;
    std::map<std::string, time> found_;
};

// What the scanner said of files by their names after nobody waited for it any more: of use when they come again soon.
// Bounded; thread-safe.
class verdicts {
public:
    void remember(const std::string& name, objects::scan_verdict verdict);
    // It is used once.
    std::optional<objects::scan_verdict> take(const std::string& name);

private:
    struct said {
        objects::scan_verdict verdict;
        std::chrono::steady_clock::time_point until;
    };
    std::mutex mutex_;
    std::map<std::string, said> said_;
};

// What partners may do at once and in a day. Thread-safe.
class budgets {
public:
    // False: as many as may be.
    bool begin(const std::string& partner, std::size_t at_once_max);
    void end(const std::string& partner);
    // Counts bytes of today; false when they are more than the day's.
    bool spend(const std::string& partner, std::uint64_t bytes, std::uint64_t day_max);

private:
    struct account {
        std::size_t at_once = 0;
        std::int64_t day = 0;
        std::uint64_t bytes = 0;
    };
    std::mutex mutex_;
    std::map<std::string, account> accounts_; // by partner: as many as there are
};

// So many at once and no more, however many ask at the same time. Thread-safe; waits for nothing.
class places {
public:
    // Takes one; false: `most` are taken.
    bool take(std::size_t most);
    void give_back();

private:
    std::atomic<std::size_t> taken_{0};
};

struct room {
    room(const material_parts& given, monitoring::registry& metrics);

    material_parts parts; // its store is asked through `store`
    type_list types;
    staging arrivals;
    material_metrics metrics;
    std::shared_ptr<guarded_store> store;
    budgets spent;
    budgets fetches; // of each partner, at once
    known_digests digests;
    damaged_files damaged;
    verdicts late_verdicts;
    places reading; // files being sent
    workers disk;   // the staging folder
    workers shelf;  // the object store: may hang for seconds
    workers scans;  // the scanner: so may it
};

// Who calls: a platform or a window, or the answer that refuses them.
boost::system::result<std::shared_ptr<const security::partner>, http::problem> caller(const http::request& request,
                                                                                      const room& in);

// Does what is asked of the object store for a partner's call, and waits until the time given; `job` owns what it touches.
// While the store is left alone: `dropped`, at once.
boost::asio::awaitable<workers::end> at_store(std::shared_ptr<room> in, std::string partner, workers::time_point until,
                                              std::function<void()> job);

// What is answered for an error of the object store or of the staging folder.
http::problem problem_of(boost::system::error_code error);
http::problem busy();
// One word for metrics: "full", "unavailable".
std::string_view kind_of(boost::system::error_code error) noexcept;

std::vector<http::route> upload_routes(const std::shared_ptr<room>& in);
std::vector<http::route> reading_routes(const std::shared_ptr<room>& in);

} // namespace tongban::materials
