// The newest figures are kept; a scrape reads them. Totals are counters although they begin anew with each producer of
// librdkafka: a counter may.
#include "gateway/app/log_metrics.hpp"

#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace tongban::app {

namespace {

class newest_figures {
public:
    void set(const log::log_statistics& figures) {
        const std::scoped_lock lock(mutex_);
        figures_ = figures;
    }
    log::log_statistics get() const {
        const std::scoped_lock lock(mutex_);
        return figures_;
    }

private:
    mutable std::mutex mutex_;
    log::log_statistics figures_;
};

using figure = std::uint64_t log::log_statistics::*;
using collected = monitoring::registry::collected;

struct named_figure {
    const char* name;
    const char* help;
    figure value;
    double scale = 1; // what one of it is in the metric's unit
};

constexpr named_figure totals[] = {
    {"tongban_log_appended_total", "Records made durable since the log was opened", &log::log_statistics::appended},
    {"tongban_log_outcome_unknown_total", "Appends without an acknowledgement", &log::log_statistics::outcome_unknown},
    {"tongban_log_commits_total", "Group commits of the embedded log", &log::log_statistics::commits},
    {"tongban_log_commit_seconds_total", "Time in group commits of the embedded log",
     &log::log_statistics::commit_microseconds, 1e-6},
    {"tongban_log_disk_full_recoveries_total", "Times the embedded log came back from a full disk",
     &log::log_statistics::disk_full_recoveries},
    {"tongban_kafka_producers_made_total", "Producers made; more than one: fatal errors were survived",
     &log::log_statistics::producers_made},
    {"tongban_kafka_requests_total", "Requests to brokers", &log::log_statistics::requests_sent},
    {"tongban_kafka_request_retries_total", "Requests to brokers sent again", &log::log_statistics::request_retries},
    {"tongban_kafka_request_errors_total", "Requests to brokers that failed or timed out",
     &log::log_statistics::request_errors},
    {"tongban_kafka_sent_bytes_total", "Bytes to brokers", &log::log_statistics::bytes_sent},
    {"tongban_kafka_disconnects_total", "Connections to brokers lost", &log::log_statistics::disconnects},
};

constexpr named_figure levels[] = {
    {"tongban_log_backlog_records", "Appends under way", &log::log_statistics::backlog_records},
    {"tongban_log_backlog_bytes", "Bytes of appends under way", &log::log_statistics::backlog_bytes},
    {"tongban_kafka_brokers", "Brokers known", &log::log_statistics::brokers},
    {"tongban_kafka_brokers_up", "Brokers connected", &log::log_statistics::brokers_up},
    {"tongban_kafka_round_trip_p99_seconds", "Round trip to the slowest broker",
     &log::log_statistics::round_trip_p99_microseconds, 1e-6},
    {"tongban_kafka_throttle_seconds", "Throttling by the slowest broker, mean over the interval",
     &log::log_statistics::throttle_milliseconds, 1e-3},
};

constexpr std::pair<const char*, figure> refusals[] = {
    {"backlog_full", &log::log_statistics::refused_backlog_full},
    {"too_large", &log::log_statistics::refused_too_large},
    {"unavailable", &log::log_statistics::refused_unavailable},
};

} // namespace

log::statistics_sink log_statistics_metrics(monitoring::registry& metrics) {
    const auto newest = std::make_shared<newest_figures>();
    const auto read = [newest](const named_figure& one) {
        return [newest, one](collected& out) {
            out.push_back({{}, static_cast<double>(newest->get().*one.value) * one.scale});
        };
    };
    for (const auto& one : totals) {
        metrics.make_collected_counter(one.name, one.help, read(one));
    }
    for (const auto& one : levels) {
        metrics.make_collected_gauge(one.name, one.help, read(one));
    }
    metrics.make_collected_counter("tongban_log_refused_total", "Appends refused, by reason", [newest](collected& out) {
        const auto now = newest->get();
        for (const auto& [reason, value] : refusals) {
            out.push_back({{{"reason", reason}}, static_cast<double>(now.*value)});
        }
    });
    metrics.make_collected_gauge("tongban_log_ready", "1 when the log takes appends", [newest](collected& out) {
        out.push_back({{}, newest->get().ready ? 1.0 : 0.0});
    });
    return [newest](const log::log_statistics& now) { newest->set(now); };
}

} // namespace tongban::app
