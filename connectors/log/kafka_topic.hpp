// Is the topic the ledger it must be? Blocking questions to the cluster, asked by kafka_log's own thread.
#pragma once

#include "connectors/log/kafka_config.hpp"

#include <map>
#include <string>

namespace tongban::log {

enum class topic_condition {
    fit,         // there, as it must be, and every partition has a leader
    electing,    // there, but not every partition has a leader now
    silent,      // no answer in time
    unreachable, // no broker takes a connection
    missing,     // and not to be created here, or created a moment ago
    denied,      // rights are missing
    unfit,       // partition count or settings are wrong: appending would lose or damage the ledger
};

struct topic_report {
    topic_condition condition = topic_condition::unreachable;
    std::string text;       // for the operator; empty when fit
    std::string cluster_id; // when known
};

// Asks for the topic and its settings; creates it when missing and settings.create_topic says so. Fetching
// its metadata also warms the producer: its first append need not wait for it.
topic_report check_topic(rd_kafka_s* handle, rd_kafka_topic_s* topic, const kafka_settings& settings,
                         std::chrono::milliseconds wait);

// What is wrong with a topic's settings, in one sentence each; empty when nothing is. Pure.
std::string topic_faults(const std::map<std::string, std::string>& values, const kafka_settings& settings);

} // namespace tongban::log
