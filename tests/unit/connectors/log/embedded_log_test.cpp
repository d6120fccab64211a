// What only the embedded log promises: its clock, its lock, its files.
#include "connectors/log/embedded_log.hpp"

#include "tests/unit/connectors/log/temporary_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <future>

namespace tongban::log {

namespace {

using namespace std::chrono_literals;
using time_point = std::chrono::sys_time<std::chrono::milliseconds>;

boost::system::error_code append(event_log& log, std::string value) {
    std::promise<boost::system::error_code> done;
    log.append("case", std::move(value), [&](boost::system::error_code code) { done.set_value(code); });
    return done.get_future().get();
}

std::string refusal(const embedded_settings& settings) {
    try {
        open_embedded_log(settings);
    } catch (const std::runtime_error& refused) {
        return refused.what();
    }
    return "";
}

} // namespace

TEST(EmbeddedLog, RecordedTimeNeverGoesBackWhenTheClockJumps) {
    const temporary_directory folder;
    std::atomic<std::int64_t> clock{1'000'000};
    embedded_settings settings{.directory = folder.path() / "ledger"};
    settings.now = [&] { return time_point{std::chrono::milliseconds{clock.load()}}; };
    std::vector<std::int64_t> times;
    for (const std::int64_t now : {1'000'000, 2'000'000, 1'500'000, 2'000'001}) {
        // Opened anew each time: the promise outlives the process.
        const auto log = open_embedded_log(settings);
        clock = now;
        ASSERT_EQ(append(*log, "x"), boost::system::error_code{});
        const auto reader = log->read({times.size()});
        const auto came = (*reader)->next(10s, 1).value();
        ASSERT_EQ(came.size(), 1u);
        times.push_back(came[0].recorded_at.time_since_epoch().count());
    }
    EXPECT_THAT(times, testing::ElementsAre(1'000'000, 2'000'000, 2'000'000, 2'000'001));
}

TEST(EmbeddedLog, CannotBeOpenedTwice) {
    const temporary_directory folder;
    const embedded_settings settings{.directory = folder.path() / "ledger"};
    {
        const auto log = open_embedded_log(settings);
        EXPECT_THAT(refusal(settings), testing::HasSubstr("has it open"));
        EXPECT_EQ(append(*log, "x"), boost::system::error_code{});
    }
    EXPECT_EQ(refusal(settings), "");
}

TEST(EmbeddedLog, RefusalsNameTheFolder) {
    const temporary_directory folder;
    const auto file = folder.path() / "file";
    std::ofstream(file) << "not a folder";
    EXPECT_THAT(refusal({.directory = file}), testing::HasSubstr(file.string()));
    EXPECT_THAT(refusal({.directory = folder.path() / "x", .partitions = 0}),
                testing::HasSubstr("partitions"));
}

TEST(EmbeddedLog, IsReadableByItsOwnerOnly) {
    const temporary_directory folder;
    open_embedded_log({.directory = folder.path() / "ledger"});
    EXPECT_EQ(std::filesystem::status(folder.path() / "ledger").permissions(),
              std::filesystem::perms::owner_all);
}

TEST(EmbeddedLog, DamagedFilesAreRefused) {
    const temporary_directory folder;
    const embedded_settings settings{.directory = folder.path() / "ledger"};
    {
        const auto log = open_embedded_log(settings);
        ASSERT_EQ(append(*log, std::string(1000, 'x')), boost::system::error_code{});
    }
    open_embedded_log(settings); // what was in the write-ahead log is now in a table
    int damaged = 0;
    for (const auto& entry : std::filesystem::directory_iterator(settings.directory))
        if (entry.path().extension() == ".sst") {
            std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
            file.seekp(20).write("\xff\xff\xff\xff", 4);
            ++damaged;
        }
    ASSERT_GT(damaged, 0);
    EXPECT_THAT(refusal(settings), testing::HasSubstr("orruption"));
}

TEST(EmbeddedLog, TellsItsStatistics) {
    const temporary_directory folder;
    std::promise<log_statistics> told;
    std::atomic<bool> once{false};
    embedded_settings settings{.directory = folder.path() / "ledger", .record_bytes_max = 100};
    settings.statistics_interval = 1ms;
    settings.statistics = [&](const log_statistics& now) {
        if (now.appended == 3 && now.backlog_records == 0 && !once.exchange(true))
            told.set_value(now);
    };
    const auto log = open_embedded_log(settings);
    EXPECT_EQ(append(*log, std::string(200, 'x')), errc::too_large);
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(append(*log, "x"), boost::system::error_code{});
    auto future = told.get_future();
    ASSERT_EQ(future.wait_for(10s), std::future_status::ready);
    const log_statistics now = future.get();
    EXPECT_EQ(now.refused_too_large, 1u);
    EXPECT_GE(now.commits, 1u);
    EXPECT_LE(now.commits, 3u);
    EXPECT_GT(now.commit_microseconds, 0u);
    EXPECT_TRUE(now.ready);
}

} // namespace tongban::log
