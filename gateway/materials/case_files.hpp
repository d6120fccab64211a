// The files of one case, as its events name them and as the gateway has them.
#pragma once

#include "gateway/ledger/material_view.hpp"
#include "gateway/ledger/seen_case.hpp"

#include <boost/system/result.hpp>

#include <optional>
#include <string>
#include <vector>

namespace tongban::materials {

struct case_file {
    std::string event;    // "CASE_SUBMITTED"
    std::string event_id; // hexadecimal digits
    std::uint32_t number = 0; // among the event's files
    std::string material_code;
    std::string material_name;
    v1::MaterialFile file; // without its content
    // stored: in the object store; inline: in the message itself; waiting, failed: to be fetched, given up; elsewhere: only
    // the sender has it. Of a stored one that the store does not have any more as it was: missing, damaged.
    std::string state;
    std::string failure; // of a failed one
};

// In the order of events, of those within sight. Refused events name no files.
boost::system::result<std::vector<case_file>> files_of(const ledger::seen_case& seen, const ledger::material_view& materials);
// The file of this digest that stands in an event itself, with its content.
std::optional<v1::MaterialFile> file_inside(const ledger::seen_case& seen, std::string_view name);

} // namespace tongban::materials
