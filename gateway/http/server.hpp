// The HTTPS server: one io_context per I/O thread with SO_REUSEPORT, nothing shared between them. HTTP/1.1 over our
// own TLS stream. Every read, request, body, header and connection count has a bound here and a metric when it bites.
#pragma once

#include "gateway/http/message.hpp"
#include "gateway/http/server_metrics.hpp"
#include "monitoring/metrics.hpp"
#include "security/tls_context.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tongban::http {

struct listener_settings {
    std::string name = "gateway";        // label "listener" of the metrics: gateway | operations
    std::string address = "127.0.0.1";
    std::uint16_t port = 8443;           // 0: chosen free, see port()
    bool mutual_tls = true;              // false: plain HTTP, loopback operations listener only
    unsigned threads = 0;                // I/O threads; 0: one per core
    std::size_t connections_max = 10000;  // a further one ends the one that idled longest, or is closed at once
    std::size_t handshakes_max = 64;     // at once, per thread; further ones wait in the accept queue
    std::size_t header_bytes_max = 16UL * 1024;          // request line and fields together; then 431
    std::size_t target_bytes_max = 8UL * 1024;           // then 414
    std::size_t body_bytes_max = 4UL * 1024 * 1024;      // as sent and after inflation
    std::size_t body_memory_max = 256UL * 1024 * 1024;   // all bodies being received or handled together; then 503
    std::chrono::milliseconds handshake_timeout{10000};
    std::chrono::milliseconds header_timeout{10000};   // from first byte to end of headers
    std::chrono::milliseconds body_timeout{30000};     // whole body
    std::chrono::milliseconds idle_timeout{75000};     // keep-alive
    std::chrono::milliseconds write_timeout{30000};    // a client that never reads
    std::chrono::milliseconds request_timeout{5000};   // given to handlers as request.deadline
    std::chrono::milliseconds linger_timeout{2000};    // after a refusal, for a client that is still sending
};

class server {
public:
    // `tls` may be null only without mutual_tls. Throws std::runtime_error when the address cannot be bound (also when
    // another process listens there) and std::invalid_argument for routes that contradict each other.
    // Ignores SIGPIPE for the process: OpenSSL writes to sockets that peers may have closed.
    server(const listener_settings& settings, std::shared_ptr<const security::tls_context> tls,
           std::vector<route> routes, monitoring::registry& metrics);
    ~server();

    void start();
    std::uint16_t port() const noexcept;
    // New connections use it. Established ones finish what they are at; their next answer says Connection: close, so
    // that a client whose certificate was revoked in between does not stay for days.
    void reload_tls(std::shared_ptr<const security::tls_context> tls);
    // What is being streamed ends in good order: whoever may still have it comes again. For when partners or dialects
    // were read anew; reload_tls does it too.
    void end_streams();
    // Asked once per connection after the handshake, on its thread, why it is turned away (403 to its first request, then
    // closed); nothing lets it in. Set before start().
    void on_connection(std::function<std::optional<turned_away>(const security::certificate_facts&)> judge);

    // Stops accepting, lets requests under way finish (answers carry Connection: close), closes idle connections;
    // returns when all are gone or at the deadline. Then the threads end. What handlers wait for outside the server must
    // be settled or destroyed before the server is: a suspended handler dies with it.
    void drain(std::chrono::milliseconds wait);

private:
    struct state;
    std::unique_ptr<state> state_;
};

} // namespace tongban::http
