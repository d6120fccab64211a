// One idempotent producer for many topics, and the thread that serves its reports. A producer that went fatal
// is replaced by that thread.
#include "connectors/log/topic_writer.hpp"

#include "connectors/log/append_slots.hpp"
#include "connectors/log/kafka_config.hpp"
#include "connectors/log/kafka_errors.hpp"
#include "connectors/log/kafka_statistics.hpp"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <thread>
#include <utility>

namespace tongban::log {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds poll_wait{200};
constexpr milliseconds purge_wait{5000};
constexpr std::size_t failing_max = 64;
// A topic that is not there is told so after this, not after librdkafka's half minute.
constexpr const char* missing_topic_milliseconds = "5000";

class kafka_writer final : public topic_writer {
public:
    explicit kafka_writer(const kafka_settings& settings)
        : settings_(settings), slots_(settings.backlog_records_max, settings.backlog_bytes_max),
          progress_(steady_clock::now()) {
        make_producer();
        thread_ = std::thread([this] { serve(); });
    }
    ~kafka_writer() override { kafka_writer::close(milliseconds{0}); }

    void append(const std::string& topic, std::string_view key, std::string value,
                std::span<const message_header> headers, append_done done) override;
    log_health health() const override;
    writer_statistics statistics() const override;
    void close(milliseconds wait) override;

private:
    errc produce(const std::string& topic, std::string_view key, std::string& value,
                 std::span<const message_header> headers, std::size_t header_bytes, append_done& done);
    void make_producer();
    void serve();
    void serve_event(rd_kafka_event_t* event);
    void serve_reports(rd_kafka_event_t* event);
    void serve_statistics(std::string_view json);
    void end_producer();
    void replace_producer();
    void fail_what_is_left();
    void count(boost::system::error_code outcome);
    // With mutex_ held. Bounded: more topics than that are not needed to see that something is wrong.
    void note_failing(const std::string& topic, const std::string& why) {
        if (failing_.size() < failing_max || failing_.contains(topic))
            failing_[topic] = why;
    }
    void diagnose(int level, const std::string& text) const {
        if (settings_.diagnostics)
            settings_.diagnostics(level, "writer " + text);
    }

    const kafka_settings settings_;
    append_slots slots_;               // librdkafka points into it until its handle is destroyed
    std::shared_mutex producer_mutex_; // exclusive only to replace it
    kafka_handle producer_;
    kafka_queue_handle events_;
    std::atomic<bool> accepting_{false};
    std::atomic<bool> fatal_{false};

    mutable std::mutex mutex_; // all down to settled_
    writer_statistics counted_;
    std::map<std::string, std::string> failing_; // topic → its last outcome, when that was no success
    std::string trouble_ = "not connected yet";
    errc refusal_ = errc::unavailable; // while there is no producer
    int ends_ = 0;                     // of producers since the last durable record
    steady_clock::time_point progress_;
    std::condition_variable settled_;

    std::atomic<bool> closed_{false};
    std::atomic<bool> stop_{false};
    std::mutex close_mutex_;
    std::thread thread_;
};

void kafka_writer::make_producer() {
    const auto text = [](auto value) { return std::to_string(value); };
    kafka_handle made = make_client_handle(
        settings_, kafka_role::producer,
        {{"acks", "all"},
         {"enable.idempotence", "true"},
         {"linger.ms", "0"},
         {"partitioner", "murmur2_random"},
         {"message.timeout.ms", text(settings_.message_timeout.count())},
         {"message.max.bytes", text(settings_.record_bytes_max + kafka_batch_overhead_bytes)},
         {"queue.buffering.max.messages", text(settings_.backlog_records_max + 1000)},
         {"queue.buffering.max.kbytes", text(settings_.backlog_bytes_max / 1024 * 2 + 1024)},
         {"topic.metadata.propagation.max.ms", missing_topic_milliseconds},
         {"statistics.interval.ms", text(settings_.statistics_interval.count())}},
        [](rd_kafka_conf_t* conf) {
            rd_kafka_conf_set_events(conf, RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_STATS |
                                               RD_KAFKA_EVENT_LOG);
        });
    kafka_queue_handle events(rd_kafka_queue_get_main(made.get()));
    {
        const std::unique_lock lock(producer_mutex_);
        producer_ = std::move(made);
        events_ = std::move(events);
    }
    const std::scoped_lock lock(mutex_);
    ++counted_.producers_made;
    accepting_ = true;
}

void kafka_writer::append(const std::string& topic, std::string_view key, std::string value,
                          std::span<const message_header> headers, append_done done) {
    std::size_t header_bytes = 0;
    for (const message_header& header : headers)
        header_bytes += header.name.size() + header.value.size();
    errc refused{};
    if (key.size() + value.size() + header_bytes > settings_.record_bytes_max)
        refused = errc::too_large;
    else if (closed_)
        refused = errc::closed;
    else
        refused = produce(topic, key, value, headers, header_bytes, done);
    if (refused == errc{})
        return;
    count(refused);
    done(refused);
}

errc kafka_writer::produce(const std::string& topic, std::string_view key, std::string& value,
                           std::span<const message_header> headers, std::size_t header_bytes,
                           append_done& done) {
    const std::shared_lock lock(producer_mutex_);
    if (!accepting_) {
        const std::scoped_lock guard(mutex_);
        return refusal_;
    }
    append_slot* slot = slots_.take(key.size() + header_bytes, value, done);
    if (slot == nullptr)
        return errc::backlog_full;
    if (slots_.used() == 1) { // silence counts from the first that waits
        const std::scoped_lock guard(mutex_);
        progress_ = steady_clock::now();
    }
    rd_kafka_headers_t* copied = rd_kafka_headers_new(headers.size());
    for (const message_header& header : headers)
        rd_kafka_header_add(copied, header.name.data(), static_cast<ssize_t>(header.name.size()),
                            header.value.data(), static_cast<ssize_t>(header.value.size()));
    const rd_kafka_resp_err_t failure = rd_kafka_producev(
        producer_.get(), RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_PARTITION(RD_KAFKA_PARTITION_UA),
        RD_KAFKA_V_KEY(key.data(), key.size()), RD_KAFKA_V_VALUE(slot->value.data(), slot->value.size()),
        RD_KAFKA_V_HEADERS(copied), RD_KAFKA_V_OPAQUE(slot), RD_KAFKA_V_END);
    if (failure == RD_KAFKA_RESP_ERR_NO_ERROR)
        return errc{};
    rd_kafka_headers_destroy(copied);
    value = std::move(slot->value);
    done = std::move(slot->done);
    slots_.release(std::array{slot});
    const std::scoped_lock guard(mutex_);
    if (failure != RD_KAFKA_RESP_ERR__QUEUE_FULL)
        note_failing(topic, kafka_error_text(failure));
    return produce_refusal(failure);
}

void kafka_writer::serve() {
    while (!stop_) {
        if (rd_kafka_event_t* event = rd_kafka_queue_poll(events_.get(), poll_wait.count())) {
            serve_event(event);
            rd_kafka_event_destroy(event);
        }
        if (fatal_)
            replace_producer();
    }
    end_producer();
}

void kafka_writer::serve_event(rd_kafka_event_t* event) {
    switch (rd_kafka_event_type(event)) {
    case RD_KAFKA_EVENT_DR:
        return serve_reports(event);
    case RD_KAFKA_EVENT_STATS:
        return serve_statistics(rd_kafka_event_stats(event));
    case RD_KAFKA_EVENT_LOG: {
        const char *facility = nullptr, *text = nullptr;
        int level = 0;
        if (rd_kafka_event_log(event, &facility, &text, &level) == 0)
            diagnose(level, std::string(facility) + ": " + text);
        return;
    }
    case RD_KAFKA_EVENT_ERROR: {
        std::array<char, 512> text{};
        const rd_kafka_resp_err_t code = rd_kafka_fatal_error(producer_.get(), text.data(), text.size());
        const std::scoped_lock lock(mutex_);
        if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
            if (!trouble_.empty())
                trouble_ = rd_kafka_event_error_string(event);
            return;
        }
        fatal_ = true;
        trouble_ = "the producer ended and is made anew: " + kafka_error_text(code);
        refusal_ = is_authorisation_error(code) ? errc::not_authorised : errc::unavailable;
        return;
    }
    default:
        return;
    }
}

void kafka_writer::serve_reports(rd_kafka_event_t* event) {
    std::vector<append_slot*> reported;
    std::vector<boost::system::error_code> outcomes;
    {
        const std::scoped_lock lock(mutex_);
        progress_ = steady_clock::now();
        while (const rd_kafka_message_t* message = rd_kafka_event_message_next(event)) {
            boost::system::error_code outcome = delivery_outcome(*message);
            const std::string topic = rd_kafka_topic_name(message->rkt);
            if (outcome == errc::unavailable && (fatal_ || closed_))
                outcome = closed_ ? errc::closed : refusal_;
            if (message->err >= 0 && !fatal_) // said by a broker
                trouble_.clear();
            if (!outcome) {
                failing_.erase(topic);
                ends_ = 0;
            } else if (outcome != errc::too_large && !fatal_ && !closed_) {
                note_failing(topic, kafka_error_text(message->err));
            }
            reported.push_back(static_cast<append_slot*>(message->_private));
            outcomes.push_back(outcome);
        }
    }
    for (std::size_t i = 0; i < reported.size(); ++i) {
        count(outcomes[i]);
        std::exchange(reported[i]->done, nullptr)(outcomes[i]);
    }
    slots_.release(reported);
    const std::scoped_lock lock(mutex_);
    settled_.notify_all();
}

void kafka_writer::serve_statistics(std::string_view json) {
    log_statistics read;
    bool assigned = false;
    const std::scoped_lock lock(mutex_);
    if (fatal_ || !read_statistics(json, read, assigned))
        return;
    if (read.brokers_up > 0)
        trouble_.clear();
    else if (trouble_.empty())
        trouble_ = "no broker can be reached";
}

// After this every append under way has been reported and the handle is gone.
void kafka_writer::end_producer() {
    if (!producer_)
        return;
    {
        const std::unique_lock lock(producer_mutex_);
        accepting_ = false;
    }
    // After a fatal error some records get no report without it.
    rd_kafka_purge(producer_.get(),
                   RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT | RD_KAFKA_PURGE_F_NON_BLOCKING);
    const auto until = steady_clock::now() + purge_wait;
    while (slots_.used() != 0 && steady_clock::now() < until)
        if (rd_kafka_event_t* event = rd_kafka_queue_poll(events_.get(), 100)) {
            serve_event(event);
            rd_kafka_event_destroy(event);
        }
    events_.reset();
    producer_.reset();
    fail_what_is_left();
}

void kafka_writer::fail_what_is_left() {
    const std::vector<append_slot*> left = slots_.left();
    for (append_slot* slot : left) {
        count(errc::outcome_unknown);
        std::exchange(slot->done, nullptr)(errc::outcome_unknown);
    }
    slots_.release(left);
}

void kafka_writer::replace_producer() {
    end_producer();
    while (!stop_) {
        {
            std::unique_lock lock(mutex_);
            ends_ = std::min(ends_ + 1, 10);
            settled_.wait_for(lock, settings_.retry_interval * ends_, [&] { return stop_.load(); });
        }
        if (stop_)
            break;
        try {
            fatal_ = false;
            make_producer();
            return;
        } catch (const std::runtime_error& failure) {
            const std::scoped_lock lock(mutex_);
            trouble_ = failure.what();
        }
    }
}

void kafka_writer::count(boost::system::error_code outcome) {
    const std::scoped_lock lock(mutex_);
    if (!outcome)
        ++counted_.appended;
    else if (outcome == errc::backlog_full)
        ++counted_.refused_backlog_full;
    else if (outcome == errc::too_large)
        ++counted_.refused_too_large;
    else if (outcome == errc::not_authorised)
        ++counted_.refused_not_authorised;
    else if (outcome == errc::outcome_unknown)
        ++counted_.outcome_unknown;
    else
        ++counted_.refused_unavailable;
}

log_health kafka_writer::health() const {
    const std::uint64_t backlog = slots_.used();
    const std::scoped_lock lock(mutex_);
    std::string reason = closed_ ? "closed" : trouble_;
    if (reason.empty() && backlog != 0 && steady_clock::now() - progress_ > settings_.stall_limit)
        reason = "no acknowledgement from the brokers for longer than " +
                 std::to_string(settings_.stall_limit.count()) + " ms";
    for (const auto& [topic, why] : failing_)
        reason += (reason.empty() ? "topic " : "; topic ") + topic + ": " + why;
    return {reason.empty(), reason, backlog};
}

writer_statistics kafka_writer::statistics() const {
    const std::uint64_t records = slots_.used(), bytes = slots_.bytes();
    const std::scoped_lock lock(mutex_);
    writer_statistics now = counted_;
    now.backlog_records = records;
    now.backlog_bytes = bytes;
    return now;
}

void kafka_writer::close(milliseconds wait) {
    const std::scoped_lock closing(close_mutex_);
    closed_ = true;
    if (!thread_.joinable())
        return;
    {
        std::unique_lock lock(mutex_);
        settled_.wait_for(lock, wait, [&] { return slots_.used() == 0; });
        stop_ = true;
        settled_.notify_all();
    }
    thread_.join();
}

} // namespace

std::unique_ptr<topic_writer> open_kafka_writer(const kafka_settings& settings) {
    check_settings(settings);
    return std::make_unique<kafka_writer>(settings);
}

} // namespace tongban::log
