// kill -9 at any moment: every acknowledged record is there once and in order, and the lock dies with its
// process.
#include "connectors/log/embedded_log.hpp"

#include "tests/unit/connectors/log/temporary_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <map>
#include <random>
#include <set>

extern char** environ;

#if defined(__SANITIZE_THREAD__)
// What the program's list has for RocksDB, and a block that it copies with a string's append: its reader's frames are not seen. Here
// only, for an append of our own is to be watched.
extern "C" const char* __tsan_default_suppressions() {
    return "called_from_lib:librocksdb.so\n"
           "race:rocksdb::\n"
           "race:librocksdb.so\n"
           "race:LZ4_decompress_safe\n"
           "race:basic_string*_M_append\n";
}
#endif

namespace tongban::log {

namespace {

using namespace std::chrono_literals;

// The appender as a child process; its standard output as numbers.
class appender {
public:
    explicit appender(const std::string& directory) {
        int ends[2];
        if (::pipe2(ends, O_CLOEXEC) != 0)
            throw std::system_error(errno, std::generic_category(), "pipe");
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
        std::string program = EMBEDDED_APPENDER, argument = directory;
        char* arguments[] = {program.data(), argument.data(), nullptr};
        const int failure = ::posix_spawn(&child_, program.c_str(), &actions, nullptr, arguments, environ);
        posix_spawn_file_actions_destroy(&actions);
        ::close(ends[1]);
        if (failure != 0)
            throw std::system_error(failure, std::generic_category(), program);
        output_ = ::fdopen(ends[0], "r");
    }
    ~appender() {
        kill();
        std::fclose(output_);
    }
    void kill() {
        if (child_ == 0)
            return;
        ::kill(child_, SIGKILL);
        ::waitpid(child_, nullptr, 0);
        child_ = 0;
    }
    // The next acknowledged number; false when there are no more whole lines.
    bool acknowledged(std::uint64_t& number) {
        unsigned long long value = 0;
        char line_end = 0;
        if (std::fscanf(output_, "%llu%c", &value, &line_end) != 2)
            return false;
        number = value;
        return line_end == '\n';
    }

private:
    pid_t child_ = 0;
    std::FILE* output_ = nullptr;
};

} // namespace

TEST(EmbeddedLogCrash, EveryAcknowledgedRecordIsThereOnceAndInOrder) {
    const temporary_directory folder;
    std::set<std::uint64_t> acknowledged;
    std::mt19937 random(20261122);
    for (int round = 0; round < 25; ++round) {
        appender child(folder.path().string());
        const std::uint32_t until = random() % 400;
        std::uint64_t number = 0;
        for (std::uint32_t i = 0; i <= until && child.acknowledged(number); ++i)
            EXPECT_TRUE(acknowledged.insert(number).second) << number;
        child.kill();
        while (child.acknowledged(number))
            EXPECT_TRUE(acknowledged.insert(number).second) << number;
    }
    const auto log = open_embedded_log({.directory = folder.path(), .partitions = 2});
    const auto ends = log->end({}).value();
    const auto reader = log->read({0, 0});
    std::vector<std::uint64_t> next{0, 0};
    std::map<std::string, std::uint64_t> newest;
    std::set<std::uint64_t> found;
    while (next != ends) {
        const auto came = (*reader)->next(10s, 1000).value();
        ASSERT_FALSE(came.empty());
        for (const record& r : came) {
            const std::uint64_t number = std::stoull(std::string(r.value));
            EXPECT_EQ(r.at.offset, next[r.at.partition]++);
            EXPECT_TRUE(found.insert(number).second) << number << " is there twice";
            const auto [known, first] = newest.try_emplace(std::string(r.key), number);
            EXPECT_TRUE(first || known->second < number) << r.key;
            known->second = number;
        }
    }
    EXPECT_GT(acknowledged.size(), 500u);
    for (const std::uint64_t number : acknowledged)
        EXPECT_TRUE(found.contains(number)) << number << " was acknowledged and is lost";
}

TEST(EmbeddedLogCrash, LockOfAnotherProcessHoldsUntilItDies) {
    const temporary_directory folder;
    appender child(folder.path().string());
    std::uint64_t number = 0;
    ASSERT_TRUE(child.acknowledged(number));
    const embedded_settings settings{.directory = folder.path(), .partitions = 2};
    try {
        open_embedded_log(settings);
        FAIL() << "opened while another process has it open";
    } catch (const std::runtime_error& refused) {
        EXPECT_THAT(refused.what(), testing::HasSubstr("another process"));
    }
    child.kill();
    EXPECT_GT(open_embedded_log(settings)->end({}).value()[0], 0u);
}

} // namespace tongban::log
