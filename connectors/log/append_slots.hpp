// The appends under way at one producer: each slot owns a record's bytes until its report, so nothing is
// copied. The number of slots and their bytes are the bound on the backlog. Thread-safe.
#pragma once

#include "connectors/log/event_log.hpp"

#include <deque>
#include <mutex>
#include <span>
#include <string>
#include <vector>

namespace tongban::log {

struct append_slot {
    std::string value;
    append_done done;
    std::size_t bytes = 0; // key and value
    bool used = false;
};

class append_slots {
public:
    append_slots(std::size_t records_max, std::size_t bytes_max)
        : records_max_(records_max), bytes_max_(bytes_max) {}

    // Moves `value` and `done` into a slot; none, and both left as they are, when the bound bites.
    append_slot* take(std::size_t key_bytes, std::string& value, append_done& done) {
        const std::size_t bytes = key_bytes + value.size();
        const std::scoped_lock lock(mutex_);
        if (used_ >= records_max_ || bytes_ + bytes > bytes_max_)
            return nullptr;
        if (free_.empty()) {
            slots_.emplace_back();
            free_.push_back(&slots_.back());
        }
        append_slot* slot = free_.back();
        free_.pop_back();
        *slot = {std::move(value), std::move(done), bytes, true};
        used_ += 1;
        bytes_ += bytes;
        return slot;
    }

    // After their reports. The slots are empty already.
    void release(std::span<append_slot* const> slots) {
        const std::scoped_lock lock(mutex_);
        for (append_slot* slot : slots) {
            used_ -= 1;
            bytes_ -= slot->bytes;
            slot->used = false;
            free_.push_back(slot);
        }
    }

    std::size_t used() const {
        const std::scoped_lock lock(mutex_);
        return used_;
    }
    std::size_t bytes() const {
        const std::scoped_lock lock(mutex_);
        return bytes_;
    }

    // Those that never got a report. Only when nobody else uses the slots any more.
    std::vector<append_slot*> left() {
        std::vector<append_slot*> left;
        for (append_slot& slot : slots_)
            if (slot.used)
                left.push_back(&slot);
        return left;
    }

private:
    mutable std::mutex mutex_;
    std::deque<append_slot> slots_; // grows to the most that were ever under way; addresses stay
    std::vector<append_slot*> free_;
    std::size_t used_ = 0;
    std::size_t bytes_ = 0;
    const std::size_t records_max_;
    const std::size_t bytes_max_;
};

} // namespace tongban::log
