// Starts and ends the I/O threads of one listener.
#include "gateway/http/server.hpp"

#include "gateway/http/io_thread.hpp"
#include "monitoring/log.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <algorithm>
#include <csignal>
#include <stdexcept>
#include <sys/resource.h>
#include <thread>

namespace tongban::http {

namespace asio = boost::asio;

namespace {

// With SO_REUSEPORT a second gateway would silently take half of our connections: find out first.
void refuse_if_taken(const asio::ip::tcp::endpoint& where) {
    asio::io_context context(1);
    asio::ip::tcp::acceptor probe(context);
    probe.open(where.protocol());
    probe.set_option(asio::ip::tcp::acceptor::reuse_address(true));
    probe.bind(where);
}

// Each connection is a descriptor; the usual soft limit of 1024 is far below connections_max.
void raise_descriptor_limit(std::size_t wanted) {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted) {
        return;
    }
    limit.rlim_cur = std::min<rlim_t>(wanted, limit.rlim_max);
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur < wanted) {
        monitoring::log(monitoring::severity::warning, "descriptor_limit_low",
                        {{"limit", static_cast<std::int64_t>(limit.rlim_cur)},
                         {"wanted", static_cast<std::int64_t>(wanted)}});
    }
}

} // namespace

struct server::state {
    state(const listener_settings& settings, std::shared_ptr<const security::tls_context> tls,
          std::vector<route> routes, monitoring::registry& metrics)
        : core(settings, std::move(tls), std::move(routes), metrics) {}
    ~state() {
        for (const auto& thread : core.threads) {
            thread->stop();
        }
        for (const auto& thread : core.threads) {
            thread->join();
        }
    }

    server_core core;
    std::uint16_t port = 0;
};

server::server(const listener_settings& settings, std::shared_ptr<const security::tls_context> tls,
               std::vector<route> routes, monitoring::registry& metrics) {
    if (settings.mutual_tls && tls == nullptr) {
        throw std::invalid_argument("listener " + settings.name + ": mutual TLS needs a certificate");
    }
    std::signal(SIGPIPE, SIG_IGN);
    raise_descriptor_limit(settings.connections_max + 512);
    state_ = std::make_unique<state>(settings, std::move(tls), std::move(routes), metrics);
    const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
    const unsigned count = settings.threads != 0 ? settings.threads : cores;
    state_->port = settings.port;
    try {
        refuse_if_taken({asio::ip::make_address(settings.address), settings.port});
        for (unsigned i = 0; i < count; ++i) {
            state_->core.threads.push_back(std::make_unique<io_thread>(state_->core, i));
            state_->port = state_->core.threads.back()->listen(state_->port);
        }
    } catch (const boost::system::system_error& e) {
        throw std::runtime_error("listener " + settings.name + ": cannot listen on " + settings.address + ":" +
                                 std::to_string(settings.port) + ": " + e.code().message());
    }
}

server::~server() = default;

void server::start() {
    for (const auto& thread : state_->core.threads) {
        thread->start();
    }
}

std::uint16_t server::port() const noexcept {
    return state_->port;
}

void server::reload_tls(std::shared_ptr<const security::tls_context> tls) {
    state_->core.tls.set(std::move(tls));
    state_->core.tls_generation.fetch_add(1, std::memory_order_release);
    end_streams();
}

void server::end_streams() {
    state_->core.body_generation.fetch_add(1, std::memory_order_relaxed);
    for (const auto& thread : state_->core.threads) {
        thread->wake_bodies();
    }
}

void server::on_connection(std::function<std::optional<turned_away>(const security::certificate_facts&)> judge) {
    state_->core.judge = std::move(judge);
}

void server::drain(std::chrono::milliseconds wait) {
    using namespace std::chrono_literals;
    const auto until = std::chrono::steady_clock::now() + wait;
    for (const auto& thread : state_->core.threads) {
        thread->begin_drain();
    }
    while (state_->core.connections.load() != 0 && std::chrono::steady_clock::now() < until) {
        std::this_thread::sleep_for(5ms);
    }
    if (const std::size_t left = state_->core.connections.load(); left != 0) {
        monitoring::log(monitoring::severity::warning, "drain_incomplete",
                        {{"listener", state_->core.settings.name}, {"connections", static_cast<std::int64_t>(left)}});
    }
    for (const auto& thread : state_->core.threads) {
        thread->stop();
    }
    for (const auto& thread : state_->core.threads) {
        thread->join();
    }
}

} // namespace tongban::http
