// librdkafka handles configured as the ledger needs them; the only place that names its settings.
#pragma once

#include "connectors/log/kafka_log.hpp"

#include <memory>
#include <utility>
#include <vector>

struct rd_kafka_s;
struct rd_kafka_conf_s;
struct rd_kafka_topic_s;
struct rd_kafka_queue_s;

namespace tongban::log {

struct kafka_deleter {
    void operator()(rd_kafka_s* handle) const noexcept;
    void operator()(rd_kafka_topic_s* topic) const noexcept;
    void operator()(rd_kafka_queue_s* queue) const noexcept;
};
using kafka_handle = std::unique_ptr<rd_kafka_s, kafka_deleter>;
using kafka_topic_handle = std::unique_ptr<rd_kafka_topic_s, kafka_deleter>;
using kafka_queue_handle = std::unique_ptr<rd_kafka_queue_s, kafka_deleter>;

// Room for what surrounds the largest record in a request.
inline constexpr std::size_t kafka_batch_overhead_bytes = 64 * 1024;

// Each throws std::runtime_error with a sentence for the operator: a setting out of range, a certificate that
// cannot be read or does not fit its key. All events are served by whoever polls the handle's main queue.
kafka_handle make_producer_handle(const kafka_settings& settings);
kafka_handle make_consumer_handle(const kafka_settings& settings);
kafka_topic_handle make_topic_handle(rd_kafka_s* handle, const std::string& topic);

// A handle for other work than the ledger's: bootstrap, TLS, sockets and logs as `settings` say, then
// `options` by librdkafka's names, then what `install` sets (callbacks). Throws as the others do.
enum class kafka_role { producer, consumer };
kafka_handle make_client_handle(const kafka_settings& settings, kafka_role role,
                                const std::vector<std::pair<const char*, std::string>>& options,
                                const std::function<void(rd_kafka_conf_s*)>& install);

// Serves what a handle that nobody else polls has to say: errors and log lines.
class kafka_event_drain {
public:
    explicit kafka_event_drain(rd_kafka_s* handle);
    // Calls one of both for each event there is; does not wait.
    void serve(const std::function<void(int level, std::string_view text)>& on_log,
               const std::function<void(std::string_view error)>& on_error);

private:
    kafka_queue_handle events_;
};

// Throws std::runtime_error for settings no cluster can make work.
void check_settings(const kafka_settings& settings);

} // namespace tongban::log
