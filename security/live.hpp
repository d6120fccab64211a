// A value that is replaced whole while others read it: partners, dialects. Readers keep what they took for as long as
// they need it; a reload never shows half of two configurations.
#pragma once

#include <atomic>
#include <memory>

namespace tongban::security {

template <class T>
class live {
public:
    explicit live(std::shared_ptr<const T> first) : current_(std::move(first)) {}
    std::shared_ptr<const T> get() const { return current_.load(std::memory_order_acquire); }
    void set(std::shared_ptr<const T> next) { current_.store(std::move(next), std::memory_order_release); }

private:
    std::atomic<std::shared_ptr<const T>> current_;
};

} // namespace tongban::security
