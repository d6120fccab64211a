// RocksDB on a disk that fills up and is cleared again: no write is lost in silence, and it goes on by
// itself.
#include "connectors/store/rocks_view_store.hpp"

#include <gtest/gtest.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>

namespace tongban::store {
namespace {

// Refuses to write table files while `full`.
class full_file final : public rocksdb::FSWritableFileOwnerWrapper {
public:
    full_file(std::unique_ptr<rocksdb::FSWritableFile>&& file, const std::atomic<bool>& full)
        : FSWritableFileOwnerWrapper(std::move(file)), full_(full) {}
    using FSWritableFileOwnerWrapper::Append;
    rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                             rocksdb::IODebugContext* context) override {
        if (full_) {
            return rocksdb::IOStatus::NoSpace("injected");
        }
        return FSWritableFileOwnerWrapper::Append(data, options, context);
    }

private:
    const std::atomic<bool>& full_;
};

class full_disk final : public rocksdb::FileSystemWrapper {
public:
    full_disk() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}
    const char* Name() const override { return "full_disk"; }
    rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSWritableFile>* result,
                                      rocksdb::IODebugContext* context) override {
        auto status = FileSystemWrapper::NewWritableFile(name, options, result, context);
        if (status.ok() && name.ends_with(".sst")) {
            *result = std::make_unique<full_file>(std::move(*result), full);
        }
        return status;
    }

    std::atomic<bool> full{false};
};

std::uint64_t rows_in(const rocks_view_store& store) {
    std::uint64_t rows = 0;
    EXPECT_FALSE(store.scan("", "\x7f", [&](auto, auto) {
        ++rows;
        return true;
    }));
    return rows;
}

TEST(RocksViewStore, ReportsAFullDiskAndGoesOnWhenSpaceReturns) {
    std::string pattern = (std::filesystem::temp_directory_path() / "tongban-full-XXXXXX").string();
    const std::filesystem::path directory = mkdtemp(pattern.data());
    {
        const auto disk = std::make_shared<full_disk>();
        const auto env = rocksdb::NewCompositeEnv(disk);
        rocks_view_settings settings;
        settings.directory = directory / "view";
        settings.memtable_bytes = 64u << 10;
        settings.env = env.get();
        rocks_view_store store(settings);

        disk->full = true;
        auto batch = store.new_batch();
        std::uint64_t written = 0;
        boost::system::error_code error;
        const std::string value(4096, 'v');
        // The fault shows when a memtable has to be written out, so after some batches, never after all.
        while (!error && written < 10000) {
            batch->clear();
            batch->put("k" + std::to_string(100000 + written), value);
            error = store.write(*batch);
            written += error ? 0 : 1;
        }
        ASSERT_EQ(error, make_error_code(errc::disk_full)) << error.message();
        EXPECT_EQ(store.write(*batch), make_error_code(errc::disk_full)) << "still full";
        EXPECT_EQ(rows_in(store), written) << "a refused batch left nothing";

        disk->full = false;
        ASSERT_FALSE(store.write(*batch)) << "the first write after space returned";
        ++written;
        EXPECT_FALSE(store.flush());
        EXPECT_EQ(rows_in(store), written);
    }
    std::filesystem::remove_all(directory);
}

} // namespace
} // namespace tongban::store
