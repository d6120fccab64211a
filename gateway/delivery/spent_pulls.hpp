// Dead letters of platforms that stopped asking. Whoever pulls finds a spent delivery itself; of one that is handed out and
// never asked for again, nobody would.
#pragma once

#include "gateway/delivery/delivery.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

namespace tongban::delivery {

struct spent_pulls_settings {
    std::chrono::milliseconds tick{1000};
    std::size_t batch_max = 500; // waiting deliveries looked at in one tick; the next goes on behind them
};

// Says dead_lettered of what regions that pull have used their budget for, once it is visible again. The fact names the attempt
// that it counts from: said twice, or after a replay or an attempt, it has no effect.
class spent_pulls {
public:
    // `owns` says whether this replica acts for a partition now; asked on the executor. All outlive the timer.
    spent_pulls(const delivery_parts& parts, std::function<bool(std::uint32_t partition)> owns,
                const boost::asio::any_io_executor& executor, const spent_pulls_settings& settings = {});
    ~spent_pulls(); // stops
    spent_pulls(const spent_pulls&) = delete;
    spent_pulls& operator=(const spent_pulls&) = delete;

    void start();
    // Says nothing more; an append under way ends by itself. From any thread.
    void stop();

private:
    struct state;
    std::shared_ptr<state> state_;
};

} // namespace tongban::delivery
