// One request and its answer: read the head, look at it, read the body, call the handler, write, account.
#include "gateway/http/connection.hpp"
#include "gateway/http/query_rules.hpp"
#include "gateway/http/response_writer.hpp"
#include "gateway/http/trace.hpp"
#include "monitoring/log.hpp"

#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/core/demangle.hpp>

#include <cmath>
#include <typeinfo>

namespace tongban::http {

namespace asio = boost::asio;
using refusals::refusal;

asio::awaitable<bool> connection::serve() {
    exchange& x = begin_request();
    stream::progress last = pump(request_parser::progress::head);
    if (blocked(last)) {
        last = co_await await_input(last, request_parser::progress::head);
    }
    if (gone(last)) {
        co_return false;
    }
    name_request();
    std::optional<refusal> refused = broken(last, limit::header_timeout);
    if (!refused) {
        refused = inspect();
    }
    bool whole = x.parser().head_done() && !x.parser().has_body();
    const bool arrives = !refused && body_arrives();
    if (!refused && !whole && !arrives) {
        const bool alive = co_await take_whole_body(refused);
        if (!alive) {
            co_return false;
        }
        whole = !refused;
        if (whole) {
            refused = inspect_certificate(); // a body may take minutes to come
        }
    }

    unwatch(phase::handling);
    response answer;
    if (refused) {
        answer = refuse(*refused);
    } else if (route_ == router::npos) {
        answer = answer_options();
    } else {
        if (arrives) {
            arriving_ = std::make_unique<arriving>(*this);
            x.req.arriving = arriving_.get();
        }
        answer = co_await handle();
        if (arrives && !end_arriving(answer, whole)) {
            account(answer);
            co_return false;
        }
    }

    const bool head_only = x.req.method == method::head;
    const bool streams = answer.streamed && !head_only;
    const bool keep = may_keep(whole) && !answer.cut_after && (!streams || may_follow(answer));
    linger_ = !whole;
    const bool chunked = answer.streamed && !answer.length && !x.parser().is_http_1_0();
    const write_options options{head_only, !keep, keep && x.parser().is_http_1_0(), chunked};
    std::string_view rest = write_response(answer, x.req, options, x.out);
    if (answer.cut_after) {
        cut(*answer.cut_after, rest);
    }
    out_at_ = 0;
    phase_ = phase::writing;
    last = push(rest);
    if (blocked(last)) {
        last = co_await await_output(last, rest);
    }
    x.sent = out_at_;
    account(answer);
    if (streams && last == stream::progress::done) {
        take_body(answer, chunked);
        co_return keep;
    }
    co_return end_request(last == stream::progress::done, keep);
}

exchange& connection::begin_request() {
    if (!exchange_) {
        exchange_ = thread_.take_exchange();
    }
    const auto at_most = thread_.core().settings.header_timeout;
    route_ = router::npos;
    watch(phase::head, at_most);
    exchange_->began = deadline_ - at_most;
    return *exchange_;
}

void connection::cut(std::size_t after, std::string_view& rest) {
    std::string& head = exchange_->out;
    rest = rest.substr(0, after > head.size() ? after - head.size() : 0);
    head.resize(std::min(after, head.size()));
    boost::system::error_code ignored;
    socket_.set_option(asio::socket_base::linger(true, 0), ignored); // closing resets
}

bool connection::end_request(bool written, bool keep) {
    if (!written) {
        linger_ = false;
        if (stop_ == cause::timeout) {
            count(limit::write_timeout);
            // What it never read goes at once, rather than staying in the kernel for minutes.
            boost::system::error_code ignored;
            socket_.set_option(asio::socket_base::linger(true, 0), ignored);
        }
    }
    if (!written || !keep) {
        return false;
    }
    if (exchange_->input().empty()) {
        thread_.give_back(std::move(exchange_));
    } else {
        exchange_->next();
    }
    return true;
}

asio::awaitable<stream::progress> connection::await_input(stream::progress last, request_parser::progress goal) {
    while (blocked(last)) {
        co_await ready(last);
        if (ended()) {
            break;
        }
        last = pump(goal);
    }
    co_return last;
}

asio::awaitable<stream::progress> connection::await_output(stream::progress last, std::string_view rest) {
    while (blocked(last) && !ended()) {
        watch(phase::writing, thread_.core().settings.write_timeout);
        co_await ready(last);
        if (ended()) {
            break;
        }
        last = push(rest);
    }
    co_return last;
}

asio::awaitable<bool> connection::take_whole_body(std::optional<refusal>& refused) {
    exchange& x = *exchange_;
    watch(phase::body, thread_.core().settings.body_timeout);
    if (!x.parser().expect().empty() && x.input().empty()) {
        co_await invite();
    }
    stream::progress last = pump(request_parser::progress::complete);
    if (blocked(last)) {
        last = co_await await_input(last, request_parser::progress::complete);
    }
    refused = gone(last) ? std::nullopt : broken(last, limit::body_timeout);
    co_return !gone(last);
}

asio::awaitable<response> connection::handle() {
    request& req = exchange_->req;
    std::exception_ptr thrown;
    try {
        req.deadline = clock::now() + thread_.core().settings.request_timeout;
        req.client_has_closed = [this] { return stream_.peer_has_closed(); };
        req.rights_may_differ = [this] {
            return body_generation_ != thread_.core().body_generation.load(std::memory_order_relaxed);
        };
        body_generation_ = thread_.core().body_generation.load(std::memory_order_relaxed);
        co_return co_await thread_.core().routing.routes()[route_].handler(req);
    } catch (...) {
        thrown = std::current_exception();
    }
    co_return after_exception(thrown);
}

bool connection::end_arriving(response& answer, bool& whole) {
    const auto end = std::exchange(arriving_, nullptr);
    whole = whole || end->whole();
    if (const auto fault = end->refusal()) {
        answer = refuse(*fault);
    }
    return !end->client_gone();
}

bool connection::body_arrives() const {
    return route_ != router::npos && thread_.core().routing.routes()[route_].body_arrives;
}

asio::awaitable<void> connection::invite() {
    return say("HTTP/1.1 100 Continue\r\n\r\n");
}

asio::awaitable<void> connection::say(std::string interim) {
    exchange& x = *exchange_;
    x.out = std::move(interim);
    out_at_ = 0;
    stream::progress last = push({});
    while (blocked(last)) {
        co_await ready(last);
        if (ended()) {
            break;
        }
        last = push({});
    }
    x.out.clear();
}

stream::progress connection::pump(request_parser::progress goal) {
    exchange& x = *exchange_;
    for (;;) {
        // Some clients end a body with a line break that belongs to nothing (RFC 9112 2.2).
        while (x.received == 0 && x.input().starts_with("\r\n")) {
            x.consume(2);
            x.received = 0;
        }
        if (!x.input().empty() || goal == request_parser::progress::complete) {
            const request_parser::step step = x.parser().feed(x.input());
            x.consume(step.consumed);
            if (step.state == goal || step.state == request_parser::progress::failed) {
                return stream::progress::done;
            }
        }
        const stream::step read = stream_.read(x.room());
        if (read.state != stream::progress::done) {
            return read.state;
        }
        x.end += read.count;
    }
}

stream::progress connection::pump_piece(std::size_t bytes) {
    exchange& x = *exchange_;
    for (;;) {
        const request_parser::step step = x.parser().feed(x.input());
        x.consume(step.consumed);
        if (step.state == request_parser::progress::complete || step.state == request_parser::progress::failed ||
            x.req.body.size() >= bytes) {
            return stream::progress::done;
        }
        const stream::step read = stream_.read(x.room());
        if (read.state != stream::progress::done) {
            return read.state;
        }
        x.end += read.count;
    }
}

stream::progress connection::push(std::string_view rest) {
    exchange& x = *exchange_;
    for (;;) {
        std::string_view left;
        if (out_at_ < x.out.size()) {
            left = std::string_view(x.out).substr(out_at_);
        } else {
            left = rest.substr(out_at_ - x.out.size());
        }
        if (left.empty()) {
            return stream::progress::done;
        }
        const stream::step written = stream_.write(left);
        if (written.state != stream::progress::done) {
            return written.state;
        }
        out_at_ += written.count;
    }
}

std::optional<refusal> connection::broken(stream::progress last, limit timeout) {
    const request_parser& parser = exchange_->parser();
    if (parser.fault() != parse_fault::none) {
        return refusals::of_parser(parser.fault(), parser.what(), exchange_->sink.why());
    }
    if (last != stream::progress::done) {
        return refusals::timed_out(timeout);
    }
    return std::nullopt;
}

void connection::name_request() {
    exchange& x = *exchange_;
    const request_parser& parser = x.parser();
    x.req.method = parser.method();
    x.req.certificate = certificate_;
    if (is_request_id(parser.request_id())) {
        x.req.request_id = parser.request_id();
    } else {
        x.req.request_id = random_hex(32);
    }
    if (const auto trace = trace_id_of(parser.traceparent())) {
        x.req.trace_id = *trace;
    } else {
        x.req.trace_id = random_hex(32);
    }
}

std::optional<refusal> connection::inspect() {
    exchange& x = *exchange_;
    request_parser& parser = x.parser();
    if (auto refused = inspect_certificate()) {
        return refused;
    }
    if (!parse_target(parser.target(), x.where)) {
        return refusals::bad_target();
    }
    request& req = x.req;
    req.path = x.where.path;
    req.query.swap(x.where.query);
    req.content_type = parser.content_type();
    req.accept = parser.accept();
    req.idempotency_key = parser.idempotency_key();
    req.dialect = parser.dialect();
    req.attempt = parser.attempt();
    req.last_event_id = parser.last_event_id();
    req.file = parser.files();
    req.content_length = parser.content_length();
    const router& routing = thread_.core().routing;
    const router::match found = routing.find(req.method, x.where.raw_path, req.parameters);
    const bool any = req.path == "*" && req.method == method::options;
    route_ = found.index;
    methods_ = found.methods;
    if (!found.path_known && !any) {
        return refusals::not_found();
    }
    if (route_ == router::npos && req.method != method::options) {
        return refusals::method_not_allowed(router::allow(methods_));
    }
    if (route_ == router::npos) {
        return inspect_body({});
    }
    const route& wanted = routing.routes()[route_];
    if (auto wrong = wanted.any_query ? std::nullopt : misnamed(req, wanted.query_names)) {
        return refusal{std::move(*wrong), std::nullopt};
    }
    return inspect_body(wanted);
}

std::optional<refusal> connection::inspect_body(const route& wanted) {
    const request_parser& parser = exchange_->parser();
    const std::string_view coding = parser.content_encoding();
    const bool gzip = boost::beast::iequals(coding, "gzip") || boost::beast::iequals(coding, "x-gzip");
    if ((!gzip || wanted.body_arrives) && !coding.empty() && !boost::beast::iequals(coding, "identity")) {
        return refusals::content_encoding(wanted.body_arrives);
    }
    if (!parser.expect().empty() && !boost::beast::iequals(parser.expect(), "100-continue")) {
        return refusals::expectation();
    }
    const std::size_t most =
        wanted.body_bytes_max != 0 ? wanted.body_bytes_max : thread_.core().settings.body_bytes_max;
    if (parser.declared_length() > most) {
        return refusals::body_too_large(most);
    }
    exchange_->sink.begin(most, gzip);
    return std::nullopt;
}

response connection::refuse(const refusal& r) {
    if (r.bound) {
        count(*r.bound);
    }
    response answer = to_response(r.problem, exchange_->req);
    if (r.problem.status == 405) {
        answer.headers.emplace_back("Allow", router::allow(methods_));
    } else if (r.problem.status == 415) {
        answer.headers.emplace_back("Accept-Encoding", "gzip, identity");
    }
    return answer;
}

response connection::answer_options() {
    response answer;
    answer.status = 204;
    answer.outcome = "options";
    answer.headers.emplace_back("Allow", router::allow(methods_));
    return answer;
}

response connection::after_exception(const std::exception_ptr& thrown) {
    const server_core& core = thread_.core();
    core.metrics.handler_exceptions.add();
    std::string type = "unknown";
    try {
        std::rethrow_exception(thrown);
    } catch (const std::exception& e) {
        type = boost::core::demangle(typeid(e).name()); // not what(): it may quote a payload
    } catch (...) {
    }
    monitoring::log(monitoring::severity::error, "handler_exception",
                    {{"listener", core.settings.name},
                     {"route", core.routing.routes()[route_].pattern},
                     {"request_id", exchange_->req.request_id},
                     {"type", type}});
    return to_response(refusals::failed().problem, exchange_->req);
}

bool connection::may_keep(bool whole) const {
    const server_core& core = thread_.core();
    return whole && !turned_away_ && stop_ == cause::none && !thread_.draining() && exchange_->parser().may_keep_alive() &&
           tls_generation_ == core.tls_generation.load(std::memory_order_acquire);
}

void connection::account(const response& answer) {
    const server_core& core = thread_.core();
    const exchange& x = *exchange_;
    const std::chrono::duration<double> took = clock::now() - x.began;
    const server_metrics::of_route& route_metrics = core.metrics.route_at(route_);
    route_metrics.by_class[static_cast<std::size_t>(answer.status / 100) % route_metrics.by_class.size()].add();
    route_metrics.seconds.observe(took.count());
    core.metrics.received_bytes.add(static_cast<double>(x.received));
    core.metrics.sent_bytes.add(static_cast<double>(x.sent));
    // The pattern, not the path: a path may hold a person's number. Probes and scrapes are not news.
    const bool has_route = route_ != router::npos;
    monitoring::log(core.settings.mutual_tls ? monitoring::severity::info : monitoring::severity::debug, "request",
                    {{"listener", core.settings.name},
                     {"method", name_of(x.req.method)},
                     {"route", has_route ? std::string_view(core.routing.routes()[route_].pattern) : "none"},
                     {"status", std::int64_t{answer.status}},
                     {"outcome", answer.outcome},
                     {"partner", answer.partner},
                     {"case_id", answer.case_id},
                     {"request_id", x.req.request_id},
                     {"trace_id", x.req.trace_id},
                     {"ms", std::round(took.count() * 1e6) / 1e3},
                     {"bytes_in", static_cast<std::int64_t>(x.received)},
                     {"bytes_out", static_cast<std::int64_t>(x.sent)}});
}

} // namespace tongban::http
