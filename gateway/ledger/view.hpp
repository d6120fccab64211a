// Reads of the view: what the ledger's records amount to. Row keys and values: schemas/README.md. Thread-safe; every
// read sees whole batches.
#pragma once

#include "connectors/log/event_log.hpp"
#include "connectors/store/view_store.hpp"
#include "tongban/v1/dossier.pb.h"
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

struct case_row {
    case_number number;
    v1::CaseState state;
};

// Which of a region's open cases to list.
struct inbox_query {
    std::string region;             // whose turn it is
    std::optional<v1::CaseStatus> status;
    std::optional<std::string> origin_region;
    bool claimable_only = false;    // without those under another's live lease at `now_ms`
    std::int64_t now_ms = 0;
    std::string after;              // opaque cursor of the previous page; empty: from the start
    std::size_t limit = 50;
};
struct inbox_page {
    std::vector<v1::InboxEntry> entries; // who waits longest first
    std::string next;                    // cursor; empty at the end
};

class view {
public:
    explicit view(const store::view_store& rows) : rows_(rows) {}

    // nullopt: no such case.
    boost::system::result<std::optional<case_row>> find(std::string_view case_id) const;
    // Cases with this source number in which `region` is origin or destination (several origins may use one number),
    // and cases to which `region` as destination gave this number.
    boost::system::result<std::vector<case_row>> find_by_number(std::string_view region,
                                                                std::string_view number) const;
    // The dossier as last submitted, opened (sealing NONE), and the submission's event.
    struct submission {
        v1::CaseEvent event; // dossier filled in
        std::string raw_content_type;
    };
    boost::system::result<std::optional<submission>> submission_of(case_number number) const;
    // In ledger order; refused events among them.
    boost::system::result<std::vector<v1::TimelineEntry>> timeline(case_number number) const;
    boost::system::result<inbox_page> inbox(const inbox_query& query) const;
    boost::system::result<v1::ViewTotals> totals() const;
    // Next offset to read, per partition; empty for a new view.
    boost::system::result<std::vector<std::uint64_t>> positions() const;

private:
    const store::view_store& rows_;
};

} // namespace tongban::ledger
