// The view's only writer: one thread that reads the log, folds, commits, and then answers who waits.
#pragma once

#include "connectors/log/event_log.hpp"
#include "gateway/ledger/delivery_metrics.hpp"
#include "gateway/ledger/ledger_metrics.hpp"
#include "gateway/ledger/log_clock.hpp"
#include "gateway/ledger/projection.hpp"
#include "gateway/ledger/waiting.hpp"

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

namespace tongban::ledger {

// Started once, stopped once. What it refers to outlives it.
class projector {
public:
    struct parts {
        log::event_log& log;
        store::view_store& rows;
        const ledger_settings& settings;
        inbox_watch& watch;
        delivery_watch& deliveries;
        clock_watch& clocks;
        figure_watch& figures;
        bundle_watch& bundles;
        log_clock& clock;
        waiting& waiters;
        ledger_metrics& metrics;
        delivery_metrics& delivery_counts;
    };
    struct condition {
        bool running = false;
        bool failed = false;   // for good: the process must stop
        bool outdated = false; // for good: the next record is of a newer version
        std::string reason;    // why it does not advance; empty when it does
    };

    explicit projector(const parts& given);
    ~projector();

    // Opens the view and a reader at its position; throws std::runtime_error.
    void open();
    // Starts the thread, which takes one turn after the other.
    void start();
    enum class progress { goes_on, try_later, ended };
    // Reads what there is, waiting up to `wait` for the first record, folds and commits it, and answers who waits.
    progress turn(std::chrono::milliseconds wait);
    // Ends after the batch at hand (given up when the view does not take it).
    void stop();
    // Ends the projection for good, from any thread: nothing is answered any more.
    void fail(const std::string& reason);

    condition now() const;
    std::uint64_t projected() const noexcept { return projected_.load(std::memory_order_relaxed); }
    // Once, from any thread: the log's end when this process started. What lies behind it was recorded in its lifetime; until that
    // is known, what is not older by this machine's clock.
    void started_at(const std::vector<std::uint64_t>& end);
    // What is committed.
    std::vector<std::uint64_t> next_offsets() const;
    // True once after batches were committed since the last call.
    bool take_dirty() noexcept { return dirty_.exchange(false); }

private:
    void run();
    bool fold_all(std::span<const log::record> records);
    enum class fold_end { done, newer, ended };
    fold_end fold_one(const log::record& record);
    // Until it is to stop: nothing behind this record can be folded by this version.
    void stand_before(const log::record& record);
    bool commit();
    bool is_recent(const log::record& record) const;
    void publish(std::size_t records);
    // Waits before a retry; false when stopping.
    bool pause(std::chrono::milliseconds time);
    void set_reason(std::string reason);

    parts parts_;
    projection projection_;
    std::unique_ptr<log::log_reader> reader_;
    std::vector<waiting::attempt_result> results_;

    mutable std::mutex mutex_;
    std::condition_variable stopped_;
    condition condition_;
    std::vector<std::uint64_t> committed_;
    bool stopping_ = false;
    const std::chrono::sys_time<std::chrono::milliseconds> started_;
    std::vector<std::uint64_t> end_at_start_; // written once, before the flag
    std::atomic<bool> knows_end_at_start_{false};
    std::atomic<std::uint64_t> projected_{0};
    std::atomic<bool> dirty_{false};
    std::thread thread_;
};

} // namespace tongban::ledger
