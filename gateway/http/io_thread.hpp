// One I/O thread: its own io_context, listening socket, connections and memory. Threads share only what is immutable
// or atomic (server_core).
#pragma once

#include "gateway/http/exchange.hpp"
#include "gateway/http/server.hpp"
#include "gateway/http/server_metrics.hpp"
#include "monitoring/log.hpp"
#include "security/live.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>

#include <atomic>
#include <exception>
#include <memory>
#include <string_view>
#include <thread>
#include <vector>

namespace tongban::http {

class connection;
class io_thread;

// What all threads of a server see.
struct server_core {
    server_core(const listener_settings& s, std::shared_ptr<const security::tls_context> first,
                std::vector<route> routes, monitoring::registry& metrics_registry);

    const listener_settings settings;
    const router routing;
    const server_metrics metrics;
    const parser_limits parsing;
    security::live<security::tls_context> tls;
    std::atomic<unsigned> tls_generation{0};
    std::atomic<unsigned> body_generation{0}; // a body that began under an earlier one ends
    std::atomic<std::size_t> connections{0};
    std::function<std::optional<turned_away>(const security::certificate_facts&)> judge;
    std::vector<std::unique_ptr<io_thread>> threads;
};

using connection_hook = boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::safe_link>>;

class io_thread {
public:
    io_thread(server_core& core, unsigned index);
    ~io_thread();
    io_thread(const io_thread&) = delete;

    // Binds and listens; throws boost::system::system_error. Returns the port.
    std::uint16_t listen(std::uint16_t port);
    void start();
    void begin_drain(); // any thread
    void wake_bodies(); // any thread
    void stop();        // any thread: ends run(), whatever is suspended stays so
    void join();

    // Below: on this thread only.
    server_core& core() noexcept { return core_; }
    bool draining() const noexcept { return draining_; }
    void enter(connection& c);
    void leave(connection& c) noexcept;
    // It waits for a request: from now on the last to be closed for others.
    void goes_idle(connection& c) noexcept;
    // One line for a refused connection, unless there were many within this second: a flood of bad handshakes must
    // not push other lines out of the log. The next line tells how many were left out.
    void log_refusal(monitoring::severity level, std::string_view event, std::string_view reason,
                     std::string_view serial);
    void handshake_begins() noexcept { ++handshakes_; }
    void handshake_ended();
    std::unique_ptr<exchange> take_exchange();
    void give_back(std::unique_ptr<exchange> used);
    boost::asio::any_io_executor executor() noexcept { return context_.get_executor(); }

private:
    struct descriptor; // of an accepted socket on its way to another thread
    using tcp = boost::asio::ip::tcp;

    static boost::asio::awaitable<void> accept_loop(io_thread& self);
    static boost::asio::awaitable<void> tick_loop(io_thread& self);
    boost::asio::awaitable<void> slot_free();
    void place(tcp::socket socket);
    bool close_longest_idle();
    void adopt(descriptor d);
    void begin(tcp::socket socket);
    void tick();
    void log_escaped(const std::exception_ptr& escaped, std::string_view where) const noexcept;

    server_core& core_;
    unsigned index_;
    std::chrono::milliseconds tick_every_;
    std::atomic<std::size_t> open_{0};
    std::size_t handshakes_ = 0;
    bool draining_ = false;
    std::chrono::steady_clock::time_point refusals_since_{};
    std::int64_t refusals_logged_ = 0;
    std::int64_t refusals_unlogged_ = 0;
    body_memory bodies_;
    std::vector<std::unique_ptr<exchange>> spare_;
    boost::intrusive::list<connection, boost::intrusive::base_hook<connection_hook>,
                           boost::intrusive::constant_time_size<false>>
        connections_;
    // Destroyed before what is above: its destructor ends the connections that are still suspended.
    boost::asio::io_context context_{1};
    tcp::acceptor acceptor_{context_};
    boost::asio::steady_timer tick_timer_{context_};
    boost::asio::steady_timer accept_timer_{context_};
    std::thread thread_;
};

} // namespace tongban::http
