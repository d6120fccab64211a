// Blocking sockets and OpenSSL, nothing of the server under test.
#include "raw_client.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <arpa/inet.h>
#include <csignal>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace tongban::testing {

namespace {

template <class T, class Read>
T* from_pem(const std::string& text, Read read) {
    BIO* bio = BIO_new_mem_buf(text.data(), static_cast<int>(text.size()));
    T* value = read(bio, nullptr, nullptr, nullptr);
    BIO_free(bio);
    return value;
}

std::string lower(std::string_view text) {
    std::string result(text);
    std::ranges::transform(result, result.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return result;
}

std::string last_error() {
    const unsigned long code = ERR_get_error();
    const char* reason = code != 0 ? ERR_reason_error_string(code) : nullptr;
    ERR_clear_error();
    return reason != nullptr ? reason : "";
}

answer parse_head(const std::string& head) {
    answer a;
    a.head = head;
    a.status = std::stoi(head.substr(9, 3));
    std::size_t at = head.find("\r\n") + 2;
    for (std::size_t end = head.find("\r\n", at); end > at && end != std::string::npos; end = head.find("\r\n", at)) {
        const std::string line = head.substr(at, end - at);
        const std::size_t colon = line.find(": ");
        a.fields[lower(line.substr(0, colon))] = line.substr(colon + 2);
        at = end + 2;
    }
    return a;
}

} // namespace

bool answer::closes() const {
    return field("connection") == "close";
}

std::string answer::field(const std::string& name) const {
    const auto found = fields.find(name);
    return found == fields.end() ? "" : found->second;
}

raw_client::raw_client(std::uint16_t port, const options& o) {
    std::signal(SIGPIPE, SIG_IGN);
    descriptor_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const timeval patience{o.patience.count(), 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(descriptor_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    const int on = 1;
    ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (o.receive_buffer > 0) {
        ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVBUF, &o.receive_buffer, sizeof o.receive_buffer);
    }
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_port = htons(port);
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(descriptor_, reinterpret_cast<const sockaddr*>(&where), sizeof where) != 0) {
        return;
    }
    if (o.trusted.empty()) {
        connected_ = true;
    } else {
        handshake(o);
    }
}

void raw_client::handshake(const options& o) {
    context_ = SSL_CTX_new(TLS_client_method());
    // So weak that the server's own choice is what a test sees.
    SSL_CTX_set_security_level(context_, 0);
    if (o.version_max != 0) {
        SSL_CTX_set_min_proto_version(context_, TLS1_VERSION);
        SSL_CTX_set_max_proto_version(context_, o.version_max);
    }
    if (!o.cipher_list.empty()) {
        SSL_CTX_set_cipher_list(context_, o.cipher_list.c_str());
    }
    X509* trusted = from_pem<X509>(o.trusted, &PEM_read_bio_X509);
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context_), trusted);
    X509_free(trusted);
    SSL_CTX_set_verify(context_, SSL_VERIFY_PEER, nullptr);
    if (o.own) {
        X509* certificate = from_pem<X509>(o.own->certificate, &PEM_read_bio_X509);
        EVP_PKEY* key = from_pem<EVP_PKEY>(o.own->key, &PEM_read_bio_PrivateKey);
        SSL_CTX_use_certificate(context_, certificate);
        SSL_CTX_use_PrivateKey(context_, key);
        X509_free(certificate);
        EVP_PKEY_free(key);
    }
    ssl_ = SSL_new(context_);
    SSL_set_fd(ssl_, descriptor_);
    if (o.session != nullptr) {
        SSL_set_session(ssl_, o.session);
    }
    ERR_clear_error();
    connected_ = SSL_connect(ssl_) == 1;
    if (!connected_) {
        error_ = last_error();
    }
}

raw_client::~raw_client() {
    if (connected_ && ssl_ != nullptr) {
        SSL_shutdown(ssl_); // without it OpenSSL spoils the session for resumption
    }
    SSL_free(ssl_);
    SSL_CTX_free(context_);
    if (descriptor_ >= 0) {
        ::close(descriptor_);
    }
}

bool raw_client::send(std::string_view bytes) {
    while (connected_ && !bytes.empty()) {
        ERR_clear_error();
        const auto count = ssl_ != nullptr ? SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()))
                                           : static_cast<int>(::send(descriptor_, bytes.data(), bytes.size(), 0));
        if (count <= 0) {
            error_ = last_error();
            return false;
        }
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return connected_;
}

bool raw_client::more() {
    if (!connected_) {
        return false;
    }
    char block[16 * 1024];
    ERR_clear_error();
    const auto count = ssl_ != nullptr ? SSL_read(ssl_, block, sizeof block)
                                       : static_cast<int>(::recv(descriptor_, block, sizeof block, 0));
    if (count <= 0) {
        error_ = last_error();
        if (errno == EAGAIN || errno == EWOULDBLOCK) {
            error_ = "waited too long";
        }
        return false;
    }
    buffer_.append(block, static_cast<std::size_t>(count));
    return true;
}

answer raw_client::read(bool head_only) {
    std::size_t end = 0;
    while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
        if (!more()) {
            return {};
        }
    }
    answer a = parse_head(buffer_.substr(0, end + 4));
    buffer_.erase(0, end + 4);
    const std::string length = a.field("content-length");
    const std::size_t size = head_only || length.empty() ? 0 : std::stoul(length);
    while (buffer_.size() < size) {
        if (!more()) {
            return {};
        }
    }
    a.body = buffer_.substr(0, size);
    buffer_.erase(0, size);
    return a;
}

std::string raw_client::chunk() {
    std::size_t end = 0;
    while ((end = buffer_.find("\r\n")) == std::string::npos) {
        if (!more()) {
            return {};
        }
    }
    const std::size_t size = std::stoul(buffer_.substr(0, end), nullptr, 16);
    const std::size_t whole = end + 2 + size + 2;
    while (buffer_.size() < whole) {
        if (!more()) {
            return {};
        }
    }
    std::string piece = buffer_.substr(end + 2, size);
    buffer_.erase(0, whole);
    return piece;
}

std::string raw_client::rest() {
    while (more()) {
    }
    return std::exchange(buffer_, {});
}

bool raw_client::at_end() {
    return buffer_.empty() && !more() && error_ != "waited too long";
}

bool raw_client::resumed() const {
    return SSL_session_reused(ssl_) == 1;
}

std::string raw_client::cipher() const {
    return SSL_get_cipher_name(ssl_);
}

ssl_session_st* raw_client::session() const {
    return SSL_get1_session(ssl_);
}

void free_session(ssl_session_st* session) {
    SSL_SESSION_free(session);
}

} // namespace tongban::testing
