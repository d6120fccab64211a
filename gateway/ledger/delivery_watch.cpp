// A queue is named by the part of its key that is common to its rows: region and partition.
#include "gateway/ledger/delivery_watch.hpp"

#include "gateway/ledger/delivery_rows.hpp"
#include "gateway/ledger/delivery_view.hpp"

namespace tongban::ledger {

namespace {

std::string queue(std::string_view region, std::uint32_t partition) {
    return std::string(rows::delivery_queue(region, partition).view().substr(1));
}

} // namespace

void delivery_watch::put(std::string_view region, std::uint32_t partition, std::string_view key) {
    fronts_.put(queue(region, partition), key);
}

void delivery_watch::erased(std::string_view region, std::uint32_t partition) {
    fronts_.erased(queue(region, partition));
}

std::vector<std::string> delivery_watch::committed() {
    events_.committed();
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

std::uint64_t delivery_watch::version(std::string_view region) const {
    const std::lock_guard lock(mutex_);
    const auto found = versions_.find(region);
    return found == versions_.end() ? 0 : found->second;
}

} // namespace tongban::ledger
