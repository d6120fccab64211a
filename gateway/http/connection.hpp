// One client connection, from the handshake to the last byte. One coroutine runs it; every step that may block is a
// plain function that says what to wait for, so an idle connection is one small frame and no buffers.
#pragma once

#include "gateway/http/arriving.hpp"
#include "gateway/http/io_thread.hpp"
#include "gateway/http/refusals.hpp"
#include "gateway/http/stream.hpp"
#include "gateway/http/streamed_body.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <memory>
#include <optional>

namespace tongban::http {

class connection : public connection_hook {
public:
    using clock = std::chrono::steady_clock;

    // `tls` null: plain HTTP. The socket is non-blocking and belongs to the thread's context.
    connection(io_thread& thread, boost::asio::ip::tcp::socket socket, const security::tls_context* tls,
               unsigned tls_generation);
    ~connection();
    connection(const connection&) = delete;

    static boost::asio::awaitable<void> run(std::unique_ptr<connection> self);

    // From the thread's timer. `crowded`: all handshake slots are taken, so slow ones are cut early.
    void tick(clock::time_point now, bool crowded);
    // Ends it when nothing is under way.
    void drain();
    // Ends it, and says so, when it waits for a request.
    bool give_way();
    // A body that is being streamed looks around: its source has more, or the server wants it to end.
    void wake_body();

private:
    friend class arriving;
    enum class phase { handshake, idle, head, body, handling, writing, streaming, lingering };
    enum class cause { none, timeout, drain, crowded_out };

    boost::asio::awaitable<bool> handshake();
    boost::asio::awaitable<bool> serve();
    boost::asio::awaitable<void> finish();
    // Of a streamed body: what comes behind the head, until its end. True when another request may follow.
    boost::asio::awaitable<bool> send_body();
    boost::asio::awaitable<bool> flush_body();
    // Whether the client sees where a streamed body ends without the connection's end, and said nothing more yet.
    bool may_follow(const response& answer) const;
    void take_body(response& answer, bool chunked);
    std::optional<body_end> end_of_body() const;
    body_source::state make_piece(std::optional<body_end> end);
    stream::progress hear_out(); // reads what the client says while nothing is asked of it
    // True when all of a body of known length was sent and the client said nothing meanwhile.
    bool end_body(body_end end);

    // Waits as the stream asked. Look at ended() behind it.
    boost::asio::awaitable<void> ready(stream::progress what);
    static bool blocked(stream::progress p) noexcept {
        return p == stream::progress::want_read || p == stream::progress::want_write;
    }
    bool ended() const noexcept { return stop_ != cause::none || wait_error_.failed(); }
    void watch(phase p, std::chrono::milliseconds at_most);
    void unwatch(phase p) noexcept;
    void stop(cause why);
    void count(limit l) const noexcept;

    void handshake_result(const stream::step& last);
    void admit();
    // The connection ends with its next answer.
    void turn_away(turned_away why, std::string_view reason);

    exchange& begin_request();
    // Leaves so many bytes of the answer; the connection ends with a reset.
    void cut(std::size_t after, std::string_view& rest);
    // True when another request may follow on this connection.
    bool end_request(bool written, bool keep);
    // Nobody is left to answer: closed or broken, and not because a deadline ran out.
    bool gone(stream::progress last) const noexcept {
        return last != stream::progress::done && stop_ != cause::timeout;
    }
    boost::asio::awaitable<stream::progress> await_input(stream::progress last, request_parser::progress goal);
    boost::asio::awaitable<stream::progress> await_output(stream::progress last, std::string_view rest);
    boost::asio::awaitable<void> invite(); // 100 Continue
    boost::asio::awaitable<void> say(std::string interim);
    boost::asio::awaitable<bool> take_whole_body(std::optional<refusals::refusal>& refused);
    boost::asio::awaitable<response> handle();
    bool body_arrives() const;
    // False: nobody is left to be answered.
    bool end_arriving(response& answer, bool& whole);

    // Reads and parses until the parser reached `goal` (done), or says what to wait for.
    stream::progress pump(request_parser::progress goal);
    // Reads and parses until so much of the body is there (done), or its end or a fault; else says what to wait for.
    stream::progress pump_piece(std::size_t bytes);
    // Writes what is left of the answer; `rest` follows the exchange's own block.
    stream::progress push(std::string_view rest);
    // After pump: why the request cannot go on, if so.
    std::optional<refusals::refusal> broken(stream::progress last, limit timeout);
    // Looks at the whole head: route, bounds, codings. Fills the request.
    std::optional<refusals::refusal> inspect();
    // Whether who shook hands may still ask: certificates end, and lists change, while a connection is open.
    std::optional<refusals::refusal> inspect_certificate();
    std::optional<refusals::refusal> inspect_body(const route& wanted);
    void name_request();
    response refuse(const refusals::refusal& r);
    response answer_options();
    response after_exception(const std::exception_ptr& thrown);
    bool may_keep(bool whole) const;
    void account(const response& answer);

    io_thread& thread_;
    boost::asio::ip::tcp::socket socket_;
    stream stream_;
    std::unique_ptr<exchange> exchange_; // null while idle
    std::unique_ptr<streamed_body> body_; // null unless one is being sent
    std::unique_ptr<arriving> arriving_; // null unless a handler reads its body while it arrives
    std::shared_ptr<const security::certificate_facts> certificate_;
    clock::time_point deadline_ = clock::time_point::max();
    clock::time_point crowded_deadline_ = clock::time_point::max();
    boost::system::error_code wait_error_;
    std::size_t route_ = router::npos;
    std::uint32_t methods_ = 0;  // what the path answers
    std::size_t out_at_ = 0;     // bytes of the answer written
    unsigned turns_ = 0;         // requests since the last wait
    unsigned tls_generation_; // of the handshake
    unsigned body_generation_ = 0; // when the handler was called
    phase phase_ = phase::handshake;
    cause stop_ = cause::none;
    std::optional<turned_away> turned_away_;
    bool linger_ = false;
};

} // namespace tongban::http
