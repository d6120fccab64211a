// A non-blocking TLS or plain byte stream over a descriptor. It never waits: it says what to wait for, and the caller
// waits on the socket. OpenSSL reads the descriptor itself, so no buffer of ours lives while a connection is idle.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

struct ssl_st;
struct ssl_ctx_st;

namespace tongban::http {

class stream {
public:
    enum class progress {
        done,       // see count
        want_read,  // wait until the descriptor is readable, call again
        want_write, // wait until it is writable, call again
        closed,     // the peer ended in good order
        failed,     // broken: see error
    };
    struct step {
        progress state = progress::failed;
        std::size_t count = 0;
        unsigned long error = 0; // OpenSSL's code; 0 for a socket error
    };

    // `descriptor` stays the caller's and must be non-blocking. `tls` null: plain.
    stream(int descriptor, ssl_ctx_st* tls);
    ~stream();
    stream(const stream&) = delete;
    stream& operator=(const stream&) = delete;

    // False when OpenSSL could not make its part (memory).
    bool usable() const noexcept { return !wants_tls_ || ssl_ != nullptr; }
    step handshake();
    step read(std::span<char> into);
    step write(std::string_view bytes);
    // Tells the peer that nothing more follows (close_notify); one attempt, does not wait.
    void say_goodbye() noexcept;
    // True when bytes were received that no wait on the descriptor would report.
    bool has_buffered() const noexcept;
    bool resumed() const noexcept;
    // The peer sends nothing more, whatever is still to be read. Does not read.
    bool peer_has_closed() const noexcept;
    ssl_st* native() const noexcept { return ssl_; }

private:
    step outcome(int returned);

    int descriptor_;
    bool wants_tls_;
    bool broken_ = false;
    ssl_st* ssl_ = nullptr;
};

} // namespace tongban::http
