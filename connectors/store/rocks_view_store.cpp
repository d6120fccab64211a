// RocksDB behind the view port. The options follow what was measured: few rows on ascending keys, so memtable
// inserts carry a hint per row kind and partition; hashed rows are guarded by Bloom filters.
#include "connectors/store/rocks_view_store.hpp"

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/listener.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>
#include <rocksdb/utilities/table_properties_collectors.h>
#include <rocksdb/write_batch.h>

#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

namespace tongban::store {

namespace {

rocksdb::Slice slice(std::string_view bytes) {
    return {bytes.data(), bytes.size()};
}
std::string_view text(const rocksdb::Slice& bytes) {
    return {bytes.data(), bytes.size()};
}

bool is_no_space(const rocksdb::Status& status) {
    return status.IsNoSpace() || status.subcode() == rocksdb::Status::kSpaceLimit;
}

boost::system::error_code error_of(const rocksdb::Status& status) {
    return make_error_code(is_no_space(status) ? errc::disk_full : errc::failed);
}

class rocks_batch final : public write_batch {
public:
    void put(std::string_view key, std::string_view value) override { batch.Put(slice(key), slice(value)); }
    void erase(std::string_view key) override { batch.Delete(slice(key)); }
    void clear() override { batch.Clear(); }
    std::size_t count() const override { return batch.Count(); }

    rocksdb::WriteBatch batch;
};

// Recovery from a full disk is ours: RocksDB's own looks only every five seconds and refuses Resume()
// meanwhile.
class manual_recovery final : public rocksdb::EventListener {
public:
    void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status, bool* automatic) override {
        *automatic = false;
    }
};

// Few shards: by default one is half a megabyte, less than a file's index and filter.
constexpr int cache_shard_bits = 2;

rocksdb::Options make_options(const rocks_view_settings& settings) {
    rocksdb::Options options;
    options.create_if_missing = true;
    if (settings.env != nullptr) {
        options.env = settings.env;
    }
    options.write_buffer_size = settings.memtable_bytes;
    options.max_write_buffer_number = 3;
    options.max_open_files = settings.open_files_max;
    options.max_background_jobs = 2;
    options.bytes_per_sync = 1u << 20;
    // Measured with tests/bench/ledger: compression costs 3 us a case and compacting early as much again;
    // most of the bytes are dossiers, which do not compress once they are sealed.
    options.compression = rocksdb::kNoCompression;
    options.level0_file_num_compaction_trigger = 8;
    options.target_file_size_base = 16u << 20; // a file's index and filter stay small beside the cache
    // One writer: a splice hint per row kind and partition makes an ascending insert constant time.
    options.allow_concurrent_memtable_write = false;
    options.memtable_insert_with_hint_prefix_extractor.reset(rocksdb::NewFixedPrefixTransform(3));
    options.memtable_whole_key_filtering = true;
    options.memtable_prefix_bloom_size_ratio = 0.02;
    // The front of an inbox fills with tombstones of cases that moved on: compact such files early.
    options.table_properties_collector_factories.push_back(
        rocksdb::NewCompactOnDeletionCollectorFactory(4096, 2048));
    options.listeners.push_back(std::make_shared<manual_recovery>());
    // The ledger is the truth: closing writes nothing by itself, flush() does.
    options.avoid_flush_during_shutdown = true;
    options.keep_log_file_num = 2;
    options.max_log_file_size = 4u << 20;
    options.info_log_level = rocksdb::WARN_LEVEL;
    options.stats_dump_period_sec = 0;
    options.stats_persist_period_sec = 0;

    rocksdb::BlockBasedTableOptions table;
    table.block_cache = rocksdb::NewLRUCache(settings.cache_bytes, cache_shard_bits);
    table.block_size = 16u << 10;
    table.cache_index_and_filter_blocks = true;
    table.pin_l0_filter_and_index_blocks_in_cache = true;
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
    table.format_version = 5;
    options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
    return options;
}

} // namespace

struct rocks_view_store::database {
    rocks_view_settings settings;
    std::unique_ptr<rocksdb::DB> db;

    rocksdb::Status open() {
        rocksdb::DB* opened = nullptr;
        const auto status = rocksdb::DB::Open(make_options(settings), settings.directory.string(), &opened);
        db.reset(opened);
        return status;
    }

    // First the write-ahead logs, which hold nothing, then CURRENT, without which there is no database: a start after a crash
    // before that finds all rows, and after it makes a new database, which no log may stand beside, and removes what is left.
    rocksdb::Status destroy() {
        db.reset();
        const auto options = make_options(settings);
        const auto directory = settings.directory.string();
        std::vector<std::string> files;
        auto status = options.env->GetChildren(directory, &files);
        for (const std::string_view file : files) {
            if (status.ok() && file.ends_with(".log")) {
                status = options.env->DeleteFile(directory + '/' + std::string(file));
            }
        }
        if (status.ok()) {
            status = options.env->DeleteFile(directory + "/CURRENT");
        }
        return status.ok() ? rocksdb::DestroyDB(directory, options) : status;
    }

    // RocksDB 7.8 may wait for ever in a Resume() that finds the disk still full: asked only when every memtable
    // would fit.
    bool has_room() const {
        std::error_code ec;
        const auto space = std::filesystem::space(settings.directory, ec);
        return !ec && space.available > 4 * settings.memtable_bytes;
    }
};

rocks_view_store::rocks_view_store(const rocks_view_settings& settings)
    : database_(std::make_unique<database>()) {
    const auto directory = settings.directory.string();
    database_->settings = settings;
    std::error_code ec;
    std::filesystem::create_directories(settings.directory, ec);
    if (ec) {
        throw std::runtime_error("view directory " + directory + " cannot be created: " + ec.message());
    }
    if (const auto status = database_->open(); !status.ok()) {
        throw std::runtime_error(
            "view directory " + directory + " cannot be opened: " + status.ToString() +
            (status.IsCorruption() ? " (delete the directory; it is rebuilt from the ledger)" : ""));
    }
}

rocks_view_store::~rocks_view_store() = default;

boost::system::result<bool> rocks_view_store::get(std::string_view key, std::string& value) const {
    auto& db = *database_->db;
    rocksdb::PinnableSlice found;
    const auto status = db.Get({}, db.DefaultColumnFamily(), slice(key), &found);
    if (status.ok()) {
        value.assign(found.data(), found.size());
        return true;
    }
    if (status.IsNotFound()) {
        return false;
    }
    return {boost::system::in_place_error, error_of(status)};
}

boost::system::error_code
rocks_view_store::scan(std::string_view from, std::string_view until,
                       const std::function<bool(std::string_view, std::string_view)>& visit) const {
    const auto lower = slice(from);
    const auto upper = slice(until);
    rocksdb::ReadOptions options;
    options.iterate_lower_bound = &lower;
    options.iterate_upper_bound = &upper;
    const std::unique_ptr<rocksdb::Iterator> rows(database_->db->NewIterator(options));
    for (rows->Seek(lower); rows->Valid(); rows->Next()) {
        if (!visit(text(rows->key()), text(rows->value()))) {
            return {};
        }
    }
    return rows->status().ok() ? boost::system::error_code{} : error_of(rows->status());
}

std::unique_ptr<write_batch> rocks_view_store::new_batch() {
    return std::make_unique<rocks_batch>();
}

boost::system::error_code rocks_view_store::write(write_batch& batch) {
    rocksdb::WriteOptions options;
    options.disableWAL = true;
    auto& rows = static_cast<rocks_batch&>(batch).batch;
    auto status = database_->db->Write(options, &rows);
    if (is_no_space(status)) {
        // A full disk stops RocksDB until it is told to go on; Resume() flushes, so it knows whether space is
        // back.
        if (database_->has_room() && database_->db->Resume().ok()) {
            status = database_->db->Write(options, &rows);
        }
    }
    return status.ok() ? boost::system::error_code{} : error_of(status);
}

boost::system::error_code rocks_view_store::erase_all() {
    const auto destroyed = database_->destroy();
    const auto opened = database_->open();
    return !opened.ok() ? error_of(opened) : !destroyed.ok() ? error_of(destroyed) : boost::system::error_code{};
}

boost::system::error_code rocks_view_store::flush() {
    const auto status = database_->db->Flush({});
    return status.ok() ? boost::system::error_code{} : error_of(status);
}

std::uint64_t rocks_view_store::size_bytes() const {
    std::uint64_t files = 0;
    std::uint64_t memory = 0;
    database_->db->GetIntProperty(rocksdb::DB::Properties::kTotalSstFilesSize, &files);
    database_->db->GetIntProperty(rocksdb::DB::Properties::kCurSizeAllMemTables, &memory);
    return files + memory;
}

} // namespace tongban::store
