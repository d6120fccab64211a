#include "tls_server.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/verify_mode.hpp>
#include <boost/asio/write.hpp>

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <array>
#include <cstdlib>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace tongban::testing {

namespace asio = boost::asio;
using error_code = boost::system::error_code;

bool peer::read_some() {
    std::array<char, 16384> part{};
    error_code ec;
    const std::size_t count = over_.read_some(asio::buffer(part), ec);
    buffer_.append(part.data(), count);
    return !ec;
}

std::optional<peer::request> peer::read() {
    std::size_t end = std::string::npos;
    while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
        if (!read_some()) {
            return std::nullopt;
        }
    }
    request r{buffer_.substr(0, end + 2), {}};
    buffer_.erase(0, end + 4);
    const std::string name = "Content-Length: ";
    const std::size_t at = r.head.find(name);
    const std::size_t length =
        at == std::string::npos ? 0 : std::strtoul(r.head.c_str() + at + name.size(), nullptr, 10);
    while (buffer_.size() < length) {
        if (!read_some()) {
            return std::nullopt;
        }
    }
    r.body = buffer_.substr(0, length);
    buffer_.erase(0, length);
    return r;
}

bool peer::send(const std::string& bytes) {
    error_code ec;
    asio::write(over_, asio::buffer(bytes), ec);
    return !ec;
}

bool peer::answer(const std::string& body) {
    return send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
                std::to_string(body.size()) + "\r\n\r\n" + body);
}

void peer::wait_delivered() {
    const int descriptor = over_.next_layer().native_handle();
    // What a peer that is gone did not acknowledge, it never will: the count stays, the state tells.
    const auto is_gone = [descriptor] {
        tcp_info info{};
        socklen_t size = sizeof info;
        return ::getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &info, &size) != 0 || info.tcpi_state == TCP_CLOSE;
    };
    int unacknowledged = 1;
    while (::ioctl(descriptor, SIOCOUTQ, &unacknowledged) == 0 && unacknowledged > 0 && !is_gone()) {
        std::this_thread::yield();
    }
}

void peer::close() {
    // Asio would wait for the other side's close_notify: with nothing to read it does not.
    error_code ec;
    over_.next_layer().shutdown(asio::ip::tcp::socket::shutdown_receive, ec);
    over_.shutdown(ec);
    cut();
}

void peer::cut() {
    error_code ec;
    over_.next_layer().shutdown(asio::ip::tcp::socket::shutdown_both, ec);
    wait_delivered();
}

void peer::reset() {
    error_code ec;
    over_.next_layer().set_option(asio::socket_base::linger(true, 0), ec);
}

void peer::wait_until_closed() {
    while (read_some()) {
    }
}

std::string peer::client_subject() const {
    X509* certificate = SSL_get1_peer_certificate(over_.native_handle());
    if (certificate == nullptr) {
        return {};
    }
    std::array<char, 256> text{};
    X509_NAME_oneline(X509_get_subject_name(certificate), text.data(), static_cast<int>(text.size()));
    X509_free(certificate);
    return text.data();
}

tls_server::tls_server(const settings& s, script run)
    : settings_(s), run_(std::move(run)), context_(asio::ssl::context::tls_server),
      acceptor_(io_, {asio::ip::address_v4::loopback(), 0}), port_(acceptor_.local_endpoint().port()) {
    if (s.tls) {
        context_.use_certificate_chain_file(s.certificate_file.string());
        context_.use_private_key_file(s.key_file.string(), asio::ssl::context::pem);
    }
    if (s.tls_max == "1.2") {
        SSL_CTX_set_max_proto_version(context_.native_handle(), TLS1_2_VERSION);
    }
    if (!s.client_ca_file.empty()) {
        context_.load_verify_file(s.client_ca_file.string());
        context_.set_verify_mode(asio::ssl::verify_peer | asio::ssl::verify_fail_if_no_peer_cert);
    }
    accepting_ = std::thread([this] { accept(); });
}

tls_server::~tls_server() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        // Blocked calls end; each descriptor is closed by the thread that owns it.
        ::shutdown(acceptor_.native_handle(), SHUT_RDWR);
        for (const int descriptor : descriptors_) {
            ::shutdown(descriptor, SHUT_RDWR);
        }
    }
    accepting_.join();
    for (std::thread& session : sessions_) {
        session.join();
    }
}

void tls_server::accept() {
    for (;;) {
        auto socket = std::make_shared<tcp::socket>(io_);
        error_code ec;
        acceptor_.accept(*socket, ec);
        const std::lock_guard lock(mutex_);
        if (ec || stopping_) {
            return;
        }
        descriptors_.insert(socket->native_handle());
        const int number = accepted_++;
        sessions_.emplace_back([this, socket, number, descriptor = socket->native_handle()] {
            serve(*socket, number);
            const std::lock_guard at_end(mutex_);
            descriptors_.erase(descriptor);
            error_code ignored;
            socket->close(ignored);
            ++ended_;
            changed_.notify_all();
        });
    }
}

void tls_server::serve(tcp::socket& socket, int number) {
    peer::stream over(socket, context_);
    peer p(over, number);
    if (settings_.tls) {
        error_code ec;
        over.handshake(asio::ssl::stream_base::server, ec);
        if (ec) {
            return;
        }
        ++shaken_;
        run_(p);
        return;
    }
    std::array<char, 4096> part{};
    error_code ec;
    while (!ec) {
        socket.read_some(asio::buffer(part), ec);
    }
}

void tls_server::wait_ended(int count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return ended_ >= count; });
}

} // namespace tongban::testing
