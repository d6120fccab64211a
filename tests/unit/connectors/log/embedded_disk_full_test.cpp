// A disk that is really full: a small file system of the test's own, mounted in a name space of its own.
#include "connectors/log/embedded_log.hpp"

#include "tests/unit/connectors/log/temporary_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <fstream>
#include <future>
#include <map>
#include <thread>

namespace tongban::log {

namespace {

using namespace std::chrono_literals;

boost::system::error_code append(event_log& log, std::string value) {
    std::promise<boost::system::error_code> done;
    log.append("case", std::move(value), [&](boost::system::error_code code) { done.set_value(code); });
    return done.get_future().get();
}

std::string numbered(int number) {
    std::string value = std::to_string(number) + " ";
    value.resize(20000, 'x');
    return value;
}

void fill_up(const std::filesystem::path& file) {
    std::ofstream ballast(file, std::ios::binary);
    const std::string block(64 * 1024, 'b');
    while (ballast.write(block.data(), static_cast<std::streamsize>(block.size())).flush()) {
    }
}

} // namespace

TEST(EmbeddedLogDiskFull, NothingFalseIsAcknowledgedAndSpaceMakesItReadyAgain) {
    const temporary_directory folder;
    ASSERT_EQ(::mount("tongban-test", folder.path().c_str(), "tmpfs", 0, "size=128m"), 0)
        << "this test mounts a small tmpfs: it needs root or user name spaces";
    embedded_settings settings{.directory = folder.path() / "ledger"};
    settings.recovery_interval = 20ms;
    settings.tail_bytes_max = 100'000;
    std::map<int, boost::system::error_code> outcomes;
    {
        const auto log = open_embedded_log(settings);
        int number = 0;
        outcomes[number] = append(*log, numbered(number));
        fill_up(folder.path() / "ballast");
        while (log->health().ready && number < 10000) {
            ++number;
            outcomes[number] = append(*log, numbered(number));
        }
        EXPECT_EQ(outcomes[number], errc::outcome_unknown) << outcomes[number].message();
        EXPECT_FALSE(log->health().ready);
        EXPECT_THAT(log->health().reason, testing::HasSubstr("no space in " + settings.directory.string()));
        EXPECT_EQ(append(*log, "refused"), errc::disk_full);
        // A reader goes on meanwhile.
        const auto reader = log->read({0});
        ASSERT_TRUE(reader.has_value());
        EXPECT_EQ((*reader)->next(10s, 1).value().size(), 1u);

        std::filesystem::remove(folder.path() / "ballast");
        const auto deadline = std::chrono::steady_clock::now() + 30s;
        while (!log->health().ready && std::chrono::steady_clock::now() < deadline)
            std::this_thread::yield();
        ASSERT_TRUE(log->health().ready) << log->health().reason;
        ++number;
        outcomes[number] = append(*log, numbered(number));
        EXPECT_EQ(outcomes[number], boost::system::error_code{});
    }
    std::map<int, int> found;
    const auto log = open_embedded_log(settings);
    const std::uint64_t end = log->end({}).value()[0];
    const auto reader = log->read({0});
    for (std::uint64_t seen = 0; seen < end;) {
        const auto came = (*reader)->next(10s, 100).value();
        ASSERT_FALSE(came.empty());
        seen = came.back().at.offset + 1;
        for (const record& r : came)
            ++found[std::stoi(std::string(r.value))];
    }
    for (const auto& [number, code] : outcomes) {
        if (!code)
            EXPECT_EQ(found[number], 1) << number;
        else
            EXPECT_LE(found[number], 1) << number;
    }
    ::umount2(folder.path().c_str(), MNT_DETACH);
}

} // namespace tongban::log

int main(int count, char** arguments) {
    testing::InitGoogleTest(&count, arguments);
    // Before any thread: a mount name space of our own, so that nothing is left behind.
    if (::unshare(::geteuid() == 0 ? CLONE_NEWNS : CLONE_NEWNS | CLONE_NEWUSER) == 0)
        ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr);
    return RUN_ALL_TESTS();
}
