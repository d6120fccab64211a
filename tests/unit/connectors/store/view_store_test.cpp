// Both view stores behave alike: the same cases run on RocksDB and on the fake.
#include "connectors/store/memory_view_store.hpp"
#include "connectors/store/rocks_view_store.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <random>
#include <vector>

namespace tongban::store {
namespace {

class scratch_directory {
public:
    scratch_directory() {
        std::string pattern = (std::filesystem::temp_directory_path() / "tongban-view-XXXXXX").string();
        path_ = mkdtemp(pattern.data());
    }
    ~scratch_directory() { std::filesystem::remove_all(path_); }
    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

class ViewStore : public testing::TestWithParam<const char*> {
protected:
    void SetUp() override {
        if (std::string_view(GetParam()) == "rocks") {
            rocks_settings.directory = directory.path() / "view";
            store = std::make_unique<rocks_view_store>(rocks_settings);
        } else {
            store = std::make_unique<memory_view_store>();
        }
    }

    void put(std::string_view key, std::string_view value) {
        auto batch = store->new_batch();
        batch->put(key, value);
        ASSERT_FALSE(store->write(*batch));
    }
    std::vector<std::string> keys(std::string_view from, std::string_view until, std::size_t limit = 1000) {
        std::vector<std::string> found;
        EXPECT_FALSE(store->scan(from, until, [&](std::string_view key, std::string_view) {
            found.emplace_back(key);
            return found.size() < limit;
        }));
        return found;
    }

    scratch_directory directory;
    rocks_view_settings rocks_settings;
    std::unique_ptr<view_store> store;
};

TEST_P(ViewStore, ErasesAllAndGoesOn) {
    put("a", "1");
    put("z", "2");
    ASSERT_FALSE(store->flush());
    put("b", "3");
    ASSERT_FALSE(store->erase_all());
    EXPECT_TRUE(keys("", "zz").empty());
    put("c", "4");
    ASSERT_FALSE(store->flush());
    EXPECT_EQ(keys("", "zz"), std::vector<std::string>{"c"});
}

TEST_P(ViewStore, GivesWhatWasPut) {
    std::string value = "left over";
    EXPECT_FALSE(store->get("a", value).value());
    put("a", std::string("x\0y", 3));
    ASSERT_TRUE(store->get("a", value).value());
    EXPECT_EQ(value, std::string("x\0y", 3));
}

TEST_P(ViewStore, AppliesABatchInItsOrder) {
    auto batch = store->new_batch();
    batch->put("a", "1");
    batch->erase("a");
    batch->put("b", "1");
    batch->put("b", "2");
    EXPECT_EQ(batch->count(), 4u);
    ASSERT_FALSE(store->write(*batch));
    std::string value;
    EXPECT_FALSE(store->get("a", value).value());
    ASSERT_TRUE(store->get("b", value).value());
    EXPECT_EQ(value, "2");
    batch->clear();
    EXPECT_EQ(batch->count(), 0u);
    batch->erase("b");
    ASSERT_FALSE(store->write(*batch));
    EXPECT_FALSE(store->get("b", value).value());
}

TEST_P(ViewStore, ScansAHalfOpenRangeInBytewiseOrder) {
    for (const auto* key : {"b", "a", "c", "a\xff", "b\x01"}) {
        put(key, "v");
    }
    EXPECT_EQ(keys("a", "c"), (std::vector<std::string>{"a", "a\xff", "b", "b\x01"}));
    EXPECT_EQ(keys("a", "c", 2), (std::vector<std::string>{"a", "a\xff"}));
    EXPECT_TRUE(keys("d", "e").empty());
}

TEST_P(ViewStore, AgreesWithAMapUnderRandomChanges) {
    std::mt19937_64 random(20261122);
    std::map<std::string, std::string> expected;
    auto batch = store->new_batch();
    for (int round = 0; round < 300; ++round) {
        batch->clear();
        for (int i = 0; i < 20; ++i) {
            const auto key = std::to_string(random() % 400);
            if (random() % 3 == 0) {
                batch->erase(key);
                expected.erase(key);
            } else {
                const auto value = std::to_string(random());
                batch->put(key, value);
                expected[key] = value;
            }
        }
        ASSERT_FALSE(store->write(*batch));
        if (round % 50 == 0) {
            ASSERT_FALSE(store->flush());
        }
    }
    std::map<std::string, std::string> found;
    EXPECT_FALSE(store->scan("", "\x7f", [&](std::string_view key, std::string_view value) {
        found.emplace(key, value);
        return true;
    }));
    EXPECT_EQ(found, expected);
    EXPECT_GT(store->size_bytes(), 0u);
}

INSTANTIATE_TEST_SUITE_P(Stores, ViewStore, testing::Values("rocks", "memory"),
                         [](const auto& each) { return std::string(each.param); });

TEST(RocksViewStore, KeepsWhatWasFlushedAndAPrefixOfTheRest) {
    const scratch_directory directory;
    rocks_view_settings settings;
    settings.directory = directory.path() / "view";
    {
        rocks_view_store store(settings);
        auto batch = store.new_batch();
        batch->put("durable", "1");
        ASSERT_FALSE(store.write(*batch));
        ASSERT_FALSE(store.flush());
        batch->clear();
        batch->put("lost", "1");
        ASSERT_FALSE(store.write(*batch));
    }
    const rocks_view_store again(settings);
    std::string value;
    EXPECT_TRUE(again.get("durable", value).value());
    EXPECT_FALSE(again.get("lost", value).value());
}

TEST(RocksViewStore, AnEraseThatACrashCutShortLeavesAllOrNothing) {
    const scratch_directory directory;
    rocks_view_settings settings;
    settings.directory = directory.path() / "view";
    {
        rocks_view_store store(settings);
        auto batch = store.new_batch();
        batch->put("old", "1");
        ASSERT_FALSE(store.write(*batch));
        ASSERT_FALSE(store.flush());
    }
    const auto remove_logs = [&] {
        for (const auto& file : std::filesystem::directory_iterator(settings.directory)) {
            if (file.path().extension() == ".log") {
                std::filesystem::remove(file.path());
            }
        }
    };
    std::string value;
    remove_logs();
    EXPECT_TRUE(rocks_view_store(settings).get("old", value).value()) << "to be erased again";
    remove_logs();
    ASSERT_TRUE(std::filesystem::remove(settings.directory / "CURRENT"));
    rocks_view_store again(settings);
    EXPECT_FALSE(again.get("old", value).value());
    auto batch = again.new_batch();
    batch->put("new", "1");
    ASSERT_FALSE(again.write(*batch));
    ASSERT_FALSE(again.flush());
    EXPECT_TRUE(again.get("new", value).value());
}

TEST(RocksViewStore, RefusesASecondOwnerAndNamesTheDirectory) {
    const scratch_directory directory;
    rocks_view_settings settings;
    settings.directory = directory.path() / "view";
    const rocks_view_store first(settings);
    try {
        const rocks_view_store second(settings);
        FAIL() << "two owners of one view";
    } catch (const std::runtime_error& error) {
        EXPECT_NE(std::string(error.what()).find(settings.directory.string()), std::string::npos)
            << error.what();
    }
}

TEST(RocksViewStore, RefusesAPathThatIsAFile) {
    rocks_view_settings settings;
    settings.directory = "/dev/null/view";
    EXPECT_THROW(rocks_view_store{settings}, std::runtime_error);
}

TEST(MemoryViewStore, LosesTheNewestBatchesInACrash) {
    memory_view_store store;
    auto batch = store.new_batch();
    for (const auto* key : {"a", "b", "c"}) {
        batch->clear();
        batch->put(key, "1");
        ASSERT_FALSE(store.write(*batch));
        if (std::string_view(key) == "a") {
            ASSERT_FALSE(store.flush());
        }
    }
    store.crash(1);
    EXPECT_EQ(store.rows().size(), 2u);
    store.crash(0);
    EXPECT_EQ(store.rows().size(), 1u);
}

TEST(MemoryViewStore, FailsWhereTold) {
    memory_view_store store;
    auto batch = store.new_batch();
    batch->put("a", "1");
    store.fail_write_after(1, errc::disk_full);
    EXPECT_FALSE(store.write(*batch));
    EXPECT_EQ(store.write(*batch), make_error_code(errc::disk_full));
    EXPECT_FALSE(store.write(*batch));
    store.fail_writes(errc::failed, 1);
    EXPECT_EQ(store.write(*batch), make_error_code(errc::failed));
    EXPECT_EQ(store.writes_failed(), 2u);
    store.fail_reads(errc::failed);
    std::string value;
    EXPECT_TRUE(store.get("a", value).has_error());
    EXPECT_TRUE(store.scan("", "z", [](auto, auto) { return true; }));
}

} // namespace
} // namespace tongban::store
