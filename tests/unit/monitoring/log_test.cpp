// Lines are whole JSON objects whatever is put in, and a reader that does not read stops nobody.
#include "monitoring/log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <future>
#include <poll.h>
#include <sstream>
#include <string>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace tongban::monitoring {
namespace {

using testing::ContainsRegex;
using testing::EndsWith;
using testing::HasSubstr;
using testing::MatchesRegex;

// A pipe the log writes to; what came out of it is read to the end after close_writer().
class log_pipe {
public:
    log_pipe() { EXPECT_EQ(::pipe2(ends_.data(), O_CLOEXEC), 0); }
    ~log_pipe() {
        stop_log();
        close_writer();
        ::close(ends_[0]);
    }
    int reader() const { return ends_[0]; }
    int writer() const { return ends_[1]; }
    void close_writer() {
        if (ends_[1] >= 0)
            ::close(ends_[1]);
        ends_[1] = -1;
    }
    std::string read_all() const {
        std::string all;
        std::array<char, 4096> buffer{};
        for (ssize_t n = 0; (n = ::read(ends_[0], buffer.data(), buffer.size())) > 0;)
            all.append(buffer.data(), static_cast<std::size_t>(n));
        return all;
    }

private:
    std::array<int, 2> ends_{-1, -1};
};

std::string lines_of(severity least, const std::function<void()>& write) {
    log_pipe pipe;
    start_log(least, pipe.writer());
    write();
    stop_log();
    pipe.close_writer();
    return pipe.read_all();
}

TEST(Log, LineIsOneJsonObjectWithTimeLevelEventAndFields) {
    const std::string text = lines_of(severity::info, [] {
        log(severity::warning, "request",
            {{"path", "/v1/messages"}, {"status", std::int64_t{202}}, {"ms", 1.5}, {"duplicate", false}});
    });
    EXPECT_THAT(text,
                ContainsRegex("^\\{\"time\":\"20[0-9-]+T[0-9:]+\\.[0-9]{6}Z\",\"level\":\"warning\","
                              "\"event\":\"request\",\"path\":\"/v1/messages\",\"status\":202,\"ms\":1.5,"
                              "\"duplicate\":false\\}\n$"));
}

TEST(Log, OutsideTextIsEscapedAndCut) {
    const std::string text = lines_of(severity::info, [] {
        log(severity::info, "x",
            {{"a", "q\"\\\n\r\x01"}, {"b", "\xbc\xc3"}, {"c", "济宁"}, {"d", std::string(300, 'd')}});
    });
    EXPECT_THAT(text, HasSubstr(R"("a":"q\"\\\u000a\u000d\u0001")"));
    EXPECT_THAT(text, HasSubstr("\"b\":\"\uFFFD\uFFFD\""));
    EXPECT_THAT(text, HasSubstr(R"("c":"济宁")"));
    EXPECT_THAT(text, HasSubstr("\"d\":\"" + std::string(256, 'd') + "…\"}\n"));
}

TEST(Log, NumbersThatJsonLacksAreNull) {
    const std::string text = lines_of(severity::info, [] {
        log(severity::info, "x", {{"a", std::nan("")}, {"b", INFINITY}});
    });
    EXPECT_THAT(text, EndsWith("\"a\":null,\"b\":null}\n"));
}

TEST(Log, LinesBelowTheLeastSeverityAreNotWritten) {
    const std::string text = lines_of(severity::warning, [] {
        log(severity::info, "quiet");
        log(severity::error, "loud");
    });
    EXPECT_EQ(text.find("quiet"), std::string::npos);
    EXPECT_THAT(text, HasSubstr("loud"));
}

TEST(Log, BeforeTheStartNothingIsWrittenAndNothingBreaks) {
    stop_log();
    log(severity::error, "too_early");
    const std::string text = lines_of(severity::info, [] { log(severity::info, "in_time"); });
    EXPECT_EQ(text.find("too_early"), std::string::npos);
    EXPECT_THAT(text, HasSubstr("in_time"));
}

TEST(Log, ReaderThatDoesNotReadNeverBlocksTheCallerAndDropsAreCountedAndTold) {
    const std::uint64_t before = logs_dropped();
    log_pipe pipe;
    start_log(severity::info, pipe.writer());
    constexpr int lines = 20000;
    // The pipe holds some hundred lines, the queue 4096: with nobody reading the rest has to go.
    const auto begun = std::chrono::steady_clock::now();
    for (int i = 0; i < lines; ++i)
        log(severity::info, "flood", {{"i", std::int64_t{i}}, {"filler", std::string(200, 'f')}});
    EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(20));
    EXPECT_GT(logs_dropped(), before + 10000);

    std::future<std::string> reader = std::async(std::launch::async, [&pipe] { return pipe.read_all(); });
    stop_log();
    pipe.close_writer();
    std::istringstream text(reader.get());
    std::uint64_t written = 0;
    std::uint64_t told = 0;
    for (std::string line; std::getline(text, line);) {
        EXPECT_EQ(line.front(), '{');
        EXPECT_EQ(line.back(), '}');
        const auto count = line.find("\"logs_dropped\",\"count\":");
        if (count == std::string::npos)
            ++written;
        else
            told += std::stoull(line.substr(count + 23));
    }
    EXPECT_EQ(told, logs_dropped() - before);
    EXPECT_EQ(written + told, static_cast<std::uint64_t>(lines));
}

// One thread writes what many said; none is lost or mixed while there is room, and each thread's stay in order.
TEST(Log, LinesOfManyThreadsStayWholeAndInOrder) {
    constexpr int threads = 4;
    constexpr int each = 500;
    log_pipe pipe;
    std::future<std::string> reader = std::async(std::launch::async, [&pipe] { return pipe.read_all(); });
    start_log(severity::info, pipe.writer());
    std::vector<std::thread> writers;
    for (int t = 0; t < threads; ++t)
        writers.emplace_back([t] {
            for (int i = 0; i < each; ++i)
                log(i % 100 == 0 ? severity::error : severity::info, "said",
                    {{"thread", std::int64_t{t}}, {"i", std::int64_t{i}}});
        });
    for (auto& writer : writers)
        writer.join();
    stop_log();
    pipe.close_writer();
    std::array<int, threads> next{};
    std::istringstream text(reader.get());
    for (std::string line; std::getline(text, line);) {
        int thread = -1;
        int i = -1;
        const auto at = line.find("\"thread\":");
        ASSERT_NE(at, std::string::npos) << line;
        ASSERT_EQ(std::sscanf(line.c_str() + at, "\"thread\":%d,\"i\":%d}", &thread, &i), 2) << line;
        EXPECT_EQ(i, next.at(static_cast<std::size_t>(thread))++);
    }
    EXPECT_THAT(next, testing::Each(each));
}

// An error is not held back for company: it is there while the log still runs.
TEST(Log, QuietLinesComeWithoutAStopAndLoudOnesAtOnce) {
    log_pipe pipe;
    start_log(severity::info, pipe.writer());
    for (const auto level : {severity::info, severity::error}) {
        log(level, "one");
        pollfd ready{pipe.reader(), POLLIN, 0};
        ASSERT_EQ(::poll(&ready, 1, 10000), 1);
        std::array<char, 4096> buffer{};
        EXPECT_GT(::read(pipe.reader(), buffer.data(), buffer.size()), 0);
    }
}

TEST(Log, FileGetsEveryLine) {
    std::FILE* file = std::tmpfile();
    ASSERT_NE(file, nullptr);
    start_log(severity::info, ::fileno(file));
    for (int i = 0; i < 3000; ++i)
        log(severity::info, "filed", {{"filler", std::string(200, 'f')}});
    stop_log();
    std::rewind(file);
    int lines = 0;
    for (int c = 0; (c = std::fgetc(file)) != EOF;)
        lines += c == '\n' ? 1 : 0;
    std::fclose(file);
    EXPECT_EQ(lines, 3000);
}

// A disk that is full for a while: what did not fit is counted and told, and no half line stays before a whole one.
TEST(Log, FullDiskLeavesWholeLinesAndTellsWhatWasLost) {
    const std::uint64_t before = logs_dropped();
    std::FILE* file = std::tmpfile();
    ASSERT_NE(file, nullptr);
    std::signal(SIGXFSZ, SIG_IGN);
    rlimit whole{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &whole), 0);
    rlimit full = whole;
    full.rlim_cur = 10001; // in the middle of a line
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &full), 0);
    start_log(severity::info, ::fileno(file));
    int said = 0;
    while (logs_dropped() == before) {
        log(severity::error, "filed", {{"filler", std::string(200, 'f')}});
        ++said;
    }
    EXPECT_EQ(::setrlimit(RLIMIT_FSIZE, &whole), 0);
    log(severity::error, "filed");
    ++said;
    stop_log();
    std::rewind(file);
    std::string text;
    for (int c = 0; (c = std::fgetc(file)) != EOF;)
        text += static_cast<char>(c);
    std::fclose(file);
    std::istringstream lines(text);
    int written = 0;
    for (std::string line; std::getline(lines, line);) {
        EXPECT_THAT(line, MatchesRegex(R"(\{"time":"[^{}]*\})"));
        written += line.find("\"filed\"") != std::string::npos ? 1 : 0;
    }
    EXPECT_EQ(written + static_cast<int>(logs_dropped() - before), said);
    EXPECT_THAT(text, HasSubstr("\"logs_dropped\",\"count\":"));
}

// The number the kernel gives the thread that writes.
int writer_thread() {
    for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
        std::string name;
        std::ifstream(task.path() / "comm") >> name;
        if (name == "log")
            return std::stoi(task.path().filename().string());
    }
    return -1;
}

std::atomic<int> signals_seen{0};

TEST(Log, SignalsLoseNoLine) {
    const std::uint64_t before = logs_dropped();
    struct sigaction seen {};
    seen.sa_handler = [](int) { ++signals_seen; };
    ASSERT_EQ(::sigaction(SIGUSR1, &seen, nullptr), 0);
    log_pipe pipe;
    start_log(severity::info, pipe.writer());
    constexpr int lines = 1000; // more than a pipe takes, fewer than the queue
    for (int i = 0; i < lines; ++i)
        log(severity::error, "said", {{"filler", std::string(100, 'f')}});
    int thread = -1;
    while (thread < 0)
        thread = writer_thread();
    // One after the other, while nobody reads: most of them come while the writer waits for room.
    for (int i = 0; i < 1000; ++i) {
        const int already = signals_seen;
        ASSERT_EQ(::syscall(SYS_tgkill, ::getpid(), thread, SIGUSR1), 0);
        while (signals_seen == already)
            std::this_thread::yield();
    }
    std::future<std::string> reader = std::async(std::launch::async, [&pipe] { return pipe.read_all(); });
    stop_log();
    pipe.close_writer();
    const std::string text = reader.get();
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), lines);
    EXPECT_EQ(logs_dropped(), before);
}

TEST(Log, SeverityChangesWhileItRuns) {
    const std::string text = lines_of(severity::error, [] {
        log(severity::info, "quiet");
        set_log_severity(severity::debug);
        log(severity::debug, "chatty");
    });
    EXPECT_EQ(text.find("quiet"), std::string::npos);
    EXPECT_THAT(text, HasSubstr("chatty"));
}

TEST(Log, StopGivesUpWhenNobodyReads) {
    log_pipe pipe;
    start_log(severity::info, pipe.writer());
    for (int i = 0; i < 6000; ++i)
        log(severity::info, "flood", {{"filler", std::string(200, 'f')}});
    const auto begun = std::chrono::steady_clock::now();
    stop_log();
    EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(10));
}

} // namespace
} // namespace tongban::monitoring
