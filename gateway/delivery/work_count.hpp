// Coroutines that are under way, so that stopping can wait for their end.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>

namespace tongban::delivery {

class work_count {
public:
    // Held by a coroutine as its parameter: ends with it, however it ends.
    class token {
    public:
        explicit token(work_count& of) : of_(&of) { of.add(1); }
        token(token&& other) noexcept : of_(std::exchange(other.of_, nullptr)) {}
        token& operator=(token&&) = delete;
        ~token() {
            if (of_ != nullptr) {
                of_->add(-1);
            }
        }

    private:
        work_count* of_;
    };

    // False when something is still under way after `patience`.
    bool wait_ended(std::chrono::milliseconds patience) {
        std::unique_lock lock(mutex_);
        return ended_.wait_for(lock, patience, [this] { return count_ == 0; });
    }

private:
    void add(int n) {
        const std::lock_guard lock(mutex_);
        count_ += n;
        if (count_ == 0) {
            ended_.notify_all();
        }
    }

    std::mutex mutex_;
    std::condition_variable ended_;
    int count_ = 0;
};

} // namespace tongban::delivery
