// One thread reads; each message is a coroutine on the executor. A message that can be neither stored nor rejected now
// is tried again for as long as its topic is read here: it holds back its key and the position, nothing else.
#include "gateway/intake/topic_intake.hpp"

#include "connectors/log/kafka_topics.hpp"
#include "gateway/intake/topic_message.hpp"
#include "monitoring/log.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace tongban::intake {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::milliseconds read_wait{500};
constexpr std::chrono::seconds reopen_pause{5};

struct intake_metrics {
    monitoring::counter_family& messages;
    monitoring::counter_family& rejected;
    monitoring::counter retries;
};

} // namespace

struct topic_intake::state : std::enable_shared_from_this<state> {
    state(topic_intake_parts given, intake_metrics counted) : parts(std::move(given)), metrics(counted) {}

    void run();
    bool open(const std::map<std::string, std::shared_ptr<const security::partner>>& readers);
    void give(const log::source_message& given);
    void begin(std::shared_ptr<topic_message> message);
    asio::awaitable<void> handle(std::shared_ptr<topic_message> message);
    asio::awaitable<fate> try_once(topic_message& message);
    asio::awaitable<bool> reject(const topic_message& message, const http::response& answer);
    void finish(const topic_message& message);
    topic_intake_health health();
    bool is_reading_wanted() {
        const std::lock_guard lock(mutex);
        return !wanted.empty();
    }

    topic_intake_parts parts;
    intake_metrics metrics;
    std::unique_ptr<log::topic_writer> writer;

    std::mutex mutex;
    std::condition_variable changed;
    std::map<std::string, std::shared_ptr<const security::partner>> wanted; // by topic
    std::map<std::string, std::shared_ptr<const security::partner>> reading;
    std::shared_ptr<log::topic_source> source; // replaced on the thread only
    source_order order;
    std::map<source_order::place, std::map<std::uint64_t, std::shared_ptr<topic_message>>> waiting; // for their key
    bool again = false; // `wanted` changed
    bool stopping = false;
    std::string trouble; // why no source is open; empty when one is, or none is wanted
    std::map<std::string, std::string> not_rejecting; // rejected topic → why it takes nothing
    std::thread thread;
    intake_health_log health_log; // the thread's own
};

void topic_intake::state::run() {
    std::unique_lock lock(mutex);
    while (!stopping) {
        lock.unlock();
        health_log.look(health(), std::chrono::steady_clock::now());
        lock.lock();
        if (again || (source == nullptr && !wanted.empty())) {
            again = false;
            const auto readers = wanted;
            lock.unlock();
            const bool opened = open(readers);
            lock.lock();
            if (!opened) {
                changed.wait_for(lock, reopen_pause, [&] { return stopping || again; });
            }
            continue;
        }
        if (source == nullptr) {
            changed.wait(lock, [&] { return stopping || again; });
            continue;
        }
        const auto room = parts.settings.under_way_max - std::min(parts.settings.under_way_max, order.under_way());
        const auto from = source;
        lock.unlock();
        // Without room only the membership is kept alive.
        for (const auto& message : from->next(room == 0 ? std::chrono::milliseconds(20) : read_wait, room)) {
            give(message);
        }
        lock.lock();
    }
}

topic_intake_health topic_intake::state::health() {
    std::shared_ptr<log::topic_source> from;
    std::string not_reading;
    std::map<std::string, std::string> rejecting;
    {
        const std::lock_guard lock(mutex);
        if (wanted.empty()) {
            return {};
        }
        from = source;
        not_reading = trouble.empty() ? "the topics are being opened" : trouble;
        rejecting = not_rejecting;
    }
    return health_of(from ? from->health().reason : not_reading, rejecting);
}

bool topic_intake::state::open(const std::map<std::string, std::shared_ptr<const security::partner>>& readers) {
    std::shared_ptr<log::topic_source> old;
    {
        const std::lock_guard lock(mutex);
        old = std::exchange(source, nullptr);
        reading = readers;
    }
    if (old) {
        old->close();
    }
    if (readers.empty()) {
        return true;
    }
    std::vector<std::string> topics;
    for (const auto& [topic, partner] : readers) {
        topics.push_back(topic);
    }
    try {
        if (!writer) {
            writer = parts.open_writer();
        }
        std::shared_ptr<log::topic_source> made = parts.open_source(std::move(topics));
        const std::lock_guard lock(mutex);
        source = std::move(made);
        trouble.clear();
        return true;
    } catch (const std::exception& e) {
        const std::lock_guard lock(mutex);
        trouble = e.what();
        return false;
    }
}

void topic_intake::state::give(const log::source_message& given) {
    auto message = make_message(given);
    bool now = false;
    {
        const std::lock_guard lock(mutex);
        now = order.add(message->in, message->offset, message->key);
        if (!now) {
            waiting[message->in][message->offset] = message;
        }
    }
    if (now) {
        begin(std::move(message));
    }
}

void topic_intake::state::begin(std::shared_ptr<topic_message> message) {
    asio::co_spawn(parts.executor, [](std::shared_ptr<state> self, std::shared_ptr<topic_message> m) -> asio::awaitable<void> {
        co_await self->handle(std::move(m));
    }(shared_from_this(), std::move(message)), asio::detached);
}

asio::awaitable<void> topic_intake::state::handle(std::shared_ptr<topic_message> message) {
    asio::steady_timer pause(co_await asio::this_coro::executor);
    for (auto wait = parts.settings.retry_first;; wait = std::min(wait * 2, parts.settings.retry_most)) {
        const auto ended = co_await try_once(*message);
        if (ended != fate::again && ended != fate::onward) {
            break;
        }
        if (ended == fate::onward) {
            // More events than the ledger takes at once are stored turn by turn: no reason to wait longer each time.
            wait = parts.settings.retry_first;
        }
        metrics.retries.add();
        {
            const std::lock_guard lock(mutex);
            if (stopping) {
                co_return; // not done: it comes again
            }
        }
        pause.expires_after(wait);
        (void)co_await pause.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    finish(*message);
}

asio::awaitable<fate> topic_intake::state::try_once(topic_message& message) {
    std::shared_ptr<const security::partner> partner;
    {
        const std::lock_guard lock(mutex);
        const auto reader = reading.find(std::get<0>(message.in));
        partner = reader == reading.end() ? nullptr : reader->second;
    }
    if (!partner) {
        co_return fate::left;
    }
    auto& request = message.request;
    request.deadline = std::chrono::steady_clock::now() + parts.settings.deadline;
    taken_message taken;
    if (message.unreadable) {
        taken.answer = unreadable(request);
    } else if (request.body.size() > parts.settings.message_bytes_max) {
        taken.answer = too_large(request, parts.settings.message_bytes_max);
    } else {
        taken = co_await parts.intake.take(request, partner);
    }
    const auto& answer = taken.answer;
    auto ended = fate_of(taken);
    if (ended == fate::rejected && !co_await reject(message, answer)) {
        ended = fate::again;
    }
    if (ended == fate::taken || ended == fate::rejected) {
        metrics.messages.with({message.region, ended == fate::taken ? "taken" : "rejected"}).add();
        monitoring::log(monitoring::severity::info, "topic_message",
                        {{"partner", std::string_view(partner->id)},
                         {"partition", std::int64_t{std::get<1>(message.in)}},
                         {"offset", static_cast<std::int64_t>(message.offset)},
                         {"outcome", std::string_view(answer.outcome)},
                         {"case_id", std::string_view(answer.case_id)}});
    }
    if (ended == fate::rejected) {
        metrics.rejected.with({answer.outcome}).add();
    }
    co_return ended;
}

asio::awaitable<bool> topic_intake::state::reject(const topic_message& message, const http::response& answer) {
    const auto executor = co_await asio::this_coro::executor;
    struct report {
        explicit report(const asio::any_io_executor& on) : told(on, asio::steady_timer::time_point::max()) {}
        asio::steady_timer told;
        boost::system::error_code error;
        bool done = false;
    };
    const auto waited = std::make_shared<report>(executor);
    const log::message_header headers[] = {{"content-type", "application/json"}};
    const auto topic = log::intake_rejected_topic(message.region);
    writer->append(topic, message.key, rejection_of(message, answer), headers,
                   [waited, executor](boost::system::error_code error) {
                       asio::post(executor, [waited, error] {
                           waited->error = error;
                           waited->done = true;
                           waited->told.cancel();
                       });
                   });
    while (!waited->done) {
        (void)co_await waited->told.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    const std::lock_guard lock(mutex);
    if (waited->error) {
        not_rejecting[topic] = text_of_rejected_topic(waited->error);
    } else {
        not_rejecting.erase(topic);
    }
    co_return !waited->error;
}

void topic_intake::state::finish(const topic_message& message) {
    std::vector<std::shared_ptr<topic_message>> next;
    std::shared_ptr<log::topic_source> from;
    std::optional<std::uint64_t> through;
    {
        const std::lock_guard lock(mutex);
        const auto finished = order.finish(message.in, message.offset);
        through = finished.done_through;
        from = source;
        const auto held = waiting.find(message.in);
        for (const auto offset : finished.may_begin) {
            if (held == waiting.end()) {
                break;
            }
            if (auto node = held->second.extract(offset)) {
                next.push_back(std::move(node.mapped()));
            }
        }
        if (held != waiting.end() && held->second.empty()) {
            waiting.erase(held);
        }
        changed.notify_all();
    }
    if (through && from) {
        const auto& [topic, partition, turn] = message.in;
        const log::source_position done[] = {{topic, partition, *through, turn}};
        from->done(done);
    }
    for (auto& each : next) {
        begin(std::move(each));
    }
}

topic_intake::topic_intake(topic_intake_parts parts, monitoring::registry& metrics)
    : state_(std::make_shared<state>(
          std::move(parts),
          intake_metrics{metrics.make_counter_family("tongban_intake_topic_messages_total",
                                                     "Messages read from regions' topics, by how they ended",
                                                     {"region", "outcome"}, 700),
                         metrics.make_counter_family("tongban_intake_rejected_total",
                                                     "Messages of topics that were rejected, by reason", {"reason"}, 200),
                         metrics.make_counter("tongban_intake_topic_retries_total",
                                              "Tries of a topic's message that could be neither stored nor rejected")})) {
    const auto lag = [weak = std::weak_ptr(state_)](monitoring::registry::collected& out) {
        const auto alive = weak.lock();
        std::shared_ptr<log::topic_source> source;
        if (alive) {
            const std::lock_guard lock(alive->mutex);
            source = alive->source;
        }
        if (!source) {
            return;
        }
        for (const auto& [topic, figures] : source->statistics().topics) {
            if (figures.lag) {
                out.push_back({{{"region", log::region_of_intake_topic(topic).value_or("none")}},
                               static_cast<double>(*figures.lag)});
            }
        }
    };
    metrics.make_collected_gauge("tongban_intake_topic_lag_messages",
                                 "Messages published and not dealt with, in the partitions this replica reads; none while unknown",
                                 lag);
    metrics.make_collected_gauge("tongban_intake_topic_under_way",
                                 "Messages of topics that are being handled, or wait for another of their key",
                                 [weak = std::weak_ptr(state_)](monitoring::registry::collected& out) {
                                     if (const auto alive = weak.lock()) {
                                         const std::lock_guard lock(alive->mutex);
                                         out.push_back({{}, static_cast<double>(alive->order.under_way())});
                                     }
                                 });
    metrics.make_collected_gauge("tongban_intake_topics_ready",
                                 "1: regions' topics are read, and what is rejected is told; 0: not",
                                 [weak = std::weak_ptr(state_)](monitoring::registry::collected& out) {
                                     const auto alive = weak.lock();
                                     if (alive && alive->is_reading_wanted()) {
                                         out.push_back({{}, alive->health().ready ? 1.0 : 0.0});
                                     }
                                 });
    state_->thread = std::thread([s = state_] { s->run(); });
}

topic_intake::~topic_intake() {
    stop(std::chrono::milliseconds(0));
}

void topic_intake::read(const security::partner_directory& partners) {
    std::map<std::string, std::shared_ptr<const security::partner>> wanted;
    for (const auto& partner : partners.partners()) {
        if (!partner->intake_topic) {
            continue;
        }
        for (const auto& region : partner->regions) {
            wanted[log::intake_topic(region)] = partner;
        }
    }
    auto& s = *state_;
    const std::lock_guard lock(s.mutex);
    const auto same = [](const auto& a, const auto& b) { return a.first == b.first; };
    if (std::equal(wanted.begin(), wanted.end(), s.wanted.begin(), s.wanted.end(), same)) {
        // The same topics: only who they belong to is new.
        s.wanted = wanted;
        if (!s.again) {
            s.reading = std::move(wanted);
        }
        return;
    }
    s.wanted = std::move(wanted);
    std::erase_if(s.not_rejecting, [&s](const auto& each) {
        return std::none_of(s.wanted.begin(), s.wanted.end(), [&each](const auto& reader) {
            const auto region = log::region_of_intake_topic(reader.first);
            return region && log::intake_rejected_topic(*region) == each.first;
        });
    });
    s.again = true;
    s.changed.notify_all();
    if (s.source) {
        s.source->wake();
    }
}

void topic_intake::stop(std::chrono::milliseconds wait) {
    auto& s = *state_;
    if (!s.thread.joinable()) {
        return;
    }
    std::shared_ptr<log::topic_source> source;
    {
        const std::lock_guard lock(s.mutex);
        s.stopping = true;
        source = s.source;
        s.changed.notify_all();
    }
    if (source) {
        source->wake();
    }
    s.thread.join();
    if (source) {
        {
            std::unique_lock lock(s.mutex);
            s.changed.wait_for(lock, wait, [&] { return s.order.under_way() == 0; });
        }
        source->close();
    }
    {
        const std::lock_guard lock(s.mutex);
        s.source = nullptr;
    }
    if (s.writer) {
        s.writer->close(wait);
    }
}

topic_intake_health topic_intake::health() const {
    return state_->health();
}

} // namespace tongban::intake
