// One handler for every path that the partner's file or its dialect names.
#include "gateway/emulator/push_side.hpp"

#include "gateway/cases/deliveries.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <charconv>

namespace tongban::emulator {

namespace asio = boost::asio;

namespace {

asio::awaitable<void> sleep_for(std::chrono::milliseconds wait) {
    asio::steady_timer timer(co_await asio::this_coro::executor, wait);
    boost::system::error_code ignored;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

// No answer of any dialect, and not even the text it claims to be.
http::response garbage() {
    http::response answer;
    answer.content_type = "application/xml; charset=UTF-8";
    answer.body = "\x1f\x8b\x08<<\xff\xfe{]&#0;<html><body>Welcome to nginx!</html>";
    return answer;
}

spoken word_for(taking outcome) {
    switch (outcome) {
    case taking::taken: return spoken::taken;
    case taking::again: return spoken::again;
    case taking::full: return spoken::later;
    case taking::unreadable: break;
    }
    return spoken::never; // the same bytes will never be readable
}

http::response response_of(dialects::wire_answer said) {
    http::response answer;
    answer.status = said.http_status;
    answer.content_type = std::move(said.content_type);
    answer.body = std::move(said.body);
    return answer;
}

} // namespace

push_side::push_side(const push_side_settings& settings, city& serves) : settings_(settings), city_(serves) {
    http::listener_settings listener;
    listener.name = "emulator";
    listener.address = settings_.address;
    listener.port = settings_.port;
    listener.threads = 2;
    listener.connections_max = 2'000;
    std::vector<http::route> routes;
    for (const auto& path : settings_.paths) {
        routes.push_back({.method = http::method::post,
                          .pattern = path,
                          .handler = [this](http::request& request) { return receive(request); },
                          .any_query = true});
    }
    server_ = std::make_unique<http::server>(listener, security::tls_context::for_server(settings_.tls), std::move(routes),
                                             metrics_);
}

push_side::~push_side() = default;

void push_side::start() {
    server_->start();
}

void push_side::stop() {
    server_->drain(std::chrono::milliseconds(1000));
}

std::uint16_t push_side::port() const {
    return server_->port();
}

asio::awaitable<http::response> push_side::receive(http::request& request) {
    incoming what{std::string(request.idempotency_key), 1, std::string(request.content_type), request.body, "push"};
    std::from_chars(request.attempt.data(), request.attempt.data() + request.attempt.size(), what.attempt);
    const auto id = cases::delivery_id(what.delivery);
    v1::CaseRef ref;
    ref.set_case_id(id ? id->case_id() : std::string());
    const auto wrong = city_.trouble_with(what);
    const bool works = !wrong || *wrong == trouble::slow || *wrong == trouble::reset || *wrong == trouble::lost;
    std::optional<heard_message> heard;
    if (!works) {
        city_.delivered(what, *wrong == trouble::garbage ? "unsaid" : "refused");
        if (*wrong == trouble::error_500) {
            http::response answer;
            answer.status = 500;
            co_return answer;
        }
        if (*wrong == trouble::garbage) {
            co_return garbage();
        }
        const auto word = *wrong == trouble::refuse ? spoken::never : spoken::later_inside;
        co_return response_of(city_.speech().answer(word, nullptr, ref, request.request_id));
    }
    const auto took = city_.take(what, heard);
    if (heard) {
        ref.set_source_case_no(heard->event.case_().source_case_no());
    }
    auto answer = response_of(
        city_.speech().answer(word_for(took), heard ? &*heard : nullptr, ref, request.request_id));
    bool hears = true; // the gateway, what is answered
    if (wrong) {
        const auto wait = *wrong == trouble::slow    ? city_.settings().how.troubles.slow_for.chosen(
                                                           drawn(city_.settings().seed, {"slow", what.delivery}))
                          : *wrong == trouble::lost ? settings_.silence
                                                    : std::chrono::milliseconds(0);
        hears = *wrong == trouble::slow && wait < settings_.silence;
        if (*wrong == trouble::reset) {
            answer.cut_after = 40; // in the middle of the head
        } else if (*wrong == trouble::lost) {
            answer.cut_after = 0;
        }
        city_.delivered(what, !hears ? "unsaid" : took == taking::unreadable || took == taking::full ? "refused" : "taken");
        co_await sleep_for(wait);
        co_return answer;
    }
    city_.delivered(what, took == taking::unreadable || took == taking::full ? "refused" : "taken");
    co_return answer;
}

} // namespace tongban::emulator
