// Reads the client only while the handler waits for a piece, and no further than one piece: TCP tells the client to wait.
#include "gateway/http/arriving.hpp"

#include "gateway/http/connection.hpp"

namespace tongban::http {

namespace asio = boost::asio;

namespace {
// Enough that a hop to a worker is small beside it; with TLS's own 16 KiB it is all that an upload holds here.
constexpr std::size_t piece_bytes = 128UL * 1024;
} // namespace

asio::awaitable<arriving_body::piece> arriving::next() {
    exchange& x = *of_.exchange_;
    x.sink.drop();
    if (!refused_ && (whole_ || !x.parser().has_body())) {
        whole_ = true;
        co_return piece{state::last, {}};
    }
    if (gone_ || late_ || stopping_ || refused_ || x.parser().fault() != parse_fault::none) {
        co_return piece{};
    }
    of_.watch(connection::phase::body, of_.thread_.core().settings.body_timeout);
    if (!std::exchange(invited_, true) && !x.parser().expect().empty() && x.input().empty()) {
        co_await of_.invite();
    }
    stream::progress last = of_.pump_piece(piece_bytes);
    while (connection::blocked(last) && x.req.body.empty()) {
        co_await of_.ready(last);
        if (of_.ended()) {
            break;
        }
        last = of_.pump_piece(piece_bytes);
    }
    const bool broken = x.parser().fault() != parse_fault::none;
    if (!broken && last != stream::progress::done && x.req.body.empty()) {
        late_ = of_.stop_ == connection::cause::timeout;
        gone_ = !late_;
    }
    of_.unwatch(connection::phase::handling);
    if (broken || gone_ || late_) {
        // What arrived before is still good: who resumes need not send it again.
        co_return piece{state::cut, x.req.body};
    }
    whole_ = x.parser().complete();
    if (whole_) {
        refused_ = of_.inspect_certificate();
    }
    if (refused_) {
        co_return piece{state::cut, {}};
    }
    if (!whole_ && of_.thread_.draining()) {
        stopping_ = true;
        co_return piece{state::cut, x.req.body};
    }
    co_return piece{whole_ ? state::last : state::more, x.req.body};
}

asio::awaitable<void> arriving::tell(std::string status_and_fields) {
    if (of_.exchange_->parser().is_http_1_0()) {
        co_return;
    }
    co_await of_.say("HTTP/1.1 " + status_and_fields + "\r\n");
}

std::optional<refusals::refusal> arriving::refusal() const {
    const request_parser& parser = of_.exchange_->parser();
    if (parser.fault() != parse_fault::none) {
        return refusals::of_parser(parser.fault(), parser.what(), of_.exchange_->sink.why());
    }
    if (refused_) {
        return refused_;
    }
    if (late_) {
        return refusals::timed_out(limit::body_timeout);
    }
    return stopping_ ? std::optional(refusals::stopping()) : std::nullopt;
}

} // namespace tongban::http
