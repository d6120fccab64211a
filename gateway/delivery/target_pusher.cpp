// The strand keeps all of it to one thread at a time; nothing here waits, but in coroutines.
#include "gateway/delivery/target_pusher.hpp"

#include "gateway/http/trace.hpp"
#include "monitoring/log.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace tongban::delivery {

using breaker::breaker_state;

namespace asio = boost::asio;

namespace {

constexpr std::size_t read_ahead = 4;    // deliveries read from the view at once, for each connection
constexpr std::size_t waiting_max = 512; // deliveries whose end the ledger does not have yet
constexpr std::chrono::milliseconds view_pause{500};
constexpr std::chrono::milliseconds busy_pause{20};
// Watchers look up this often whether they are still wanted.
constexpr std::chrono::milliseconds watch_most{500};

} // namespace

// An attempt's claim on its case and on a connection, and the client it uses: gone when the attempt ends, however.
class target_pusher::attempt_place {
public:
    attempt_place(target_pusher& of, const candidate& what)
        : client(of.configuration_.client), kept_(of.shared_from_this()), of_(of), key_(key_of(what)) {
        of_.pushing_.insert(this);
    }
    ~attempt_place() {
        leave_connection();
        of_.under_way_.erase(key_);
        of_.is_changed_ = true;
        of_.wake();
    }
    attempt_place(const attempt_place&) = delete;
    void leave_connection() {
        client.reset();
        of_.pushing_.erase(this);
        of_.show_levels();
    }

    std::shared_ptr<push::push_port> client;

private:
    // A coroutine may destroy its parameters in any order: this goes after the last use of the pusher.
    const std::shared_ptr<target_pusher> kept_;
    target_pusher& of_;
    case_key key_;
};

target_pusher::target_pusher(const delivery_parts& parts, const push_settings& settings,
                             const asio::any_io_executor& executor, std::shared_ptr<const owned_partitions> owned,
                             const push_metrics& metrics, work_count& work, std::string id)
    : parts_(parts), settings_(settings), strand_(asio::make_strand(executor)), owned_(std::move(owned)),
      metrics_(metrics), work_(work), id_(std::move(id)), levels_(metrics.gauges().add(id_)),
      reporter_(std::make_shared<fact_reporter>(
          parts.ledger, strand_, settings.report_deadline,
          [owned = owned_](std::uint32_t partition) { return owned->owns(partition); })),
      breaker_(settings.breaker), alarm_(strand_) {}

target_pusher::~target_pusher() = default;

void target_pusher::configure(target_configuration next, bool is_another_place) {
    asio::post(strand_, [self = shared_from_this(), held = token(work_), next = std::move(next),
                         is_another_place]() mutable {
        if (self->is_retired_) {
            return;
        }
        const auto* before = self->configuration_.partner.get();
        const bool same_regions = before != nullptr && before->regions == next.partner->regions;
        self->configuration_ = std::move(next);
        if (is_another_place) {
            self->breaker_.reset();
            ++self->place_;
        }
        for (const auto& one : self->ready_) {
            self->under_way_.erase(key_of(one));
        }
        self->ready_.clear();
        if (!same_regions) {
            self->watch_regions();
        }
        self->is_changed_ = true;
        self->turn();
    });
}

void target_pusher::look_again() {
    asio::post(strand_, [self = shared_from_this(), held = token(work_)] {
        self->reporter_->look_again();
        self->is_changed_ = true;
        self->turn();
    });
}

void target_pusher::retire() {
    asio::post(strand_, [self = shared_from_this(), held = token(work_)] {
        self->is_retired_ = true;
        self->configuration_.client.reset();
        self->ready_.clear();
        self->alarm_.cancel();
        self->reporter_->look_again();
        self->metrics_.gauges().remove(self->levels_);
    });
}

void target_pusher::cut_off() {
    asio::post(strand_, [self = shared_from_this(), held = token(work_)] {
        for (auto* place : self->pushing_) {
            place->client.reset();
        }
    });
}

void target_pusher::wake() {
    if (!std::exchange(is_turn_posted_, true)) {
        asio::post(strand_, [self = shared_from_this()] {
            self->is_turn_posted_ = false;
            self->turn();
        });
    }
}

void target_pusher::watch_regions() {
    ++generation_;
    for (const auto& region : configuration_.partner->regions) {
        asio::co_spawn(strand_, watch(token(work_), shared_from_this(), region, generation_), asio::detached);
    }
}

asio::awaitable<void> target_pusher::watch(token, std::shared_ptr<target_pusher> self, std::string region,
                                           std::uint64_t generation) {
    auto& ledger = self->parts_.ledger;
    asio::steady_timer pause(self->strand_);
    auto seen = ledger.deliveries_version(region);
    while (!self->is_retired_ && self->generation_ == generation) {
        const auto until = clock::now() + watch_most;
        const auto changed = co_await ledger.deliveries_changed(region, until, seen);
        if (!changed) { // too many wait: looked at when the time is over
            pause.expires_at(until);
            (void)co_await pause.async_wait(asio::as_tuple(asio::use_awaitable));
        }
        if (!(changed && !*changed) && !self->is_retired_) {
            seen = ledger.deliveries_version(region);
            self->is_changed_ = true;
            self->turn();
        }
    }
}

bool target_pusher::has_room() const {
    return pushing_.size() < configuration_.partner->delivery->push.connections_max &&
           under_way_.size() - ready_.size() < waiting_max && !reporter_->is_failing();
}

bool target_pusher::is_shut(clock::time_point now) const {
    return breaker_.state() == breaker_state::open && now < breaker_.opens_until();
}

void target_pusher::turn() {
    if (is_retired_ || configuration_.partner == nullptr) {
        return;
    }
    show_levels();
    const auto now = clock::now();
    if (configuration_.client == nullptr) {
        return;
    }
    if (now < not_before_) {
        return sleep_until(not_before_);
    }
    while (has_room()) {
        if (is_shut(now)) {
            return sleep_until(breaker_.opens_until()); // the backlog stays in the view
        }
        refill(now);
        if (ready_.empty()) {
            if (next_visible_ms_ != 0) {
                sleep_until(now + std::chrono::milliseconds(std::max<std::int64_t>(
                                      next_visible_ms_ - parts_.ledger.now_ms(), 1)));
            }
            return;
        }
        if (!breaker_.try_begin(now)) {
            return; // half open: the end of the one attempt wakes
        }
        auto next = std::move(ready_.front());
        ready_.pop_front();
        auto place = std::make_unique<attempt_place>(*this, next);
        asio::co_spawn(strand_, attempt(token(work_), shared_from_this(), std::move(place), std::move(next)),
                       asio::detached);
    }
}

// Reads the view when nothing that was read is left and something may have changed.
void target_pusher::refill(clock::time_point now) {
    while (!ready_.empty() && !owned_->owns(ready_.front().due.number.partition)) {
        under_way_.erase(key_of(ready_.front()));
        ready_.pop_front();
    }
    const bool is_time = next_visible_ms_ != 0 && parts_.ledger.now_ms() >= next_visible_ms_;
    if (!ready_.empty() || (!is_changed_ && !is_time)) {
        return;
    }
    is_changed_ = false;
    next_visible_ms_ = 0;
    const auto& partner = *configuration_.partner;
    const auto most = partner.delivery->push.connections_max * read_ahead;
    const auto partitions = owned_->count();
    // Another partition is first each time, so that none starves behind a full one.
    first_partition_ = partitions == 0 ? 0 : (first_partition_ + 1) % partitions;
    for (std::uint32_t i = 0; i < partitions; ++i) {
        const auto partition = (first_partition_ + i) % partitions;
        for (const auto& region : partner.regions) {
            if (!owned_->owns(partition)) {
                continue;
            }
            if (ready_.size() >= most) {
                is_changed_ = true; // there may be more
                return;
            }
            if (!refill_from(region, partition, most - ready_.size())) {
                is_changed_ = true;
                not_before_ = now + view_pause;
                return sleep_until(not_before_);
            }
        }
    }
}

// False when the view could not be read.
bool target_pusher::refill_from(const std::string& region, std::uint32_t partition, std::size_t most) {
    const auto is_known = [&](const ledger::due_delivery& due) { return under_way_.contains(key_of({due, region})); };
    std::int64_t next_ms = 0;
    const auto found =
        parts_.ledger.deliveries().due(region, partition, parts_.ledger.now_ms(), most, is_known, next_ms);
    if (!found) {
        return false;
    }
    for (const auto& due : *found) {
        candidate one{due, region};
        under_way_.insert(key_of(one));
        ready_.push_back(std::move(one));
    }
    if (next_ms != 0 && (next_visible_ms_ == 0 || next_ms < next_visible_ms_)) {
        next_visible_ms_ = next_ms;
    }
    return true;
}

void target_pusher::sleep_until(clock::time_point when) {
    alarm_.expires_at(when);
    alarm_.async_wait([self = shared_from_this()](boost::system::error_code ec) {
        if (!ec) {
            self->turn();
        }
    });
}

asio::awaitable<void> target_pusher::attempt(token, std::shared_ptr<target_pusher> self,
                                             std::unique_ptr<attempt_place> place, candidate what) {
    prepared_push ready;
    std::vector<v1::DeliveryFact> facts;
    switch (prepare(self->parts_, what.due, what.region, self->configuration_.dialect, ready)) {
    case preparation::gone: // another was first, or it was put off
        self->breaker_.abandoned();
        break;
    case preparation::unreadable:
        self->breaker_.abandoned();
        self->not_before_ = clock::now() + view_pause;
        break;
    case preparation::unwritable:
        self->breaker_.abandoned();
        self->metrics_.failed(self->id_, "cannot_be_written");
        monitoring::log(monitoring::severity::error, "push_cannot_be_written",
                        {{"partner", self->id_},
                         {"dialect", ready.dialect->name()},
                         {"delivery", cases::to_text(ready.standing.id())},
                         {"reason", ready.unwritable.message()},
                         {"field", ready.unwritable_field}});
        facts = unwritable_facts(ready, self->id_);
        break;
    case preparation::ready: {
        const auto where = self->place_;
        const auto outcome = co_await self->push(ready, *place);
        self->learn(outcome, where);
        facts = facts_of(ready, self->id_, outcome, self->parts_.settings, self->parts_.ledger.now_ms(), self->random_);
        break;
    }
    }
    // The connection is free for the next while the ledger takes what became of this one.
    place->leave_connection();
    self->wake();
    if (!facts.empty()) {
        co_await self->reporter_->record(std::move(facts));
    }
}

asio::awaitable<push_outcome> target_pusher::push(const prepared_push& ready, attempt_place& place) {
    push::push_request request;
    request.content_type = ready.message.content_type;
    request.body = ready.message.body;
    request.repeatable = true;
    const auto id = cases::to_text(ready.standing.id());
    const auto trace_id = ready.trace_id.size() == 32 ? ready.trace_id : http::random_hex(32);
    request.headers = {{"Idempotency-Key", id},
                       {"X-Tongban-Delivery", id},
                       {"X-Tongban-Attempt", std::to_string(ready.standing.attempts() + 1)},
                       {"traceparent", "00-" + trace_id + '-' + http::random_hex(16) + "-01"}};
    if (place.client == nullptr) {
        co_return push_outcome{};
    }
    const auto begun = clock::now();
    auto answered = co_await place.client->post(std::move(request));
    metrics_.took(id_, clock::now() - begun);
    co_return outcome_of(answered, ready.dialect.get());
}

void target_pusher::learn(const push_outcome& outcome, std::uint64_t place) {
    const auto before = breaker_.state();
    const auto now = clock::now();
    if (outcome.is_truncated) {
        metrics_.answer_too_large(id_);
    }
    if (outcome.result == push_result::failed || outcome.result == push_result::refused) {
        metrics_.failed(id_, outcome.code);
    }
    if (place != place_) {
        return;
    }
    if (outcome.result == push_result::abandoned) {
        breaker_.abandoned();
        not_before_ = now + busy_pause;
        return;
    }
    switch (outcome.target) {
    case target_state::works:
        breaker_.succeeded();
        break;
    case target_state::fails:
        breaker_.failed(now, outcome.asked, random_);
        break;
    case target_state::closed:
        breaker_.tripped(now, random_);
        break;
    }
    const auto after = breaker_.state();
    if (after == breaker_state::open && before != breaker_state::open) {
        const auto pause = std::chrono::duration_cast<std::chrono::milliseconds>(breaker_.opens_until() - now);
        const bool needs_somebody = outcome.target == target_state::closed;
        monitoring::log(needs_somebody ? monitoring::severity::error : monitoring::severity::warning,
                        needs_somebody ? "push_target_not_trusted" : "push_breaker_opened",
                        {{"partner", id_}, {"code", outcome.code}, {"reason", outcome.text}, {"pause_ms", pause.count()}});
    } else if (after == breaker_state::closed && before != breaker_state::closed) {
        monitoring::log(monitoring::severity::info, "push_breaker_closed", {{"partner", id_}});
    }
}

void target_pusher::show_levels() {
    const bool is_usable = configuration_.client != nullptr || is_retired_;
    levels_->breaker = is_usable ? static_cast<int>(breaker_.state()) : unusable_level;
    levels_->under_way = static_cast<std::int64_t>(pushing_.size());
    levels_->facts_waiting = static_cast<std::int64_t>(reporter_->waiting());
}

} // namespace tongban::delivery
