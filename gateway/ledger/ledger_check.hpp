// Offline proofs about a ledger: folds the whole of it once more and compares a view with the result, row by
// row; counts cases from the records and from the rows, so that neither can be wrong alone. Behind `tongban
// ledger check`.
#pragma once

#include "connectors/log/event_log.hpp"
#include "connectors/store/view_store.hpp"

#include <boost/system/result.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace tongban::ledger {

struct ledger_check_report {
    std::uint64_t records = 0;
    std::uint64_t unreadable = 0; // no record of ours, or not of the case its key names
    std::uint64_t misnamed = 0;   // a case id that origin and source number do not give
    std::map<std::string, std::uint64_t> verdicts;

    std::int64_t accepted = 0; // first submissions that were applied, counted from the records
    std::int64_t closed = 0;   // counted from the cases, as are the next two
    std::int64_t open = 0;
    std::int64_t collected_only = 0; // collected, not submitted: not accepted yet
    // What accepted = closed + open does not explain, and records nobody can read.
    std::uint64_t unexplained = 0;
    bool totals_agree = true; // the totals' rows with the cases

    bool view_compared = false;
    std::uint64_t view_records_behind = 0; // records the view has yet to project; not an error
    std::uint64_t view_rows = 0;
    std::uint64_t view_rows_wrong = 0;   // missing, too many or different
    std::vector<std::string> view_wrong; // the first of them: row kind and key in hexadecimal digits
    std::string view_problem; // why it could not be compared; empty when it could, or none was given

    bool ok() const {
        return unexplained == 0 && misnamed == 0 && totals_agree && view_rows_wrong == 0 &&
               view_problem.empty();
    }
};

struct ledger_check_parts {
    log::event_log& log;
    store::view_store& scratch;    // empty; holds the fold
    const store::view_store* view; // null: count only. Nobody may write it meanwhile
    // Called now and then; may be empty.
    std::function<void(std::uint64_t records, std::uint64_t of_about)> progress;
};

// Reads up to the end the log has at the call. An error is the log's or the scratch store's.
boost::system::result<ledger_check_report> check_ledger(const ledger_check_parts& parts);

} // namespace tongban::ledger
