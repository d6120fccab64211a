// Lines on their way to a descriptor: a bounded queue and the one thread that writes it. Seen only by log.cpp.
// The writer lets lines gather for a few milliseconds: waking it, poll and write then cost once for many lines.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace tongban::monitoring {

class line_queue {
public:
    // `told` renders the line that says how many were lost.
    line_queue(int descriptor, std::function<std::string(std::uint64_t lost)> told);
    // As stop() without patience.
    ~line_queue();
    line_queue(const line_queue&) = delete;

    // `line` ends with a line break and holds no other. Never waits for the writer: when the queue is full its oldest
    // lines go. An urgent line is written at once.
    void put(std::string_view line, bool urgent);
    // Writes out what waits, for at most `patience` when nobody reads.
    void stop(std::chrono::milliseconds patience);
    // Lines lost so far.
    std::uint64_t lost() const;

private:
    using clock = std::chrono::steady_clock;

    // Guarded by the mutex; swapped whole with the writer's.
    struct lines {
        std::string text;
        std::size_t begin = 0; // what is before it was given up
        std::size_t count = 0;
    };

    void run();
    void give_up_oldest();
    void write(lines& taken);
    void tell_lost();
    std::uint64_t write_lines(std::string_view text);
    std::size_t write_some(std::string_view text);
    int patience_ms() const;

    const int descriptor_;
    const bool is_file_;
    const std::function<std::string(std::uint64_t)> told_;

    mutable std::mutex mutex_;
    std::condition_variable first_;  // there is a line
    std::condition_variable hurry_;  // do not wait for more
    lines waiting_;
    bool urgent_ = false;
    bool stopping_ = false;
    std::uint64_t lost_ = 0;
    std::uint64_t reported_ = 0; // of the lost; the writer's own
    std::string begun_;          // rest of a line that was written in part; the writer's own
    clock::time_point give_up_at_ = clock::time_point::max();
    std::thread writer_;
};

} // namespace tongban::monitoring
