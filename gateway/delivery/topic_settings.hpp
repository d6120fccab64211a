// Bounds and places of the deliveries that go into regions' topics.
#pragma once

#include "connectors/log/delivery_transactions.hpp"
#include "connectors/log/kafka_topics.hpp"

#include <chrono>
#include <cstddef>

namespace tongban::delivery {

struct topic_settings {
    log::kafka_settings kafka;
    log::delivery_settings transactions;
    log::region_topic_settings region_topics; // of topics that are created or checked
    std::size_t messages_max = 200;           // of one transaction; at most facts_per_record_max
    // Of one transaction. Brokers refuse a batch that is larger than a topic's max.message.bytes (1 MiB by default)
    // although each of its messages would fit.
    std::size_t bytes_max = 512UL * 1024;
    std::chrono::milliseconds open_wait{15'000};       // for taking a partition over; then tried again
    std::chrono::milliseconds transaction_wait{5'000}; // then aborted, and tried again
    std::chrono::milliseconds report_deadline{5'000};  // for the ledger to take facts; then they are tried again
    std::chrono::milliseconds pause_first{100};        // between attempts that fail for all; doubles
    std::chrono::milliseconds pause_most{5'000};
    std::chrono::milliseconds held{5'000};       // a topic that refused is not tried again before
    std::chrono::milliseconds gather{5};         // changes of the ledger that come within this wake once
    std::chrono::milliseconds check_interval{10'000}; // of topics that were not as they must be
    std::chrono::milliseconds check_wait{5'000};
};

} // namespace tongban::delivery
