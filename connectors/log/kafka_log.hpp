// The event log on Apache Kafka: one topic, an idempotent producer with acks=all, readers without a consumer
// group. What the topic must be and which rights are needed: docs/kafka.md.
#pragma once

#include "connectors/log/event_log.hpp"
#include "connectors/log/log_statistics.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace tongban::log {

// Mutual TLS to the brokers; plaintext when `ca` is empty. Files are PEM and are read when a producer or
// reader is made.
struct kafka_tls {
    std::filesystem::path ca;
    std::filesystem::path certificate; // the whole chain
    std::filesystem::path key;
    std::string key_password; // optional
    bool verify_host_name = true;
};

struct kafka_settings {
    std::string bootstrap; // host:port,host:port…
    std::string topic = "tongban.case-events.v1";
    std::string client_id = "tongban";
    std::uint32_t partitions = 12; // the topic must have exactly these
    kafka_tls tls{};

    bool create_topic = false;             // when it is missing
    std::uint16_t replication_factor = 3;  // of a topic created here
    std::uint16_t min_insync_replicas = 2; // the topic must have at least these

    std::size_t record_bytes_max = 4 * 1024 * 1024; // key and value
    std::size_t backlog_records_max = 20000;        // appends under way; then backlog_full
    std::size_t backlog_bytes_max = 64 * 1024 * 1024;

    std::chrono::milliseconds start_wait{5000};        // how long opening waits for the brokers
    std::chrono::milliseconds message_timeout{300000}; // must outlive any outage that is to be survived
    std::chrono::milliseconds socket_timeout{6000};    // bounds a hung broker
    std::chrono::milliseconds stall_limit{5000};       // appends under way and no report: not ready
    std::chrono::milliseconds retry_interval{1000};    // between attempts to reach or check the topic
    std::chrono::milliseconds statistics_interval{5000};
    statistics_sink statistics{}; // optional
    // What librdkafka and this adapter have to say, level 0 (emergency) to 7 (debug) as in syslog; optional.
    // On the log's own threads. Holds host names and error texts, never keys or values of records.
    std::function<void(int level, std::string_view text)> diagnostics{};
};

// Opens the ledger. Throws std::runtime_error with a sentence for the operator when the settings or
// certificates cannot work or the topic is not as it must be. Brokers that cannot be reached are no error:
// the log is not ready, says why in health(), and becomes ready by itself.
std::unique_ptr<event_log> open_kafka_log(const kafka_settings& settings);

} // namespace tongban::log
