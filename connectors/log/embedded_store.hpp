// The rows of the embedded log in RocksDB: what is on disk, nothing about threads or time. Row grammar:
//   "m/" name                             -> identity, partition count, format
//   "r" partition(be32) offset(be64)      -> time_ms(le64) key_length(le32) key value
// All calls but write() may run side by side; write() has one caller.
#pragma once

#include "connectors/log/event_log.hpp"

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace rocksdb {
class DB;
}

namespace tongban::log {

// What became of an operation on the rows.
enum class store_outcome { done, no_space, failed };

struct store_error {
    store_outcome outcome = store_outcome::done;
    std::string text; // for the operator
};

// One record on its way into the rows.
struct row {
    std::uint32_t partition{};
    std::uint64_t offset{};
    std::string_view key;
    std::string_view value;
};

// Records read from the rows, owning their bytes.
struct row_page {
    std::string bytes;
    std::vector<record> records; // views into bytes
};

class embedded_store {
public:
    // Opens or creates. Empty pointer and `error` set when it cannot.
    static std::unique_ptr<embedded_store> open(const std::filesystem::path& directory,
                                                std::uint32_t partitions, store_error& error);
    ~embedded_store();

    // All rows or none, durable when done.
    store_error write(std::span<const row> rows, std::chrono::milliseconds time);

    // Records of `partition` from `offset` on, in order: at most `records_max`, and about `bytes_max` bytes
    // but at least one record. False when the rows cannot be read.
    bool read(position from, std::size_t records_max, std::size_t bytes_max, row_page& page) const;

    const std::string& identity() const noexcept { return identity_; }
    // One past the newest record per partition, and the newest time of all, as they were at open.
    const std::vector<std::uint64_t>& recovered_ends() const noexcept { return ends_; }
    std::chrono::milliseconds recovered_time() const noexcept { return time_; }

private:
    explicit embedded_store(std::unique_ptr<rocksdb::DB> rows);
    store_error check_or_create(std::uint32_t partitions);
    store_error create(std::uint32_t partitions);
    store_error recover_ends(std::uint32_t partitions);

    std::unique_ptr<rocksdb::DB> rows_;
    std::string identity_;
    std::vector<std::uint64_t> ends_;
    std::chrono::milliseconds time_{};
};

// Free space under which a full disk is not called recovered: a flush of everything in memory must fit.
inline constexpr std::uint64_t store_space_reserve = 32 * 1024 * 1024;

} // namespace tongban::log
