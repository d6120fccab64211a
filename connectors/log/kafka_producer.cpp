// One append is one rd_kafka_produce() without a copy of the value; reports come in batches and give their
// slots back in one go.
#include "connectors/log/kafka_producer.hpp"

#include <librdkafka/rdkafka.h>

#include <array>

namespace tongban::log {

namespace {
constexpr std::chrono::milliseconds purge_wait{5000};
}

kafka_producer::kafka_producer(const kafka_settings& settings, producer_listener& listener)
    : listener_(listener), slots_(settings.backlog_records_max, settings.backlog_bytes_max),
      handle_(make_producer_handle(settings)), topic_(make_topic_handle(handle_.get(), settings.topic)),
      events_(rd_kafka_queue_get_main(handle_.get())) {
    thread_ = std::thread([this] { serve(); });
}

kafka_producer::~kafka_producer() {
    if (thread_.joinable())
        abort(errc::unavailable);
}

errc kafka_producer::append(std::uint32_t partition, std::string_view key, std::string& value,
                            append_done& done) {
    append_slot* slot = slots_.take(key.size(), value, done);
    if (slot == nullptr)
        return errc::backlog_full;
    // The partition is ours to choose (partition_of), the same as Kafka's clients would: an empty key has its
    // place too.
    if (rd_kafka_produce(topic_.get(), static_cast<int32_t>(partition), 0, slot->value.data(),
                         slot->value.size(), key.data(), key.size(), slot) == 0)
        return errc{};
    const errc refused = produce_refusal(rd_kafka_last_error());
    value = std::move(slot->value);
    done = std::move(slot->done);
    slots_.release(std::array{slot});
    return refused;
}

void kafka_producer::warm(std::chrono::milliseconds wait) {
    if (warm_)
        return;
    const rd_kafka_metadata_t* metadata = nullptr;
    if (rd_kafka_metadata(handle_.get(), 0, topic_.get(), &metadata, static_cast<int>(wait.count())) !=
        RD_KAFKA_RESP_ERR_NO_ERROR)
        return;
    rd_kafka_metadata_destroy(metadata);
    warm_ = true;
}

void kafka_producer::drain(std::chrono::milliseconds wait) {
    // Nothing lingers, so there is nothing to flush: only reports to wait for.
    wait_until_reported(wait);
}

void kafka_producer::abort(errc unsent) {
    unsent_ = unsent;
    // After a fatal error some records get no report without it.
    rd_kafka_purge(handle_.get(),
                   RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT | RD_KAFKA_PURGE_F_NON_BLOCKING);
    wait_until_reported(purge_wait);
    stop_ = true;
    rd_kafka_queue_yield(events_.get());
    thread_.join();
    const std::vector<append_slot*> left = slots_.left();
    for (append_slot* slot : left)
        std::exchange(slot->done, nullptr)(errc::outcome_unknown);
    if (!left.empty())
        listener_.on_reports({.unknown = left.size()});
    slots_.release(left);
}

void kafka_producer::wait_until_reported(std::chrono::milliseconds wait) {
    std::unique_lock lock(settled_mutex_);
    waiting_ = true;
    settled_.wait_for(lock, wait, [&] { return slots_.used() == 0; });
    waiting_ = false;
}

void kafka_producer::serve() {
    while (!stop_) {
        rd_kafka_event_t* event = rd_kafka_queue_poll(events_.get(), 10000);
        if (event != nullptr) {
            serve_event(event);
            rd_kafka_event_destroy(event);
        }
    }
}

void kafka_producer::serve_event(rd_kafka_op_s* event) {
    switch (rd_kafka_event_type(event)) {
    case RD_KAFKA_EVENT_DR:
        return serve_reports(event);
    case RD_KAFKA_EVENT_ERROR: {
        // A fatal error comes under its own code: only asking tells.
        std::array<char, 512> text{};
        const rd_kafka_resp_err_t fatal = rd_kafka_fatal_error(handle_.get(), text.data(), text.size());
        if (fatal == RD_KAFKA_RESP_ERR_NO_ERROR)
            return listener_.on_error(rd_kafka_event_error(event), rd_kafka_event_error_string(event));
        if (!std::exchange(fatal_told_, true))
            listener_.on_fatal(fatal, text.data());
        return;
    }
    case RD_KAFKA_EVENT_STATS:
        return listener_.on_statistics(rd_kafka_event_stats(event));
    case RD_KAFKA_EVENT_LOG: {
        const char* facility = nullptr;
        const char* text = nullptr;
        int level = 0;
        if (rd_kafka_event_log(event, &facility, &text, &level) == 0)
            listener_.on_log(level, std::string(facility) + ": " + text);
        return;
    }
    default:
        return;
    }
}

void kafka_producer::serve_reports(rd_kafka_op_s* event) {
    reported_.clear();
    outcomes_.clear();
    producer_listener::reports batch;
    while (const rd_kafka_message_t* message = rd_kafka_event_message_next(event)) {
        boost::system::error_code outcome = delivery_outcome(*message);
        if (outcome == errc::unavailable)
            outcome = unsent_.load();
        if (outcome) {
            ++(outcome == errc::outcome_unknown ? batch.unknown : batch.refused);
            batch.worst = message->err;
            batch.denied |= outcome == errc::not_authorised;
        } else {
            ++batch.stored;
        }
        reported_.push_back(static_cast<append_slot*>(message->_private));
        outcomes_.push_back(outcome);
    }
    // First the log, then the appenders: who learns of a refusal finds it in health().
    listener_.on_reports(batch);
    for (std::size_t i = 0; i < reported_.size(); ++i)
        std::exchange(reported_[i]->done, nullptr)(outcomes_[i]);
    slots_.release(reported_);
    if (waiting_) {
        const std::scoped_lock lock(settled_mutex_);
        settled_.notify_all();
    }
}

} // namespace tongban::log
