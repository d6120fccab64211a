// A server on a free port with certificates of its own, and a few routes that tests ask for.
#pragma once

#include "certificates.hpp"
#include "raw_client.hpp"

#include "gateway/http/server.hpp"
#include "monitoring/metrics.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tongban::testing {

// Looks until it holds; false after 20 seconds.
bool eventually(const std::function<bool()>& condition);

// A request with Host and Content-Length.
std::string post(const std::string& path, const std::string& body, const std::string& fields = "");
std::string get(const std::string& path, const std::string& fields = "");

class running_server {
public:
    struct setup {
        http::listener_settings settings{};
        std::function<std::optional<http::turned_away>(const security::certificate_facts&)> judge{};
        std::vector<std::string> revoked{};
        bool with_crl = false;
        long crl_next_update_s = 3600;
        std::vector<http::route> more{}; // routes beside the usual ones
    };
    running_server();
    explicit running_server(setup s);
    ~running_server();

    http::server& server() noexcept { return *server_; }
    monitoring::registry& metrics() noexcept { return metrics_; }
    std::uint16_t port() const { return server_->port(); }
    const authority& ca() const noexcept { return ca_; }
    const identity& client() const noexcept { return client_; }

    raw_client::options as(const std::optional<identity>& who) const;
    std::unique_ptr<raw_client> connect() const;
    // A context like the first one, perhaps with a revocation list.
    std::shared_ptr<const security::tls_context> context(const std::optional<std::string>& crl) const;

    // Value of a series: value("tongban_http_limit_total", "limit=\"header_bytes\""). -1 when there is none.
    double value(const std::string& name, const std::string& label) const;
    bool reaches(const std::string& name, const std::string& label, double wanted) const;
    std::size_t open_connections() const;

    // Lets the handler of GET /v1/gate go on. Callable from any thread.
    void open_gate();
    // True once that many requests are inside that handler.
    bool gate_holds(int requests) const;

private:
    std::vector<http::route> routes();

    folder folder_;
    authority ca_{"Test CA"};
    identity client_;
    monitoring::registry metrics_;
    struct gate;
    std::shared_ptr<gate> gate_;
    std::unique_ptr<http::server> server_;
};

} // namespace tongban::testing
