// One idempotent producer and the thread that serves its events. It does not outlive a fatal error: kafka_log
// makes another. Nothing of ours runs on librdkafka's threads.
#pragma once

#include "connectors/log/append_slots.hpp"
#include "connectors/log/kafka_config.hpp"
#include "connectors/log/kafka_errors.hpp"

#include <atomic>
#include <condition_variable>
#include <string_view>
#include <thread>

struct rd_kafka_op_s;

namespace tongban::log {

// What a producer has to say. Called on its thread: cheap, never throwing.
class producer_listener {
public:
    virtual ~producer_listener() = default;
    // Reports of one batch: how many records became durable, were refused, are in doubt; `denied` if for lack
    // of rights.
    struct reports {
        std::size_t stored = 0, refused = 0, unknown = 0;
        kafka_code worst = 0; // of the last that was not stored
        bool denied = false;
    };
    virtual void on_reports(const reports& batch) = 0;
    virtual void on_error(kafka_code code, std::string_view text) = 0;
    // The producer takes nothing more; `code` is the underlying error.
    virtual void on_fatal(kafka_code code, std::string_view text) = 0;
    virtual void on_statistics(std::string_view json) = 0;
    virtual void on_log(int level, std::string_view text) = 0;
};

class kafka_producer {
public:
    // Throws std::runtime_error as make_producer_handle() does. `listener` outlives the producer.
    kafka_producer(const kafka_settings& settings, producer_listener& listener);
    ~kafka_producer();

    // errc{} when taken: `done` follows on the producer's thread. Else `done` is left to the caller.
    errc append(std::uint32_t partition, std::string_view key, std::string& value, append_done& done);

    // Fetches the topic's metadata, so that the first append need not wait for it. Only once: see kafka_log.
    void warm(std::chrono::milliseconds wait);
    // Waits until all under way are reported, or `wait`.
    void drain(std::chrono::milliseconds wait);
    // Ends what is under way: surely unsent records as `unsent`, the rest as outcome_unknown. No append may
    // follow.
    void abort(errc unsent);

    std::size_t backlog() const { return slots_.used(); }
    std::size_t backlog_bytes() const { return slots_.bytes(); }

private:
    void serve();
    void serve_event(rd_kafka_op_s* event);
    void serve_reports(rd_kafka_op_s* event);
    void wait_until_reported(std::chrono::milliseconds wait);

    producer_listener& listener_;
    append_slots slots_; // before handle_: librdkafka points into it until it is destroyed
    kafka_handle handle_;
    kafka_topic_handle topic_;
    kafka_queue_handle events_;
    std::vector<append_slot*> reported_; // of one event; the thread's own, as the next two
    std::vector<boost::system::error_code> outcomes_;
    bool fatal_told_ = false;
    bool warm_ = false; // the supervisor's own
    std::mutex settled_mutex_;
    std::condition_variable settled_;
    std::atomic<bool> waiting_{false}; // somebody waits for settled_
    std::atomic<errc> unsent_{errc::unavailable};
    std::atomic<bool> stop_{false};
    std::thread thread_;
};

} // namespace tongban::log
