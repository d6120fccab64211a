// The progress topic as a new owner reads it: the last committed record of one ledger partition.
#pragma once

#include "connectors/log/event_log.hpp"
#include "connectors/log/kafka_log.hpp"

#include <boost/system/result.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace tongban::log {

// The keys of a ledger partition's records: its progress, and the mark that whoever opens it sets.
inline std::string progress_key(std::uint32_t ledger_partition) {
    return std::to_string(ledger_partition);
}
inline std::string mark_key(std::uint32_t ledger_partition) {
    return std::to_string(ledger_partition) + "/opened";
}

// The last committed progress of `ledger_partition` before the mark with value `mark`, in `partition` of the
// topic. The mark is a record that the asker has just committed there: only who has seen it has seen
// everything, whatever a broker that just goes on after a hang believes to be the end. Blocks up to `wait`.
boost::system::result<std::optional<std::string>>
read_progress(const kafka_settings& settings, const std::string& topic, std::int32_t partition,
              std::uint32_t ledger_partition, const std::string& mark, std::chrono::milliseconds wait);

} // namespace tongban::log
