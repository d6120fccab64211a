#include "tests/simulation/world.hpp"

#include "gateway/http/trace.hpp"
#include "tests/simulation/clients.hpp"
#include "tests/simulation/history_time.hpp"
#include "tests/simulation/partners.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace tongban::simulation {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

constexpr std::uint32_t partitions = 3;
constexpr int replicas = 2;

} // namespace

struct world::call_state {
    explicit call_state(const asio::any_io_executor& executor) : over(executor) {}
    std::optional<reply> said;
    asio::steady_timer over;
};

world::world(const schedule& wanted)
    : wanted_(wanted), luck_(wanted.seed), log_(todo_, luck_, partitions, wanted.planted),
      owns_(replicas, std::vector<bool>(partitions)) {
    for (const auto* region : regions) {
        if (region != std::string(pulling_region)) {
            targets_.try_emplace(std::string(region) + ".example", region, todo_, luck_, told_);
        }
    }
    const world_parts parts{todo_, luck_, log_, targets_, wanted.planted};
    for (int i = 0; i < replicas; ++i) {
        replicas_.push_back(std::make_unique<replica>(parts, i));
    }
}

// Clients first: they hold nothing of the replicas; then these, whose coroutines hold nothing of the world.
world::~world() {
    context_.drop_all();
    replicas_.clear();
    todo_ = {}; // what was still to happen holds timers of the contexts
}

milliseconds world::way() {
    return luck_.percent(slow_percent_) ? luck_.ms(1, 4000) : luck_.ms(0, 3);
}

history::answer world::begin_answer(history::answer_kind kind, std::string by) const {
    history::answer one;
    one.kind = kind;
    one.by = std::move(by);
    one.sent_ms = history_now_ms();
    return one;
}

void world::client_ended(const std::exception_ptr& by) {
    --clients_;
    try {
        if (by) {
            std::rethrow_exception(by);
        }
    } catch (const std::exception& error) {
        found_.emplace_back(history::defect::unexplained, std::string("a client ended by an exception: ") + error.what());
    }
}

asio::awaitable<void> world::sleep(milliseconds time) {
    asio::steady_timer timer(executor(), time);
    (void)co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
}

asio::awaitable<std::optional<reply>> world::call(int number, request_to what, milliseconds patience) {
    const auto state = std::make_shared<call_state>(executor());
    const auto request = std::make_shared<request_to>(std::move(what));
    if (!luck_.percent(lost_percent_)) {
        todo_.after(way(), [this, number, request, state, patience] {
            auto& at = nth(number);
            if (at.running() == nullptr) {
                reply nobody;
                nobody.is_unreachable = true;
                deliver_reply(state, std::move(nobody));
                return;
            }
            asio::co_spawn(at.running()->executor(), serve(this, number, request, state, patience), asio::detached);
            at.wake();
        });
    }
    state->over.expires_after(patience);
    (void)co_await state->over.async_wait(asio::as_tuple(asio::use_awaitable));
    co_return std::move(state->said);
}

asio::awaitable<void> world::serve(world* self, int number, std::shared_ptr<request_to> what,
                                   std::shared_ptr<call_state> state, milliseconds patience) {
    auto* at = self->nth(number).running();
    reply said;
    const auto deadline = steady_clock::now() + patience / 2;
    if (what->route.empty()) {
        said.appended = co_await at->book().append(what->record, deadline);
    } else {
        http::request request;
        const auto space = what->route.find(' ');
        const auto& all = at->routes();
        const auto route = std::find_if(all.begin(), all.end(), [&](const http::route& each) {
            return each.pattern == std::string_view(what->route).substr(space + 1) &&
                   (each.method == http::method::get) == what->route.starts_with("GET");
        });
        request.method = route->method;
        request.path = std::string_view(what->route).substr(space + 1);
        request.query = what->query;
        request.parameters = what->parameters;
        request.idempotency_key = what->key;
        request.body = what->body;
        request.certificate = certificate(what->certificate_uri);
        request.trace_id = std::string(32, '0');
        request.deadline = deadline;
        said.response = co_await route->handler(request);
    }
    if (!self->luck_.percent(self->lost_percent_)) {
        self->deliver_reply(std::move(state), std::move(said));
    }
}

void world::deliver_reply(std::shared_ptr<call_state> state, reply said) {
    todo_.after(way(), [state = std::move(state), said = std::move(said)] {
        state->said = said;
        state->over.cancel();
    });
}

// Until nothing is ready at this moment.
void world::run_ready() {
    for (bool any = true; any;) {
        any = todo_.step();
        context_.ring_when_due();
        any = context_.poll() > 0 || any;
        for (auto& each : replicas_) {
            if (each->running() == nullptr) {
                continue;
            }
            const bool is_due = each->running()->next_turn() <= steady_clock::now();
            if (is_due || each->take_awake()) {
                any = true;
                if (each->running()->turn()) {
                    each->wake();
                }
                if (each->running()->has_failed()) {
                    found_.emplace_back(history::defect::unexplained,
                                        "replica " + std::to_string(each->number()) + " says that it failed for good");
                    each->kill();
                }
            }
        }
    }
}

bool world::advance(agenda::time_point until) {
    run_ready();
    auto next = until;
    const auto consider = [&next](std::optional<agenda::time_point> when) {
        if (when) {
            next = std::min(next, *when);
        }
    };
    consider(todo_.next());
    consider(context_.alarm());
    for (auto& each : replicas_) {
        if (each->running() != nullptr) {
            consider(each->running()->next_turn());
        }
    }
    simulated_time::advance_to(next);
    return next < until;
}

bool world::settle(std::chrono::minutes patience) {
    const auto until = steady_clock::now() + patience;
    for (auto look = steady_clock::now(); steady_clock::now() < until;) {
        look = std::max(look + milliseconds(1000), steady_clock::now());
        while (advance(look)) {
        }
        if (is_quiet()) {
            return true;
        }
        replay_dead_letters();
    }
    return false;
}

void world::let_clocks_run_out() {
    const auto until = steady_clock::now() + std::chrono::minutes(75);
    while (advance(until)) {
    }
    if (!settle(std::chrono::minutes(30))) {
        found_.emplace_back(history::defect::lost, "warnings are not told to everybody: " + unsettled());
    }
    check_clocks();
}

result world::run() {
    for (int i = 0; i < replicas; ++i) {
        start_replica(i);
    }
    reassign({});
    start_clients(*this, wanted_.cases, wanted_.trouble / 2);
    plan_trouble();
    const auto begun = steady_clock::now();
    while (advance(begun + wanted_.trouble)) {
    }
    mend();
    // What was put off may be put off for as long as the log's clock was wrong, and retry budgets run for minutes. With a
    // mistake planted there is no need to be sure.
    const bool is_settled = settle(std::chrono::minutes(wanted_.planted == mistake::none ? 150 : 20));
    if (is_settled && wanted_.planted == mistake::none && wanted_.seed % 5 == 0) {
        let_clocks_run_out();
    }
    is_over_ = true;
    if (!is_settled) {
        found_.emplace_back(history::defect::lost, "long after the last trouble not everything is settled: " + unsettled());
    }
    check_leases();
    compare_views();
    auto said = judge();
    said.lasted = std::chrono::floor<milliseconds>(steady_clock::now() - begun);
    said.kills = kills_;
    return said;
}

result run(const schedule& wanted) {
    // The thread's generator of request ids begins once in its life: not with the randomness of a schedule, which would be
    // another one in a process that has run one before.
    (void)http::random_hex(1);
    simulated_time::begin(wanted.seed);
    result said;
    {
        world one(wanted);
        said = one.run();
    }
    simulated_time::end();
    return said;
}

} // namespace tongban::simulation
