// One coroutine while anything waits; bounded by the attempts under way, whose facts these are.
#include "gateway/delivery/fact_reporter.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace tongban::delivery {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::milliseconds pause_first{50};
constexpr std::chrono::milliseconds pause_most{2000};

} // namespace

fact_reporter::fact_reporter(ledger::ledger& ledger, asio::any_io_executor strand, std::chrono::milliseconds deadline,
                             std::function<bool(std::uint32_t)> owns)
    : ledger_(ledger), strand_(std::move(strand)), deadline_(deadline), owns_(std::move(owns)), pause_(strand_) {}

asio::awaitable<void> fact_reporter::record(std::vector<v1::DeliveryFact> facts) {
    const auto one = std::make_shared<entry>(strand_);
    one->partition = ledger_.partition_of(facts.front().delivery().case_id());
    waiting_.fetch_add(facts.size(), std::memory_order_relaxed);
    one->facts = std::move(facts);
    queue_.push_back(one);
    if (!is_running_) {
        is_running_ = true;
        asio::co_spawn(strand_, run(shared_from_this()), asio::detached);
    }
    while (!one->is_done) {
        (void)co_await one->recorded.async_wait(asio::as_tuple(asio::use_awaitable));
    }
}

void fact_reporter::look_again() {
    pause_.cancel();
}

asio::awaitable<void> fact_reporter::run(std::shared_ptr<fact_reporter> self) {
    auto pause = pause_first;
    while (!self->queue_.empty()) {
        const bool all_taken = co_await self->report_batch(self->take_batch());
        self->is_failing_ = !all_taken;
        if (all_taken) {
            pause = pause_first;
            continue;
        }
        self->pause_.expires_after(pause);
        (void)co_await self->pause_.async_wait(asio::as_tuple(asio::use_awaitable));
        pause = std::min(pause * 2, pause_most);
        self->let_go_of_lost();
    }
    self->is_running_ = false;
}

std::vector<std::shared_ptr<fact_reporter::entry>> fact_reporter::take_batch() {
    std::vector<std::shared_ptr<entry>> batch;
    std::size_t facts = 0;
    // What a report says of one delivery stays in one record: no more than fits into one.
    while (!queue_.empty() && facts + queue_.front()->facts.size() <= facts_per_record_max) {
        facts += queue_.front()->facts.size();
        batch.push_back(std::move(queue_.front()));
        queue_.pop_front();
    }
    return batch;
}

// False when the ledger did not take all that has to be tried again.
asio::awaitable<bool> fact_reporter::report_batch(std::vector<std::shared_ptr<entry>> batch) {
    std::vector<v1::DeliveryFact> facts;
    for (const auto& one : batch) {
        facts.insert(facts.end(), one->facts.begin(), one->facts.end());
    }
    const auto until = std::chrono::steady_clock::now() + deadline_;
    const auto outcomes = co_await report(ledger_, std::move(facts), gateway_sender(), until);
    std::size_t next = 0;
    bool all_taken = true;
    for (auto& one : batch) {
        const auto from = outcomes.begin() + static_cast<std::ptrdiff_t>(next);
        next += one->facts.size();
        // What the ledger thinks of a fact is the ledger's: another replica may have been first.
        const bool is_known = std::all_of(from, outcomes.begin() + static_cast<std::ptrdiff_t>(next),
                                          [](const fact_outcome& outcome) { return outcome.has_value(); });
        if (is_known || !owns_(one->partition)) {
            settle(*one);
        } else {
            all_taken = false;
            one->is_tried = true;
            queue_.push_back(std::move(one));
        }
    }
    co_return all_taken;
}

// Of those that were tried: the others have their one chance.
void fact_reporter::let_go_of_lost() {
    std::erase_if(queue_, [&](const std::shared_ptr<entry>& one) {
        const bool is_lost = one->is_tried && !owns_(one->partition);
        if (is_lost) {
            settle(*one);
        }
        return is_lost;
    });
    is_failing_ = !queue_.empty();
}

void fact_reporter::settle(entry& one) {
    waiting_.fetch_sub(one.facts.size(), std::memory_order_relaxed);
    one.is_done = true;
    one.recorded.cancel();
}

} // namespace tongban::delivery
