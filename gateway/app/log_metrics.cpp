// One gauge per figure of log_statistics. Counters of librdkafka restart with each producer, so all are gauges.
#include "gateway/app/log_metrics.hpp"

#include <memory>
#include <utility>
#include <vector>

namespace tongban::app {

log::statistics_sink log_statistics_gauges(monitoring::registry& metrics) {
    using figure = std::uint64_t log::log_statistics::*;
    using log::log_statistics;
    struct named_figure {
        const char* name;
        const char* help;
        figure value;
    };
    static constexpr named_figure figures[] = {
        {"tongban_log_appended", "Records made durable since the log was opened.", &log_statistics::appended},
        {"tongban_log_refused_backlog_full", "Appends refused because too many were under way.",
         &log_statistics::refused_backlog_full},
        {"tongban_log_refused_too_large", "Appends refused for their size.", &log_statistics::refused_too_large},
        {"tongban_log_refused_unavailable", "Appends refused because the log could not take them.",
         &log_statistics::refused_unavailable},
        {"tongban_log_outcome_unknown", "Appends without an acknowledgement.", &log_statistics::outcome_unknown},
        {"tongban_log_backlog_records", "Appends under way.", &log_statistics::backlog_records},
        {"tongban_log_backlog_bytes", "Bytes of appends under way.", &log_statistics::backlog_bytes},
        {"tongban_log_commits", "Group commits of the embedded log.", &log_statistics::commits},
        {"tongban_log_disk_full_recoveries", "Times the embedded log came back from a full disk.",
         &log_statistics::disk_full_recoveries},
        {"tongban_kafka_producers_made", "Producers made; more than one means that a fatal error was survived.",
         &log_statistics::producers_made},
        {"tongban_kafka_brokers", "Brokers known.", &log_statistics::brokers},
        {"tongban_kafka_brokers_up", "Brokers connected.", &log_statistics::brokers_up},
        {"tongban_kafka_requests_sent", "Requests to brokers by this producer.", &log_statistics::requests_sent},
        {"tongban_kafka_request_retries", "Requests sent again.", &log_statistics::request_retries},
        {"tongban_kafka_request_errors", "Requests that failed or timed out.", &log_statistics::request_errors},
        {"tongban_kafka_bytes_sent", "Bytes to brokers by this producer.", &log_statistics::bytes_sent},
        {"tongban_kafka_disconnects", "Connections to brokers lost.", &log_statistics::disconnects},
        {"tongban_kafka_round_trip_p99_microseconds", "Slowest broker's round trip.",
         &log_statistics::round_trip_p99_microseconds},
        {"tongban_kafka_throttle_milliseconds", "Slowest broker's throttling.", &log_statistics::throttle_milliseconds},
    };
    auto gauges = std::make_shared<std::vector<std::pair<monitoring::gauge, figure>>>();
    for (const auto& one : figures) {
        gauges->emplace_back(metrics.make_gauge(one.name, one.help), one.value);
    }
    return [gauges](const log_statistics& now) {
        for (const auto& [gauge, value] : *gauges) {
            gauge.set(static_cast<double>(now.*value));
        }
    };
}

} // namespace tongban::app
