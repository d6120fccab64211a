// Topics: deliveries to regions whose partner reads Kafka (transport kafka), for the partitions this replica owns, each
// exactly once for a reader that sees only what is committed. One thread for each partition owned: its transactions
// block, and one follows the other. The backlog lives in the view; here is one transaction of each partition.
#pragma once

#include "gateway/delivery/delivery.hpp"
#include "gateway/delivery/topic_settings.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <memory>
#include <span>
#include <string>

namespace tongban::delivery {

struct topic_health {
    bool ready = true;  // nothing is known that keeps deliveries from their topics
    std::string reason; // what does, naming topics and partitions; empty when ready
};

class topic_runner {
public:
    // `parts` and `metrics` outlive the runner; `executor` runs on other threads than those that call it, until after
    // stop(). Reads the partners; topics are checked, and created when settings.kafka.create_topic says so, in the
    // background. Nothing is delivered before own(). Connects to no broker while no partner reads a topic.
    topic_runner(const delivery_parts& parts, const topic_settings& settings,
                 const boost::asio::any_io_executor& executor, monitoring::registry& metrics);
    ~topic_runner(); // stops

    // Give it to the ownership port as its ownership_changed. Any thread; returns at once. A transaction under way for a
    // lost partition runs to its end, or is fenced by who owns it next; none begins.
    void own(std::span<const std::uint32_t> gained, std::span<const std::uint32_t> lost);

    // After partners or dialects changed, and parts.partners and parts.dialects hold the new ones. What is due to a
    // region whose partner reads no topic any more stays pending. Any thread; returns at once.
    void reload();

    topic_health health() const;

    // No transaction begins any more. Blocks until those under way have ended: at most about the longest of open_wait,
    // check_wait and transaction_wait, and the report deadline. Not from the executor's threads; before the ledger
    // stops. Further calls do nothing.
    void stop();

private:
    class state;
    std::shared_ptr<state> state_;
};

} // namespace tongban::delivery
