// Who acts for which partitions of the ledger: of all replicas, one at a time pushes the deliveries and fires
// the timers of a partition. It shares out work, it is no lock: for a moment two may believe they own one,
// and whatever an owner does is an append that the ledger takes once.
#pragma once

#include "connectors/log/kafka_log.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace tongban::log {

// Called once per change on the port's own thread, one call at a time: partitions this replica now acts for,
// and those it must stop acting for; ascending. A lost partition is given to another replica when the call
// returns, so stop quickly (milliseconds; never longer than the session time-out). Never throwing. The port's
// functions may be called from within, close() not.
using ownership_changed =
    std::function<void(std::span<const std::uint32_t> gained, std::span<const std::uint32_t> lost)>;

struct ownership_health {
    bool ready = false; // a member of the group: what it owns, perhaps nothing, is settled
    std::string reason; // why not; empty when ready
};

// Counters since open, and gauges of now.
struct ownership_statistics {
    std::uint64_t rebalances = 0;  // changes of the group's sharing that this member was told of
    std::uint64_t gained = 0;      // partitions
    std::uint64_t lost = 0;        // partitions, both ways
    std::uint64_t lost_abrupt = 0; // of those, without being asked: no contact for the session time-out
    std::uint64_t errors = 0;      // that the group's coordinator or the connections reported
    std::uint32_t owned = 0;       // gauge
};

// All functions may be called from any thread and do not block, close() apart.
class partition_ownership {
public:
    virtual ~partition_ownership() = default; // closes

    // The partitions owned now, ascending. A partition leaves this set before its loss is reported, and
    // enters it before its gain is.
    // Empty while the port's thread has not run for the session time-out (the process was stopped, or
    // `changed` hangs): others act by then, although the loss is told only later.
    virtual std::vector<std::uint32_t> owned() const = 0;
    virtual bool owns(std::uint32_t partition) const = 0;

    virtual ownership_health health() const = 0;
    virtual ownership_statistics statistics() const = 0;

    // Reports all that is owned as lost, then leaves, so that others need not wait for a time-out. Blocks, at
    // worst about 12 s when brokers are silent. Further calls do nothing.
    virtual void close() = 0;
};

// For a ledger of one process: owns all partitions from the beginning. `changed` is called from within this
// function and from close(), on the caller's thread.
std::unique_ptr<partition_ownership> own_all(std::uint32_t partition_count, ownership_changed changed);

struct kafka_ownership_settings {
    std::string group = "tongban-owners";
    // A member that was not heard of for so long loses its partitions: the time from a crash to others acting
    // for it, and the longest pause a replica survives. The brokers' group.min.session.timeout.ms and
    // group.max.session.timeout.ms (6 s and 30 min) bound it.
    std::chrono::milliseconds session_timeout{6000};
    // How often statistics and health are brought up to date.
    std::chrono::milliseconds refresh_interval{1000};
};

// A member of a consumer group on `settings.topic`, the ledger's, that fetches and commits nothing. Needs, on
// the group, Read, and on the topic Read and Describe. Throws std::runtime_error with a sentence for the
// operator when settings or certificates cannot work. Brokers that cannot be reached are no error: nothing is
// owned until they are; after an outage longer than the session time-out nothing is owned either.
std::unique_ptr<partition_ownership> open_kafka_ownership(const kafka_settings& settings,
                                                          const kafka_ownership_settings& ownership,
                                                          ownership_changed changed);

} // namespace tongban::log
