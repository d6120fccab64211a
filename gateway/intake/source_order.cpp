#include "gateway/intake/source_order.hpp"

#include <algorithm>

namespace tongban::intake {

bool source_order::add(const place& in, std::uint64_t offset, std::string_view key) {
    auto& within = partitions_[in];
    within.entries.push_back({offset, std::string(key)});
    ++under_way_;
    auto& waiting = within.by_key[std::string(key)];
    waiting.push_back(offset);
    return waiting.size() == 1;
}

source_order::finished source_order::finish(const place& in, std::uint64_t offset) {
    finished result;
    const auto at = partitions_.find(in);
    if (at == partitions_.end()) {
        return result;
    }
    auto& within = at->second;
    const auto found = std::find_if(within.entries.begin(), within.entries.end(),
                                    [&](const entry& each) { return each.offset == offset; });
    if (found == within.entries.end() || found->done) {
        return result;
    }
    found->done = true;
    --under_way_;
    const auto same_key = within.by_key.find(found->key);
    same_key->second.pop_front();
    if (same_key->second.empty()) {
        within.by_key.erase(same_key);
    } else {
        result.may_begin.push_back(same_key->second.front());
    }
    while (!within.entries.empty() && within.entries.front().done) {
        result.done_through = within.entries.front().offset;
        within.entries.pop_front();
    }
    if (within.entries.empty()) {
        partitions_.erase(at);
    }
    return result;
}

} // namespace tongban::intake
