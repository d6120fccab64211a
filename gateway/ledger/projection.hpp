// Folds ledger records into the view's rows: the one place that writes them, used by the projector, by
// `tongban ledger check` and by every rebuild. Nothing stored depends on how records were batched or how
// partitions were interleaved, so a rebuild is equal byte for byte.
#pragma once

#include "gateway/cases/inbox_places.hpp"
#include "gateway/ledger/bundle_projection.hpp"
#include "gateway/ledger/clock_projection.hpp"
#include "gateway/ledger/figure_projection.hpp"
#include "gateway/ledger/hot_cases.hpp"
#include "gateway/ledger/inbox_watch.hpp"
#include "gateway/ledger/outbox_projection.hpp"
#include "gateway/ledger/rows.hpp"

#include <map>
#include <memory>
#include <set>
#include <span>
#include <vector>

namespace tongban::ledger {

// What one record did. References live until the next fold().
struct folded {
    bool readable = false; // false: no LedgerRecord, or not of the case its key names; changes nothing
    bool repeated = false; // folded before: changes nothing
    bool known = false;    // the case exists (after the record)
    bool kept = true;      // false: refused, and its case has refused_kept_max of those: it is only counted
    cases::verdict verdict = cases::verdict::missing_body;
    const v1::LedgerRecord& record;
    const v1::CaseState& state; // after it
    const v1::StageTimes& times_before;
    cases::record_time recorded_at{}; // what counts: recorded_at() of record.hpp
    v1::CaseStatus status_before = v1::CASE_STATUS_UNSPECIFIED;
    // Of a record about deliveries: what became of each of its facts, in order.
    std::span<const cases::delivery_outcome> facts{};
};

struct projection_settings {
    std::size_t hot_cases_max = 20000;
};

class projection {
public:
    // `rows` outlives it.
    // With watches, what they show is kept there.
    projection(store::view_store& rows, const projection_settings& settings, inbox_watch* watch = nullptr,
               delivery_watch* deliveries = nullptr, clock_watch* clocks = nullptr, figure_watch* figures = nullptr,
               bundle_watch* bundles = nullptr);

    // Reads where the view stands; writes the first rows of a new one. A view that another version wrote in another format is
    // erased, to be folded anew: true, and else false. Throws std::runtime_error that says what to do when the view is of another
    // ledger or of another partition count, or cannot be read. An empty identity is one not known yet (no broker was reached so
    // far): confirm() it before the first fold.
    bool open(std::string_view identity, std::uint32_t partitions);
    // The identity as it became known: false when the view is of another ledger. Once true, always true.
    [[nodiscard]] bool confirm(std::string_view identity);
    // Next offset per partition, of what is folded (committed or not).
    const std::vector<std::uint64_t>& next_offsets() const noexcept { return next_offsets_; }

    // Adds a record to the batch. An error is the store's (a read failed), or record_errc::newer_version, and leaves nothing
    // of the record: the first may pass when it is folded again.
    boost::system::result<folded> fold(const log::record& record);

    // Writes the batch. After an error nothing of it is written and commit() may be called again.
    boost::system::error_code commit();
    std::size_t batch_rows() const { return batch_->count(); }

private:
    // What the indexes hold of a case in one state.
    struct indexed {
        bool accepted = false;
        bool closed = false;
        bool open = false;
        v1::CaseStatus status{};
        std::string dest_region;
        std::string dest_case_no;
        std::array<cases::inbox_place, 2> inbox;
        std::int64_t lease_until_ms = 0;
        clock_projection::indexed clocks;
        std::int64_t bundle_work_ms = 0; // 0: none
    };
    static indexed index_of(const v1::CaseState& state);

    void make_new(std::string_view identity);
    void load_totals();
    void load_watch();
    boost::system::result<hot_case*> find(std::string_view case_id);
    boost::system::error_code load_refused(hot_case& of);
    void write_applied(hot_case& of, bool created, const indexed& before, const log::record& record);
    // False: counted alone, the case has refused_kept_max of them.
    bool write_refused(hot_case& of, cases::verdict verdict, const log::record& record);
    void write_indexes(const hot_case& of, const indexed& before, const indexed& after);
    void write_inbox(const hot_case& of, const indexed& before, const indexed& after);
    void write_inbox_row(const hot_case& of, const cases::inbox_place& place);
    void count(const indexed& before, const indexed& after);
    boost::system::result<folded> fold_event(const log::record& record);
    boost::system::result<folded> fold_facts(const log::record& record);
    boost::system::result<folded> fold_material(const log::record& record);
    void write_materials(const hot_case& of, const log::record& record);
    void advance(const log::record& record);
    boost::system::error_code seal();

    store::view_store& rows_;
    inbox_watch* watch_;
    hot_cases cases_;
    outbox_projection outboxes_;
    clock_projection clocks_;
    figure_projection figures_;
    bundle_projection bundles_;
    std::unique_ptr<store::write_batch> batch_;
    bool sealed_ = false; // the batch holds positions and totals already

    std::string identity_; // as the view's row has it; empty: not known when the view was made
    std::vector<std::uint64_t> next_offsets_;
    std::vector<std::uint64_t> next_numbers_;
    std::set<std::uint32_t> moved_; // partitions this batch advances
    rows::totals_row totals_;
    bool totals_changed_ = false;
    std::map<std::string, std::int64_t, std::less<>> open_; // by row key
    std::set<std::string, std::less<>> open_changed_;

    // Kept to reuse their memory.
    v1::LedgerRecord record_;
    hot_case fresh_; // becomes a case when its first event is applied
    v1::CaseState unknown_;
    v1::StageTimes times_before_;
    v1::InboxEntry entry_;
    std::vector<cases::delivery_outcome> facts_;
    std::string bytes_;
};

} // namespace tongban::ledger
