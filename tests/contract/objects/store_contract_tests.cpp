// One suite for all object stores.
#include "store_contract.hpp"

#include "security/content_digest.hpp"

#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

namespace tongban::objects::contract {

std::string content(std::size_t size, unsigned seed) {
    std::mt19937_64 random(seed);
    std::string bytes(size, '\0');
    for (std::size_t i = 0; i < size; i += 8) {
        const auto word = random();
        bytes.replace(i, std::min<std::size_t>(8, size - i), reinterpret_cast<const char*>(&word),
                      std::min<std::size_t>(8, size - i));
    }
    return bytes;
}

std::string name_of(std::string_view bytes) {
    return security::hex_of(security::digest_of(security::digest_algorithm::sha256, bytes));
}

namespace {

using std::chrono::system_clock;

std::string put(object_store& store, std::string_view bytes) {
    auto name = name_of(bytes);
    const auto done = store.put(name, *source_of_bytes(bytes));
    EXPECT_TRUE(done) << done.error().message();
    return name;
}

std::string read(const object_store& store, const std::string& name, std::uint64_t offset, std::size_t size) {
    std::string bytes(size, '\0');
    const auto count = store.read(name, offset, bytes);
    EXPECT_TRUE(count) << count.error().message();
    bytes.resize(count ? *count : 0);
    return bytes;
}

std::vector<std::string> names(const object_store& store, const std::string& after, std::size_t max) {
    const auto found = store.list(after, max);
    EXPECT_TRUE(found) << found.error().message();
    std::vector<std::string> out;
    for (const auto& each : found ? *found : std::vector<object_facts>()) {
        out.push_back(each.name);
    }
    return out;
}

TEST_P(object_store_contract, GivesBackWhatWasPut) {
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{70'000}, GetParam().large_bytes}) {
        const auto bytes = content(size, 1);
        const auto name = put(store(), bytes);
        EXPECT_EQ(read(store(), name, 0, size + 10), bytes) << size;
        const auto facts = store().stat(name);
        ASSERT_TRUE(facts && *facts) << size;
        EXPECT_EQ((*facts)->size, size);
        EXPECT_EQ((*facts)->name, name);
        EXPECT_LT(std::chrono::abs(system_clock::now() - (*facts)->written_at), std::chrono::minutes(5));
    }
}

TEST_P(object_store_contract, ReadsAnyRange) {
    const auto bytes = content(GetParam().large_bytes, 2);
    const auto name = put(store(), bytes);
    std::mt19937 random(7);
    for (int i = 0; i < 20; ++i) {
        const auto from = random() % bytes.size();
        const auto size = random() % 100'000 + 1;
        EXPECT_EQ(read(store(), name, from, size), bytes.substr(from, size));
    }
    EXPECT_EQ(read(store(), name, bytes.size(), 5), "");
    EXPECT_EQ(read(store(), name, bytes.size() + 100, 5), "");
    EXPECT_EQ(read(store(), name, bytes.size() - 1, 5), bytes.substr(bytes.size() - 1));
}

TEST_P(object_store_contract, WhatIsNotThereIsSaidSo) {
    const auto name = name_of("never put");
    const auto facts = store().stat(name);
    ASSERT_TRUE(facts);
    EXPECT_FALSE(*facts);
    std::string into(5, '\0');
    EXPECT_EQ(store().read(name, 0, into).error(), errc::not_found);
    EXPECT_TRUE(store().remove(name));
    EXPECT_TRUE(names(store(), "", 10).empty());
}

TEST_P(object_store_contract, RefusesBytesOfAnotherName) {
    for (const std::size_t size : {std::size_t{10}, GetParam().large_bytes}) {
        const auto bytes = content(size, 3);
        const auto wrong = name_of("other");
        EXPECT_EQ(store().put(wrong, *source_of_bytes(bytes)).error(), errc::damaged) << size;
        const auto facts = store().stat(wrong);
        ASSERT_TRUE(facts);
        EXPECT_FALSE(*facts) << size;
    }
    EXPECT_TRUE(names(store(), "", 10).empty());
}

// Fails, or is cut short, after some bytes.
class broken_source final : public object_source {
public:
    broken_source(std::string_view bytes, std::size_t good) : bytes_(bytes), good_(good) {}
    std::uint64_t size() const override { return bytes_.size(); }
    boost::system::result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) const override {
        if (offset + into.size() > good_ && offset + into.size() > bytes_.size() - 1) {
            return make_error_code(errc::failed);
        }
        return offset < bytes_.size() ? bytes_.substr(offset).copy(into.data(), into.size()) : 0;
    }

private:
    std::string_view bytes_;
    std::size_t good_;
};

TEST_P(object_store_contract, NothingHalfWrittenIsVisible) {
    const auto bytes = content(GetParam().large_bytes, 4);
    const broken_source source(bytes, bytes.size() / 2);
    EXPECT_FALSE(store().put(name_of(bytes), source));
    EXPECT_TRUE(names(store(), "", 10).empty());
    EXPECT_EQ(read(store(), put(store(), bytes), 5, 5), bytes.substr(5, 5));
}

TEST_P(object_store_contract, PutTwiceIsKeptOnceAndRenewed) {
    const auto name = put(store(), "twice");
    const auto before = (*store().stat(name))->written_at;
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    // The store's clock may tick in seconds.
    do {
        put(store(), "twice");
    } while ((*store().stat(name))->written_at <= before && std::chrono::steady_clock::now() < until);
    EXPECT_GT((*store().stat(name))->written_at, before);
    EXPECT_EQ(names(store(), "", 10), std::vector{name});
}

TEST_P(object_store_contract, AdoptsAFile) {
    const auto file = std::filesystem::temp_directory_path() / ("tongban-adopt-" + std::to_string(::getpid()));
    for (const std::size_t size : {std::size_t{1000}, GetParam().large_bytes}) {
        const auto bytes = content(size, 5);
        for (int round = 0; round < 2; ++round) {
            std::ofstream(file, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
            const auto done = store().adopt(name_of(bytes), file);
            ASSERT_TRUE(done) << done.error().message();
            EXPECT_FALSE(std::filesystem::exists(file));
            EXPECT_EQ(read(store(), name_of(bytes), 0, size), bytes);
        }
    }
    EXPECT_EQ(store().adopt(name_of("no file"), file).error(), errc::not_found);
}

TEST_P(object_store_contract, ListsInOrderAPageAtATime) {
    std::vector<std::string> all;
    for (int i = 0; i < 25; ++i) {
        all.push_back(put(store(), "file " + std::to_string(i)));
    }
    std::sort(all.begin(), all.end());
    EXPECT_EQ(names(store(), "", 100), all);
    std::vector<std::string> paged;
    for (std::string after;;) {
        const auto page = names(store(), after, 7);
        paged.insert(paged.end(), page.begin(), page.end());
        if (page.size() < 7) {
            break;
        }
        after = page.back();
    }
    EXPECT_EQ(paged, all);
    ASSERT_TRUE(store().remove(all[3]));
    all.erase(all.begin() + 3);
    EXPECT_EQ(names(store(), "", 100), all);
    EXPECT_FALSE(*store().stat(name_of("file 99")));
}

TEST_P(object_store_contract, AnotherProcessSeesTheSame) {
    const auto name = put(store(), "shared");
    const auto other = world_.again();
    EXPECT_EQ(read(*other, name, 0, 10), "shared");
    ASSERT_TRUE(other->remove(name));
    EXPECT_FALSE(*store().stat(name));
}

TEST_P(object_store_contract, ManyThreadsPutTheSameAndDifferent) {
    std::vector<std::thread> threads;
    for (unsigned t = 0; t < 4; ++t) {
        threads.emplace_back([&, t] {
            for (unsigned i = 0; i < 10; ++i) {
                put(store(), content(5000, i));
                put(store(), content(5000, 100 * t + i));
            }
        });
    }
    for (auto& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(names(store(), "", 1000).size(), 40U);
}

} // namespace
} // namespace tongban::objects::contract
