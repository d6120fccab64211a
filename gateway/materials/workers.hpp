// A few threads for what blocks: files, object stores, scans. I/O threads hand work over and are resumed by it; the queue
// is bounded, and what finds it full is told at once.
#pragma once

#include "monitoring/metrics.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace tongban::materials {

class workers {
public:
    // `name` tells one group's metrics from another's.
    workers(const std::string& name, unsigned threads, std::size_t queue_max, monitoring::registry& metrics);
    ~workers(); // stops
    workers(const workers&) = delete;
    workers& operator=(const workers&) = delete;

    // Runs `job` on a worker and resumes on the caller's executor; false: not run, since the queue is full or this stops.
    // `job` must not throw; what it refers to lives in the caller's frame.
    boost::asio::awaitable<bool> run(std::function<void()> job);
    // The same without waiting for it.
    bool post(std::function<void()> job);
    // What runs is finished, what waits is not run. From any thread.
    void stop();

private:
    void work();

    const std::size_t queue_max_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::function<void(bool run)>> queue_;
    bool stopping_ = false;
    monitoring::counter full_;
    monitoring::gauge waiting_;
    std::vector<std::thread> threads_;
};

} // namespace tongban::materials
