// A failed fdatasync is final: the page cache may show what the disk never got. The program's own fdatasync,
// below, stands before the C library's for RocksDB too, and fails when told.
#include "connectors/log/embedded_log.hpp"

#include "tests/unit/connectors/log/temporary_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <future>

namespace {
std::atomic<bool> sync_fails{false};
std::atomic<int> syncs{0};
} // namespace

extern "C" int fdatasync(int descriptor) {
    ++syncs;
    if (sync_fails) {
        errno = EIO;
        return -1;
    }
    return static_cast<int>(::syscall(SYS_fdatasync, descriptor));
}

namespace tongban::log {

namespace {

boost::system::error_code append(event_log& log, std::string value) {
    std::promise<boost::system::error_code> done;
    log.append("case", std::move(value), [&](boost::system::error_code code) { done.set_value(code); });
    return done.get_future().get();
}

} // namespace

TEST(EmbeddedLogSync, EveryAcknowledgementFollowsASync) {
    const temporary_directory folder;
    const auto log = open_embedded_log({.directory = folder.path()});
    for (int i = 0; i < 5; ++i) {
        const int before = syncs;
        ASSERT_EQ(append(*log, "x"), boost::system::error_code{});
        EXPECT_GT(syncs, before);
    }
}

TEST(EmbeddedLogSync, FailedSyncEndsTheLogForGood) {
    const temporary_directory folder;
    {
        const auto log = open_embedded_log({.directory = folder.path()});
        ASSERT_EQ(append(*log, "safe"), boost::system::error_code{});
        sync_fails = true;
        EXPECT_EQ(append(*log, "in doubt"), errc::outcome_unknown);
        sync_fails = false;
        EXPECT_EQ(append(*log, "after"), errc::failed);
        EXPECT_FALSE(log->health().ready);
        EXPECT_THAT(log->health().reason, testing::HasSubstr(folder.path().string()));
        EXPECT_EQ(log->end({}).value(), std::vector<std::uint64_t>{1});
    }
    const auto log = open_embedded_log({.directory = folder.path()});
    const auto reader = log->read({0});
    const auto came = (*reader)->next(std::chrono::seconds{10}, 10).value();
    ASSERT_GE(came.size(), 1u);
    EXPECT_EQ(came[0].value, "safe");
    EXPECT_LE(came.size(), 2u) << "what was refused must not be there";
}

} // namespace tongban::log
