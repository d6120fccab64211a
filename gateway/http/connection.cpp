// The life of a connection around its requests: handshake, admission, idling, deadlines, the end.
#include "gateway/http/connection.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>

namespace tongban::http {

namespace asio = boost::asio;

namespace {
// A thread serves a client that sends request upon request at most this often before others get a turn.
constexpr unsigned turns_max = 16;
// Discarded while lingering; who sends more than this after a refusal is cut off.
constexpr std::size_t linger_bytes_max = 16UL * 1024 * 1024;
} // namespace

connection::connection(io_thread& thread, asio::ip::tcp::socket socket, const security::tls_context* tls,
                       unsigned tls_generation)
    : thread_(thread), socket_(std::move(socket)),
      stream_(socket_.native_handle(), tls != nullptr ? tls->native() : nullptr),
      tls_generation_(tls_generation) {
    thread_.enter(*this);
}

connection::~connection() {
    if (body_) { // cut off: by an exception, or with the server
        body_->waker->forget();
        thread_.core().metrics.streams.add(-1);
    }
    thread_.leave(*this);
}

asio::awaitable<void> connection::run(std::unique_ptr<connection> self) {
    connection& c = *self;
    bool open = c.stream_.usable();
    if (open && c.stream_.native() != nullptr) {
        open = co_await c.handshake();
        if (open) {
            c.admit();
        }
    }
    while (open && !c.thread_.draining()) {
        if (!c.exchange_ && !c.stream_.has_buffered()) {
            const auto& settings = c.thread_.core().settings;
            c.watch(phase::idle, !c.turned_away_ ? settings.idle_timeout : settings.header_timeout);
            c.thread_.goes_idle(c);
            co_await c.ready(stream::progress::want_read);
            if (c.ended()) {
                break;
            }
        }
        open = co_await c.serve();
        if (c.body_) {
            const bool may_follow = co_await c.send_body();
            open = open && may_follow;
        }
        if (open && ++c.turns_ >= turns_max) {
            c.turns_ = 0;
            co_await asio::post(c.socket_.get_executor(), asio::use_awaitable);
        }
    }
    co_await c.finish();
}

asio::awaitable<bool> connection::handshake() {
    const auto at_most = thread_.core().settings.handshake_timeout;
    thread_.handshake_begins();
    watch(phase::handshake, at_most);
    crowded_deadline_ = clock::now() + at_most / 10;
    stream::step last = stream_.handshake();
    while (blocked(last.state)) {
        co_await ready(last.state);
        if (ended()) {
            break;
        }
        last = stream_.handshake();
    }
    thread_.handshake_ended();
    handshake_result(last);
    co_return last.state == stream::progress::done && !ended();
}

void connection::handshake_result(const stream::step& last) {
    const auto& metrics = thread_.core().metrics;
    if (last.state == stream::progress::done) {
        metrics.count_handshake(stream_.resumed() ? "resumed" : "full");
        return;
    }
    if (stop_ == cause::drain) {
        return;
    }
    if (stop_ == cause::timeout) {
        count(limit::handshake_timeout);
        metrics.count_handshake("timeout");
        return;
    }
    std::string serial;
    const std::string reason = security::handshake_failure(stream_.native(), last.error, serial);
    metrics.count_handshake(reason);
    // The alert must reach a client that already sends its first request.
    linger_ = reason != "closed";
    thread_.log_refusal(linger_ ? monitoring::severity::warning : monitoring::severity::debug, "tls_handshake_failed",
                        reason, serial);
}

void connection::admit() {
    const server_core& core = thread_.core();
    certificate_ = security::peer_facts(stream_.native());
    const auto why = certificate_ == nullptr ? std::optional(turned_away::unknown_partner)
                     : core.judge            ? core.judge(*certificate_)
                                             : std::nullopt;
    if (why) {
        turn_away(*why, name_of(*why));
    }
}

void connection::turn_away(turned_away why, std::string_view reason) {
    turned_away_ = why;
    thread_.core().metrics.refused[static_cast<std::size_t>(why)].add();
    thread_.log_refusal(monitoring::severity::warning, "connection_refused", reason,
                        certificate_ ? std::string_view(certificate_->serial) : std::string_view());
}

std::optional<refusals::refusal> connection::inspect_certificate() {
    if (turned_away_) {
        const std::string_view serial = certificate_ ? std::string_view(certificate_->serial) : std::string_view();
        return *turned_away_ == turned_away::not_operator ? refusals::not_an_operator(serial)
                                                          : refusals::unknown_certificate(serial);
    }
    if (!certificate_) {
        return std::nullopt; // plain HTTP
    }
    // Also of a resumed session, which is not verified again.
    if (certificate_->not_after < std::chrono::system_clock::now()) {
        turn_away(turned_away::expired, name_of(turned_away::expired));
        return refusals::certificate_expired(certificate_->serial);
    }
    const server_core& core = thread_.core();
    if (tls_generation_ == core.tls_generation.load(std::memory_order_acquire)) {
        return std::nullopt;
    }
    const std::string_view fault = security::verify_again(stream_.native(), *core.tls.get());
    if (fault.empty()) {
        return std::nullopt;
    }
    if (fault == "revoked") {
        turn_away(turned_away::revoked, fault);
        return refusals::certificate_revoked(certificate_->serial);
    }
    turn_away(turned_away::not_verified, fault);
    return refusals::connect_again();
}

asio::awaitable<void> connection::ready(stream::progress what) {
    turns_ = 0;
    using tcp = asio::ip::tcp;
    return socket_.async_wait(what == stream::progress::want_write ? tcp::socket::wait_write : tcp::socket::wait_read,
                              asio::redirect_error(asio::use_awaitable, wait_error_));
}

void connection::watch(phase p, std::chrono::milliseconds at_most) {
    phase_ = p;
    deadline_ = clock::now() + at_most;
    crowded_deadline_ = clock::time_point::max();
}

void connection::unwatch(phase p) noexcept {
    phase_ = p;
    deadline_ = clock::time_point::max();
}

void connection::stop(cause why) {
    if (stop_ == cause::none) {
        stop_ = why;
        deadline_ = clock::time_point::max();
        boost::system::error_code ignored;
        socket_.cancel(ignored);
    }
}

void connection::tick(clock::time_point now, bool crowded) {
    if (phase_ == phase::streaming) {
        if (now >= deadline_) {
            wake_body();
        }
    } else if (now >= deadline_ || (crowded && phase_ == phase::handshake && now >= crowded_deadline_)) {
        stop(cause::timeout);
    }
}

void connection::drain() {
    if (phase_ == phase::idle || phase_ == phase::handshake) {
        stop(cause::drain);
    } else if (body_) {
        // Who reads gets the end of the piece; who does not must not hold up the others.
        deadline_ = std::min(deadline_, clock::now() + thread_.core().settings.linger_timeout);
        wake_body();
    }
}

bool connection::give_way() {
    if (phase_ != phase::idle || stop_ != cause::none) {
        return false;
    }
    stop(cause::crowded_out);
    return true;
}

void connection::count(limit l) const noexcept {
    thread_.core().metrics.limit_of(l).add();
}

asio::awaitable<void> connection::finish() {
    if (phase_ == phase::idle && stop_ == cause::timeout) {
        count(limit::idle_timeout);
    }
    stream_.say_goodbye();
    if (!linger_ || stop_ == cause::drain || stop_ == cause::crowded_out) {
        co_return;
    }
    // Closing now would reset the connection when the client still sends, and with it destroy our answer on its way.
    exchange_.reset();
    boost::system::error_code ignored;
    socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    stop_ = cause::none;
    wait_error_ = {};
    watch(phase::lingering, thread_.core().settings.linger_timeout);
    thread_local std::array<char, 16UL * 1024> discarded;
    for (std::size_t total = 0; total < linger_bytes_max;) {
        const ssize_t count = ::recv(socket_.native_handle(), discarded.data(), discarded.size(), 0);
        if (count > 0) {
            total += static_cast<std::size_t>(count);
            continue;
        }
        if (count == 0 || (errno != EAGAIN && errno != EINTR)) {
            co_return;
        }
        co_await ready(stream::progress::want_read);
        if (ended()) {
            co_return;
        }
    }
}

} // namespace tongban::http
