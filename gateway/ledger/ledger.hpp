// Append, project, answer: the write path behind every use case. A record is appended to the event log; the
// projector, the view's only writer, reads it back, folds it with evolve and commits it; then the appender is
// answered. So an answer means durable and readable here (law 1), and rivals meet only in the log (law 3).
#pragma once

#include "connectors/log/event_log.hpp"
#include "gateway/calendar/calendar_source.hpp"
#include "gateway/cases/evolve.hpp"
#include "gateway/ledger/delivery_view.hpp"
#include "gateway/ledger/event_watch.hpp"
#include "gateway/ledger/view.hpp"
#include "monitoring/metrics.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/system/result.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tongban::ledger {

// What became of one fact about a delivery.
struct fact_result {
    cases::delivery_verdict verdict{};
    // As in cases::delivery_outcome.
    std::uint32_t attempts = 0;
    std::int64_t visible_at_ms = 0;
};

// What became of one appended record.
struct projected {
    cases::verdict verdict{};
    v1::CaseState state; // after the record, or as it stands when the record changed nothing
    log::position at;
    cases::record_time recorded_at;
    // Of a record about deliveries: what became of each of its facts, in order; `state` says nothing then.
    std::vector<fact_result> facts;
};

struct ledger_settings {
    std::size_t batch_records_max = 512;             // projected in one atomic batch
    std::size_t waiting_max = 20000;                 // requests waiting for their record; then backlog_full
    std::chrono::milliseconds flush_interval{10000}; // the view's own checkpoint
    std::size_t hot_cases_max = 20000;               // cases whose state is kept in memory
    // Where records get their days from; null: weekdays alone, provisional.
    std::shared_ptr<const calendars::calendar_source> calendar;
    // Called once, on a thread of the ledger, when nothing more can be projected (health().failed): stop the
    // process.
    std::function<void(const std::string& reason)> on_failed;
};

struct ledger_health {
    bool ready = false;
    bool failed = false;           // for good: the process must stop
    bool outdated = false;         // stands before a record of a newer version: takes nothing more until it is upgraded
    std::string reason;            // why not ready, English; empty when ready
    std::uint64_t projected = 0;   // records since start
    std::uint64_t lag_records = 0; // known end of the log minus projected position
    std::uint64_t waiting = 0;     // appends that wait for their record
};

class ledger {
public:
    // `log` and `rows` outlive the ledger. start() checks that the view belongs to this log (else throws) and
    // starts the projector thread at the view's position.
    ledger(log::event_log& log, store::view_store& rows, const ledger_settings& settings,
           monitoring::registry& metrics);
    ~ledger();
    void start();
    // Instead of start(), for a caller that keeps the order of things itself (tests/simulation): no thread is started;
    // turn() does all there is to do now and says when there may be more.
    void open();
    std::chrono::steady_clock::time_point turn();
    // Ends the projector after what is committed; flushes the view. Waiting appends end as outcome_unknown,
    // later ones as closed. Before the callers' io_contexts go.
    void stop();

    // Appends `record` (serialised here; attempt_id and, where its event reckons days, working_days are set here) under
    // its case id, or when it is about deliveries under that of its first fact (all of one partition: see partition_of),
    // and resumes on the caller's executor when it is durable and projected, or with log::errc when it is not, or may not be.
    // While the view cannot be written nothing is appended: disk_full at once.
    boost::asio::awaitable<boost::system::result<projected>>
    append(v1::LedgerRecord& record, std::chrono::steady_clock::time_point deadline);

    // Resumes when this replica has projected all that was in the log at the call: before saying "no such
    // case" to a sender whose earlier write another replica answered. Error after the deadline.
    boost::asio::awaitable<boost::system::error_code>
    catch_up(std::chrono::steady_clock::time_point deadline);

    // Grows when the inbox of `region` changes. Taken before reading the inbox and given to inbox_changed(),
    // no change in between is missed.
    std::uint64_t inbox_version(std::string_view region) const;
    // Resumes when the inbox of `region` changed after `seen` (not given: after the call), or at the deadline
    // (false). An error at once where too many wait already (backlog_full) or the ledger is stopped (closed): who asks again in a
    // loop pauses, or gives up.
    boost::asio::awaitable<boost::system::result<bool>> inbox_changed(std::string region,
                                                                      std::chrono::steady_clock::time_point deadline,
                                                                      std::optional<std::uint64_t> seen = std::nullopt);

    // The same for the delivery queues of a region, or with any_region of all together.
    std::uint64_t deliveries_version(std::string_view region) const;
    boost::asio::awaitable<boost::system::result<bool>> deliveries_changed(std::string region,
                                                                           std::chrono::steady_clock::time_point deadline,
                                                                           std::optional<std::uint64_t> seen = std::nullopt);

    // Tells (event_watch::follow) of events that regions must learn, as this replica projects them.
    event_watch::following follow_events(const std::vector<std::string>& regions, std::function<void()> tell);

    // Leases that have run out at `now_ms` and whose end nobody has recorded, oldest first; of the cases that `wanted` says yes to
    // (empty: all; it asks nothing of the ledger).
    std::vector<case_number> expired_leases(std::int64_t now_ms, std::size_t max,
                                            const std::function<bool(const case_number&)>& wanted = {}) const;

    // Cases of a partition of which a timer has something to say at `now_ms`, longest due first.
    std::vector<case_number> due_timers(std::uint32_t partition, std::int64_t now_ms, std::size_t max) const;
    // Cases of a partition whose due times are provisional, from that number on.
    std::vector<case_number> provisional_cases(std::uint32_t partition, std::uint64_t from, std::size_t max) const;
    // Cases of a partition for whose bundle 一件事 the gateway has something to do, longest waiting first.
    std::vector<case_number> bundle_work(std::uint32_t partition, std::size_t max) const;
    // The days as this gateway knows them today; null without a calendar.
    std::shared_ptr<const v1::WorkingDays> working_days() const;

    // The log's time, as well as it is known between records (milliseconds since 1970).
    std::int64_t now_ms() const noexcept;
    std::uint32_t partition_count() const;
    // What tells this ledger from others; empty while no broker was reached since the start.
    std::string identity() const;
    std::uint32_t partition_of(std::string_view case_id) const;

    const view& read() const noexcept;
    const delivery_view& deliveries() const noexcept;
    // The view's rows as such: for the reconciliation.
    const store::view_store& rows() const noexcept;
    ledger_health health() const;

private:
    struct state;
    std::shared_ptr<state> state_;
};

} // namespace tongban::ledger
