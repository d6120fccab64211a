#include "tests/simulation/simulated_target.hpp"

#include "tests/simulation/history_time.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace tongban::simulation {

namespace asio = boost::asio;
using std::chrono::milliseconds;

namespace {

push::push_answer answered(int status, std::optional<std::chrono::seconds> retry_after = {}) {
    push::push_answer answer;
    answer.status = status;
    answer.content_type = "application/json";
    answer.body = "{}";
    answer.retry_after = retry_after;
    return answer;
}

push::push_failure failed(push::errc code, bool reached) {
    return {code, reached, "simulated"};
}

std::string delivery_of(const push::push_request& request) {
    const auto at = std::find_if(request.headers.begin(), request.headers.end(),
                                 [](const auto& each) { return each.first == "X-Tongban-Delivery"; });
    return at == request.headers.end() ? std::string() : at->second;
}

} // namespace

simulated_target::simulated_target(std::string region, agenda& todo, chance& luck,
                                   std::vector<history::answer>& told)
    : region_(std::move(region)), todo_(todo), luck_(luck), told_(told) {}

milliseconds simulated_target::way() {
    return luck_.percent(weather.slow) ? luck_.ms(5, 5000) : luck_.ms(0, 4);
}

void simulated_target::tell(const std::string& delivery, history::answer_outcome outcome) {
    history::answer one;
    one.kind = history::answer_kind::delivered;
    one.by = "target-" + region_;
    one.at_ms = history_now_ms();
    one.outcome = outcome;
    one.region = region_;
    one.transport = "push";
    one.delivery = delivery;
    told_.push_back(std::move(one));
}

push_reply simulated_target::take(const push::push_request& request) {
    using history::answer_outcome;
    const auto delivery = delivery_of(request);
    if (luck_.percent(weather.refuses)) {
        tell(delivery, answer_outcome::refused);
        static constexpr int statuses[] = {500, 503, 429, 422, 302};
        const auto status = statuses[luck_.below(std::size(statuses))];
        return answered(status, status == 503 ? std::optional(std::chrono::seconds(luck_.between(1, 20)))
                                              : std::nullopt);
    }
    if (luck_.percent(weather.hangs)) {
        tell(delivery, luck_.percent(50) ? answer_outcome::taken : answer_outcome::unsaid);
        return std::nullopt;
    }
    if (luck_.percent(weather.loses)) {
        tell(delivery, answer_outcome::taken);
        return push::push_port::outcome(failed(luck_.percent(50) ? push::errc::reset : push::errc::closed_early, true));
    }
    tell(delivery, answer_outcome::taken);
    return push::push_port::outcome(answered(luck_.percent(50) ? 200 : 202));
}

push_line::push_line(simulated_target& to, agenda& todo, chance& luck, mistake planted,
                     const push::push_target& terms, std::function<void()> woken)
    : to_(to), todo_(todo), luck_(luck), planted_(planted), read_deadline_(terms.read_deadline),
      woken_(std::move(woken)) {}

namespace {

// One exchange on its way: the world's end of it may outlive the process's.
struct exchange {
    explicit exchange(const asio::any_io_executor& executor) : over(executor, asio::steady_timer::time_point::max()) {}
    push::push_request request;
    std::optional<push::push_port::outcome> outcome;
    asio::steady_timer over;
};

} // namespace

asio::awaitable<push::push_port::outcome> push_line::post(push::push_request request) {
    const auto one = std::make_shared<exchange>(co_await asio::this_coro::executor);
    ++posts_;
    if (to_.weather.is_down || luck_.percent(to_.weather.cuts)) {
        asio::steady_timer soon(co_await asio::this_coro::executor, luck_.ms(0, 50));
        (void)co_await soon.async_wait(asio::as_tuple(asio::use_awaitable));
        co_return failed(to_.weather.is_down ? push::errc::connection_refused : push::errc::reset, false);
    }
    if (planted_ == mistake::taken_without_target && posts_ % 5 == 0) {
        co_return answered(200);
    }
    one->request = std::move(request);
    const bool overtaken = planted_ == mistake::overtaking_push && posts_ % 3 == 0;
    const auto way = overtaken ? milliseconds(20'000) : to_.way();
    todo_.after(way, [weak = std::weak_ptr(one), kept = one->request, to = &to_, todo = &todo_, woken = woken_] {
        auto reply = to->take(kept);
        if (!reply) {
            return;
        }
        todo->after(to->way(), [weak, woken, reply = std::move(reply)] {
            if (const auto waiting = weak.lock()) {
                waiting->outcome = *reply;
                waiting->over.cancel();
                woken();
            }
        });
    });
    if (overtaken) {
        co_return answered(200);
    }
    one->over.expires_after(read_deadline_);
    (void)co_await one->over.async_wait(asio::as_tuple(asio::use_awaitable));
    if (one->outcome) {
        co_return *one->outcome;
    }
    co_return failed(push::errc::read_timeout, true);
}

} // namespace tongban::simulation
