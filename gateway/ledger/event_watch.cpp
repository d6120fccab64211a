// Followers are few (delivery_settings::streams_max bounds them), so telling them under the lock is short.
#include "gateway/ledger/event_watch.hpp"

#include <algorithm>

namespace tongban::ledger {

event_watch::following::~following() {
    if (watch_ != nullptr) {
        watch_->forget(of_);
    }
}

std::vector<std::uint64_t> event_watch::following::ends() const {
    const std::lock_guard lock(watch_->mutex_);
    return of_->ends;
}

void event_watch::put(std::string_view region, std::uint32_t partition, std::uint64_t offset) {
    auto found = batch_.find(region);
    if (found == batch_.end()) {
        found = batch_.emplace(region, reached()).first;
    }
    auto& ends = found->second;
    if (ends.empty()) {
        touched_.push_back(found);
    }
    const auto same = std::find_if(ends.begin(), ends.end(), [&](const auto& each) { return each.first == partition; });
    if (same == ends.end()) {
        ends.emplace_back(partition, offset + 1);
    } else {
        same->second = offset + 1; // a partition's events come in its order
    }
}

void event_watch::committed() {
    if (touched_.empty()) {
        return;
    }
    const std::lock_guard lock(mutex_);
    std::vector<follower*> told;
    for (const auto& region : touched_) {
        const auto [from, until] = followers_.equal_range(region->first);
        for (auto each = from; each != until; ++each) {
            for (const auto& [partition, end] : region->second) {
                auto& ends = each->second->ends;
                if (partition < ends.size()) {
                    ends[partition] = std::max(ends[partition], end);
                }
            }
            if (std::find(told.begin(), told.end(), each->second.get()) == told.end()) {
                told.push_back(each->second.get());
            }
        }
        region->second.clear();
    }
    touched_.clear();
    for (auto* each : told) {
        each->tell();
    }
}

event_watch::following event_watch::follow(const std::vector<std::string>& regions, std::uint32_t partitions,
                                           std::function<void()> tell) {
    auto made = std::make_shared<follower>(follower{regions, std::vector<std::uint64_t>(partitions), std::move(tell)});
    const std::lock_guard lock(mutex_);
    for (const auto& region : regions) {
        followers_.emplace(region, made);
    }
    return {this, std::move(made)};
}

void event_watch::forget(const std::shared_ptr<follower>& gone) {
    const std::lock_guard lock(mutex_);
    for (const auto& region : gone->regions) {
        const auto [from, until] = followers_.equal_range(region);
        for (auto each = from; each != until; ++each) {
            if (each->second == gone) {
                followers_.erase(each);
                break;
            }
        }
    }
}

} // namespace tongban::ledger
