// Says LEASE_EXPIRED when a window's lease has run out. A proposal like any timer's: it has the same event id whoever
// makes it, and evolve takes it only when the log's own time has come, so a wrong clock or a second replica does no
// harm, and it takes effect once.
#pragma once

#include "gateway/ledger/ledger.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/strand.hpp>

#include <cstdint>
#include <functional>
#include <memory>

namespace tongban::supervision {

struct lease_timer_settings {
    std::chrono::milliseconds tick{1000}; // how long after its end a lease is noticed at the latest
    std::size_t batch_max = 500;          // looked at in one tick
};

class lease_timer {
public:
    // `owns` says whether this replica acts for a partition now; asked on the executor. All outlive the timer.
    lease_timer(ledger::ledger& ledger, std::function<bool(std::uint32_t partition)> owns,
                const boost::asio::any_io_executor& executor, const lease_timer_settings& settings = {});
    ~lease_timer(); // stops
    lease_timer(const lease_timer&) = delete;
    lease_timer& operator=(const lease_timer&) = delete;

    void start();
    // Proposes nothing more; an append under way ends by itself. From any thread.
    void stop();

private:
    struct state;
    std::shared_ptr<state> state_;
};

} // namespace tongban::supervision
