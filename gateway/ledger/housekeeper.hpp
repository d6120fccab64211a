// The ledger's slow errands, on a thread of their own: asking the log for its end (catch-ups, lag, readiness)
// and flushing the view. Neither may hold up an I/O thread or the projector.
#pragma once

#include "gateway/ledger/projector.hpp"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

namespace tongban::ledger {

class housekeeper {
public:
    housekeeper(const projector::parts& given, projector& projector);
    ~housekeeper();
    // After the projector opened. Throws std::runtime_error when the view is ahead of the log, which then
    // lost records the view was made from (asked again later when the log does not answer).
    void open();
    // Starts the thread, which takes a turn whenever there is something to do.
    void start();
    // Does what is to be done now, and says when to come again unless woken.
    std::chrono::steady_clock::time_point turn();
    void stop();
    // There are catch-ups to ask for.
    void wake();

    // False until all that was in the log at start is projected.
    bool caught_up() const;
    // The log's known end minus the view's position, in records; gaps in offsets count.
    std::uint64_t lag() const;

private:
    void run();
    void ask_end();
    void flush();
    // True when the view is ahead of the first end the log tells.
    bool take_end(const std::vector<std::uint64_t>& end);

    projector::parts parts_;
    projector& projector_;
    std::vector<std::uint64_t> position_at_start_;

    mutable std::mutex mutex_;
    std::condition_variable wanted_;
    std::optional<std::vector<std::uint64_t>> end_at_start_;
    std::vector<std::uint64_t> end_;
    mutable bool caught_up_ = false;
    bool asked_ = false;
    std::chrono::steady_clock::time_point next_end_;
    std::chrono::steady_clock::time_point next_flush_;
    bool stopping_ = false;
    std::thread thread_;
};

} // namespace tongban::ledger
