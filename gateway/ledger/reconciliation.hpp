// Proof that nothing is lost: accepted = closed + open, and per target region due = acknowledged + pending +
// dead-lettered + discarded. Offline the accounts are folded anew from the records, case by case, and the view's
// totals and rows are held against them; on a running system the view's own sums are taken, and its rows walked to
// name the cases behind a gap, or to count the cases of a time or a pair of regions. Behind `tongban ledger reconcile`
// and GET /reconciliation.
#pragma once

#include "connectors/log/event_log.hpp"
#include "connectors/store/view_store.hpp"
#include "gateway/ledger/case_accounts.hpp"

#include <boost/system/result.hpp>

#include <cstdint>
#include <functional>
#include <istream>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tongban::ledger {

// What is wrong, in a word for a program and in both languages for a person.
enum class discrepancy {
    dump_not_whole,         // a dump without its first line, of some records only, or not from the beginning
    record_missing,         // an offset that should have a record has none
    record_unreadable,      // a record nobody can read, or that is not of the case its key names
    case_untold,            // a record tells of its deliveries, yet no event of the case came before
    case_unaccounted,       // accepted, yet neither closed nor open
    deliveries_unaccounted, // due to the region, yet in no state
    case_missing,           // the view does not have it
    case_unknown,           // the view has a case that the ledger does not
    case_differs,           // the view's state is not the ledger's
    delivery_missing,       // due, yet neither settled nor waiting in the view
    delivery_differs,       // a settled delivery that the ledger tells otherwise, or does not tell
    queue_missing,          // waits, yet stands in no queue and in no list of dead letters
    queue_unknown,          // a queue's or dead letters' row that no case explains
    totals_differ,          // a row of totals is not what its cases add up to
};
std::string_view name(discrepancy what) noexcept;
std::string_view message_zh(discrepancy what) noexcept;
std::string_view message_en(discrepancy what) noexcept;

struct finding {
    discrepancy what{};
    std::string case_id; // empty when it is about no case, or no name is left of it
    std::string region;  // the target, when it is about one
    std::string place;   // partition and offset, a row's name, two figures: what helps to look it up
};

// Which cases count. Those whose first event was recorded in [from, until), of one pair of regions; all when empty.
struct reconciliation_filter {
    std::optional<std::int64_t> from_ms;
    std::optional<std::int64_t> until_ms;
    std::string origin;
    std::string dest;
    bool all() const { return !from_ms && !until_ms && origin.empty() && dest.empty(); }
    bool takes_time(std::int64_t first_ms) const; // when the case's first event was recorded
    bool takes_pair(std::string_view of_origin, std::string_view to_dest) const;
    bool takes(const case_account& account) const;
};

struct reconciliation {
    std::uint64_t records = 0;
    std::int64_t accepted = 0; // counted from the records
    std::int64_t closed = 0;   // counted from the cases, as is the next
    std::int64_t open = 0;
    std::int64_t collected_only = 0; // collected, not filed: not accepted yet
    std::map<std::string, target_account, std::less<>> targets;

    bool view_compared = false;
    std::uint64_t view_records_behind = 0; // not an error
    // In both languages, why it cannot be compared: nothing was counted then. Empty when it could be, or none was given.
    std::string view_problem;

    std::uint64_t wrong = 0;       // discrepancies in all
    std::vector<finding> findings; // the first of them

    // 0, or something is lost, doubled or hidden.
    std::uint64_t unexplained() const;
    bool ok() const { return unexplained() == 0 && view_problem.empty(); }
    // `count`: as many discrepancies, told as one.
    void add(finding found, std::uint64_t count = 1);
    static constexpr std::size_t findings_max = 100;
};

struct reconciliation_parts {
    store::view_store& scratch;    // empty; holds the fold
    const store::view_store* view; // null: count only. Nobody may write it meanwhile
    reconciliation_filter filter;
    std::function<void(std::uint64_t records, std::uint64_t of_about)> progress; // may be empty
};

// Of a ledger, up to the end it has at the call. An error is the log's or a store's.
boost::system::result<reconciliation> reconcile(log::event_log& log, const reconciliation_parts& parts);

// Of what `tongban ledger dump` wrote: a whole dump, or one of whole partitions; any other is told to be none, and
// nothing else is made of it. A line that is none counts as unreadable and is named by its number; a record that the
// dump's first line promises and no line tells is missing, and is named by its place.
boost::system::result<reconciliation> reconcile_dump(std::istream& lines, const reconciliation_parts& parts);

} // namespace tongban::ledger
