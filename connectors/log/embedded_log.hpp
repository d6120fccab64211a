// The event log inside the process: RocksDB with one batching writer, durable (fdatasync) before an append is
// done. For a single replica, tried out in a minute; Kafka is what an installation grows into.
#pragma once

#include "connectors/log/event_log.hpp"
#include "connectors/log/log_statistics.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>

namespace tongban::log {

struct embedded_settings {
    std::filesystem::path directory;                // made when missing; mode 0700
    std::uint32_t partitions = 1;                   // fixed when the ledger is created
    std::size_t record_bytes_max = 4 * 1024 * 1024; // key and value
    std::size_t backlog_records_max = 20000;        // appends under way; then backlog_full
    std::size_t backlog_bytes_max = 64 * 1024 * 1024;
    std::size_t batch_records_max = 1024;              // in one fdatasync
    std::size_t tail_bytes_max = 8 * 1024 * 1024;      // newest records kept in memory for readers
    std::chrono::milliseconds recovery_interval{1000}; // between attempts while the disk is full
    std::chrono::milliseconds statistics_interval{5000};
    statistics_sink statistics{}; // optional
    // The clock of recorded_at; it may jump, recorded_at never goes back.
    std::function<std::chrono::sys_time<std::chrono::milliseconds>()> now{};
};

// Opens or creates the ledger. Throws std::runtime_error with a sentence for the operator when another
// process has it open, the partition count is not the one it was created with, or it cannot be read.
std::unique_ptr<event_log> open_embedded_log(const embedded_settings& settings);

} // namespace tongban::log
