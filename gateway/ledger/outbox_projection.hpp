// What deliveries add to the view: the queue of each region, its dead letters, its list of events, the settled
// ones and the totals that reconciliation compares. Part of the projection, on its thread, in its batch.
#pragma once

#include "connectors/log/event_log.hpp"
#include "gateway/cases/deliveries.hpp"
#include "gateway/ledger/delivery_rows.hpp"
#include "gateway/ledger/delivery_watch.hpp"
#include "gateway/ledger/hot_cases.hpp"

#include <map>
#include <set>
#include <string>

namespace tongban::ledger {

class outbox_projection {
public:
    // With a watch, the queues' figures are kept there.
    explicit outbox_projection(delivery_watch* watch) : watch_(watch) {}

    // Reads totals and queues of a view that is there. An error is the store's.
    boost::system::error_code load(const store::view_store& rows);

    // An applied event: what it makes due is added to the case's outbox (the caller writes the case's row) and to the
    // batch.
    cases::due_regions due(hot_case& of, const v1::LedgerRecord& record, const log::record& at, store::write_batch& batch);
    // One fact about a delivery of that case; true when the case's row changed.
    cases::delivery_outcome fold(hot_case& of, const v1::DeliveryFact& fact, cases::record_time recorded_at,
                                 store::write_batch& batch);
    // Writes the totals that changed since the last call.
    void seal(store::write_batch& batch);

private:
    // The first of an outbox, as its queue has it.
    struct head {
        std::uint32_t ordinal = 0; // 0: none
        std::uint64_t offset = 0;
        std::int64_t queued_ms = 0;
        std::int64_t due_ms = 0;
        bool dead = false;
        friend bool operator==(const head&, const head&) = default;
    };
    static head head_of(const v1::CaseState& state, std::string_view region);
    void move(case_number number, std::string_view region, const head& before, const head& after,
              store::write_batch& batch);
    rows::delivery_totals_row& change(std::string_view region);

    delivery_watch* watch_;
    std::map<std::string, rows::delivery_totals_row, std::less<>> totals_;
    std::set<std::string, std::less<>> changed_;
};

} // namespace tongban::ledger
