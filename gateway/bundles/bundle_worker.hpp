// Carries bundles 一件事 on: files the children of a parent as their turn comes, passes a withdrawal on, closes the whole, and
// tells a parent how far a child is. What is to be done follows from the case's own state and stands in a row of the view,
// which only a fact of the case's own partition removes: a crash at any point, or a second replica, does no harm. Who may
// decide a child at once 秒批 is asked beside that, when it is filed.
#pragma once

#include "gateway/ledger/ledger.hpp"
#include "monitoring/metrics.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

namespace tongban::bundles {

struct bundle_worker_settings {
    std::chrono::milliseconds tick{200}; // how long something waits for being noticed, at most
    std::size_t batch_max = 200;         // cases looked at in one tick, per partition
    std::size_t under_way_max = 32;      // cases worked on at once
    std::chrono::seconds rest{30};       // of a case of which something was refused
    std::size_t decisions_max = 64;      // children that are being decided at once; others wait for a person
};

// Puts a child's filing, which is durable, to who may decide it at once. It may take its time: nothing waits for it.
using decide_filing = std::function<boost::asio::awaitable<void>(v1::LedgerRecord filing)>;

class bundle_worker {
public:
    // `owns` says whether this replica acts for a partition now; asked on the executor. `decide` may be empty. All outlive
    // the worker.
    bundle_worker(ledger::ledger& ledger, monitoring::registry& metrics, std::function<bool(std::uint32_t partition)> owns,
                  decide_filing decide, const boost::asio::any_io_executor& executor,
                  const bundle_worker_settings& settings = {});
    ~bundle_worker(); // stops
    bundle_worker(const bundle_worker&) = delete;
    bundle_worker& operator=(const bundle_worker&) = delete;

    void start();
    // Begins nothing more; appends under way end by themselves. From any thread.
    void stop();

private:
    struct state;
    std::shared_ptr<state> state_;
};

} // namespace tongban::bundles
