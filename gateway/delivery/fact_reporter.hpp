// Brings the facts of attempts into the ledger: those that end while one report is under way go into the next one
// together. A fact that the ledger could not take is tried again, longer and longer apart, for as long as this replica
// owns its partition; then it is let go: the next owner attempts the delivery again, under the same id.
#pragma once

#include "gateway/delivery/report.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

namespace tongban::delivery {

class fact_reporter : public std::enable_shared_from_this<fact_reporter> {
public:
    // `strand`: where all functions are called, but those that say otherwise. `owns`: whether facts of this partition
    // are still tried again.
    fact_reporter(ledger::ledger& ledger, boost::asio::any_io_executor strand, std::chrono::milliseconds deadline,
                  std::function<bool(std::uint32_t partition)> owns);

    // Resumes when the ledger has the facts of one delivery, or they were let go. All in one record.
    boost::asio::awaitable<void> record(std::vector<v1::DeliveryFact> facts);

    // True while the ledger does not take facts: nothing should be done that would make more of them.
    bool is_failing() const noexcept { return is_failing_; }
    // Facts that wait. From any thread.
    std::size_t waiting() const noexcept { return waiting_.load(std::memory_order_relaxed); }
    // Wakes what waits to try again: an ownership changed, or everything ends.
    void look_again();

private:
    struct entry {
        explicit entry(const boost::asio::any_io_executor& executor)
            : recorded(executor, boost::asio::steady_timer::time_point::max()) {}
        std::vector<v1::DeliveryFact> facts;
        std::uint32_t partition = 0;
        bool is_tried = false;
        bool is_done = false;
        boost::asio::steady_timer recorded;
    };

    static boost::asio::awaitable<void> run(std::shared_ptr<fact_reporter> self);
    std::vector<std::shared_ptr<entry>> take_batch();
    boost::asio::awaitable<bool> report_batch(std::vector<std::shared_ptr<entry>> batch);
    void let_go_of_lost();
    void settle(entry& one);

    ledger::ledger& ledger_;
    boost::asio::any_io_executor strand_;
    std::chrono::milliseconds deadline_;
    std::function<bool(std::uint32_t)> owns_;
    boost::asio::steady_timer pause_;
    std::deque<std::shared_ptr<entry>> queue_;
    std::atomic<std::size_t> waiting_{0};
    bool is_running_ = false;
    bool is_failing_ = false;
};

} // namespace tongban::delivery
