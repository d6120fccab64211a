// The pool lives as long as the client or a request under way; all of it but the counters and the
// certificates is touched only on its strand.
#include "connectors/push/push_client.hpp"

#include "connectors/push/connection.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <atomic>
#include <deque>
#include <mutex>
#include <unordered_set>

namespace tongban::push {

namespace asio = boost::asio;
using boost::system::result;
using clock_type = connection::clock;
using tls_pointer = std::shared_ptr<const security::client_tls>;

namespace {

using counter = std::atomic<std::uint64_t>;

void add(counter& to, std::uint64_t amount = 1) {
    to.fetch_add(amount, std::memory_order_relaxed);
}

std::uint64_t value(const counter& of) {
    return of.load(std::memory_order_relaxed);
}

struct counters {
    counter requests{}, answers{}, answers_truncated{}, repeated{}, opened{}, reused{}, idled{}, dropped{},
        sent{}, received{}, busy{}, idle{};
    std::array<counter, errc_count> failures{};
};

} // namespace

class push_client::pool : public std::enable_shared_from_this<pool> {
public:
    pool(const asio::any_io_executor& executor, push_target target, push_address to, const tls_pointer& tls)
        : strand_(asio::make_strand(executor)), target_(std::move(target)), to_(std::move(to)), tls_(tls),
          sweeper_(strand_) {}

    // From any thread.
    const asio::any_io_executor& strand() const { return strand_; }
    const push_target& target() const { return target_; }
    tls_pointer tls() const {
        const std::lock_guard lock(tls_mutex_);
        return tls_;
    }
    void renew(const tls_pointer& tls);
    void close();
    push_statistics statistics() const;
    static asio::awaitable<outcome> enter(std::shared_ptr<pool> self, push_request request);

private:
    struct idle_connection {
        std::shared_ptr<connection> kept;
        clock_type::time_point since;
    };
    class slot;

    static asio::awaitable<outcome> serve(std::shared_ptr<pool> self, push_request request);
    asio::awaitable<outcome> try_to_send(const push_request& request, const std::string& head);
    std::shared_ptr<connection> take_kept();
    void keep(std::shared_ptr<connection> used);
    void drop_idle(bool all);
    void sweep_later();
    result<std::string, push_failure> head_of(const push_request& request) const;
    push_failure refuse(errc code, const std::string& reason = {}) const;

    asio::any_io_executor strand_;
    push_target target_;
    push_address to_;
    // Not security::live: the atomic shared_ptr of g++ 12 releases its lock after a load without ordering.
    mutable std::mutex tls_mutex_;
    tls_pointer tls_;
    std::deque<idle_connection> idle_; // the longest idle in front
    std::unordered_set<connection*> used_;
    std::vector<connection::tcp::endpoint> known_; // addresses of the target
    asio::steady_timer sweeper_;
    bool sweeping_ = false;
    bool closed_ = false;
    counters count_;
};

// One of the connections_max places; holds the connection in use so that close() finds it.
class push_client::pool::slot {
public:
    explicit slot(pool& of) : of_(of) { add(of_.count_.busy); }
    ~slot() {
        hold(nullptr);
        of_.count_.busy.fetch_sub(1, std::memory_order_relaxed);
    }
    slot(const slot&) = delete;
    slot& operator=(const slot&) = delete;
    void hold(std::shared_ptr<connection> next) {
        if (held_) {
            of_.used_.erase(held_.get());
        }
        held_ = std::move(next);
        if (held_) {
            of_.used_.insert(held_.get());
        }
    }
    const std::shared_ptr<connection>& held() const { return held_; }

private:
    pool& of_;
    std::shared_ptr<connection> held_;
};

push_failure push_client::pool::refuse(errc code, const std::string& reason) const {
    std::string text = to_.host_field + ": " + make_error_code(code).message();
    return {code, false, reason.empty() ? text : text + " (" + reason + ')'};
}

asio::awaitable<push_client::outcome> push_client::pool::enter(std::shared_ptr<pool> self,
                                                               push_request request) {
    // The caller's executor and cancellation stay its own; the work moves to the strand.
    outcome done =
        co_await asio::co_spawn(self->strand_, serve(self, std::move(request)), asio::use_awaitable);
    co_return done;
}

asio::awaitable<push_client::outcome> push_client::pool::serve(std::shared_ptr<pool> self,
                                                               push_request request) {
    // A cancelled operation shall end as a value, not as an exception out of the next co_await.
    co_await asio::this_coro::throw_if_cancelled(false);
    add(self->count_.requests);
    outcome done;
    if (auto head = self->head_of(request); !head) {
        done = head.error();
    } else if (self->closed_) {
        done = self->refuse(errc::closed);
    } else if (self->used_.size() >= self->target_.connections_max) {
        done = self->refuse(errc::pool_busy);
    } else {
        done = co_await self->try_to_send(request, *head);
    }
    if (done) {
        add(self->count_.answers);
        add(self->count_.answers_truncated, done->truncated ? 1 : 0);
    } else {
        add(self->count_.failures[static_cast<std::size_t>(done.error().code) - 1]);
    }
    co_return done;
}

asio::awaitable<push_client::outcome> push_client::pool::try_to_send(const push_request& request,
                                                                     const std::string& head) {
    const auto due = clock_type::now() + target_.total_deadline;
    slot place(*this);
    for (bool first = true;; first = false) {
        const bool kept = first && (place.hold(take_kept()), place.held() != nullptr);
        if (kept) {
            add(count_.reused);
        } else {
            place.hold(std::make_shared<connection>(strand_, target_, to_, tls(), known_));
            auto opened = co_await place.held()->open(due);
            if (!opened) {
                co_return opened.error();
            }
            add(count_.opened);
        }
        auto attempt = co_await place.held()->exchange(head, request.body, due);
        add(count_.sent, attempt.bytes_sent);
        add(count_.received, attempt.bytes_received);
        if (attempt.outcome) {
            attempt.outcome->target_serial = place.held()->target_serial();
            if (attempt.reusable) {
                keep(place.held());
            }
            co_return std::move(attempt.outcome);
        }
        const errc code = attempt.outcome.error().code;
        const bool stale =
            kept && !attempt.answer_begun && (code == errc::reset || code == errc::closed_early);
        if (!stale || !request.repeatable) {
            co_return std::move(attempt.outcome);
        }
        add(count_.repeated);
    }
}

result<std::string, push_failure> push_client::pool::head_of(const push_request& request) const {
    std::string head = to_.fixed_head;
    for (const auto& [name, value] : request.headers) {
        if (const std::string why = header_fault(name, value); !why.empty()) {
            return refuse(errc::request_refused, name.substr(0, 128) + ' ' + why);
        }
        head += name + ": " + value + "\r\n";
    }
    if (!request.content_type.empty()) {
        if (const std::string why = header_fault("x", request.content_type); !why.empty()) {
            return refuse(errc::request_refused, "Content-Type " + why);
        }
        head += "Content-Type: " + request.content_type + "\r\n";
    }
    head += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
    // Said in the open when nothing is kept, so that the target need not wait for more.
    head += target_.idle_max.count() == 0 ? "Connection: close\r\n\r\n" : "\r\n";
    return head;
}

// The one used last: the others may then grow old and be closed.
std::shared_ptr<connection> push_client::pool::take_kept() {
    const auto current = tls();
    while (!idle_.empty()) {
        auto [kept, since] = std::move(idle_.back());
        idle_.pop_back();
        count_.idle.fetch_sub(1, std::memory_order_relaxed);
        if (clock_type::now() - since >= target_.idle_max) {
            add(count_.idled);
        } else if (kept->tls() != current || !kept->still_usable()) {
            add(count_.dropped);
        } else {
            return kept;
        }
    }
    return nullptr;
}

void push_client::pool::keep(std::shared_ptr<connection> used) {
    if (closed_ || target_.idle_max.count() == 0 || used->tls() != tls()) {
        return;
    }
    idle_.push_back({std::move(used), clock_type::now()});
    add(count_.idle);
    sweep_later();
}

// Closes what is idle for too long or was closed by the target; all of it when asked.
void push_client::pool::drop_idle(bool all) {
    const auto current = tls();
    const auto old = clock_type::now() - target_.idle_max;
    const auto useless = [&](const idle_connection& one) {
        if (all) {
            return true;
        }
        if (one.since <= old) {
            add(count_.idled);
            return true;
        }
        const bool dropped = one.kept->tls() != current || !one.kept->still_usable();
        add(count_.dropped, dropped ? 1 : 0);
        return dropped;
    };
    const auto gone = std::erase_if(idle_, useless);
    count_.idle.fetch_sub(gone, std::memory_order_relaxed);
}

void push_client::pool::sweep_later() {
    if (sweeping_ || idle_.empty() || closed_) {
        return;
    }
    sweeping_ = true;
    sweeper_.expires_at(idle_.front().since + target_.idle_max);
    sweeper_.async_wait([weak = weak_from_this()](boost::system::error_code ec) {
        const auto self = weak.lock();
        if (ec || !self) {
            return;
        }
        self->sweeping_ = false;
        self->drop_idle(false);
        self->sweep_later();
    });
}

void push_client::pool::renew(const tls_pointer& tls) {
    {
        const std::lock_guard lock(tls_mutex_);
        tls_ = tls;
    }
    asio::post(strand_, [self = shared_from_this()] { self->drop_idle(false); });
}

void push_client::pool::close() {
    asio::post(strand_, [self = shared_from_this()] {
        self->closed_ = true;
        self->sweeper_.cancel();
        self->drop_idle(true);
        for (connection* used : self->used_) {
            used->close();
        }
    });
}

push_statistics push_client::pool::statistics() const {
    push_statistics now;
    now.requests = value(count_.requests);
    now.answers = value(count_.answers);
    now.answers_truncated = value(count_.answers_truncated);
    now.repeated = value(count_.repeated);
    now.connections_opened = value(count_.opened);
    now.connections_reused = value(count_.reused);
    now.connections_idled = value(count_.idled);
    now.connections_dropped = value(count_.dropped);
    now.bytes_sent = value(count_.sent);
    now.bytes_received = value(count_.received);
    std::ranges::transform(count_.failures, now.failures.begin(), value);
    now.connections_busy = value(count_.busy);
    now.connections_idle = value(count_.idle);
    return now;
}

push_client::push_client(std::shared_ptr<pool> made) : pool_(std::move(made)) {}

push_client::~push_client() {
    pool_->close();
}

result<std::unique_ptr<push_client>, std::vector<std::string>>
push_client::open(const asio::any_io_executor& executor, const push_target& target) {
    auto checked = check(target);
    tls_pointer tls;
    std::vector<std::string> mistakes = checked ? std::vector<std::string>() : checked.error();
    try {
        tls = security::client_tls::load(target.tls);
    } catch (const std::runtime_error& e) {
        mistakes.push_back(e.what());
    }
    if (!mistakes.empty()) {
        return mistakes;
    }
    return std::unique_ptr<push_client>(
        new push_client(std::make_shared<pool>(executor, target, std::move(*checked), tls)));
}

asio::awaitable<push_client::outcome> push_client::post(push_request request) {
    return pool::enter(pool_, std::move(request));
}

result<void, std::string> push_client::reload() {
    try {
        const auto& from = pool_->target().tls;
        const auto tls = security::client_tls::load(from);
        if (const auto unfit = tls->why_unfit(from, std::chrono::system_clock::now()); !unfit.empty()) {
            return unfit.front().text();
        }
        pool_->renew(tls);
    } catch (const std::runtime_error& e) {
        return std::string(e.what());
    }
    return {};
}

push_statistics push_client::statistics() const {
    return pool_->statistics();
}

} // namespace tongban::push
