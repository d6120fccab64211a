// A few threads for what blocks: files, object stores, scans. I/O threads hand work over and are resumed by it. Each of
// those that work is done for has a line of its own, bounded, and the lines take turns: who sends much, or what hangs, holds
// up nobody else's. What finds its line full is told at once.
#pragma once

#include "monitoring/metrics.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace tongban::materials {

struct worker_bounds {
    unsigned threads = 4;
    std::size_t waiting_max = 256; // of one line
    std::size_t at_once_max = 4;   // of one line's, on the threads
};

class workers {
public:
    using time_point = std::chrono::steady_clock::time_point;

    // `name` tells one group's metrics from another's.
    workers(const std::string& name, const worker_bounds& bounds, monitoring::registry& metrics);
    ~workers(); // stops
    workers(const workers&) = delete;
    workers& operator=(const workers&) = delete;

    // Runs `job` on a worker and resumes on the caller's executor; false: not run, since the line is full or this stops.
    // `job` must not throw; what it refers to lives in the caller's frame. For what ends soon.
    boost::asio::awaitable<bool> run(std::function<void()> job);

    enum class end {
        done,
        late,    // begun, and not done by the deadline: it goes on without its caller
        dropped, // not begun by the deadline, and never will be
        full,    // the line was full, or this stops
    };
    // The same for what may hang, in the line of `whose`: waits until the deadline at most, on an executor of one thread. So
    // `job` owns what it touches, and its results are to be looked at after `done` only.
    boost::asio::awaitable<end> run_until(time_point deadline, std::string whose, std::function<void()> job);
    // Without waiting for it.
    bool post(const std::string& whose, std::function<void()> job);
    // What runs is finished, what waits is not run. From any thread.
    void stop();

private:
    struct work {
        std::uint64_t number = 0;
        std::function<void(bool run)> turn;
    };
    struct line {
        std::deque<work> waiting;
        std::size_t at_once = 0;
    };
    using lines = std::map<std::string, line>;

    // The number that it waits under; 0: the line is full.
    std::uint64_t add(const std::string& whose, std::function<void(bool run)> turn);
    // False: it was begun.
    bool forget(const std::string& whose, std::uint64_t number);
    lines::iterator next();
    void drop_if_idle(lines::iterator at);
    void serve();

    const worker_bounds bounds_;
    std::mutex mutex_;
    std::condition_variable wake_;
    lines lines_; // as many as partners have work here
    std::string served_last_;
    std::uint64_t numbers_ = 0;
    std::size_t waiting_ = 0;
    bool stopping_ = false;
    monitoring::counter full_;
    monitoring::counter dropped_;
    monitoring::gauge waits_;
    std::vector<std::thread> threads_;
};

} // namespace tongban::materials
