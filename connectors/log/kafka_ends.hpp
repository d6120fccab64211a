// Where each partition of the ledger's topic ends now.
#pragma once

#include <boost/system/result.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <vector>

struct rd_kafka_s;
struct rd_kafka_topic_s;

namespace tongban::log {

// Ends this process has seen with its own eyes; they only grow. Thread-safe.
class known_ends {
public:
    explicit known_ends(std::uint32_t partitions) : ends_(partitions) {}

    // The end of `partition` is at least `end`.
    void raise(std::uint32_t partition, std::uint64_t end) noexcept {
        std::uint64_t known = ends_[partition].load(std::memory_order_relaxed);
        while (known < end && !ends_[partition].compare_exchange_weak(known, end)) {
        }
    }
    std::uint64_t of(std::uint32_t partition) const noexcept { return ends_[partition]; }

private:
    std::vector<std::atomic<std::uint64_t>> ends_;
};

// One past the newest record of every partition, asked of the leaders; never less than `known`, which learns
// the answer. Blocks up to about `wait`.
boost::system::result<std::vector<std::uint64_t>> partition_ends(rd_kafka_s* handle, rd_kafka_topic_s* topic,
                                                                 known_ends& known, std::uint32_t partitions,
                                                                 std::chrono::milliseconds wait);

} // namespace tongban::log
