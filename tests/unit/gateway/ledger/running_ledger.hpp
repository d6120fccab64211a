// A ledger over a log and a view in memory, with I/O threads that run coroutines as the gateway's do.
#pragma once

#include "case_story.hpp"

#include "connectors/log/memory_log.hpp"
#include "connectors/store/memory_view_store.hpp"
#include "gateway/ledger/ledger.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <future>
#include <list>
#include <memory>
#include <thread>

namespace tongban::ledger::story {

using append_outcome = boost::system::result<projected>;
inline constexpr std::chrono::seconds long_enough{20};   // for what must happen
inline constexpr std::chrono::milliseconds a_moment{60}; // for what must not

// True as soon as `holds` does.
inline bool eventually(const std::function<bool()>& holds) {
    const auto until = std::chrono::steady_clock::now() + long_enough;
    while (!holds()) {
        if (std::chrono::steady_clock::now() > until) {
            return false;
        }
        std::this_thread::yield();
    }
    return true;
}

// One io_context and its thread.
class io_thread {
public:
    io_thread() : guard_(context.get_executor()), thread_([this] { context.run(); }) {}
    ~io_thread() {
        guard_.reset();
        thread_.join();
    }
    std::thread::id id() const { return thread_.get_id(); }
    boost::asio::io_context context{1};

private:
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_;
    std::thread thread_;
};

// Parameters by value: the coroutine outlives the call.
inline boost::asio::awaitable<append_outcome> append_to(ledger& to, v1::LedgerRecord record,
                                                        std::chrono::milliseconds within) {
    co_return co_await to.append(record, std::chrono::steady_clock::now() + within);
}

class running_ledger {
public:
    explicit running_ledger(log::event_log& log, store::view_store& rows, ledger_settings settings = {},
                            std::size_t io_threads = 1)
        : threads(io_threads), ledger_(std::make_unique<ledger>(log, rows, settings, metrics)) {
        ledger_->start();
    }
    ~running_ledger() { ledger_->stop(); }

    ledger& operator*() { return *ledger_; }
    ledger* operator->() { return ledger_.get(); }

    std::future<append_outcome> append(v1::LedgerRecord record,
                                       std::chrono::milliseconds within = long_enough, std::size_t on = 0) {
        return boost::asio::co_spawn(thread(on).context, append_to(*ledger_, std::move(record), within),
                                     boost::asio::use_future);
    }
    // The outcome, waited for.
    append_outcome told(v1::LedgerRecord record) { return append(std::move(record)).get(); }
    std::future<boost::system::error_code> catch_up(std::chrono::milliseconds within = long_enough) {
        return boost::asio::co_spawn(thread(0).context,
                                     ledger_->catch_up(std::chrono::steady_clock::now() + within),
                                     boost::asio::use_future);
    }
    std::future<boost::system::result<bool>> inbox_changed(const std::string& region, std::chrono::milliseconds within = long_enough,
                                    std::optional<std::uint64_t> seen = std::nullopt) {
        return boost::asio::co_spawn(
            thread(0).context,
            ledger_->inbox_changed(region, std::chrono::steady_clock::now() + within, seen),
            boost::asio::use_future);
    }
    io_thread& thread(std::size_t n) { return *std::next(threads.begin(), static_cast<std::ptrdiff_t>(n)); }
    bool metric_is(const std::string& line) {
        return metrics.render().find(line + "\n") != std::string::npos;
    }

    monitoring::registry metrics;
    std::list<io_thread> threads;

private:
    std::unique_ptr<ledger> ledger_;
};

template <typename T>
bool is_pending(std::future<T>& future) {
    return future.wait_for(a_moment) == std::future_status::timeout;
}

} // namespace tongban::ledger::story
