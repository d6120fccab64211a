// A TLS server on loopback whose every connection runs a script of the test, on a thread of its own with
// blocking calls: it answers, misbehaves and hangs exactly as written.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace tongban::testing {

// One connection after its handshake, as the script sees it.
class peer {
public:
    using stream = boost::asio::ssl::stream<boost::asio::ip::tcp::socket&>;
    struct request {
        std::string head;
        std::string body;
    };
    peer(stream& over, int number) : over_(over), number_(number) {}

    int number() const { return number_; } // 0: the server's first connection
    // Nothing when the client closed.
    std::optional<request> read();
    // One portion of whatever comes. False when the client closed.
    bool read_some();
    // False when the client is gone.
    bool send(const std::string& bytes);
    // Status 200 and this body; kept open.
    bool answer(const std::string& body);
    // Waits until the client's system has everything that was sent, its program need not have read it.
    void wait_delivered();
    // close_notify and FIN; delivered on return.
    void close();
    // FIN without close_notify; delivered on return.
    void cut();
    // RST, as soon as the script ends: it shall do nothing more.
    void reset();
    // Until the client closed.
    void wait_until_closed();
    std::string client_subject() const;

private:
    stream& over_;
    int number_;
    std::string buffer_;
};

class tls_server {
public:
    using script = std::function<void(peer&)>;
    struct settings {
        std::filesystem::path certificate_file;
        std::filesystem::path key_file;
        std::filesystem::path client_ca_file{}; // empty: no client certificate is asked for
        bool tls = true;                        // false: accepts, and says nothing
        std::string tls_max{};                  // "1.2": no TLS 1.3
    };
    tls_server(const settings& s, script run);
    ~tls_server();
    tls_server(const tls_server&) = delete;
    tls_server& operator=(const tls_server&) = delete;

    std::uint16_t port() const { return port_; }
    int accepted() const { return accepted_; }
    // Waits until this many connections have ended, with or without a handshake.
    void wait_ended(int count);
    int shaken() const { return shaken_; }

private:
    using tcp = boost::asio::ip::tcp;
    void accept();
    void serve(tcp::socket& socket, int number);

    settings settings_;
    script run_;
    boost::asio::io_context io_;
    boost::asio::ssl::context context_;
    tcp::acceptor acceptor_;
    std::uint16_t port_ = 0;
    std::atomic<int> accepted_{0};
    std::atomic<int> shaken_{0};
    std::mutex mutex_;
    std::condition_variable changed_;
    std::set<int> descriptors_;
    int ended_ = 0;
    bool stopping_ = false;
    std::vector<std::thread> sessions_; // of the accepting thread, until it ended
    std::thread accepting_;
};

} // namespace tongban::testing
