// A passed deadline closes the socket, and the waiting operation ends: nothing is raced, and setting a
// deadline costs no timer operation while an earlier one is still set. (The g++ 12 trap: co_await only as a
// whole initialiser.)
#include "connectors/push/connection.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <array>

namespace tongban::push {

namespace asio = boost::asio;
using boost::system::error_code;
using boost::system::result;

namespace {

constexpr auto awaited = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t addresses_max = 8;
constexpr std::size_t read_bytes = 16UL * 1024; // one TLS record

// A cancellation that came while no operation was waiting stops none: it is looked for before each.
asio::awaitable<bool> not_wanted() {
    const auto state = co_await asio::this_coro::cancellation_state;
    co_return state.cancelled() != asio::cancellation_type::none;
}

bool is_tls(error_code ec) {
    return ec.category() == asio::error::get_ssl_category();
}

bool is_end(error_code ec) {
    return ec == asio::error::eof || ec == asio::ssl::error::stream_truncated;
}

errc of_connect(error_code ec) {
    if (ec == asio::error::connection_refused) {
        return errc::connection_refused;
    }
    return ec == asio::error::timed_out ? errc::connect_timeout : errc::unreachable;
}

errc of_refusal(security::target_refusal why) {
    switch (why) {
    case security::target_refusal::none:
        break;
    case security::target_refusal::untrusted:
        return errc::certificate_untrusted;
    case security::target_refusal::expired:
        return errc::certificate_expired;
    case security::target_refusal::revoked:
        return errc::certificate_revoked;
    case security::target_refusal::wrong_name:
        return errc::certificate_wrong_name;
    case security::target_refusal::not_pinned:
        return errc::certificate_not_pinned;
    }
    return errc::tls_failed;
}

} // namespace

// A look-up in Asio's resolver thread cannot be stopped: the waiting coroutine lets go of it instead.
struct connection::lookup {
    explicit lookup(const asio::any_io_executor& executor) : done(executor) {}
    asio::steady_timer done; // cancelled when finished
    std::vector<tcp::endpoint> found;
    error_code ec;
    bool finished = false;
};

connection::connection(const asio::any_io_executor& strand, const push_target& settings,
                       const push_address& to, std::shared_ptr<const security::client_tls> tls,
                       std::vector<tcp::endpoint>& known)
    : settings_(settings), to_(to), tls_(std::move(tls)), known_(known), socket_(strand), resolver_(strand),
      timer_(strand) {}

// The step now beginning may take this long.
void connection::allow(std::chrono::milliseconds step) {
    due_ = std::min(clock::now() + step, total_due_);
    if (timer_.expiry() > due_ || timer_.expiry() == clock::time_point()) {
        watch();
    }
}

void connection::watch() {
    timer_.expires_at(due_);
    timer_.async_wait([weak = weak_from_this()](error_code ec) {
        const auto self = weak.lock();
        if (ec || !self) {
            return;
        }
        if (clock::now() >= self->due_) {
            self->give_up();
        } else if (self->due_ != clock::time_point::max()) {
            self->watch();
        } else {
            self->timer_.expires_at(clock::time_point()); // idle: set again by the next request
        }
    });
}

void connection::give_up() {
    passed_ = due_ >= total_due_ ? limit::total : limit::step;
    timer_.expires_at(clock::time_point());
    error_code ignored;
    socket_.close(ignored);
}

void connection::close() {
    closed_ = true;
    if (lookup_) {
        lookup_->done.cancel();
    }
    error_code ignored;
    socket_.close(ignored);
}

connection::failure connection::failed(errc otherwise, errc step, bool reached,
                                       const std::string& reason) const {
    errc code = otherwise;
    std::string why = reason;
    if (closed_) {
        code = errc::closed;
    } else if (passed_ != limit::none) {
        code = passed_ == limit::total ? errc::total_timeout : step;
        why.clear();
    } else if (otherwise == errc::cancelled) {
        why.clear();
    }
    std::string text = to_.host_field + ": " + make_error_code(code).message();
    if (!why.empty()) {
        text += " (" + why + ')';
    }
    return {code, reached, std::move(text)};
}

connection::failure connection::failed(error_code ec, errc otherwise, errc step, bool reached) const {
    return failed(ec == asio::error::operation_aborted ? errc::cancelled : otherwise, step, reached,
                  ec.message());
}

asio::awaitable<result<void, push_failure>> connection::open(clock::time_point total_due) {
    total_due_ = total_due;
    auto connected = co_await connect();
    if (!connected) {
        co_return connected;
    }
    auto shaken = co_await handshake();
    due_ = clock::time_point::max();
    co_return shaken;
}

asio::awaitable<result<std::vector<connection::tcp::endpoint>, push_failure>> connection::resolve() {
    error_code not_numeric;
    const auto address = asio::ip::make_address(to_.host, not_numeric);
    if (!not_numeric) {
        co_return std::vector<tcp::endpoint>{{address, to_.port}};
    }
    lookup_ = std::make_shared<lookup>(socket_.get_executor());
    const auto asked = lookup_;
    // With addresses to fall back on, half of the time must remain for connecting.
    asked->done.expires_at(known_.empty() ? due_ : clock::now() + (due_ - clock::now()) / 2);
    resolver_.async_resolve(
        to_.host, std::to_string(to_.port), tcp::resolver::numeric_service,
        asio::bind_executor(socket_.get_executor(), [asked](error_code ec, const auto& all) {
            asked->ec = ec;
            for (const auto& one : all) {
                asked->found.push_back(one.endpoint());
            }
            asked->finished = true;
            asked->done.cancel();
        }));
    const auto [woken] = co_await asked->done.async_wait(awaited);
    lookup_.reset();
    if (asked->finished && !asked->ec && !asked->found.empty()) {
        asked->found.resize(std::min(asked->found.size(), addresses_max));
        known_ = std::move(asked->found);
        co_return known_;
    }
    const bool failed_by_itself = asked->finished || !woken;
    if (failed_by_itself && !known_.empty() && !closed_) {
        co_return known_;
    }
    if (asked->finished) {
        co_return failed(errc::not_resolved, errc::connect_timeout, false, asked->ec.message());
    }
    if (!woken) { // our own wait ran out; whether the connection's timer noticed already makes no difference
        passed_ = due_ >= total_due_ ? limit::total : limit::step;
    }
    co_return failed(errc::cancelled, errc::connect_timeout, false, "");
}

asio::awaitable<result<void, push_failure>> connection::connect() {
    const auto connect_due = std::min(clock::now() + settings_.connect_deadline, total_due_);
    allow(settings_.connect_deadline);
    auto addresses = co_await resolve();
    if (!addresses) {
        co_return addresses.error();
    }
    failure last;
    for (std::size_t i = 0; i < addresses->size() && !closed_; ++i) {
        // Each address gets its share of what is left: one that swallows packets must not starve the others.
        const auto left = std::max(connect_due - clock::now(), clock::duration::zero());
        const auto share = left / static_cast<int>(addresses->size() - i);
        allow(std::chrono::ceil<std::chrono::milliseconds>(share));
        passed_ = limit::none;
        error_code ignored;
        socket_.close(ignored);
        const auto [ec] = co_await socket_.async_connect((*addresses)[i], awaited);
        if (!ec && passed_ == limit::none && !closed_) {
            socket_.set_option(tcp::no_delay(true), ignored);
            socket_.non_blocking(true, ignored);
            co_return result<void, push_failure>();
        }
        last = failed(ec, of_connect(ec), errc::connect_timeout, false);
        if (last.code == errc::cancelled || last.code == errc::total_timeout) {
            break;
        }
    }
    co_return last;
}

asio::awaitable<result<void, push_failure>> connection::handshake() {
    ssl_st* ssl = tls_->connect_to(to_.expected);
    if (ssl == nullptr) {
        co_return failed(errc::tls_failed, errc::tls_timeout, false, "out of memory");
    }
    stream_.emplace(socket_, ssl);
    allow(settings_.tls_deadline);
    const auto [ec] = co_await stream_->async_handshake(asio::ssl::stream_base::client, awaited);
    if (!ec && passed_ == limit::none && !closed_) {
        target_serial_ = security::target_serial(ssl);
        co_return result<void, push_failure>();
    }
    // OpenSSL's reason for a refused certificate is the same for all of them; the code says more.
    const errc refusal = of_refusal(security::refusal_of(ssl));
    if (refusal != errc::tls_failed) {
        co_return failed(refusal, errc::tls_timeout, false, "");
    }
    co_return failed(ec, errc::tls_failed, errc::tls_timeout, false);
}

asio::awaitable<connection::attempt> connection::exchange(std::string_view head, std::string_view body,
                                                          clock::time_point total_due) {
    attempt now;
    total_due_ = total_due;
    const auto self = shared_from_this();
    const error_code sent = co_await send(head, body, now);
    co_await receive(now, sent);
    due_ = clock::time_point::max();
    if (!now.reusable) {
        error_code ignored;
        socket_.close(ignored);
    }
    co_return now;
}

asio::awaitable<error_code> connection::send(std::string_view head, std::string_view body, attempt& now) {
    while (!head.empty() || !body.empty()) {
        if (co_await not_wanted()) {
            co_return asio::error::operation_aborted;
        }
        const std::array<asio::const_buffer, 2> parts{asio::buffer(head), asio::buffer(body)};
        allow(settings_.read_deadline);
        const auto [ec, count] = co_await stream_->async_write_some(parts, awaited);
        now.bytes_sent += count;
        if (ec) {
            co_return ec;
        }
        const std::size_t of_head = std::min(count, head.size());
        head.remove_prefix(of_head);
        body.remove_prefix(count - of_head);
    }
    co_return error_code();
}

// After a failed sending too: a target may refuse a message before it has read all of it.
asio::awaitable<void> connection::receive(attempt& now, error_code sent) {
    answer_parser parser(settings_.answer_bytes_max);
    auto state = answer_parser::state::more;
    const auto buffer = std::make_unique_for_overwrite<std::array<char, read_bytes>>();
    error_code ec = sent == asio::error::operation_aborted ? sent : error_code();
    while (!ec && state == answer_parser::state::more) {
        allow(settings_.read_deadline);
        if (co_await not_wanted()) {
            ec = asio::error::operation_aborted;
            break;
        }
        const auto [failed_read, count] = co_await stream_->async_read_some(asio::buffer(*buffer), awaited);
        ec = failed_read;
        now.bytes_received += count;
        state = parser.feed(std::string_view(buffer->data(), count));
    }
    if (ec == asio::error::eof) {
        state = parser.feed_end();
    }
    now.answer_begun = parser.begun();
    switch (state) {
    case answer_parser::state::complete:
    case answer_parser::state::truncated:
        now.outcome = parser.take(std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()));
        now.reusable = !ec && !sent && parser.may_keep_alive() && passed_ == limit::none && !closed_;
        co_return;
    case answer_parser::state::too_large:
        now.outcome = failed(errc::answer_too_large, errc::answer_too_large, true, parser.reason());
        co_return;
    case answer_parser::state::malformed:
        now.outcome = failed(errc::malformed, errc::malformed, true, parser.reason());
        co_return;
    case answer_parser::state::more:
        break;
    }
    const error_code cause = sent && is_end(ec) ? sent : ec;
    errc code = is_end(cause) ? errc::closed_early : errc::reset;
    // TLS 1.3: a target tells only now that it does not take our certificate.
    if (is_tls(cause) && !parser.begun()) {
        code = errc::tls_failed;
    }
    now.outcome = failed(cause, code, errc::read_timeout, true);
}

bool connection::still_usable() {
    if (closed_ || !socket_.is_open() || !stream_) {
        return false;
    }
    // The socket does not block: with nothing received, not even in a buffer of TLS, this would have to wait.
    char byte = 0;
    error_code ec;
    stream_->read_some(asio::buffer(&byte, 1), ec);
    return ec == asio::error::would_block || ec == asio::error::try_again;
}

} // namespace tongban::push
