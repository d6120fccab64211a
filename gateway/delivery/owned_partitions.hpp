// Which partitions of the ledger this replica acts for, as the ownership port last said. Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <vector>

namespace tongban::delivery {

class owned_partitions {
public:
    explicit owned_partitions(std::uint32_t partition_count) : owned_(partition_count) {}

    void change(std::span<const std::uint32_t> gained, std::span<const std::uint32_t> lost) {
        for (const auto partition : lost) {
            set(partition, false);
        }
        for (const auto partition : gained) {
            set(partition, true);
        }
    }
    bool owns(std::uint32_t partition) const { return partition < owned_.size() && owned_[partition].load(); }
    std::uint32_t count() const noexcept { return static_cast<std::uint32_t>(owned_.size()); }

private:
    void set(std::uint32_t partition, bool value) {
        if (partition < owned_.size()) {
            owned_[partition].store(value);
        }
    }

    std::vector<std::atomic<bool>> owned_;
};

} // namespace tongban::delivery
