// OpenSSL's queue of errors is per thread, so it is emptied before each call: an old error would be taken for ours.
#include "gateway/http/stream.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <poll.h>
#include <sys/socket.h>

namespace tongban::http {

namespace {

stream::step of_errno(stream::progress blocked) {
    return {errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? blocked : stream::progress::failed, 0, 0};
}

int bounded(std::size_t size) {
    return static_cast<int>(std::min<std::size_t>(size, std::numeric_limits<int>::max()));
}

} // namespace

stream::stream(int descriptor, ssl_ctx_st* tls) : descriptor_(descriptor), wants_tls_(tls != nullptr) {
    if (wants_tls_) {
        ERR_clear_error();
        ssl_ = SSL_new(tls);
        if (ssl_ != nullptr) {
            SSL_set_fd(ssl_, descriptor);
            SSL_set_accept_state(ssl_);
        }
    }
}

stream::~stream() {
    SSL_free(ssl_);
}

stream::step stream::outcome(int returned) {
    if (returned > 0) {
        return {progress::done, static_cast<std::size_t>(returned), 0};
    }
    switch (SSL_get_error(ssl_, returned)) {
    case SSL_ERROR_WANT_READ: return {progress::want_read, 0, 0};
    case SSL_ERROR_WANT_WRITE: return {progress::want_write, 0, 0};
    case SSL_ERROR_ZERO_RETURN: return {progress::closed, 0, 0};
    default: broken_ = true; return {progress::failed, 0, ERR_peek_error()};
    }
}

stream::step stream::handshake() {
    if (ssl_ == nullptr) {
        return {progress::done, 0, 0};
    }
    ERR_clear_error();
    return outcome(SSL_do_handshake(ssl_));
}

stream::step stream::read(std::span<char> into) {
    if (ssl_ != nullptr) {
        ERR_clear_error();
        return outcome(SSL_read(ssl_, into.data(), bounded(into.size())));
    }
    const ssize_t count = ::recv(descriptor_, into.data(), into.size(), 0);
    if (count > 0) {
        return {progress::done, static_cast<std::size_t>(count), 0};
    }
    return count == 0 ? step{progress::closed, 0, 0} : of_errno(progress::want_read);
}

stream::step stream::write(std::string_view bytes) {
    if (ssl_ != nullptr) {
        ERR_clear_error();
        return outcome(SSL_write(ssl_, bytes.data(), bounded(bytes.size())));
    }
    const ssize_t count = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    return count >= 0 ? step{progress::done, static_cast<std::size_t>(count), 0} : of_errno(progress::want_write);
}

void stream::say_goodbye() noexcept {
    // After a fatal error, or before the end of the handshake, OpenSSL forbids or ignores it.
    if (ssl_ != nullptr && !broken_ && SSL_is_init_finished(ssl_) == 1) {
        ERR_clear_error();
        SSL_shutdown(ssl_);
    }
}

bool stream::has_buffered() const noexcept {
    return ssl_ != nullptr && SSL_has_pending(ssl_) == 1;
}

bool stream::resumed() const noexcept {
    return ssl_ != nullptr && SSL_session_reused(ssl_) == 1;
}

bool stream::peer_has_closed() const noexcept {
    // A recv() that peeks would see only what comes before the end: TLS says goodbye first.
    pollfd end{descriptor_, POLLRDHUP, 0};
    return ::poll(&end, 1, 0) > 0 && (end.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

} // namespace tongban::http
