// Appends are refused at once only when they surely cannot be stored soon; what passes by itself within
// seconds lets them wait in the bounded backlog.
#include "connectors/log/kafka_readiness.hpp"

#include <algorithm>

namespace tongban::log {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds tick{1000};           // while all is well: is anything stalled?
constexpr milliseconds retry_first{50};      // doubled up to retry_interval
constexpr milliseconds denial_memory{10000}; // not ready this long after the last refusal for lack of rights
constexpr int silences_max = 3;              // questions without an answer before appends are refused

} // namespace

void kafka_readiness::checked(const topic_report& report) {
    topic_report found = report;
    if (found.condition == topic_condition::fit) {
        if (cluster_id_.empty())
            cluster_id_ = found.cluster_id;
        if (cluster_id_ != found.cluster_id)
            found = {
                topic_condition::unfit, "服务器已属于另一集群 / the brokers are now of another cluster, " + found.cluster_id, {}};
        else if (needs_id_)
            found = {topic_condition::denied, reason_, {}};
    }
    // What a connection's own error said tells more than that nobody answered.
    const bool vague =
        found.condition == topic_condition::silent || found.condition == topic_condition::unreachable;
    if (!vague || reason_.empty())
        reason_ = found.text;
    silences_ = found.condition == topic_condition::silent ? silences_ + 1 : 0;
    const bool tried_before = refusal() == errc{};
    // One unanswered question is no outage: it may have gone to a broker that just hangs.
    if (found.condition == topic_condition::silent && !(tried_before && silences_ < silences_max))
        found.condition = topic_condition::unreachable;
    condition_ = found.condition;
    check_due_ = condition_ != topic_condition::fit;
    checks_ = check_due_ ? checks_ + 1 : 0;
    ready_once_ |= !check_due_;
}

void kafka_readiness::suspect(std::string_view text) {
    check_due_ = true;
    const bool connected = condition_ == topic_condition::fit || condition_ == topic_condition::unfit ||
                           condition_ == topic_condition::denied || condition_ == topic_condition::missing;
    if (!text.empty() && !connected && !ended_)
        reason_ = text;
}

void kafka_readiness::producer_ended(kafka_code code, std::string_view text) {
    ended_ = true;
    ++ends_;
    needs_id_ = is_authorisation_error(code);
    condition_ = needs_id_ ? topic_condition::denied : topic_condition::unreachable;
    reason_ = "生产者已中止，正在重建 / the producer ended and is made anew: " + kafka_error_text(code) + ": " + std::string(text);
}

void kafka_readiness::producer_made() {
    ended_ = false;
    check_due_ = true;
}

void kafka_readiness::producer_not_made(std::string_view text) {
    ended_ = true;
    ++ends_;
    reason_ = text;
}

void kafka_readiness::producer_has_id() {
    if (!needs_id_ || ended_)
        return;
    needs_id_ = false;
    check_due_ = true;
}

void kafka_readiness::stored() {
    denied_ = false;
    ends_ = 0;
}

void kafka_readiness::denied(time_point now) {
    denied_ = true;
    denied_at_ = now;
}

void kafka_readiness::observe(std::size_t backlog, std::uint64_t reported, time_point now) {
    if (backlog == 0 || reported != reported_)
        progress_ = now;
    reported_ = reported;
    stalled_ = now - progress_ >= settings_.stall_limit;
}

errc kafka_readiness::refusal() const {
    if (ended_)
        return needs_id_ ? errc::not_authorised : errc::unavailable;
    switch (condition_) {
    case topic_condition::fit:
    case topic_condition::silent:
        return errc{};
    case topic_condition::electing:
        return ready_once_ ? errc{} : errc::unavailable;
    case topic_condition::denied:
        return errc::not_authorised;
    default:
        return errc::unavailable;
    }
}

log_health kafka_readiness::health(time_point now) const {
    log_health health;
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now - progress_).count();
    if (ended_ || condition_ != topic_condition::fit)
        health.reason = reason_;
    else if (denied_ && now - denied_at_ < denial_memory)
        health.reason = "服务器拒绝写入，缺少主题权限 / the brokers refuse to write: rights on the topic are missing (AUTHORIZATION_FAILED)";
    else if (stalled_)
        health.reason = "服务器已 " + std::to_string(seconds) + " 秒未确认 / no acknowledgement from the brokers for " + std::to_string(seconds) + " s";
    else
        health.ready = true;
    if (!health.ready)
        health.reason = "Kafka 主题不可用 / kafka topic " + settings_.topic + ": " + health.reason;
    return health;
}

milliseconds kafka_readiness::pause() const {
    if (!check_due_)
        return tick;
    return std::min(settings_.retry_interval, retry_first * (1 << std::min(checks_, 8)));
}

milliseconds kafka_readiness::producer_pause() const {
    return settings_.retry_interval * std::clamp(ends_ - 1, 0, 10);
}

} // namespace tongban::log
