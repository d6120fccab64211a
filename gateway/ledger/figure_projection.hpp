// What the figures of supervision add to the view: sums by day, pair of regions, level, mode and class of item, and their
// totals over all days. Part of the projection, on its thread, in its batch; a report is a scan over days, whatever the
// number of cases.
#pragma once

#include "connectors/store/view_store.hpp"
#include "gateway/ledger/figure_rows.hpp"
#include "gateway/ledger/figure_watch.hpp"

#include <string>
#include <unordered_map>
#include <vector>

namespace tongban::ledger {

class figure_projection {
public:
    // With a watch, the totals are kept there.
    explicit figure_projection(figure_watch* watch) : watch_(watch) {}

    // Reads the totals of a view that is there. An error is the store's.
    boost::system::error_code load(const store::view_store& rows);
    // An event that was applied, with the state it left and whom it has to be told.
    void count(const v1::LedgerRecord& record, const v1::CaseState& state, const cases::due_regions& due,
               cases::record_time recorded_at);
    // The region acknowledged what was due to it since `due_ms`.
    void receipt(const v1::CaseState& state, std::string_view region, std::int64_t due_ms);
    // 差评整改 as the event left it, where that is not as it was before.
    void rectification(const v1::CaseState& state, bool owed_before);
    // Writes the rows that changed since the last call. An error (a row could not be read) loses nothing: call it again.
    boost::system::error_code seal(const store::view_store& rows, store::write_batch& batch);
    // After the batch is written: days' rows beyond the bound are forgotten and read again when they are needed.
    void trim();

private:
    struct sum;
    using entry = std::pair<const std::string, sum>; // by row key; stays where it is while its map has it
    struct sum {
        cases::figure_sums sums; // what is not yet in the row, until `whole`
        bool whole = false;
        bool changed = false;
        entry* total = nullptr; // of a day: the total it belongs to, so that an event looks up one row
    };
    struct hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
    };
    using sums_by_key = std::unordered_map<std::string, sum, hash, std::equal_to<>>;

    void add(const cases::increments& added, const figure_place& place, std::int64_t at_ms);
    static entry& at(sums_by_key& in, std::string_view key, bool whole);
    cases::figure_sums& changing(entry& of);
    boost::system::error_code complete(const store::view_store& rows, const std::string& key, sum& of);

    figure_watch* watch_;
    sums_by_key days_;
    sums_by_key totals_; // always whole
    std::vector<entry*> changed_;
    std::string bytes_;
};

} // namespace tongban::ledger
