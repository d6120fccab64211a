// A queue is named by the part of its key that is common to its rows: region and partition.
#include "gateway/ledger/delivery_watch.hpp"

#include "gateway/ledger/delivery_rows.hpp"
#include "gateway/ledger/delivery_view.hpp"

#include <algorithm>

namespace tongban::ledger {

namespace {

std::string queue(std::string_view region, std::uint32_t partition) {
    return std::string(rows::delivery_queue(region, partition).view().substr(1));
}

} // namespace

void delivery_watch::put(std::string_view region, std::uint32_t partition, std::string_view key) {
    const auto name = queue(region, partition);
    fronts_.put(name, key);
    const auto is_later = [&] {
        const std::lock_guard lock(mutex_);
        const auto from = later_from_.find(name);
        return from == later_from_.end() || key >= from->second;
    };
    if (is_later()) {
        later_fronts_.put(name, key);
    }
}

void delivery_watch::erased(std::string_view region, std::uint32_t partition) {
    fronts_.erased(queue(region, partition));
}

void delivery_watch::waits(std::string_view region, bool dead, std::int64_t due_ms) {
    const std::lock_guard lock(mutex_);
    auto& regions = waiting_[dead ? 1 : 0];
    auto found = regions.find(region);
    if (found == regions.end()) {
        found = regions.emplace(std::string(region), waiting_times()).first;
    }
    found->second.add(due_ms);
}

void delivery_watch::waits_no_more(std::string_view region, bool dead, std::int64_t due_ms) {
    const std::lock_guard lock(mutex_);
    auto& regions = waiting_[dead ? 1 : 0];
    if (const auto found = regions.find(region); found != regions.end()) {
        found->second.remove(due_ms);
    }
}

std::optional<std::int64_t> delivery_watch::oldest_ms(std::string_view region, bool dead) const {
    const std::lock_guard lock(mutex_);
    const auto& regions = waiting_[dead ? 1 : 0];
    const auto found = regions.find(region);
    return found == regions.end() ? std::nullopt : found->second.oldest_ms();
}

std::vector<std::string> delivery_watch::committed() {
    events_.committed();
    later_fronts_.committed();
    std::vector<std::string> regions;
    const auto queues = fronts_.committed();
    const std::lock_guard lock(mutex_);
    for (const auto& each : queues) {
        auto region = rows::region_text(each.substr(0, rows::region_size));
        ++versions_[region];
        if (std::find(regions.begin(), regions.end(), region) == regions.end()) {
            regions.push_back(std::move(region));
        }
    }
    if (!regions.empty()) {
        ++versions_[std::string(any_region)];
        regions.emplace_back(any_region);
    }
    return regions;
}

std::string delivery_watch::begin(std::string_view region, std::uint32_t partition) {
    return fronts_.begin(queue(region, partition));
}

void delivery_watch::end(std::string_view region, std::uint32_t partition, std::string_view first_live) {
    fronts_.end(queue(region, partition), first_live);
}

delivery_watch::later_scan delivery_watch::begin_later(std::string_view region, std::uint32_t partition,
                                                       std::string_view past_now) {
    const auto name = queue(region, partition);
    later_scan scan;
    {
        const std::lock_guard lock(mutex_);
        auto& from = later_from_[name];
        if (from < past_now) {
            from = past_now;
        }
        scan.known_from = from;
    }
    scan.front = std::max(later_fronts_.begin(name), scan.known_from);
    return scan;
}

void delivery_watch::end_later(std::string_view region, std::uint32_t partition, std::string_view first_live) {
    later_fronts_.end(queue(region, partition), first_live);
}

std::uint64_t delivery_watch::version(std::string_view region) const {
    const std::lock_guard lock(mutex_);
    const auto found = versions_.find(region);
    return found == versions_.end() ? 0 : found->second;
}

} // namespace tongban::ledger
