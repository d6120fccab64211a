// Whether what waits stands in its queue, and whether what stands in a queue waits: rows of the view against its
// cases, in stretches.
#pragma once

#include "gateway/cases/deliveries.hpp"
#include "gateway/ledger/view.hpp"

#include <string>
#include <vector>

namespace tongban::ledger {

// True when the first of the outbox has its row in the queue, or among the dead letters, as it must.
boost::system::result<bool> is_queued(const store::view_store& rows, case_number number, const v1::Outbox& outbox);

struct queued_walk {
    struct row {
        std::string case_id; // empty when there is no such case
        std::string region;
        std::string place; // the row: its kind, partition and number
    };
    std::vector<row> unknown; // that no case explains
    std::size_t visited = 0;
    std::string next; // key to go on from; empty at the end of the kind
};

// Looks at up to `rows_max` rows of one kind ("q" or "x") from the key `from` on; replaces `walked`.
boost::system::error_code walk_queued(const store::view_store& rows, const std::string& from, std::size_t rows_max,
                                      queued_walk& walked);

} // namespace tongban::ledger
