// The newest durable batches of the embedded log, kept in memory so that a reader that keeps up never touches
// the disk. Batches are numbered without gaps; a reader holds the number of the next one. Thread-safe.
#pragma once

#include "connectors/log/event_log.hpp"

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace tongban::log {

// One durable record of a batch.
struct committed_record {
    position at;
    std::string key;
    std::string value;
};

// What one group commit made durable.
struct committed_batch {
    std::vector<std::uint64_t> begins; // the log's ends before it, per partition
    std::chrono::sys_time<std::chrono::milliseconds> recorded_at;
    std::vector<committed_record> records;
    std::size_t bytes = 0;
};

using committed_batches = std::vector<std::shared_ptr<const committed_batch>>;

class committed_tail {
public:
    committed_tail(std::vector<std::uint64_t> ends, std::size_t bytes_max);

    // Adds what became durable and wakes the readers. `ends` are the log's ends after it.
    void publish(std::shared_ptr<const committed_batch> batch, const std::vector<std::uint64_t>& ends);

    // Forgets all batches: the log's ends were found anew on disk.
    void reset(std::vector<std::uint64_t> ends);

    std::vector<std::uint64_t> ends() const;

    // The batch a reader at `positions` goes on with; none when the disk has to be read first.
    std::optional<std::uint64_t> find(const std::vector<std::uint64_t>& positions) const;

    // Batches from number `next` on, until `records_wanted` are covered; `next` moves on. False when `next`
    // is not in memory any more.
    bool take(std::uint64_t& next, std::size_t records_wanted, committed_batches& out) const;

    // Waits until there is a batch `next`, `woken` is set, or `until`. Clears `woken`.
    void wait(std::uint64_t next, bool& woken, std::chrono::steady_clock::time_point until);
    void wake(bool& woken);

private:
    std::uint64_t end_number() const { return first_ + batches_.size(); }

    mutable std::mutex mutex_;
    std::condition_variable grown_;
    std::deque<std::shared_ptr<const committed_batch>> batches_;
    std::uint64_t first_ = 0; // number of batches_.front()
    std::size_t bytes_ = 0;
    std::size_t waiting_ = 0;
    std::vector<std::uint64_t> ends_;
    const std::size_t bytes_max_;
};

} // namespace tongban::log
