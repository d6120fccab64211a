// What only one replica at a time does for a partition of the ledger: timers, and deliveries that the gateway makes
// itself. On a thread of its own, beside the listeners' threads.
#pragma once

#include "connectors/log/kafka_log.hpp"
#include "gateway/bundles/bundle_worker.hpp"
#include "gateway/calendar/calendar_source.hpp"
#include "gateway/delivery/push_runner.hpp"
#include "gateway/ledger/ledger.hpp"
#include "monitoring/metrics.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <memory>
#include <string>

namespace tongban::app {

class owned_work {
public:
    struct parts {
        ledger::ledger& ledger;
        monitoring::registry& metrics;
        const log::kafka_settings* kafka; // the ledger's; null: embedded, all partitions are this process's
        const delivery::delivery_parts& deliveries;
        delivery::push_settings push;
        std::shared_ptr<const calendars::calendar_source> calendar;
        bundles::decide_filing decide; // 秒批 of children that the gateway files
    };
    explicit owned_work(const parts& given);
    ~owned_work(); // stops

    // The ledger has been started. Throws std::runtime_error when settings or certificates for Kafka cannot work.
    void start();
    // Other replicas act for the partitions from now on, for as long as this process runs: it owns none any more, and does not
    // ask for them again. What is under way ends. Any thread; blocks as partition_ownership::close() does.
    void give_up();
    // No push begins any more; those under way end within the push settings' patience. Blocks for it, beside other calls.
    void stop_pushing();
    // Gives the partitions up, ends what is under way. Before the ledger stops.
    void stop();

    // Partners, dialects or certificates changed. Reads files.
    void reload();

    // Whether this replica acts for the partition now. Any thread.
    bool owns(std::uint32_t partition) const;

    // What is wrong with regions' topics, or keeps deliveries from them; empty when nothing does. After start().
    std::string topics_trouble() const;

    // Of its thread: for other background work.
    boost::asio::any_io_executor executor();

private:
    struct state;
    std::shared_ptr<state> state_;
};

} // namespace tongban::app
