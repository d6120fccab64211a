// Moves a ledger into another log: an embedded one to Kafka and back, or to other partitions. Each record goes to its
// key's partition, in order, with the time it had (LedgerRecord.recorded_ms), so that the copy folds into the same
// cases. Goes on from what the target has, refuses one that holds anything else, and proves at the end by reading both
// again. Nobody may write either log meanwhile. Behind `tongban ledger copy`.
#pragma once

#include "connectors/log/event_log.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tongban::ledger {

enum class copy_phase { comparing, copying, verifying };

enum class copy_outcome {
    done,             // the target holds the whole source, proven by reading both again
    target_differs,   // the target holds something else: nothing was appended
    source_misplaced, // a record of the source does not stand in its key's partition: the copy ended there
    source_grew,      // copied and proven up to the end the source had; it has more now: stop its gateways, run again
    not_verified,     // what was read back is not what was copied
    failed,           // a log's error: run again, it goes on where it ended
};
std::string_view name(copy_outcome outcome) noexcept;

// What a target partition holds, in its order.
struct copied_partition {
    std::uint64_t records = 0;
    std::string digest; // SHA-256, chained over keys and values in their order
    friend bool operator==(const copied_partition&, const copied_partition&) = default;
};

struct copy_report {
    copy_outcome outcome = copy_outcome::failed;
    boost::system::error_code error;        // of `failed`
    bool error_is_of_target = false;
    std::optional<std::uint32_t> partition; // of the target (of the source: source_misplaced), where it was found
    std::uint64_t source_records = 0;
    std::uint64_t found = 0;    // records the target had already
    std::uint64_t appended = 0; // and got
    // Facts about deliveries of cases that are not of their record's partition: they never counted, and are left out
    // when reports are split for another number of partitions.
    std::uint64_t facts_left_out = 0;
    // Of source_grew: the copy cannot go on, since what is new belongs between what is there (partitions were merged one after
    // the other). The target must be emptied first.
    bool needs_empty_target = false;
    std::vector<copied_partition> partitions; // of the target, as proven
};

struct copy_parts {
    log::event_log& from;
    log::event_log& to;
    std::size_t under_way_max = 1000; // appends; less than the target's bound on its backlog
    // Called now and then; may be empty.
    std::function<void(copy_phase phase, std::uint64_t records, std::uint64_t of_about)> progress;
};

copy_report copy_ledger(const copy_parts& parts);

// A record as the target gets it.
struct copied_record {
    std::string key;
    std::string value;
};
// One for one as long as all it is about stays in one partition; a report of deliveries whose cases part is split by
// partition. Deterministic: what a copy must hold is known from its source alone. Replaces `out`; gives the number of
// facts left out.
std::uint64_t copies_of(const log::record& record, std::uint32_t from_partitions, std::uint32_t to_partitions,
                        std::vector<copied_record>& out);

} // namespace tongban::ledger
