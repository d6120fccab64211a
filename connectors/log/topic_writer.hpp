// Writes to topics other than the ledger's: what was rejected, for the region that sent it. Durable when
// reported so, and in the order of one key's appends.
#pragma once

#include "connectors/log/event_log.hpp"
#include "connectors/log/kafka_log.hpp"
#include "connectors/log/message_header.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace tongban::log {

// Counters since open, and gauges of now.
struct writer_statistics {
    std::uint64_t appended = 0;             // durable
    std::uint64_t refused_backlog_full = 0; // the bound on appends under way bit
    std::uint64_t refused_too_large = 0;
    std::uint64_t refused_not_authorised = 0;
    std::uint64_t refused_unavailable = 0; // unreachable, no such topic, closing
    std::uint64_t outcome_unknown = 0;
    std::uint64_t producers_made = 0;  // more than one: fatal errors were survived
    std::uint64_t backlog_records = 0; // gauge
    std::uint64_t backlog_bytes = 0;   // gauge
};

class topic_writer {
public:
    virtual ~topic_writer() = default; // closes without waiting

    // Appends one record to `topic`, in the partition that its key chooses as Kafka's own clients would (any,
    // when it is empty). `done` is told the outcome in the codes of event_log.hpp; a topic that does not exist
    // is unavailable, after some seconds. Thread-safe, never blocks. Bounded by backlog_records_max and
    // backlog_bytes_max; record_bytes_max counts key, value and headers.
    virtual void append(const std::string& topic, std::string_view key, std::string value,
                        std::span<const message_header> headers, append_done done) = 0;

    // Thread-safe. Not ready while no broker answers, rights are missing or a topic failed last.
    virtual log_health health() const = 0;
    virtual writer_statistics statistics() const = 0;

    // Refuses new appends, waits up to `wait` for those under way; the rest end as closed when they
    // were surely not stored, and as outcome_unknown else. Blocks, up to about 5 s longer.
    virtual void close(std::chrono::milliseconds wait) = 0;
};

// Of `settings` topic, partitions and what concerns a topic's creation are not used. Throws std::runtime_error
// with a sentence for the operator when settings or certificates cannot work; brokers that cannot be reached
// are no error.
std::unique_ptr<topic_writer> open_kafka_writer(const kafka_settings& settings);

} // namespace tongban::log
