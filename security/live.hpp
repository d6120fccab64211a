// A value that is replaced whole while others read it: partners, dialects. Readers keep what they took for as long as
// they need it; a reload never shows half of two configurations.
#pragma once

#include <memory>
#include <mutex>

namespace tongban::security {

// Thread-safe. A mutex, held for a reference count: std::atomic<std::shared_ptr> of libstdc++ 12 unlocks its loads
// relaxed, which is a race.
template <class T>
class live {
public:
    explicit live(std::shared_ptr<const T> first) : current_(std::move(first)) {}
    std::shared_ptr<const T> get() const {
        const std::lock_guard lock(mutex_);
        return current_;
    }
    void set(std::shared_ptr<const T> next) {
        const std::lock_guard lock(mutex_);
        current_.swap(next);
    }

private:
    mutable std::mutex mutex_;
    std::shared_ptr<const T> current_;
};

} // namespace tongban::security
