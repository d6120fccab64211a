// Reads a stretch of a log once, in order within each partition: for everything that goes through a whole ledger
// offline.
#pragma once

#include "connectors/log/event_log.hpp"

#include <boost/system/result.hpp>

#include <cstdint>
#include <functional>
#include <vector>

namespace tongban::ledger {

struct log_walk {
    log::event_log& log;
    std::vector<std::uint64_t> next;  // first offset of each partition; moves on
    std::vector<std::uint64_t> until; // one past the last
    // When nothing more comes before the end, within this, it is a gap that is passed over…
    std::chrono::milliseconds patience{2000};
    // …or, where each record counts, an error: unavailable.
    bool gap_is_error = false;
};

// Gives each record between the two positions to `visit`, and calls `batch_end` (may be empty) after every thousand or
// so. Ends early with the first error either returns. Offsets that are missing at the end of a partition are passed
// over after a pause.
boost::system::error_code walk(log_walk& way,
                               const std::function<boost::system::error_code(const log::record&)>& visit,
                               const std::function<boost::system::error_code()>& batch_end = {});

// Where the log ends now.
boost::system::result<std::vector<std::uint64_t>> end_of(log::event_log& log);

} // namespace tongban::ledger
