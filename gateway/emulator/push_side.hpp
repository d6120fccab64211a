// The platform as a server: takes the gateway's pushes and answers as the city does, or as badly as it was told to.
#pragma once

#include "gateway/emulator/city.hpp"
#include "gateway/http/server.hpp"

namespace tongban::emulator {

struct push_side_settings {
    std::string address = "127.0.0.1";
    std::uint16_t port = 0;
    std::vector<std::string> paths;             // where it is called, without queries
    security::tls_settings tls;                 // its own certificate, and who may call
    std::chrono::milliseconds silence{10'500};  // what a caller waits at most: no answer for so long is none
};

class push_side {
public:
    // Throws std::runtime_error when the address is taken or a certificate cannot be read.
    push_side(const push_side_settings& settings, city& serves);
    ~push_side();

    void start();
    void stop();
    std::uint16_t port() const;

private:
    boost::asio::awaitable<http::response> receive(http::request& request);

    const push_side_settings settings_;
    city& city_;
    monitoring::registry metrics_; // the server wants one; nobody scrapes an emulator
    std::unique_ptr<http::server> server_;
};

} // namespace tongban::emulator
