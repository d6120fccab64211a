// What is known of each region's delivery queues beside their rows: in each partition where the live front is of what
// may be attempted, and of what may be later (what is before it are tombstones of settled ones, dear to scan: at 1,000
// deliveries a second those that were hidden for a minute are 60,000), how many wait, and when the queue last changed.
#pragma once

#include "gateway/ledger/event_watch.hpp"
#include "gateway/ledger/inbox_watch.hpp"
#include "gateway/ledger/waiting_times.hpp"

namespace tongban::ledger {

// Derived from the view's rows at start and kept by the projector. Thread-safe.
class delivery_watch {
public:
    // --- projector
    void put(std::string_view region, std::uint32_t partition, std::string_view key);
    void erased(std::string_view region, std::uint32_t partition);
    // The first delivery of a case for the region begins to wait, or to be dead-lettered, and ends to.
    void waits(std::string_view region, bool dead, std::int64_t due_ms);
    void waits_no_more(std::string_view region, bool dead, std::int64_t due_ms);
    // An event the region must learn.
    void event(std::string_view region, std::uint32_t partition, std::uint64_t offset) {
        events_.put(region, partition, offset);
    }
    // The batch is committed: the regions it touched, once each, and any_region when there are some.
    std::vector<std::string> committed();

    // --- readers, as inbox_watch
    std::string begin(std::string_view region, std::uint32_t partition);
    void end(std::string_view region, std::uint32_t partition, std::string_view first_live);
    // The same of the rows from `past_now` on, the first key that is later than the reader's time. Another reader's time
    // may have been later (the log's time is known to within an append): of the rows from `past_now` up to `known_from`
    // nobody keeps a front, they are to be scanned first.
    struct later_scan {
        std::string known_from; // `past_now` or a later key
        std::string front;      // no live row is between known_from and this
    };
    later_scan begin_later(std::string_view region, std::uint32_t partition, std::string_view past_now);
    void end_later(std::string_view region, std::uint32_t partition, std::string_view first_live);
    // Grows when something of the region's queues changes.
    std::uint64_t version(std::string_view region) const;
    // When the first delivery that waits longest, or the dead letter that does, became due (milliseconds; to within a
    // second, or as waiting_times tells).
    std::optional<std::int64_t> oldest_ms(std::string_view region, bool dead) const;
    // Who follows the regions' events.
    event_watch& events() noexcept { return events_; }

private:
    event_watch events_;
    inbox_watch fronts_{[](std::string_view queue) { return rows::key('q').text(queue); }};
    inbox_watch later_fronts_{[](std::string_view queue) { return rows::key('q').text(queue); }};
    mutable std::mutex mutex_;
    // By queue: rows before this key are in `fronts_` alone. Grows with the readers' time.
    std::map<std::string, std::string, std::less<>> later_from_;
    std::map<std::string, std::uint64_t, std::less<>> versions_;
    std::map<std::string, waiting_times, std::less<>> waiting_[2]; // by region: those that are tried, the dead letters
};

} // namespace tongban::ledger
