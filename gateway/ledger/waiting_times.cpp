// Stretches are aligned to their length, so that what was added is found again after they were lengthened.
#include "gateway/ledger/waiting_times.hpp"

#include <utility>

namespace tongban::ledger {

void waiting_times::add(std::int64_t due_ms) {
    ++counts_[stretch_of(due_ms)];
    while (counts_.size() > stretches_max) {
        lengthen();
    }
}

void waiting_times::remove(std::int64_t due_ms) {
    const auto found = counts_.find(stretch_of(due_ms));
    if (found != counts_.end() && --found->second == 0) {
        counts_.erase(found);
    }
    if (counts_.empty()) {
        stretch_ms_ = 1000;
    }
}

std::optional<std::int64_t> waiting_times::oldest_ms() const {
    return counts_.empty() ? std::nullopt : std::optional(counts_.begin()->first);
}

void waiting_times::lengthen() {
    stretch_ms_ *= 2;
    std::map<std::int64_t, std::uint64_t> longer;
    for (const auto& [begin, count] : counts_) {
        longer[stretch_of(begin)] += count;
    }
    counts_ = std::move(longer);
}

} // namespace tongban::ledger
