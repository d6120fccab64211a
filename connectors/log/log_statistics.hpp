// What an event log tells about itself for metrics: counters since it was opened and gauges of now. Whoever
// opens the log gives a callback; this folder knows no metrics library.
#pragma once

#include <cstdint>
#include <functional>

namespace tongban::log {

struct log_statistics {
    // Both adapters. Counters since open.
    std::uint64_t appended = 0;             // durable
    std::uint64_t refused_backlog_full = 0; // the bound on appends under way bit
    std::uint64_t refused_too_large = 0;
    std::uint64_t refused_unavailable = 0; // unreachable, denied, no space, failed, closing
    std::uint64_t outcome_unknown = 0;
    std::uint64_t backlog_records = 0; // gauge
    std::uint64_t backlog_bytes = 0;   // gauge
    bool ready = false;                // gauge

    // Embedded: group commits and the recoveries from a full disk.
    std::uint64_t commits = 0;
    std::uint64_t commit_microseconds = 0; // total: divide by commits for the mean
    std::uint64_t disk_full_recoveries = 0;

    // Kafka: from librdkafka's statistics of the producer. Counters start anew with each producer.
    std::uint64_t producers_made = 0; // more than one: fatal errors were survived
    std::uint64_t brokers = 0;        // gauge: known by address
    std::uint64_t brokers_up = 0;     // gauge
    std::uint64_t requests_sent = 0;
    std::uint64_t request_retries = 0;
    std::uint64_t request_errors = 0; // failed or timed out
    std::uint64_t bytes_sent = 0;
    std::uint64_t disconnects = 0;
    std::uint64_t round_trip_p99_microseconds = 0; // gauge: slowest broker
    std::uint64_t throttle_milliseconds = 0;       // gauge: slowest broker, mean over the interval
};

// Called on the log's own thread every statistics interval: cheap, never throwing.
using statistics_sink = std::function<void(const log_statistics&)>;

} // namespace tongban::log
