// What is known of each region's inbox beside its rows: where its live front is (the rows before it are
// tombstones of cases that moved on, dear to scan), how deep it is, when it last changed, and which leases
// run.
#pragma once

#include "gateway/ledger/rows.hpp"
#include "gateway/ledger/waiting_times.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tongban::ledger {

// Derived from the view's rows at start and kept by the projector. Thread-safe.
class inbox_watch {
public:
    // Where the rows of a queue begin, by the queue's name (an inbox: its region).
    using prefix = rows::key (*)(std::string_view name);
    explicit inbox_watch(prefix begins = &rows::inbox) : begins_(begins) {}

    struct region_figures {
        std::string region;
        std::int64_t depth{};
        std::optional<std::int64_t> untaken_since_ms; // since when the longest of those waits that nobody took up
    };

    // --- projector
    // A row was put or erased; before the batch is committed, so that a front is never too late.
    void put(std::string_view region, std::string_view key);
    void erased(std::string_view region);
    // A case that nobody took up stands in the inbox since then, or no longer.
    void untaken(std::string_view region, std::int64_t since_ms);
    void taken(std::string_view region, std::int64_t since_ms);
    // A case's lease changed; until 0: none.
    void lease(case_number number, std::int64_t was_until_ms, std::int64_t until_ms);
    // The batch is committed: the regions it touched are now newer. Returns them once each.
    std::vector<std::string> committed();

    // --- readers
    // A scan from the front on: begin() gives the first key to look at, end() tells the first live key found
    // there (empty: none), so that the next scan starts nearer.
    std::string begin(std::string_view region);
    void end(std::string_view region, std::string_view first_live);
    // Grows when the region's inbox changes.
    std::uint64_t version(std::string_view region) const;
    std::vector<region_figures> figures() const;
    std::size_t leases_held(std::int64_t now_ms) const;
    // Leases that have run out at `now_ms` and stand in their case still, oldest first; of the cases that `wanted` says yes to
    // (asked under the lock; empty: all), so that those which are not for this caller take no place of `max`.
    using case_filter = std::function<bool(const case_number&)>;
    std::vector<case_number> expired_leases(std::int64_t now_ms, std::size_t max, const case_filter& wanted = {}) const;

private:
    struct region_state {
        std::string front;     // no live row is before it
        std::string least_put; // least key put since the first of the running scans began, or not committed then
        std::string least_uncommitted; // least key put since the last commit: a scan cannot see it yet
        std::size_t scans = 0;
        std::int64_t depth = 0;
        waiting_times untaken;
        std::uint64_t version = 0;
        bool touched = false;
    };
    struct name_hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view name) const { return std::hash<std::string_view>()(name); }
    };

    region_state& state_of(std::string_view region);

    const prefix begins_;
    mutable std::mutex mutex_;
    std::unordered_map<std::string, region_state, name_hash, std::equal_to<>> regions_;
    std::vector<std::string> touched_;
    std::set<std::tuple<std::int64_t, std::uint32_t, std::uint64_t>> leases_;
};

} // namespace tongban::ledger
