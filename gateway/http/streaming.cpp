// Sending a body while it is made: a piece at a time, in turns with the thread's other connections; between pieces the
// connection waits as an idle one does, and is woken by its source, its client, the time, or the server's wish to end.
#include "gateway/http/chunk.hpp"
#include "gateway/http/connection.hpp"
#include "monitoring/log.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>
#include <cmath>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace tongban::http {

namespace asio = boost::asio;

namespace {

// The kernel takes no more than this beyond what is on its way: a slow reader's events wait in the view, not in memory.
constexpr int unsent_bytes_max = 64 * 1024;
// A client has nothing to say while it is answered; the end of an earlier request may still be on its way.
constexpr std::size_t unasked_bytes_max = 64UL * 1024;
// A piece may be one large message; its memory is not kept for the next.
constexpr std::size_t piece_kept_max = 16UL * 1024;

} // namespace

std::string_view name_of(body_end end) noexcept {
    switch (end) {
    case body_end::ended: return "ended";
    case body_end::drained: return "drained";
    case body_end::reconfigured: return "reconfigured";
    case body_end::expired: return "certificate_expired";
    case body_end::gone: return "client_gone";
    case body_end::write_timeout: return "write_timeout";
    case body_end::talked: return "client_talked";
    case body_end::count: break;
    }
    return "other";
}

void body_waker::wake() {
    if (posted_.exchange(true, std::memory_order_acq_rel)) {
        return;
    }
    asio::post(executor_, [self = shared_from_this()] {
        self->posted_.store(false, std::memory_order_release);
        if (self->of_ != nullptr) {
            self->of_->wake_body();
        }
    });
}

void connection::wake_body() {
    if (!body_) {
        return;
    }
    body_->woken = true;
    if (phase_ == phase::streaming) {
        boost::system::error_code ignored;
        socket_.cancel(ignored);
    }
}

bool connection::may_follow(const response& answer) const {
    return answer.length && exchange_->input().empty() && !stream_.has_buffered();
}

void connection::take_body(response& answer, bool chunked) {
    const exchange& x = *exchange_;
    body_ = std::make_unique<streamed_body>();
    body_->source = std::move(answer.streamed);
    body_->waker = std::make_shared<body_waker>(thread_.executor(), *this);
    body_->chunked = chunked;
    body_->length = answer.length;
    body_->generation = body_generation_;
    body_->began = x.began;
    body_->partner = answer.partner;
    body_->request_id = x.req.request_id;
    body_->trace_id = x.req.trace_id;
    thread_.give_back(std::move(exchange_));
    ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent_bytes_max, sizeof unsent_bytes_max);
    thread_.core().metrics.streams.add(1);
}

std::optional<body_end> connection::end_of_body() const {
    if (thread_.draining()) {
        return body_end::drained;
    }
    if (body_->generation != thread_.core().body_generation.load(std::memory_order_relaxed)) {
        return body_end::reconfigured;
    }
    if (certificate_ && certificate_->not_after < std::chrono::system_clock::now()) {
        return body_end::expired;
    }
    return std::nullopt;
}

body_source::state connection::make_piece(std::optional<body_end> end) {
    streamed_body& body = *body_;
    body.at = 0;
    if (body.chunked) {
        open_chunk(body.out);
    } else {
        body.out.clear();
    }
    auto state = body_source::state::ended;
    if (end) {
        body.source->last_words(body.out);
    } else {
        const auto before = body.out.size();
        state = body.source->next(body.out);
        if (state == body_source::state::waiting && body.out.size() == before && clock::now() >= body.beat_at) {
            body.source->beat(body.out);
        }
    }
    if (body.chunked) {
        body.at = close_chunk(body.out);
        if (state == body_source::state::ended) {
            body.out += last_chunk;
        }
    }
    return state;
}

asio::awaitable<bool> connection::flush_body() {
    streamed_body& body = *body_;
    const auto& core = thread_.core();
    while (body.at < body.out.size()) {
        const stream::step written = stream_.write(std::string_view(body.out).substr(body.at));
        if (written.state == stream::progress::done) {
            body.at += written.count;
            body.sent += written.count;
            core.metrics.sent_bytes.add(static_cast<double>(written.count));
            continue;
        }
        if (!blocked(written.state)) {
            co_return false;
        }
        if (phase_ != phase::writing || !thread_.draining()) {
            watch(phase::writing, thread_.draining() ? core.settings.linger_timeout : core.settings.write_timeout);
        }
        co_await ready(written.state);
        if (ended()) {
            co_return false;
        }
    }
    if (body.out.capacity() > piece_kept_max) {
        std::string().swap(body.out);
    }
    co_return true;
}

stream::progress connection::hear_out() {
    thread_local std::array<char, 4UL * 1024> discarded;
    for (;;) {
        const stream::step read = stream_.read(discarded);
        if (read.state != stream::progress::done) {
            return read.state;
        }
        body_->unasked += read.count;
        if (body_->unasked > unasked_bytes_max) {
            return stream::progress::done;
        }
    }
}

asio::awaitable<bool> connection::send_body() {
    streamed_body& body = *body_;
    phase_ = phase::handling;
    deadline_ = clock::time_point::max();
    body.beat_at = clock::now() + body.source->beat_every();
    body.source->begin([waker = body.waker] { waker->wake(); });
    auto end = body_end::gone;
    auto heard = stream::progress::want_read;
    while (blocked(heard)) {
        body.woken = false; // before looking: what comes from now on is looked at again
        const auto wanted = end_of_body();
        const auto state = make_piece(wanted);
        if (body.at < body.out.size()) {
            body.beat_at = clock::now() + body.source->beat_every();
            const bool whole = co_await flush_body();
            if (!whole) {
                end = stop_ == cause::timeout ? body_end::write_timeout : body_end::gone;
                break;
            }
        }
        unwatch(phase::handling);
        if (state == body_source::state::ended) {
            end = wanted.value_or(body_end::ended);
            break;
        }
        if (state == body_source::state::more) {
            co_await asio::post(socket_.get_executor(), asio::use_awaitable);
            continue;
        }
        while (!body.woken && blocked(heard)) {
            phase_ = phase::streaming;
            deadline_ = body.beat_at;
            co_await ready(heard);
            unwatch(phase::handling);
            wait_error_ = {}; // interrupted: by whom is seen above
            heard = hear_out();
        }
        if (heard == stream::progress::done) {
            end = body_end::talked;
        }
    }
    co_return end_body(end);
}

bool connection::end_body(body_end end) {
    const auto& core = thread_.core();
    const streamed_body& body = *body_;
    // What the client said meanwhile is gone: it says it again on another connection.
    const bool may_follow = end == body_end::ended && body.sent == body.length && body.unasked == 0;
    body.waker->forget();
    if (end == body_end::talked) {
        count(limit::stream_input);
    } else if (end == body_end::write_timeout) {
        count(limit::write_timeout);
        // What it never read goes at once, rather than staying in the kernel for minutes.
        boost::system::error_code ignored;
        socket_.set_option(asio::socket_base::linger(true, 0), ignored);
    }
    core.metrics.streams.add(-1);
    core.metrics.streams_ended[static_cast<std::size_t>(end)].add();
    const std::chrono::duration<double> took = clock::now() - body.began;
    monitoring::log(monitoring::severity::info, "stream_ended",
                    {{"listener", core.settings.name},
                     {"route", std::string_view(core.routing.routes()[route_].pattern)},
                     {"reason", name_of(end)},
                     {"partner", body.partner},
                     {"request_id", body.request_id},
                     {"trace_id", body.trace_id},
                     {"ms", std::round(took.count() * 1e6) / 1e3},
                     {"bytes_out", static_cast<std::int64_t>(body.sent)}});
    body_.reset();
    return may_follow;
}

} // namespace tongban::http
