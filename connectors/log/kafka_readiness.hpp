// Whether appends to Kafka would succeed now, and why not: what is known of the topic, the producer and its
// reports, folded into one verdict. No threads, no clock, no librdkafka: kafka_log brings the news and holds
// the lock.
#pragma once

#include "connectors/log/kafka_errors.hpp"
#include "connectors/log/kafka_log.hpp"
#include "connectors/log/kafka_topic.hpp"

#include <chrono>
#include <string>

namespace tongban::log {

class kafka_readiness {
public:
    using time_point = std::chrono::steady_clock::time_point;

    kafka_readiness(const kafka_settings& settings, time_point now) : settings_(settings), progress_(now) {}

    // The answer to a question about the topic.
    void checked(const topic_report& found);
    // Something went wrong somewhere: ask again. `text` says what, when it is a connection's own error.
    void suspect(std::string_view text = {});
    // The producer went fatal; a new one was made, or could not be; it has its id, so that it may send.
    void producer_ended(kafka_code code, std::string_view text);
    void producer_made();
    void producer_not_made(std::string_view text);
    void producer_has_id();
    // Records became durable; records were refused for lack of rights.
    void stored();
    void denied(time_point now);
    // Looked at from time to time: appends under way, and how many were reported so far.
    void observe(std::size_t backlog, std::uint64_t reported, time_point now);

    // What appends get without being tried; errc{}: they are tried.
    errc refusal() const;
    // Ready, or the reason why not.
    log_health health(time_point now) const;

    topic_condition condition() const noexcept { return condition_; }
    const std::string& reason() const noexcept { return reason_; }
    const std::string& cluster_id() const noexcept { return cluster_id_; }
    bool check_due() const noexcept { return check_due_; }
    bool ended() const noexcept { return ended_; }
    // How long to do nothing, unless there is news.
    std::chrono::milliseconds pause() const;
    // How long to wait before the next producer is made: longer the more of them ended.
    std::chrono::milliseconds producer_pause() const;

private:
    const kafka_settings& settings_;
    topic_condition condition_ = topic_condition::unreachable;
    std::string reason_ = "not connected yet";
    std::string cluster_id_;
    bool ready_once_ = false;
    bool check_due_ = true;
    bool ended_ = false;
    bool needs_id_ = false; // it ended for lack of rights: a new one is trusted only when it has its id
    int checks_ = 0;        // in a row that did not find all well
    int silences_ = 0;      // in a row without an answer
    int ends_ = 0;          // producers that ended since the last durable record
    std::uint64_t reported_ = 0;
    time_point progress_;
    bool stalled_ = false;
    bool denied_ = false;
    time_point denied_at_{};
};

} // namespace tongban::log
