// The view in RocksDB: one column family, no write-ahead log. Memtables reach the disk in the order they were
// written and a batch is never split, so a crash leaves the rows of some earlier batch with that batch's
// position.
#pragma once

#include "connectors/store/view_store.hpp"

#include <filesystem>

namespace rocksdb {
class Env;
}

namespace tongban::store {

struct rocks_view_settings {
    std::filesystem::path directory;
    std::size_t memtable_bytes = 32u << 20; // three of them at most
    std::size_t cache_bytes = 32u << 20;    // blocks, indexes and filters
    int open_files_max = 512;
    rocksdb::Env* env = nullptr; // tests put faults here; null: the operating system
};

// Owns the directory (locked against a second process). Reads from any thread, writes from one. Not flushed
// on destruction: what flush() has not written is folded from the ledger again.
class rocks_view_store final : public view_store {
public:
    // Opens or creates; throws std::runtime_error that names the directory and what to do.
    explicit rocks_view_store(const rocks_view_settings& settings);
    ~rocks_view_store() override;

    boost::system::result<bool> get(std::string_view key, std::string& value) const override;
    boost::system::error_code
    scan(std::string_view from, std::string_view until,
         const std::function<bool(std::string_view key, std::string_view value)>& visit) const override;
    std::unique_ptr<write_batch> new_batch() override;
    boost::system::error_code write(write_batch& batch) override;
    boost::system::error_code erase_all() override;
    boost::system::error_code flush() override;
    std::uint64_t size_bytes() const override;

private:
    struct database;
    std::unique_ptr<database> database_;
};

} // namespace tongban::store
