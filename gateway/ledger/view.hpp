// Reads of the view: what the ledger's records amount to. Row keys and values: schemas/README.md.
// Thread-safe; every read sees whole batches.
#pragma once

#include "connectors/log/event_log.hpp"
#include "connectors/store/view_store.hpp"
#include "gateway/cases/evolve.hpp"
#include "tongban/v1/ledger.pb.h"
#include "tongban/v1/view.pb.h"

#include <boost/system/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tongban::ledger {

// A case's dense number within its partition, in log order; part of the row keys.
struct case_number {
    std::uint32_t partition{};
    std::uint64_t number{};
};

inline constexpr std::uint32_t refused_kept_max = 50; // refused events of one case kept in its timeline

struct case_row {
    case_number number;
    v1::CaseState state;
};

// Which of a region's open cases to list.
struct inbox_query {
    std::string region; // whose turn it is
    std::optional<v1::CaseStatus> status;
    std::optional<std::string> origin_region;
    bool claimable_only = false; // without those under another's live lease at `now_ms`
    std::int64_t now_ms = 0;
    std::string after; // opaque cursor of the previous page; empty: from the start
    std::size_t limit = 50;
};
struct inbox_page {
    std::vector<v1::InboxEntry> entries; // soonest due first, of those the longest waiting
    std::string next; // cursor; empty at the end. A filter may leave a page short of `limit`
};
inline constexpr std::size_t inbox_limit_max = 500;    // a larger limit is cut
inline constexpr std::size_t inbox_visited_max = 5000; // rows a page looks at for a filter
inline constexpr std::size_t same_number_max = 256;    // cases find_by_number looks at

// One event of a case as the ledger has it.
struct stored_event {
    v1::LedgerRecord record; // a refused one without its dossier; open_event() gives the event whole
    log::position at;
    cases::record_time recorded_at;
    v1::CaseStatus status{};  // of the case after it
    std::string refused_code; // empty when applied
};

class inbox_watch;
class delivery_watch;

class view {
public:
    // With a watch, listing an inbox skips the tombstones at its front.
    explicit view(const store::view_store& rows, inbox_watch* watch = nullptr) : rows_(rows), watch_(watch) {}

    // nullopt: no such case.
    boost::system::result<std::optional<case_row>> find(std::string_view case_id) const;
    // By its number, as other rows name it; nullopt: no such case.
    boost::system::result<std::optional<v1::CaseState>> case_of(case_number number) const {
        return state_of(number);
    }
    // Cases with this source number in which `region` is origin or destination (several origins may use one
    // number), and cases to which `region` as destination gave this number.
    boost::system::result<std::vector<case_row>> find_by_number(std::string_view region,
                                                                std::string_view number) const;
    // The dossier as last submitted, opened (sealing NONE), and the submission's event.
    struct submission {
        v1::CaseEvent event; // dossier filled in
        std::string raw_content_type;
    };
    boost::system::result<std::optional<submission>> submission_of(case_number number) const;
    // In ledger order, refused ones among them, with all that each says: for the two sides' own eyes, never for a log.
    boost::system::result<std::vector<stored_event>> events(case_number number) const;
    // The same without what they say.
    static std::vector<v1::TimelineEntry> lines_of(const std::vector<stored_event>& events);
    // The applied event of this id; nullopt when the case has none.
    boost::system::result<std::optional<stored_event>> event_of(case_number number, std::string_view event_id) const;
    // The event at one offset; nullopt when the view has no such row.
    boost::system::result<std::optional<stored_event>> event_at(case_number number, std::uint64_t offset) const;
    // How many events of the case were refused; events() holds the first `refused_kept_max` of them.
    boost::system::result<std::uint32_t> refused_count(case_number number) const;
    // boost::system::errc::invalid_argument when `after` is no cursor of ours.
    boost::system::result<inbox_page> inbox(const inbox_query& query) const;
    // Of the first case in the region's inbox (milliseconds): until when its step is owed, which may be later than now, or
    // where it has no limit, since when it waits; nullopt when the inbox is empty.
    boost::system::result<std::optional<std::int64_t>> inbox_first_ms(std::string_view region) const;
    boost::system::result<v1::ViewTotals> totals() const;
    // Next offset to read, per partition; empty for a new view.
    boost::system::result<std::vector<std::uint64_t>> positions() const;

private:
    boost::system::result<std::optional<v1::CaseState>> state_of(case_number number) const;

    const store::view_store& rows_;
    inbox_watch* watch_;
};

} // namespace tongban::ledger
