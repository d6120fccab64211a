// Level-triggered epoll: simple, and the generator's own cost is not what is measured.
#include "load_client.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <arpa/inet.h>
#include <cerrno>
#include <cstdlib>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace tongban::bench {

load_client::~load_client() {
    close();
    SSL_SESSION_free(session_);
}

bool load_client::open(const load_plan& plan, ssl_ctx_st* tls, int epoll, unsigned id) {
    epoll_ = epoll;
    id_ = id;
    keeps_ = true;
    resume_ = plan.resume;
    descriptor_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor_ < 0) {
        return false;
    }
    const int on = 1;
    ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_port = htons(plan.port);
    inet_pton(AF_INET, plan.address.c_str(), &where.sin_addr);
    if (::connect(descriptor_, reinterpret_cast<const sockaddr*>(&where), sizeof where) != 0 && errno != EINPROGRESS) {
        close();
        return false;
    }
    if (tls != nullptr) {
        ssl_ = SSL_new(tls);
        SSL_set_fd(ssl_, descriptor_);
        SSL_set_connect_state(ssl_);
        if (session_ != nullptr) {
            SSL_set_session(ssl_, session_);
        }
    }
    state_ = state::connecting;
    writes_ = true;
    epoll_event wanted{EPOLLIN | EPOLLOUT, {.u32 = id}};
    return ::epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor_, &wanted) == 0;
}

void load_client::close() {
    if (ssl_ != nullptr) {
        if (state_ == state::idle) {
            SSL_shutdown(ssl_);
            if (resume_) {
                SSL_SESSION_free(session_);
                session_ = SSL_get1_session(ssl_);
            }
        }
        SSL_free(ssl_);
        ssl_ = nullptr;
    }
    if (descriptor_ >= 0) {
        ::close(descriptor_);
        descriptor_ = -1;
    }
    in_.clear();
    state_ = state::closed;
}

void load_client::want_write(bool on) {
    if (writes_ != on) {
        writes_ = on;
        epoll_event wanted{EPOLLIN | (on ? EPOLLOUT : 0U), {.u32 = id_}};
        ::epoll_ctl(epoll_, EPOLL_CTL_MOD, descriptor_, &wanted);
    }
}

load_client::event load_client::blocked_or_broken(int returned) {
    if (ssl_ != nullptr) {
        const int error = SSL_get_error(ssl_, returned);
        if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
            want_write(error == SSL_ERROR_WANT_WRITE);
            return event::none;
        }
    } else if (returned < 0 && (errno == EAGAIN || errno == EINTR)) {
        return event::none;
    }
    return event::broken;
}

void load_client::ask(const std::string& bytes, clock::time_point due) {
    out_ = bytes;
    out_at_ = 0;
    due_ = due;
    state_ = state::asking;
}

load_client::event load_client::flush() {
    while (out_at_ < out_.size()) {
        const auto left = static_cast<int>(out_.size() - out_at_);
        ERR_clear_error();
        const auto count = ssl_ != nullptr
                               ? SSL_write(ssl_, out_.data() + out_at_, left)
                               : static_cast<int>(::send(descriptor_, out_.data() + out_at_, static_cast<std::size_t>(left), 0));
        if (count <= 0) {
            if (ssl_ == nullptr) {
                want_write(true);
            }
            return blocked_or_broken(count);
        }
        out_at_ += static_cast<std::size_t>(count);
    }
    want_write(false);
    return event::none;
}

load_client::event load_client::receive() {
    char block[16 * 1024];
    for (;;) {
        ERR_clear_error();
        const auto count = ssl_ != nullptr ? SSL_read(ssl_, block, sizeof block)
                                           : static_cast<int>(::recv(descriptor_, block, sizeof block, 0));
        if (count <= 0) {
            return blocked_or_broken(count);
        }
        received_ += static_cast<std::uint64_t>(count);
        in_.append(block, static_cast<std::size_t>(count));
        if (state_ == state::asking && parse()) {
            state_ = state::idle;
            return event::answered;
        }
    }
}

bool load_client::parse() {
    const std::size_t end = in_.find("\r\n\r\n");
    if (end == std::string::npos) {
        return false;
    }
    const std::string_view head(in_.data(), end + 2);
    const auto find = [&](const char* lower, const char* usual) {
        const std::size_t at = head.find(usual);
        return at != std::string_view::npos ? at : head.find(lower);
    };
    std::size_t whole = end + 4;
    if (const std::size_t at = find("\r\ncontent-length: ", "\r\nContent-Length: "); at != std::string_view::npos) {
        whole += std::strtoul(in_.c_str() + at + 18, nullptr, 10);
    } else if (find("\r\ntransfer-encoding: chunked", "\r\nTransfer-Encoding: chunked") != std::string_view::npos) {
        const std::size_t last = in_.find("\r\n0\r\n\r\n", end);
        if (last == std::string::npos) {
            return false;
        }
        whole = last + 7;
    }
    if (in_.size() < whole) {
        return false;
    }
    status_ = std::atoi(in_.c_str() + 9);
    keeps_ = find("\r\nconnection: close", "\r\nConnection: close") == std::string_view::npos;
    in_.erase(0, whole);
    return true;
}

load_client::event load_client::go_on() {
    if (state_ == state::connecting) {
        if (ssl_ != nullptr) {
            ERR_clear_error();
            if (const int done = SSL_do_handshake(ssl_); done != 1) {
                return blocked_or_broken(done);
            }
        }
        want_write(false);
        state_ = state::idle;
        return event::connected;
    }
    if (state_ == state::asking && out_at_ < out_.size()) {
        if (const event e = flush(); e == event::broken || out_at_ < out_.size()) {
            return e;
        }
    }
    return receive();
}

bool load_client::resumed() const {
    return ssl_ != nullptr && SSL_session_reused(ssl_) == 1;
}

} // namespace tongban::bench
