// One replica of the gateway: its disk stays, its process comes and goes. The process is put together as the program does
// it (gateway/app), from the same parts, over the simulated log, disk and targets.
#pragma once

#include "gateway/delivery/dead_letters.hpp"
#include "gateway/delivery/push_runner.hpp"
#include "gateway/inbox/inbox.hpp"
#include "gateway/ledger/ledger.hpp"
#include "gateway/supervision/clock_timer.hpp"
#include "gateway/supervision/lease_timer.hpp"
#include "monitoring/metrics.hpp"
#include "tests/simulation/simulated_disk.hpp"
#include "tests/simulation/simulated_log.hpp"
#include "tests/simulation/simulated_target.hpp"
#include "tests/simulation/simulated_time.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace tongban::simulation {

// An io_context that is polled when something happened, and can be ended with all that waits in it.
class polled_context : public boost::asio::io_context {
public:
    polled_context() : io_context(1), guard_(get_executor()), timer_(timer_of(*this)) {}
    ~polled_context() { simulated_time::forget(timer_); }
    // When its timers want it to be polled.
    std::optional<agenda::time_point> alarm() const { return simulated_time::alarm_of(timer_); }
    void ring_when_due() {
        if (const auto due = alarm(); due && *due <= std::chrono::steady_clock::now()) {
            simulated_time::ring(timer_);
        }
    }
    // Destroys every coroutine that waits in it.
    void drop_all() { shutdown(); }

private:
    // Asio makes the kernel's timer with the first of its own.
    static int timer_of(io_context& context) {
        const boost::asio::steady_timer first(context);
        return simulated_time::newest_timer();
    }

    boost::asio::executor_work_guard<executor_type> guard_;
    const int timer_;
};

// What a request may ask of a process: a route by name, or an append.
struct request_to {
    std::string route; // "GET /v1/deliveries"; empty: append `record`
    std::vector<std::string> parameters;
    std::vector<std::pair<std::string, std::string>> query;
    std::string body;
    std::string key; // idempotency
    std::string certificate_uri;
    v1::LedgerRecord record;
};

struct world_parts {
    agenda& todo;
    chance& luck;
    simulated_log& log;
    std::map<std::string, simulated_target>& targets; // by host
    mistake planted;
};

// A process that runs.
class process {
public:
    process(const world_parts& world, std::shared_ptr<store::memory_view_store> disk, std::function<void()> woken);
    ~process();

    // Reads, projects and runs what is ready. True when it may have more to do at once.
    bool turn();
    // When it wants its next turn.
    agenda::time_point next_turn() const;
    bool is_ready() const { return ledger_.health().ready; }
    std::string state() const;
    bool has_failed() const { return ledger_.health().failed; }
    void own(std::span<const std::uint32_t> gained, std::span<const std::uint32_t> lost);

    ledger::ledger& book() noexcept { return ledger_; }
    const std::vector<http::route>& routes() const noexcept { return routes_; }
    boost::asio::any_io_executor executor() { return context_.get_executor(); }

private:
    delivery::push_settings pushing(const world_parts& world, const std::function<void()>& woken) const;

    polled_context context_;
    monitoring::registry metrics_;
    replica_log log_;
    simulated_disk disk_;
    security::live<security::partner_directory> partners_;
    security::live<dialects::dialect_set> dialects_;
    ledger::ledger ledger_;
    std::set<std::uint32_t> owned_;
    std::unique_ptr<delivery::push_runner> push_;
    std::unique_ptr<supervision::lease_timer> leases_;
    std::unique_ptr<supervision::clock_timer> clocks_;
    std::vector<http::route> routes_;
    agenda::time_point next_turn_{};
};

class replica {
public:
    replica(const world_parts& world, int number);

    // Throws std::runtime_error when the process does not start.
    void start();
    // kill -9: some of what was not flushed is gone.
    void kill();
    void lose_disk();
    process* running() noexcept { return process_.get(); }
    // Something happened that it may have to see.
    void wake() noexcept { is_awake_ = true; }
    bool take_awake() noexcept { return std::exchange(is_awake_, false); }
    int number() const noexcept { return number_; }
    const store::memory_view_store& disk() const noexcept { return *disk_; }

private:
    void tear_view(const store::memory_view_store::rows_type& before);

    const world_parts world_;
    const int number_;
    std::shared_ptr<store::memory_view_store> disk_;
    std::unique_ptr<process> process_;
    bool is_awake_ = false;
};

} // namespace tongban::simulation
