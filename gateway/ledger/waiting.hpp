// Who waits for the projector: appends for their record, catch-ups for a position, long polls for a change of
// an inbox. Whoever takes a waiter out of here answers it, so each is answered exactly once. Answers are
// posted once per batch and executor, never one by one. One thread looks after deadlines; it sleeps until the
// next one is near.
#pragma once

#include "gateway/ledger/ledger.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

namespace tongban::ledger {

namespace asio = boost::asio;

// Resumes one coroutine that awaits by park(); to be called on its executor.
using resume_handler = asio::async_result<asio::use_awaitable_t<>, void()>::handler_type;

// Coroutines to resume, gathered by executor.
class resumptions {
public:
    void add(resume_handler&& handler);
    // Posts each executor's handlers together.
    void post();
    std::size_t size() const noexcept { return size_; }

private:
    struct group {
        asio::any_io_executor executor;
        std::vector<resume_handler> handlers;
    };
    std::vector<group> groups_;
    std::size_t size_ = 0;
};

// Tells a region's delivery queue from its inbox.
inline constexpr const char* delivery_topic = "deliveries/";

class waiting {
public:
    using time_point = std::chrono::steady_clock::time_point;
    using outcome = boost::system::result<projected>;
    using change = boost::system::result<bool>;

    // What the projector made of an attempt of this process.
    struct attempt_result {
        std::uint64_t attempt_id;
        projected value;
    };
    struct counts {
        std::size_t appends;
        std::size_t catch_ups;
        std::size_t inboxes;
    };

    // What does not get its answer: no room, or its deadline came first.
    struct counters {
        monitoring::counter full;
        monitoring::counter expired;
    };

    waiting(std::size_t max, const counters& count);
    ~waiting();
    // Starts the thread that ends what waited too long.
    void start();
    // Ends what waited too long by now; says when there may be more.
    time_point turn();

    // --- appends
    std::uint64_t next_attempt() noexcept { return next_attempt_.fetch_add(1, std::memory_order_relaxed); }
    // True for ids that next_attempt() has given.
    bool is_ours(std::uint64_t attempt_id) const noexcept {
        return attempt_id - first_attempt_ < next_attempt_.load(std::memory_order_relaxed) - first_attempt_;
    }
    // `out` lives as long as the handler. False when there is no room or it is closed: then `out` says so and
    // the handler is posted.
    bool add_append(std::uint64_t attempt_id, resume_handler&& handler, outcome& out, time_point deadline);
    // The log's word that an append failed.
    void fail_append(std::uint64_t attempt_id, boost::system::error_code error);
    // Answers those of the committed batch that still wait; tells how long each had waited.
    void answer(std::vector<attempt_result>& results, const monitoring::histogram& waited_seconds);

    // --- catch-ups: first wait for the end of the log to be asked after their call, then for that position
    void add_catch_up(resume_handler&& handler, boost::system::error_code& out, time_point deadline);
    // Takes the unasked as asked; place_catch_ups() or fail_catch_ups() follows.
    std::uint64_t take_unasked();
    void place_catch_ups(std::uint64_t taken, const std::vector<std::uint64_t>& end);
    void fail_catch_ups(std::uint64_t taken, boost::system::error_code error);
    // The view stands here now.
    void reached(const std::vector<std::uint64_t>& next_offsets);

    // --- inboxes, and the delivery queues of regions under delivery_topic + region. `unchanged` is asked under the
    // lock that answer_inboxes() takes. `out`: true when it changed, false at the deadline; an error at once when there is no
    // room or it is closed.
    void add_inbox(resume_handler&& handler, change& out, const std::string& region, time_point deadline,
                   const std::function<bool()>& unchanged);
    void answer_inboxes(const std::vector<std::string>& regions);

    // New appends are refused with `why` until cleared; those that wait go on waiting.
    void refuse(std::optional<log::errc> why);
    // Ends all that waits (appends as outcome_unknown) and refuses what comes. Idempotent.
    void close();

    counts size() const;

private:
    struct append_waiter {
        resume_handler handler;
        outcome* out;
        time_point deadline;
        time_point since;
    };
    struct catch_up_waiter {
        resume_handler handler;
        boost::system::error_code* out;
        time_point deadline;
        std::uint64_t asked = 0;           // 0: not yet
        std::vector<std::uint64_t> target; // empty: end not known yet
    };
    struct inbox_waiter {
        resume_handler handler;
        change* out;
        time_point deadline;
    };

    void watch_deadlines();
    void sweep(time_point now, resumptions& due);
    // Wakes the deadline thread when `deadline` is before what it sleeps for. Under the lock.
    void expect(time_point deadline);
    // Why nobody more may wait; counts it when the bound bit. Under the lock.
    boost::system::error_code no_place();
    // Ends the catch-ups that `done` says yes to. Under the lock.
    void end_catch_ups(resumptions& ended, const std::function<bool(catch_up_waiter&)>& done);
    static bool is_reached(const std::vector<std::uint64_t>& target, const std::vector<std::uint64_t>& next);

    const std::size_t max_;
    const std::uint64_t first_attempt_;
    std::atomic<std::uint64_t> next_attempt_;
    const counters count_;

    mutable std::mutex mutex_;
    std::unordered_map<std::uint64_t, append_waiter> appends_;
    std::list<catch_up_waiter> catch_ups_;
    std::unordered_multimap<std::string, inbox_waiter> inboxes_;
    std::vector<std::uint64_t> next_offsets_;
    std::uint64_t asks_ = 0;
    std::optional<log::errc> refusal_;
    bool closed_ = false;

    std::condition_variable earlier_;
    time_point next_sweep_ = time_point::max();
    std::thread deadlines_;
};

// Suspends the calling coroutine; `start` gets the handler that resumes it and must see to it that it is
// posted once.
template <typename Start>
asio::awaitable<void> park(Start start) {
    co_await asio::async_initiate<const asio::use_awaitable_t<>&, void()>(std::move(start),
                                                                          asio::use_awaitable);
}

} // namespace tongban::ledger
