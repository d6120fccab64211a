// Handlers by region, replaced whole by a reload; each keeps its connections and its breaker while its address stays.
#include "gateway/delivery/automatic_handlers.hpp"

#include "gateway/delivery/platform_call.hpp"
#include "gateway/delivery/push_outcome.hpp"
#include "gateway/delivery/rendering.hpp"
#include "gateway/http/trace.hpp"
#include "gateway/ledger/record.hpp"
#include "monitoring/log.hpp"

#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <map>
#include <mutex>

namespace tongban::delivery {

namespace asio = boost::asio;
using breaker::breaker_settings;
using breaker::breaker_state;
using breaker::circuit_breaker;
using ledger::automatic_answer;
using ledger::automatic_question;

namespace {

// A circuit breaker for many threads.
class guarded_breaker {
public:
    explicit guarded_breaker(const breaker_settings& settings) : breaker_(settings) {}

    bool try_begin() {
        const std::lock_guard lock(mutex_);
        return breaker_.try_begin(circuit_breaker::time_point::clock::now());
    }
    void learn(const push_outcome& outcome, const std::string& partner, const std::string& handler) {
        const std::lock_guard lock(mutex_);
        const auto before = breaker_.state();
        const auto now = circuit_breaker::time_point::clock::now();
        if (outcome.result == push_result::abandoned) {
            breaker_.abandoned();
        } else if (outcome.target == target_state::works) {
            breaker_.succeeded();
        } else if (outcome.target == target_state::fails) {
            breaker_.failed(now, outcome.asked, random_);
        } else {
            breaker_.tripped(now, random_);
        }
        const auto after = breaker_.state();
        if (after != before && after != breaker_state::half_open) {
            const bool opened = after == breaker_state::open;
            monitoring::log(opened ? monitoring::severity::warning : monitoring::severity::info,
                            opened ? "automatic_handler_left_alone" : "automatic_handler_works_again",
                            {{"partner", partner}, {"handler", handler}, {"code", outcome.code}, {"reason", outcome.text}});
        }
    }

private:
    std::mutex mutex_;
    circuit_breaker breaker_;
    std::mt19937_64 random_{std::random_device{}()};
};

struct handler {
    std::shared_ptr<const security::partner> partner;
    security::automatic_handler terms;
    std::shared_ptr<const dialects::dialect> dialect; // null: canonical
    std::shared_ptr<push::push_port> client;          // null: cannot work as it is configured
    std::shared_ptr<guarded_breaker> breaker;
};

using handler_list = std::vector<std::shared_ptr<const handler>>;
using handlers_by_region = std::map<std::string, handler_list, std::less<>>;

void complain(const handler& about, const std::string& mistake) {
    monitoring::log(monitoring::severity::error, "automatic_handler_unusable",
                    {{"partner", about.partner->id}, {"handler", about.terms.name}, {"reason", mistake}});
}

bool answers_item(const security::automatic_handler& terms, std::string_view item) {
    return std::any_of(terms.items.begin(), terms.items.end(),
                       [&](const std::string& one) { return one == "*" || one == item; });
}

// The one that the item names, or the destination's own for the item.
std::shared_ptr<const handler> find(const handlers_by_region& all, std::string_view region, std::string_view item,
                                    std::string_view named) {
    const auto of_region = all.find(region);
    if (of_region == all.end()) {
        return nullptr;
    }
    const auto found = std::find_if(of_region->second.begin(), of_region->second.end(), [&](const auto& one) {
        return named.empty() ? answers_item(one->terms, item) : one->terms.name == named;
    });
    return found == of_region->second.end() ? nullptr : *found;
}

// What an answer that cannot be read was, for who wrote the handler; nothing of what it says.
std::string fault_of(const push::push_client::outcome& answered, const push_outcome& outcome, std::size_t answer_bytes_max) {
    return answered && answered->truncated ? "the answer is longer than " + std::to_string(answer_bytes_max) + " bytes" : outcome.text;
}

// Why there is no answer, in one word for metrics.
std::string word_of(const push::push_client::outcome& answered, const push_outcome& outcome) {
    if (answered) {
        return answered->status == 204 ? "declined"
               : answered->truncated   ? "bad_answer"
               : answered->status == 200 ? "answered"
                                         : "answered_error";
    }
    switch (answered.error().code) {
    case push::errc::pool_busy:
        return "busy";
    case push::errc::connect_timeout:
    case push::errc::tls_timeout:
    case push::errc::read_timeout:
    case push::errc::total_timeout:
        return "timeout";
    case push::errc::malformed:
    case push::errc::answer_too_large:
        return "bad_answer";
    default:
        return outcome.target == target_state::closed ? "untrusted" : "unreachable";
    }
}

} // namespace

class automatic_handlers::state {
public:
    state(const delivery_parts& parts, const automatic_call_settings& settings, const asio::any_io_executor& executor)
        : parts_(parts), settings_(settings), executor_(executor) {}

    void reload();
    void stop() { set(std::make_shared<handlers_by_region>()); }
    bool has(std::string_view dest_region, std::string_view item) const {
        return find(*handlers(), dest_region, item, {}) != nullptr;
    }
    static asio::awaitable<automatic_answer> ask(std::shared_ptr<state> self, automatic_question question);

private:
    std::shared_ptr<const handlers_by_region> handlers() const {
        const std::lock_guard lock(mutex_);
        return handlers_;
    }
    void set(std::shared_ptr<const handlers_by_region> next) {
        const std::lock_guard lock(mutex_);
        handlers_.swap(next);
    }
    std::shared_ptr<const handler> open(const std::shared_ptr<const security::partner>& partner,
                                        const security::automatic_handler& terms, const handler_list* before) const;

    const delivery_parts parts_;
    const automatic_call_settings settings_;
    const asio::any_io_executor executor_;
    mutable std::mutex mutex_;
    std::shared_ptr<const handlers_by_region> handlers_ = std::make_shared<handlers_by_region>();
};

std::shared_ptr<const handler> automatic_handlers::state::open(const std::shared_ptr<const security::partner>& partner,
                                                               const security::automatic_handler& terms,
                                                               const handler_list* before) const {
    auto made = std::make_shared<handler>();
    made->partner = partner;
    made->terms = terms;
    if (!terms.dialect.empty()) {
        made->dialect = parts_.dialects.get()->find(terms.dialect);
        if (made->dialect == nullptr) {
            complain(*made, "dialect " + terms.dialect + " is not loaded");
            return made;
        }
    }
    for (const auto& earlier : before == nullptr ? handler_list() : *before) {
        if (earlier->client != nullptr && earlier->terms.name == terms.name && earlier->terms.call == terms.call &&
            same_call(earlier->dialect.get(), made->dialect.get())) {
            made->client = earlier->client;
            made->breaker = earlier->breaker;
            if (const auto renewed = made->client->reload(); !renewed) {
                complain(*made, renewed.error()); // it goes on with the certificates it has
            }
            return made;
        }
    }
    auto call = terms.call;
    call.total_deadline = std::min(call.total_deadline, settings_.within);
    call.read_deadline = call.total_deadline;
    auto target = push::target_of(call, settings_.tls);
    target.answer_bytes_max = settings_.answer_bytes_max;
    call_as(made->dialect.get(), target);
    auto opened = open_over_tls(executor_, target);
    if (opened) {
        made->client = std::move(*opened);
        made->breaker = std::make_shared<guarded_breaker>(settings_.breaker);
        return made;
    }
    for (const auto& mistake : opened.error()) {
        complain(*made, mistake);
    }
    return made;
}

void automatic_handlers::state::reload() {
    const auto before = handlers();
    auto next = std::make_shared<handlers_by_region>();
    for (const auto& partner : parts_.partners.get()->partners()) {
        if (partner->automatic.empty()) {
            continue;
        }
        const auto earlier = before->find(partner->regions.front());
        handler_list opened;
        for (const auto& terms : partner->automatic) {
            opened.push_back(open(partner, terms, earlier == before->end() ? nullptr : &earlier->second));
        }
        for (const auto& region : partner->regions) {
            next->emplace(region, opened);
        }
    }
    set(std::move(next));
}

asio::awaitable<automatic_answer> automatic_handlers::state::ask(std::shared_ptr<state> self,
                                                                 automatic_question question) {
    automatic_answer answer;
    const auto asked = find(*self->handlers(), question.state.dest_region(), question.state.item_impl_code(), question.handler);
    if (asked == nullptr) {
        co_return answer;
    }
    answer.partner = asked->partner;
    if (asked->client == nullptr) {
        answer.result = "unusable";
        co_return answer;
    }
    const auto trace_id = question.filing.trace_id().size() == 32 ? question.filing.trace_id() : http::random_hex(32);
    const auto event_id = ledger::to_hex(question.filing.event_id());
    const auto case_id = question.state.case_id();
    auto message = render(whole_event(std::move(question.filing), question.state, self->parts_.ledger), asked->dialect.get());
    if (!message) {
        answer.result = "cannot_be_written";
        co_return answer;
    }
    if (!asked->breaker->try_begin()) {
        answer.result = "breaker_open";
        co_return answer;
    }
    push::push_request request;
    request.content_type = std::move(message->content_type);
    request.body = std::move(message->body);
    request.repeatable = true;
    request.headers = {{"Idempotency-Key", event_id},
                       {"X-Tongban-Case", case_id},
                       {"X-Tongban-Binding", "when-recorded"},
                       {"traceparent", "00-" + trace_id + '-' + http::random_hex(16) + "-01"}};
    auto answered = co_await asked->client->post(std::move(request));
    const auto outcome = outcome_of(answered, nullptr);
    asked->breaker->learn(outcome, asked->partner->id, asked->terms.name);
    answer.result = word_of(answered, outcome);
    if (answer.result == "bad_answer") {
        monitoring::log(monitoring::severity::warning, "automatic_answer_not_taken",
                        {{"partner", asked->partner->id},
                         {"case_id", case_id},
                         {"result", answer.result},
                         {"reason", fault_of(answered, outcome, self->settings_.answer_bytes_max)}});
    }
    if (answer.result == "answered") {
        answer.certificate_serial = std::move(answered->target_serial);
        answer.dialect = asked->dialect == nullptr ? "" : asked->dialect->name();
        answer.content_type = std::move(answered->content_type);
        answer.body = std::move(answered->body);
    }
    co_return answer;
}

automatic_handlers::automatic_handlers(const delivery_parts& parts, const automatic_call_settings& settings,
                                       const asio::any_io_executor& executor)
    : state_(std::make_shared<state>(parts, settings, executor)) {
    state_->reload();
}

automatic_handlers::~automatic_handlers() {
    stop();
}

bool automatic_handlers::has(std::string_view dest_region, std::string_view item_impl_code) const {
    return state_->has(dest_region, item_impl_code);
}

asio::awaitable<automatic_answer> automatic_handlers::ask(automatic_question question) {
    return state::ask(state_, std::move(question));
}

void automatic_handlers::reload() {
    state_->reload();
}

void automatic_handlers::stop() {
    state_->stop();
}

} // namespace tongban::delivery
