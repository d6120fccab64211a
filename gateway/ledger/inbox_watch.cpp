// Regions come from the ledger, so there are as many entries as regions that ever had work.
#include "gateway/ledger/inbox_watch.hpp"

#include <algorithm>
#include <utility>

namespace tongban::ledger {

inbox_watch::region_state& inbox_watch::state_of(std::string_view region) {
    const auto found = regions_.find(region);
    if (found != regions_.end()) {
        return found->second;
    }
    auto& fresh = regions_.emplace(std::string(region), region_state{}).first->second;
    fresh.front = begins_(region).view();
    return fresh;
}

void inbox_watch::put(std::string_view region, std::string_view key) {
    const std::lock_guard lock(mutex_);
    auto& state = state_of(region);
    ++state.depth;
    if (key < state.front) {
        state.front = key;
    }
    const auto lower = [key](std::string& least) {
        if (least.empty() || key < least) {
            least = key;
        }
    };
    lower(state.least_uncommitted);
    if (state.scans > 0) {
        lower(state.least_put);
    }
    if (!std::exchange(state.touched, true)) {
        touched_.emplace_back(region);
    }
}

void inbox_watch::erased(std::string_view region) {
    const std::lock_guard lock(mutex_);
    auto& state = state_of(region);
    --state.depth;
    if (!std::exchange(state.touched, true)) {
        touched_.emplace_back(region);
    }
}

void inbox_watch::untaken(std::string_view region, std::int64_t since_ms) {
    const std::lock_guard lock(mutex_);
    state_of(region).untaken.add(since_ms);
}

void inbox_watch::taken(std::string_view region, std::int64_t since_ms) {
    const std::lock_guard lock(mutex_);
    state_of(region).untaken.remove(since_ms);
}

void inbox_watch::lease(case_number number, std::int64_t was_until_ms, std::int64_t until_ms) {
    const std::lock_guard lock(mutex_);
    if (was_until_ms != 0) {
        leases_.erase({was_until_ms, number.partition, number.number});
    }
    if (until_ms != 0) {
        leases_.insert({until_ms, number.partition, number.number});
    }
}

std::vector<std::string> inbox_watch::committed() {
    const std::lock_guard lock(mutex_);
    for (const auto& region : touched_) {
        auto& state = state_of(region);
        state.touched = false;
        state.least_uncommitted.clear();
        ++state.version;
    }
    return std::exchange(touched_, {});
}

std::string inbox_watch::begin(std::string_view region) {
    const std::lock_guard lock(mutex_);
    const auto found = regions_.find(region);
    if (found == regions_.end()) {
        return std::string(begins_(region).view());
    }
    auto& state = found->second;
    if (state.scans++ == 0) {
        state.least_put = state.least_uncommitted;
    }
    return state.front;
}

void inbox_watch::end(std::string_view region, std::string_view first_live) {
    const std::lock_guard lock(mutex_);
    const auto found = regions_.find(region);
    if (found == regions_.end() || found->second.scans == 0) {
        return;
    }
    auto& state = found->second;
    --state.scans;
    // What was put while scanning may be before the first row the scan saw.
    const auto least =
        state.least_put.empty() ? first_live : std::min(first_live, std::string_view(state.least_put));
    if (!first_live.empty() && least > state.front) {
        state.front = least;
    }
}

std::uint64_t inbox_watch::version(std::string_view region) const {
    const std::lock_guard lock(mutex_);
    const auto found = regions_.find(region);
    return found == regions_.end() ? 0 : found->second.version;
}

std::vector<inbox_watch::region_figures> inbox_watch::figures() const {
    const std::lock_guard lock(mutex_);
    std::vector<region_figures> all;
    all.reserve(regions_.size());
    for (const auto& [region, state] : regions_) {
        all.push_back({region, state.depth, state.untaken.oldest_ms()});
    }
    return all;
}

std::size_t inbox_watch::leases_held(std::int64_t now_ms) const {
    const std::lock_guard lock(mutex_);
    return static_cast<std::size_t>(std::distance(leases_.lower_bound({now_ms, 0, 0}), leases_.end()));
}

std::vector<case_number> inbox_watch::expired_leases(std::int64_t now_ms, std::size_t max, const case_filter& wanted) const {
    const std::lock_guard lock(mutex_);
    std::vector<case_number> expired;
    for (const auto& [until_ms, partition, number] : leases_) {
        if (until_ms > now_ms || expired.size() == max) {
            break;
        }
        const case_number one{partition, number};
        if (!wanted || wanted(one)) {
            expired.push_back(one);
        }
    }
    return expired;
}

} // namespace tongban::ledger
