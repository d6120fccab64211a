// Work at its time, on a few threads that each have their own lines to the gateway. Whoever adds work bounds it.
#pragma once

#include "gateway/emulator/gateway_line.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

namespace tongban::emulator {

class work_queue {
public:
    using clock = std::chrono::steady_clock;
    using task = std::function<void(gateway_lines&)>;

    work_queue(std::size_t threads, open_lines open);
    ~work_queue();

    void start();
    // What is under way ends, what waits is dropped.
    void stop();
    void at(clock::time_point when, task what);
    void after(std::chrono::milliseconds wait, task what) { at(clock::now() + wait, std::move(what)); }
    std::size_t waiting() const;

private:
    void run();

    const std::size_t count_;
    const open_lines open_;
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::multimap<clock::time_point, task> tasks_;
    std::vector<std::thread> threads_;
    bool stopping_ = false;
};

} // namespace tongban::emulator
