// What is known of the clocks beside their rows: where the live front of each partition's timers is, and how many open
// cases are in which band. Nothing here is scanned for at start.
#pragma once

#include "gateway/ledger/clock_rows.hpp"
#include "gateway/ledger/inbox_watch.hpp"

#include <map>
#include <mutex>
#include <string>
#include <utility>

namespace tongban::ledger {

// Kept by the projector. Thread-safe.
class clock_watch {
public:
    // --- projector
    void put(std::uint32_t partition, std::string_view key) { fronts_.put(name(partition), key); }
    void erased(std::uint32_t partition) { fronts_.erased(name(partition)); }
    void provisional(std::int64_t more) {
        const std::lock_guard lock(mutex_);
        provisional_ += more;
    }
    void count(std::string_view dest_region, v1::SupervisionBand band, std::int64_t count) {
        const std::lock_guard lock(mutex_);
        bands_[{std::string(dest_region), band}] = count;
    }
    void committed() { (void)fronts_.committed(); }

    // --- readers; begin() and end() as those of inbox_watch
    std::string begin(std::uint32_t partition) { return fronts_.begin(name(partition)); }
    void end(std::uint32_t partition, std::string_view first_live) { fronts_.end(name(partition), first_live); }
    std::map<std::pair<std::string, v1::SupervisionBand>, std::int64_t> bands() const {
        const std::lock_guard lock(mutex_);
        return bands_;
    }
    std::int64_t provisional_cases() const {
        const std::lock_guard lock(mutex_);
        return provisional_;
    }

private:
    // Fronts are named by the partition's two bytes, as its rows are.
    static std::string name(std::uint32_t partition) {
        return {static_cast<char>(partition >> 8 & 0xff), static_cast<char>(partition & 0xff)};
    }

    inbox_watch fronts_{[](std::string_view partition) { return rows::key('k').text(partition); }};
    mutable std::mutex mutex_;
    std::map<std::pair<std::string, v1::SupervisionBand>, std::int64_t> bands_;
    std::int64_t provisional_ = 0;
};

} // namespace tongban::ledger
