// Ledger records as JSON lines, for operators and for evidence, after a line that says what the dump holds. Without
// what identifies a person unless asked. Behind `tongban ledger dump`.
#pragma once

#include "connectors/log/event_log.hpp"

#include <boost/system/result.hpp>

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>

namespace tongban::ledger {

struct ledger_dump_options {
    std::optional<std::uint32_t> partition; // none: all
    std::uint64_t from_offset = 0;          // in each partition dumped
    std::string case_id;                    // empty: every case
    std::uint64_t limit = std::numeric_limits<std::uint64_t>::max();
    bool with_dossier = false; // personal data: names, numbers, addresses
};

// One record as one JSON object on one line: place, times, case, event, who said it, and `record` in the JSON
// mapping of Protobuf. A record that cannot be read says so and gives its size.
std::string record_as_json(const log::record& record, bool with_dossier);

// Calls `line` with the dump's first line (dump_line.hpp) and with each record up to the end the log has at the call,
// until it returns false. Order within a partition is kept. Gives the number of records.
boost::system::result<std::uint64_t> dump_ledger(log::event_log& log, const ledger_dump_options& options,
                                                 const std::function<bool(const std::string&)>& line);

} // namespace tongban::ledger
