// Threads that take the earliest task when its time has come.
#include "gateway/emulator/work_queue.hpp"

namespace tongban::emulator {

work_queue::work_queue(std::size_t threads, open_lines open) : count_(threads), open_(std::move(open)) {}

work_queue::~work_queue() {
    stop();
}

void work_queue::start() {
    for (std::size_t i = 0; i < count_; ++i) {
        threads_.emplace_back([this] { run(); });
    }
}

void work_queue::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    for (auto& thread : threads_) {
        thread.join();
    }
    threads_.clear();
}

void work_queue::at(clock::time_point when, task what) {
    {
        const std::lock_guard lock(mutex_);
        tasks_.emplace(when, std::move(what));
    }
    wake_.notify_one();
}

std::size_t work_queue::waiting() const {
    const std::lock_guard lock(mutex_);
    return tasks_.size();
}

void work_queue::run() {
    auto lines = open_();
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        if (tasks_.empty()) {
            wake_.wait(lock);
            continue;
        }
        const auto first = tasks_.begin();
        if (const auto when = first->first; when > clock::now()) {
            wake_.wait_until(lock, when);
            continue;
        }
        const auto next = std::move(first->second);
        tasks_.erase(first);
        lock.unlock();
        next(lines);
        lock.lock();
    }
}

} // namespace tongban::emulator
