// A thread that tidies up: unfinished uploads that are too old, and files that no case references.
#pragma once

#include "gateway/materials/room.hpp"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace tongban::materials {

class housekeeping {
public:
    housekeeping(std::shared_ptr<room> in, monitoring::registry& metrics);
    ~housekeeping(); // stops
    housekeeping(const housekeeping&) = delete;
    housekeeping& operator=(const housekeeping&) = delete;
    void stop();

private:
    void run();
    void sweep() const;
    void collect() const;

    const std::shared_ptr<room> room_;
    const monitoring::counter expired_;
    const monitoring::counter collected_;
    const monitoring::counter collected_bytes_;
    const monitoring::gauge unreferenced_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::atomic<bool> stopping_{false};
    std::thread thread_;
};

} // namespace tongban::materials
