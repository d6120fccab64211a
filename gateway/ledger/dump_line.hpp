// A line of `tongban ledger dump`, back as the record it came from: what was left out of it (who the case is about)
// is no part of any account.
#pragma once

#include "connectors/log/event_log.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace tongban::ledger {

struct dumped_record {
    log::record as_read; // place and time; key and value are below
    std::string key;
    std::string value; // serialised LedgerRecord
};

// nullopt: no line of a dump, or one that says its record could not be read.
std::optional<dumped_record> read_dump_line(std::string_view line);

} // namespace tongban::ledger
