// One administrative question to the cluster and its answer; for kafka_topics and kafka_acls.
#pragma once

#include "connectors/log/kafka_config.hpp"

#include <librdkafka/rdkafka.h>

#include <array>
#include <chrono>
#include <memory>

namespace tongban::log {

using kafka_event_handle = std::unique_ptr<rd_kafka_event_t, decltype(&rd_kafka_event_destroy)>;

// Runs `request(options, queue)` and waits for its event; none when even its own time-out did not come.
template <typename Request>
kafka_event_handle ask_cluster(rd_kafka_t* handle, rd_kafka_admin_op_t operation,
                               std::chrono::milliseconds wait, Request request) {
    const kafka_queue_handle queue(rd_kafka_queue_new(handle));
    const std::unique_ptr<rd_kafka_AdminOptions_t, decltype(&rd_kafka_AdminOptions_destroy)> options(
        rd_kafka_AdminOptions_new(handle, operation), &rd_kafka_AdminOptions_destroy);
    std::array<char, 256> text{};
    rd_kafka_AdminOptions_set_request_timeout(options.get(), static_cast<int>(wait.count()), text.data(),
                                              text.size());
    request(options.get(), queue.get());
    // The request ends by its own time-out; a little more so that its event is not missed.
    return {rd_kafka_queue_poll(queue.get(), static_cast<int>(wait.count()) + 1000), &rd_kafka_event_destroy};
}

// A client for questions only. Its logs are dropped: answers tell what is wrong.
inline kafka_handle make_inquirer(const kafka_settings& settings) {
    return make_client_handle(settings, kafka_role::producer, {{"log_level", "0"}}, [](rd_kafka_conf_t*) {});
}

} // namespace tongban::log
