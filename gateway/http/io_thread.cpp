// Accepting, spreading connections over the threads, the coarse timer, draining.
#include "gateway/http/io_thread.hpp"

#include "gateway/http/connection.hpp"
#include "monitoring/log.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <pthread.h>
#include <unistd.h>

namespace tongban::http {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

using reuse_port = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;
// Of one thread above the least loaded one, before it hands connections over.
constexpr std::size_t uneven_by = 4;
constexpr std::size_t spare_max = 64;
constexpr std::int64_t refusal_lines_a_second = 20;

// Often enough that no deadline is missed by more than a quarter.
std::chrono::milliseconds tick_of(const listener_settings& s) {
    const auto shortest = std::min({s.handshake_timeout / 10, s.header_timeout, s.body_timeout, s.idle_timeout,
                                    s.write_timeout, s.linger_timeout});
    return std::clamp<std::chrono::milliseconds>(shortest / 4, 5ms, 250ms);
}

} // namespace

struct io_thread::descriptor {
    int fd = -1;
    explicit descriptor(int d) : fd(d) {}
    descriptor(descriptor&& other) noexcept : fd(std::exchange(other.fd, -1)) {}
    ~descriptor() {
        if (fd >= 0) {
            ::close(fd);
        }
    }
};

server_core::server_core(const listener_settings& s, std::shared_ptr<const security::tls_context> first,
                         std::vector<route> routes, monitoring::registry& metrics_registry)
    : settings(s), routing(std::move(routes)), metrics(metrics_registry, s.name, routing.routes()),
      parsing{s.header_bytes_max, s.target_bytes_max}, tls(std::move(first)) {}

io_thread::io_thread(server_core& core, unsigned index)
    : core_(core), index_(index), tick_every_(tick_of(core.settings)) {}

io_thread::~io_thread() = default;

std::uint16_t io_thread::listen(std::uint16_t port) {
    const tcp::endpoint where(asio::ip::make_address(core_.settings.address), port);
    acceptor_.open(where.protocol());
    acceptor_.set_option(tcp::acceptor::reuse_address(true));
    acceptor_.set_option(reuse_port(true));
    acceptor_.bind(where);
    acceptor_.listen(4096);
    return acceptor_.local_endpoint().port();
}

void io_thread::start() {
    bodies_.max = std::max<std::size_t>(core_.settings.body_memory_max / core_.threads.size(), 1);
    const auto escaped = [this](const std::exception_ptr& e) { log_escaped(e, "thread"); };
    asio::co_spawn(context_, accept_loop(*this), escaped);
    asio::co_spawn(context_, tick_loop(*this), escaped);
    thread_ = std::thread([this] {
        const std::string name = core_.settings.name.substr(0, 10) + '-' + std::to_string(index_);
        pthread_setname_np(pthread_self(), name.c_str());
        const auto alive = asio::make_work_guard(context_);
        while (!context_.stopped()) {
            try {
                context_.run();
            } catch (...) {
                log_escaped(std::current_exception(), "thread");
            }
        }
    });
}

void io_thread::begin_drain() {
    asio::post(context_, [this] {
        draining_ = true;
        boost::system::error_code ignored;
        acceptor_.close(ignored);
        accept_timer_.cancel();
        for (connection& c : connections_) {
            c.drain();
        }
    });
}

void io_thread::wake_bodies() {
    asio::post(context_, [this] {
        for (connection& c : connections_) {
            c.wake_body();
        }
    });
}

void io_thread::stop() {
    context_.stop();
}

void io_thread::join() {
    if (thread_.joinable()) {
        thread_.join();
    }
}

asio::awaitable<void> io_thread::slot_free() {
    const auto full = [this] { return core_.settings.mutual_tls && handshakes_ >= core_.settings.handshakes_max; };
    if (full()) {
        core_.metrics.limit_of(limit::handshakes).add();
    }
    while (full() && !draining_) {
        boost::system::error_code woken;
        accept_timer_.expires_at(std::chrono::steady_clock::time_point::max());
        co_await accept_timer_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
    }
}

asio::awaitable<void> io_thread::accept_loop(io_thread& self) {
    while (!self.draining_) {
        co_await self.slot_free();
        if (self.draining_) {
            break;
        }
        tcp::socket socket(self.context_);
        boost::system::error_code error;
        co_await self.acceptor_.async_accept(socket, asio::redirect_error(asio::use_awaitable, error));
        if (!error) {
            self.place(std::move(socket));
        } else if (error != asio::error::connection_aborted && !self.draining_) {
            // Mostly no descriptor is free: those that wait in the accept queue stay there until others close.
            self.core_.metrics.limit_of(limit::descriptors).add();
            self.accept_timer_.expires_after(100ms);
            co_await self.accept_timer_.async_wait(asio::redirect_error(asio::use_awaitable, error));
        }
    }
}

void io_thread::place(tcp::socket socket) {
    if (core_.connections.load(std::memory_order_relaxed) >= core_.settings.connections_max) {
        core_.metrics.limit_of(limit::connections).add();
        if (!close_longest_idle()) {
            return;
        }
    }
    // SO_REUSEPORT spreads few long-lived connections unevenly.
    const auto least = std::ranges::min_element(core_.threads, {}, [](const auto& t) { return t->open_.load(); });
    if (open_.load() < (*least)->open_.load() + uneven_by) {
        begin(std::move(socket));
        return;
    }
    boost::system::error_code error;
    const int fd = socket.release(error);
    if (!error) {
        io_thread& other = **least;
        asio::post(other.context_, [&other, d = descriptor(fd)]() mutable { other.adopt(std::move(d)); });
    }
}

// One client with a large pool must not lock the others out: a connection that idles gives way to a new one.
bool io_thread::close_longest_idle() {
    for (connection& c : connections_) {
        if (c.give_way()) {
            return true;
        }
    }
    return false;
}

void io_thread::adopt(descriptor d) {
    boost::system::error_code error;
    tcp::socket socket(context_);
    const bool v6 = asio::ip::make_address(core_.settings.address).is_v6();
    socket.assign(v6 ? tcp::v6() : tcp::v4(), d.fd, error);
    if (!error) {
        d.fd = -1;
        if (!draining_) {
            begin(std::move(socket));
        }
    }
}

void io_thread::begin(tcp::socket socket) {
    boost::system::error_code error;
    socket.native_non_blocking(true, error);
    if (!error) {
        socket.set_option(tcp::no_delay(true), error);
    }
    if (error) {
        return; // the peer is gone already
    }
    // Before the context: between the two a newer one may come, whose handshake is then only looked at once more.
    const auto generation = core_.tls_generation.load(std::memory_order_acquire);
    const auto tls = core_.settings.mutual_tls ? core_.tls.get() : nullptr;
    core_.metrics.accepted.add();
    auto made = std::make_unique<connection>(*this, std::move(socket), tls.get(), generation);
    asio::co_spawn(context_, connection::run(std::move(made)), [this](const std::exception_ptr& escaped) {
        if (escaped) {
            core_.metrics.connection_exceptions.add();
            log_escaped(escaped, "connection");
        }
    });
}

void io_thread::enter(connection& c) {
    connections_.push_back(c);
    open_.fetch_add(1, std::memory_order_relaxed);
    core_.connections.fetch_add(1, std::memory_order_relaxed);
    core_.metrics.connections.add(1);
}

void io_thread::leave(connection& c) noexcept {
    connections_.erase(connections_.iterator_to(c));
    open_.fetch_sub(1, std::memory_order_relaxed);
    core_.metrics.connections.add(-1);
    core_.connections.fetch_sub(1, std::memory_order_release);
}

void io_thread::goes_idle(connection& c) noexcept {
    connections_.splice(connections_.end(), connections_, connections_.iterator_to(c));
}

void io_thread::log_refusal(monitoring::severity level, std::string_view event, std::string_view reason,
                            std::string_view serial) {
    const auto now = std::chrono::steady_clock::now();
    if (now - refusals_since_ >= 1s) {
        refusals_since_ = now;
        refusals_logged_ = 0;
    }
    if (++refusals_logged_ > refusal_lines_a_second) {
        ++refusals_unlogged_;
        return;
    }
    monitoring::log(level, event,
                    {{"listener", core_.settings.name},
                     {"reason", reason},
                     {"serial", serial},
                     {"left_out", std::exchange(refusals_unlogged_, 0)}});
}

void io_thread::handshake_ended() {
    if (handshakes_-- == core_.settings.handshakes_max) {
        accept_timer_.cancel();
    }
}

std::unique_ptr<exchange> io_thread::take_exchange() {
    if (spare_.empty()) {
        return std::make_unique<exchange>(core_.parsing, bodies_);
    }
    auto taken = std::move(spare_.back());
    spare_.pop_back();
    return taken;
}

void io_thread::give_back(std::unique_ptr<exchange> used) {
    if (spare_.size() < spare_max) {
        used->forget();
        spare_.push_back(std::move(used));
    }
}

asio::awaitable<void> io_thread::tick_loop(io_thread& self) {
    for (;;) {
        boost::system::error_code error;
        self.tick_timer_.expires_after(self.tick_every_);
        co_await self.tick_timer_.async_wait(asio::redirect_error(asio::use_awaitable, error));
        self.tick();
    }
}

void io_thread::tick() {
    const auto now = std::chrono::steady_clock::now();
    const bool crowded = handshakes_ >= core_.settings.handshakes_max;
    for (connection& c : connections_) {
        c.tick(now, crowded);
    }
}

void io_thread::log_escaped(const std::exception_ptr& escaped, std::string_view where) const noexcept {
    if (!escaped) {
        return;
    }
    try {
        std::rethrow_exception(escaped);
    } catch (const std::exception& e) {
        monitoring::log(monitoring::severity::error, "exception_escaped",
                        {{"listener", core_.settings.name}, {"where", where}, {"what", std::string_view(e.what())}});
    } catch (...) {
        monitoring::log(monitoring::severity::error, "exception_escaped",
                        {{"listener", core_.settings.name}, {"where", where}});
    }
}

} // namespace tongban::http
