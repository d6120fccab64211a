// RocksDB set up as a log: ascending keys, one writer, every write synced. RocksDB is seen only in this file.
#include "connectors/log/embedded_store.hpp"

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include <array>
#include <cstring>
#include <random>

namespace tongban::log {

namespace {

constexpr std::size_t row_key_bytes = 13;
constexpr std::size_t value_head_bytes = 12;
constexpr std::string_view format_version = "1";
constexpr std::string_view identity_name = "m/identity";
constexpr std::string_view partitions_name = "m/partitions";
constexpr std::string_view format_name = "m/format";

using row_key = std::array<char, row_key_bytes>;

void put_big_endian(char* at, std::uint64_t number, int bytes) {
    for (int i = bytes - 1; i >= 0; --i, number >>= 8)
        at[i] = static_cast<char>(number & 0xff);
}

std::uint64_t get_big_endian(const char* at, int bytes) {
    std::uint64_t number = 0;
    for (int i = 0; i < bytes; ++i)
        number = number << 8 | static_cast<unsigned char>(at[i]);
    return number;
}

void put_little_endian(char* at, std::uint64_t number, int bytes) {
    for (int i = 0; i < bytes; ++i, number >>= 8)
        at[i] = static_cast<char>(number & 0xff);
}

std::uint64_t get_little_endian(const char* at, int bytes) {
    std::uint64_t number = 0;
    for (int i = bytes - 1; i >= 0; --i)
        number = number << 8 | static_cast<unsigned char>(at[i]);
    return number;
}

row_key key_of(std::uint32_t partition, std::uint64_t offset) {
    row_key key;
    key[0] = 'r';
    put_big_endian(key.data() + 1, partition, 4);
    put_big_endian(key.data() + 5, offset, 8);
    return key;
}

rocksdb::Slice slice(std::string_view text) {
    return {text.data(), text.size()};
}
rocksdb::Slice slice(const row_key& key) {
    return {key.data(), key.size()};
}

store_error to_error(const rocksdb::Status& status) {
    if (status.ok())
        return {};
    return {status.IsNoSpace() ? store_outcome::no_space : store_outcome::failed, status.ToString()};
}

rocksdb::Options log_options() {
    rocksdb::Options options;
    options.create_if_missing = true;
    options.write_buffer_size = store_space_reserve / 4;
    options.max_write_buffer_number = 3;
    options.max_background_jobs = 2;
    options.max_open_files = 256;
    options.compression = rocksdb::kLZ4Compression;
    options.bytes_per_sync = 1024 * 1024;
    // One writer: what serves many of them only costs.
    options.allow_concurrent_memtable_write = false;
    options.enable_write_thread_adaptive_yield = false;
    // A crash leaves at most the last group half-written; it was not acknowledged and is cut off.
    options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
    options.track_and_verify_wals_in_manifest = true;
    options.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
    options.max_log_file_size = 1024 * 1024;
    options.keep_log_file_num = 3;
    rocksdb::BlockBasedTableOptions table;
    table.block_cache = rocksdb::NewLRUCache(8 * 1024 * 1024);
    table.block_size = 16 * 1024;
    options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
    return options;
}

// A record's row as views into `key` and `value`; false when the row is not one of ours.
bool decode(rocksdb::Slice key, rocksdb::Slice value, record& out) {
    if (key.size() != row_key_bytes || key[0] != 'r' || value.size() < value_head_bytes)
        return false;
    const std::uint64_t key_bytes = get_little_endian(value.data() + 8, 4);
    if (key_bytes > value.size() - value_head_bytes)
        return false;
    out.at.partition = static_cast<std::uint32_t>(get_big_endian(key.data() + 1, 4));
    out.at.offset = get_big_endian(key.data() + 5, 8);
    const std::chrono::milliseconds time{static_cast<std::int64_t>(get_little_endian(value.data(), 8))};
    out.recorded_at = std::chrono::sys_time<std::chrono::milliseconds>{time};
    out.key = {value.data() + value_head_bytes, key_bytes};
    out.value = {value.data() + value_head_bytes + key_bytes, value.size() - value_head_bytes - key_bytes};
    return true;
}

std::string random_identity() {
    std::random_device source;
    std::string text = "embedded-";
    for (int i = 0; i < 4; ++i) {
        constexpr std::string_view digits = "0123456789abcdef";
        const std::uint32_t number = source();
        for (int shift = 28; shift >= 0; shift -= 4)
            text += digits[number >> shift & 0xf];
    }
    return text;
}

} // namespace

embedded_store::embedded_store(std::unique_ptr<rocksdb::DB> rows) : rows_(std::move(rows)) {}
embedded_store::~embedded_store() = default;

std::unique_ptr<embedded_store> embedded_store::open(const std::filesystem::path& directory,
                                                     std::uint32_t partitions, store_error& error) {
    rocksdb::DB* rows = nullptr;
    error = to_error(rocksdb::DB::Open(log_options(), directory.string(), &rows));
    if (error.outcome != store_outcome::done) {
        // Of the file that RocksDB locks, by this process or another; its words for damage speak of blocks.
        const auto says = [&](const char* words) { return error.text.find(words) != std::string::npos; };
        const bool is_held = says("/LOCK: ") && (says("Resource temporarily unavailable") || says("No locks available"));
        if (is_held)
            error.text = "another process, or this one, has it open (" + error.text + ")";
        return nullptr;
    }
    std::unique_ptr<embedded_store> store{new embedded_store(std::unique_ptr<rocksdb::DB>(rows))};
    error = store->check_or_create(partitions);
    if (error.outcome == store_outcome::done)
        error = store->recover_ends(partitions);
    if (error.outcome != store_outcome::done)
        return nullptr;
    return store;
}

store_error embedded_store::check_or_create(std::uint32_t partitions) {
    std::string format;
    const rocksdb::Status status = rows_->Get({}, slice(format_name), &format);
    if (status.IsNotFound())
        return create(partitions);
    if (!status.ok())
        return to_error(status);
    if (format != format_version)
        return {store_outcome::failed,
                "written in format " + format + "; this program reads format " + std::string(format_version)};
    std::string stored;
    store_error error = to_error(rows_->Get({}, slice(partitions_name), &stored));
    if (error.outcome == store_outcome::done)
        error = to_error(rows_->Get({}, slice(identity_name), &identity_));
    if (error.outcome == store_outcome::done && stored != std::to_string(partitions))
        error = {store_outcome::failed, "created with " + stored + " partitions, the settings say " +
                                            std::to_string(partitions) + "; it cannot be changed afterwards"};
    return error;
}

store_error embedded_store::create(std::uint32_t partitions) {
    identity_ = random_identity();
    rocksdb::WriteBatch batch;
    batch.Put(slice(format_name), slice(format_version));
    batch.Put(slice(identity_name), identity_);
    batch.Put(slice(partitions_name), std::to_string(partitions));
    rocksdb::WriteOptions synced;
    synced.sync = true;
    return to_error(rows_->Write(synced, &batch));
}

store_error embedded_store::recover_ends(std::uint32_t partitions) {
    ends_.assign(partitions, 0);
    for (std::uint32_t p = 0; p < partitions; ++p) {
        const std::unique_ptr<rocksdb::Iterator> last{rows_->NewIterator({})};
        last->SeekForPrev(slice(key_of(p, ~std::uint64_t{0})));
        if (!last->status().ok())
            return to_error(last->status());
        if (!last->Valid() || last->key()[0] != 'r' || get_big_endian(last->key().data() + 1, 4) != p)
            continue;
        record found;
        if (!decode(last->key(), last->value(), found))
            return {store_outcome::failed,
                    "the newest record of partition " + std::to_string(p) + " is damaged"};
        ends_[p] = found.at.offset + 1;
        time_ = std::max(time_, found.recorded_at.time_since_epoch());
    }
    return {};
}

store_error embedded_store::write(std::span<const row> rows, std::chrono::milliseconds time) {
    rocksdb::WriteBatch batch;
    for (const row& r : rows) {
        const row_key key = key_of(r.partition, r.offset);
        std::array<char, value_head_bytes> head;
        put_little_endian(head.data(), static_cast<std::uint64_t>(time.count()), 8);
        put_little_endian(head.data() + 8, r.key.size(), 4);
        const rocksdb::Slice key_part = slice(key);
        const std::array<rocksdb::Slice, 3> value_parts{rocksdb::Slice(head.data(), head.size()),
                                                        slice(r.key), slice(r.value)};
        const rocksdb::Status status = batch.Put(rocksdb::SliceParts(&key_part, 1),
                                                 rocksdb::SliceParts(value_parts.data(), value_parts.size()));
        if (!status.ok())
            return to_error(status);
    }
    rocksdb::WriteOptions synced;
    synced.sync = true;
    return to_error(rows_->Write(synced, &batch));
}

bool embedded_store::read(position from, std::size_t records_max, std::size_t bytes_max,
                          row_page& page) const {
    page.bytes.clear();
    page.records.clear();
    const row_key upper = key_of(from.partition, ~std::uint64_t{0});
    const rocksdb::Slice upper_bound = slice(upper);
    rocksdb::ReadOptions options;
    options.fill_cache = false;
    options.iterate_upper_bound = &upper_bound;
    const std::unique_ptr<rocksdb::Iterator> at{rows_->NewIterator(options)};
    // Places first, views after: the bytes may move while they grow.
    std::vector<std::size_t> places;
    for (at->Seek(slice(key_of(from.partition, from.offset)));
         at->Valid() && page.records.size() < records_max &&
         (page.bytes.size() < bytes_max || places.empty());
         at->Next()) {
        record found;
        if (!decode(at->key(), at->value(), found))
            return false;
        places.push_back(page.bytes.size());
        page.bytes.append(found.key).append(found.value);
        page.records.push_back(found);
    }
    for (std::size_t i = 0; i < places.size(); ++i) {
        record& r = page.records[i];
        r.key = std::string_view(page.bytes).substr(places[i], r.key.size());
        r.value = std::string_view(page.bytes).substr(places[i] + r.key.size(), r.value.size());
    }
    return at->status().ok();
}

} // namespace tongban::log
