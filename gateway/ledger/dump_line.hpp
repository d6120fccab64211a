// The lines of `tongban ledger dump`. The first says what the dump holds, so that a line left out is missed; each
// further one is read back as the record it came from: what was left out of it (who the case is about) is no part of
// any account.
#pragma once

#include "connectors/log/event_log.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace tongban::ledger {

// What a dump holds, by its first line.
struct dump_head {
    struct stretch {
        std::uint64_t from = 0;  // first offset
        std::uint64_t until = 0; // one past the last
    };
    std::string ledger;                         // its identity
    std::map<std::uint32_t, stretch> partitions; // those that were dumped
    bool selected = false; // records were left out on purpose: one case's, or the first few
    // Every record of the partitions it names, from their beginning: the accounts of their cases can be made of it.
    bool whole() const;
};
std::string to_line(const dump_head& head);
// nullopt: not the first line of a dump.
std::optional<dump_head> read_dump_head(std::string_view line);

struct dumped_record {
    log::record as_read; // place and time; key and value are below
    std::string key;
    std::string value; // serialised LedgerRecord
};

// nullopt: no line of a dump, or one that says its record could not be read.
std::optional<dumped_record> read_dump_line(std::string_view line);

} // namespace tongban::ledger
