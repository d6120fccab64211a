// The contract on a local folder, and what only a folder can show: a full disk, leftovers of a process that died.
#include "connectors/objects/directory_store.hpp"
#include "store_contract.hpp"

#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sys/resource.h>
#include <unistd.h>

namespace tongban::objects::contract {

namespace {

namespace fs = std::filesystem;

struct folder {
    folder() {
        static std::atomic<int> count{0};
        path = fs::temp_directory_path() / ("tongban-objects-" + std::to_string(::getpid()) + '-' + std::to_string(count++));
    }
    ~folder() { fs::remove_all(path); }
    fs::path path;
};

world make() {
    const auto place = std::make_shared<folder>();
    return {open_directory_store(place->path), [place] { return open_directory_store(place->path); }, place};
}

INSTANTIATE_TEST_SUITE_P(directory, object_store_contract, ::testing::Values(adapter{"directory", make, 3'000'001}));

// A bound on the size of files stands for the disk: the same error path, without a file system of its own.
TEST(DirectoryStore, AFullDiskIsSaidAndLeavesNothing) {
    const auto world = make();
    const auto bytes = content(300'000, 1);
    std::signal(SIGXFSZ, SIG_IGN);
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
    const rlimit small{100'000, before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
    const auto done = world.store->put(name_of(bytes), *source_of_bytes(bytes));
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
    EXPECT_EQ(done.error(), errc::full);
    const auto root = std::static_pointer_cast<folder>(world.holds)->path;
    EXPECT_TRUE(fs::is_empty(root / "tmp"));
    EXPECT_FALSE(*world.store->stat(name_of(bytes)));
    EXPECT_TRUE(world.store->put(name_of(bytes), *source_of_bytes(bytes)));
}

// A power cut left it short, a failing disk changed a byte: whoever sends the right bytes again repairs it.
TEST(DirectoryStore, WhatIsDamagedIsRepairedByPutting) {
    const auto world = make();
    const auto root = std::static_pointer_cast<folder>(world.holds)->path;
    const auto bytes = content(50'000, 3);
    const auto name = name_of(bytes);
    ASSERT_TRUE(world.store->put(name, *source_of_bytes(bytes)));
    const auto place = root / name.substr(0, 2) / name.substr(2, 2) / name;
    auto changed = bytes;
    changed[20'000] = static_cast<char>(changed[20'000] ^ 1);
    for (const auto& damaged : {bytes.substr(0, 49'999), std::string(), changed, bytes + "more"}) {
        for (const bool adopts : {false, true}) {
            std::ofstream(place, std::ios::trunc) << damaged;
            const auto beside = root / "sent";
            std::ofstream(beside) << bytes;
            ASSERT_TRUE(adopts ? world.store->adopt(name, beside) : world.store->put(name, *source_of_bytes(bytes)));
            fs::remove(beside);
            std::string read(bytes.size() + 1, '\0');
            ASSERT_EQ(world.store->read(name, 0, read).value(), bytes.size()) << adopts;
            EXPECT_EQ(read.substr(0, bytes.size()), bytes);
        }
    }
}

TEST(DirectoryStore, OldLeftoversAreRemovedAndYoungOnesLeft) {
    const auto place = std::make_shared<folder>();
    fs::create_directories(place->path / "tmp");
    for (const auto* name : {"old", "young"}) {
        std::ofstream(place->path / "tmp" / name) << "half";
    }
    fs::last_write_time(place->path / "tmp" / "old", fs::file_time_type::clock::now() - std::chrono::hours(25));
    const auto store = open_directory_store(place->path);
    EXPECT_FALSE(fs::exists(place->path / "tmp" / "old"));
    EXPECT_TRUE(fs::exists(place->path / "tmp" / "young"));
}

TEST(DirectoryStore, AFolderThatCannotBeMadeIsSaid) {
    const folder place;
    std::ofstream(place.path) << "a file";
    EXPECT_THROW(open_directory_store(place.path), std::runtime_error);
    fs::remove(place.path);
}

TEST(ObjectNames, AreDigestsOnly) {
    EXPECT_TRUE(is_object_name(std::string(64, 'a')));
    for (const auto& wrong : {std::string(63, 'a'), std::string(65, 'a'), std::string(64, 'A'), std::string(64, 'g'),
                              "../" + std::string(61, 'a'), std::string()}) {
        EXPECT_FALSE(is_object_name(wrong)) << wrong;
    }
}

} // namespace
} // namespace tongban::objects::contract
