#include "gateway/materials/workers.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <iterator>
#include <memory>

namespace tongban::materials {

namespace asio = boost::asio;

namespace {

// Where a caller waits. Looked at on its executor only.
struct waiter {
    waiter(const asio::any_io_executor& executor, workers::time_point deadline) : alarm(executor, deadline) {}
    asio::steady_timer alarm;
    bool is_over = false;
    bool ran = false;
};

} // namespace

workers::workers(const std::string& name, const worker_bounds& bounds, monitoring::registry& metrics)
    : bounds_(bounds),
      full_(metrics.make_counter("tongban_materials_queue_full_total", "Work on files refused because the queue was full.",
                                 {{"group", name}})),
      dropped_(metrics.make_counter("tongban_materials_queue_dropped_total",
                                    "Work on files that was not begun while who asked for it waited.", {{"group", name}})),
      waits_(metrics.make_gauge("tongban_materials_queue", "Work on files that waits for a worker.", {{"group", name}})) {
    for (unsigned i = 0; i < bounds.threads; ++i) {
        threads_.emplace_back([this] { serve(); });
    }
}

workers::~workers() {
    stop();
}

asio::awaitable<bool> workers::run(std::function<void()> job) {
    std::string whose; // they share a line
    const auto ended = co_await run_until(time_point::max(), std::move(whose), std::move(job));
    co_return ended == end::done;
}

asio::awaitable<workers::end> workers::run_until(time_point deadline, std::string whose, std::function<void()> job) {
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    const auto here = std::make_shared<waiter>(executor, deadline);
    const auto number = add(whose, [here, executor, work = std::move(job)](bool run) {
        if (run) {
            work();
        }
        asio::post(executor, [here, run] {
            here->is_over = true;
            here->ran = run;
            here->alarm.cancel();
        });
    });
    if (number == 0) {
        co_return end::full;
    }
    if (!here->is_over) {
        co_await here->alarm.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    if (here->is_over) {
        co_return here->ran ? end::done : end::full;
    }
    co_return forget(whose, number) ? end::dropped : end::late;
}

bool workers::post(const std::string& whose, std::function<void()> job) {
    return add(whose, [work = std::move(job)](bool run) {
        if (run) {
            work();
        }
    }) != 0;
}

std::uint64_t workers::add(const std::string& whose, std::function<void(bool)> turn) {
    const std::lock_guard lock(mutex_);
    const auto at = lines_.try_emplace(whose).first;
    if (stopping_ || at->second.waiting.size() >= bounds_.waiting_max) {
        drop_if_idle(at);
        full_.add();
        return 0;
    }
    at->second.waiting.push_back({++numbers_, std::move(turn)});
    waits_.set(static_cast<double>(++waiting_));
    wake_.notify_one();
    return numbers_;
}

bool workers::forget(const std::string& whose, std::uint64_t number) {
    std::function<void(bool)> forgotten; // ends outside the lock
    const std::lock_guard lock(mutex_);
    const auto at = lines_.find(whose);
    if (at == lines_.end()) {
        return false;
    }
    auto& waiting = at->second.waiting;
    const auto found = std::ranges::find(waiting, number, &work::number);
    if (found == waiting.end()) {
        return false;
    }
    forgotten = std::move(found->turn);
    waiting.erase(found);
    drop_if_idle(at);
    dropped_.add();
    waits_.set(static_cast<double>(--waiting_));
    return true;
}

// The line after the one that was served last, of those that wait and may.
workers::lines::iterator workers::next() {
    const auto may = [this](const auto& one) {
        return !one.second.waiting.empty() && (stopping_ || one.second.at_once < bounds_.at_once_max);
    };
    const auto from = lines_.upper_bound(served_last_);
    const auto found = std::find_if(from, lines_.end(), may);
    if (found != lines_.end()) {
        return found;
    }
    const auto before = std::find_if(lines_.begin(), from, may);
    return before == from ? lines_.end() : before;
}

void workers::drop_if_idle(lines::iterator at) {
    if (at->second.waiting.empty() && at->second.at_once == 0) {
        lines_.erase(at);
    }
}

void workers::serve() {
    std::unique_lock lock(mutex_);
    for (;;) {
        wake_.wait(lock, [this] { return next() != lines_.end() || (stopping_ && waiting_ == 0); });
        const auto at = next();
        if (at == lines_.end()) {
            return;
        }
        served_last_ = at->first;
        auto turn = std::move(at->second.waiting.front().turn);
        at->second.waiting.pop_front();
        ++at->second.at_once;
        waits_.set(static_cast<double>(--waiting_));
        const bool run = !stopping_;
        lock.unlock();
        turn(run);
        turn = nullptr;
        lock.lock();
        --at->second.at_once; // it stays while something of it runs
        drop_if_idle(at);
        wake_.notify_one(); // its next one may have waited for this
    }
}

void workers::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    for (auto& thread : threads_) {
        if (thread.joinable()) {
            thread.join();
        }
    }
}

} // namespace tongban::materials
