// The view's rows and totals, held against accounts that were made without them; and, on a running system, against
// each other.
#pragma once

#include "gateway/ledger/reconciliation.hpp"
#include "gateway/ledger/view.hpp"

namespace tongban::ledger {

// Adds to `report` each thing in which the view is not what the accounts say. The accounts are settled and end where
// the view stands. Totals, and what the view has too much, are looked at only when the filter takes all cases.
boost::system::error_code compare_accounts(const case_accounts& accounts, const store::view_store& rows,
                                           const reconciliation_filter& filter, reconciliation& report);

struct standing_query {
    bool walk = false;           // walk the rows although the sums agree
    std::string after;           // cursor of the previous stretch; walks
    std::size_t rows_max = 5000; // looked at in one stretch; with a filter the last case may have some more
    reconciliation_filter filter;
};

// What the view of a running system says of itself. With a filter the cases are walked, and the sums are those of this
// stretch's cases, counted from their rows: add the stretches up.
struct standing_accounts {
    std::int64_t accepted = 0;
    std::int64_t closed = 0;
    std::int64_t open = 0;
    std::int64_t collected_only = 0; // collected, not filed: not accepted yet
    std::map<std::string, target_account, std::less<>> targets;
    // The view went on while it was read, so that a gap of the cases may be none.
    bool moving = false;
    bool walked = false;
    std::uint64_t rows_walked = 0;
    std::vector<finding> findings; // of this stretch
    std::string next;              // cursor; empty at the end, and when nothing was walked
    std::uint64_t gap() const;
};

// Takes the sums; when they do not agree, or when asked, walks a stretch of the rows and names what does not fit. With a
// filter walks a stretch of the cases alone, and what stands in queues and lists without a case is not looked for.
// boost::system::errc::invalid_argument when `after` is no cursor of ours. Thread-safe.
boost::system::result<standing_accounts> standing(const store::view_store& rows, const standing_query& query);

} // namespace tongban::ledger
