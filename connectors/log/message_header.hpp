// A header of a Kafka record, as topics other than the ledger's carry them.
#pragma once

#include <string_view>

namespace tongban::log {

struct message_header {
    std::string_view name;  // UTF-8, not empty
    std::string_view value; // any bytes
};

} // namespace tongban::log
