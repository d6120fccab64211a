// Pushes what is due to one partner. Everything happens on its strand in turns: a turn begins as many attempts as may
// begin, and says when the next one shall be. What wakes it: the region's queue changed, an attempt or a report ended,
// a pause is over, an ownership or the configuration changed.
#pragma once

#include "connectors/push/push_client.hpp"
#include "gateway/delivery/fact_reporter.hpp"
#include "gateway/delivery/owned_partitions.hpp"
#include "gateway/delivery/prepared_push.hpp"
#include "gateway/delivery/push_metrics.hpp"
#include "gateway/delivery/push_outcome.hpp"
#include "gateway/delivery/push_runner.hpp"
#include "gateway/delivery/work_count.hpp"

#include <boost/asio/strand.hpp>

#include <deque>
#include <map>
#include <random>
#include <set>
#include <string>
#include <tuple>

namespace tongban::delivery {

// What a target is configured to be.
struct target_configuration {
    std::shared_ptr<const security::partner> partner;
    std::shared_ptr<const dialects::dialect> dialect; // null: canonical
    std::shared_ptr<push::push_port> client;          // null: it cannot be used as configured
};

class target_pusher : public std::enable_shared_from_this<target_pusher> {
public:
    // What is referred to outlives all work that `work` counts.
    target_pusher(const delivery_parts& parts, const push_settings& settings,
                  const boost::asio::any_io_executor& executor, std::shared_ptr<const owned_partitions> owned,
                  const push_metrics& metrics, work_count& work, std::string id);
    ~target_pusher();

    // From any thread, all of them. `is_another_place`: what was learnt about the target counts no more.
    void configure(target_configuration next, bool is_another_place);
    // An ownership changed.
    void look_again();
    // No attempt begins any more; what is under way ends.
    void retire();
    // After retire(): pushes under way end without an answer.
    void cut_off();

private:
    using clock = std::chrono::steady_clock;
    struct candidate {
        ledger::due_delivery due;
        std::string region;
    };
    class attempt_place;
    // One delivery of a case and region at a time.
    using case_key = std::tuple<std::string, std::uint32_t, std::uint64_t>;
    static case_key key_of(const candidate& one) {
        return {one.region, one.due.number.partition, one.due.number.number};
    }

    void wake();
    void turn();
    bool has_room() const;
    bool is_shut(clock::time_point now) const;
    void refill(clock::time_point now);
    bool refill_from(const std::string& region, std::uint32_t partition, std::size_t most);
    void sleep_until(clock::time_point when);
    void watch_regions();
    using token = work_count::token;
    static boost::asio::awaitable<void> watch(token held, std::shared_ptr<target_pusher> self, std::string region,
                                              std::uint64_t generation);
    static boost::asio::awaitable<void> attempt(token held, std::shared_ptr<target_pusher> self,
                                                std::unique_ptr<attempt_place> place, candidate what);
    boost::asio::awaitable<push_outcome> push(const prepared_push& ready, attempt_place& place);
    // `place`: the configuration that the outcome is about.
    void learn(const push_outcome& outcome, std::uint64_t place);
    void show_levels();

    const delivery_parts& parts_;
    const push_settings& settings_;
    const boost::asio::any_io_executor strand_;
    const std::shared_ptr<const owned_partitions> owned_;
    const push_metrics& metrics_;
    work_count& work_;
    const std::string id_;
    const std::shared_ptr<push_levels> levels_;
    const std::shared_ptr<fact_reporter> reporter_;

    target_configuration configuration_;
    breaker::circuit_breaker breaker_;
    std::mt19937_64 random_{std::random_device{}()};
    std::deque<candidate> ready_;  // read from the view and not begun
    std::set<case_key> under_way_; // those of ready_, and the others until their facts are in the ledger
    std::set<attempt_place*> pushing_;
    boost::asio::steady_timer alarm_;
    std::int64_t next_visible_ms_ = 0;  // 0: nothing becomes visible by time alone
    clock::time_point not_before_{};    // after the view could not be read
    std::uint64_t generation_ = 0;      // of the regions: watchers of an older one end
    std::uint64_t place_ = 0;           // where is pushed to: what is learnt about an older one counts no more
    std::uint32_t first_partition_ = 0; // of the next look at the view
    bool is_changed_ = false;           // since the last look at the view, as far as is known
    bool is_turn_posted_ = false;
    bool is_retired_ = false;
};

} // namespace tongban::delivery
