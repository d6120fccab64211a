// One connection of the load generator: a small state machine over non-blocking OpenSSL.
#pragma once

#include "load_plan.hpp"

#include <chrono>
#include <string>

struct ssl_st;
struct ssl_ctx_st;
struct ssl_session_st;

namespace tongban::bench {

class load_client {
public:
    using clock = std::chrono::steady_clock;
    enum class event { none, connected, answered, broken };

    load_client() = default;
    ~load_client();
    load_client(const load_client&) = delete;

    // `tls` null: plain. Registers with `epoll` under `id`.
    bool open(const load_plan& plan, ssl_ctx_st* tls, int epoll, unsigned id);
    void close();
    // Sends one request; `due` is when it should have gone.
    void ask(const std::string& bytes, clock::time_point due);
    // Goes as far as it can. After `answered` status() and the time are valid.
    event go_on();

    int status() const noexcept { return status_; }
    clock::time_point due() const noexcept { return due_; }
    std::uint64_t received() const noexcept { return received_; }
    bool resumed() const;
    bool keeps() const noexcept { return keeps_; }

private:
    enum class state { closed, connecting, idle, asking };
    event flush();
    event receive();
    bool parse();
    event blocked_or_broken(int returned);
    void want_write(bool on);

    state state_ = state::closed;
    int descriptor_ = -1;
    int epoll_ = -1;
    unsigned id_ = 0;
    bool writes_ = false;
    bool keeps_ = true;
    bool resume_ = false;
    ssl_st* ssl_ = nullptr;
    ssl_session_st* session_ = nullptr;
    std::string out_;
    std::size_t out_at_ = 0;
    std::string in_;
    int status_ = 0;
    std::uint64_t received_ = 0;
    clock::time_point due_;
};

} // namespace tongban::bench
