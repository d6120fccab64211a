// The event log on Kafka: appends go straight to the producer; a supervising thread asks whether the topic is there and
// as it must be, replaces a producer that went fatal, and says in health() why appends would not succeed.
#include "connectors/log/kafka_log.hpp"

#include "connectors/log/kafka_ends.hpp"
#include "connectors/log/kafka_producer.hpp"
#include "connectors/log/kafka_reader.hpp"
#include "connectors/log/kafka_statistics.hpp"
#include "connectors/log/kafka_topic.hpp"
#include "connectors/log/partition_of.hpp"

#include <algorithm>
#include <condition_variable>
#include <shared_mutex>
#include <stdexcept>

namespace tongban::log {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds check_wait{2000};        // for each question to the cluster
constexpr milliseconds tick{1000};              // while all is well: is anything stalled?
constexpr milliseconds retry_first{50};         // doubled up to retry_interval
constexpr milliseconds denial_memory{10000};    // not ready this long after the last refusal for lack of rights
constexpr int silent_checks_max = 3;            // unanswered before appends are refused

class kafka_log final : public event_log, public producer_listener {
public:
    explicit kafka_log(const kafka_settings& settings);
    ~kafka_log() override;
    // Until ready, refused for good (throws) or start_wait.
    void wait_for_start();

    void append(std::string_view key, std::string value, append_done done) override;
    boost::system::result<std::unique_ptr<log_reader>> read(std::vector<std::uint64_t> next_offsets) override;
    boost::system::result<std::vector<std::uint64_t>> end(milliseconds wait) override;
    std::uint32_t partition_count() const override { return settings_.partitions; }
    std::string identity() const override;
    log_health health() const override;
    void close(milliseconds wait) override;

private:
    void on_reports(const reports& batch) override;
    void on_error(kafka_code code, std::string_view text) override;
    void on_fatal(kafka_code code, std::string_view text) override;
    void on_statistics(std::string_view json) override;
    void on_log(int level, std::string_view text) override { diagnose(level, text); }

    void supervise();
    void check(std::unique_lock<std::mutex>& lock);
    void apply(const topic_report& found);
    bool refuses(topic_condition found);
    void replace_producer(std::unique_lock<std::mutex>& lock);
    void look_for_stall();
    milliseconds pause() const;
    void refuse_with(errc code) { refusal_ = code; }
    std::shared_ptr<kafka_producer> producer() const;
    void count_refusal(errc code);
    void diagnose(int level, std::string_view text) const;

    const kafka_settings settings_;

    mutable std::shared_mutex producer_mutex_; // exclusive only to replace it
    std::shared_ptr<kafka_producer> producer_;
    std::atomic<errc> refusal_{errc::unavailable}; // what appends get without being tried; errc{}: they are tried

    mutable std::mutex mutex_; // guards all down to the counters
    std::condition_variable changed_;
    topic_condition condition_ = topic_condition::unreachable;
    std::string reason_ = "not connected yet";
    std::string cluster_id_;
    bool ready_once_ = false;
    bool check_due_ = true;
    bool suspicious_ = false;
    bool fatal_ = false;
    bool needs_producer_id_ = false; // rights were missing: ready only when the producer has its id
    bool stop_ = false;
    bool closed_ = false;
    int failures_ = 0; // checks in a row, for the pause
    int silences_ = 0;
    int fatals_ = 0; // since the last durable record
    std::size_t settled_seen_ = 0;
    steady_clock::time_point progress_ = steady_clock::now();
    bool stalled_ = false;
    steady_clock::time_point denied_until_{};
    log_statistics broker_statistics_;

    std::atomic<std::uint64_t> stored_{0}, settled_{0}, unknown_{0}, refused_backlog_{0}, refused_size_{0},
        refused_other_{0}, producers_made_{0};
    std::atomic<bool> denied_{false};
    std::thread supervisor_;
};

kafka_log::kafka_log(const kafka_settings& settings) : settings_(settings) {
    producer_ = std::make_shared<kafka_producer>(settings_, *this);
    producers_made_ = 1;
    supervisor_ = std::thread([this] { supervise(); });
}

kafka_log::~kafka_log() {
    close(milliseconds{0});
    const std::unique_lock lock(producer_mutex_);
    producer_.reset();
}

void kafka_log::wait_for_start() {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, settings_.start_wait, [&] {
        return condition_ == topic_condition::fit || condition_ == topic_condition::unfit ||
               condition_ == topic_condition::denied;
    });
    if (condition_ == topic_condition::unfit)
        throw std::runtime_error("kafka event log " + settings_.topic + " at " + settings_.bootstrap + ": " + reason_);
}

// ---- appending and reading -----------------------------------------------------------------------------------------

void kafka_log::append(std::string_view key, std::string value, append_done done) {
    errc refused = refusal_;
    if (key.size() + value.size() > settings_.record_bytes_max)
        refused = errc::too_large;
    if (refused == errc{}) {
        const std::shared_lock lock(producer_mutex_);
        const std::uint32_t partition = partition_of(key, settings_.partitions);
        refused = producer_ ? producer_->append(partition, key, value, done) : errc::unavailable;
    }
    if (refused == errc{})
        return;
    count_refusal(refused);
    done(refused);
}

void kafka_log::count_refusal(errc code) {
    if (code == errc::backlog_full)
        ++refused_backlog_;
    else if (code == errc::too_large)
        ++refused_size_;
    else
        ++refused_other_;
}

boost::system::result<std::unique_ptr<log_reader>> kafka_log::read(std::vector<std::uint64_t> next_offsets) {
    if (next_offsets.size() != settings_.partitions)
        return errc::position_lost;
    try {
        return std::make_unique<kafka_reader>(settings_, std::move(next_offsets));
    } catch (const std::runtime_error& refusal) {
        // A certificate that was replaced by an unreadable one, or no memory.
        diagnose(3, refusal.what());
        return errc::unavailable;
    }
}

boost::system::result<std::vector<std::uint64_t>> kafka_log::end(milliseconds wait) {
    const std::shared_ptr<kafka_producer> asked = producer();
    if (!asked)
        return errc::unavailable;
    return partition_ends(asked->handle(), settings_.topic, settings_.partitions, wait);
}

std::shared_ptr<kafka_producer> kafka_log::producer() const {
    const std::shared_lock lock(producer_mutex_);
    return producer_;
}

std::string kafka_log::identity() const {
    const std::scoped_lock lock(mutex_);
    return cluster_id_.empty() ? "" : "kafka-" + cluster_id_ + "-" + settings_.topic;
}

log_health kafka_log::health() const {
    log_health health;
    if (const auto asked = producer())
        health.backlog = asked->backlog();
    const std::scoped_lock lock(mutex_);
    if (closed_)
        health.reason = "the event log is closed";
    else if (fatal_ || condition_ != topic_condition::fit)
        health.reason = reason_;
    else if (denied_ && steady_clock::now() < denied_until_)
        health.reason = "the brokers refuse to write: rights on the topic are missing";
    else if (stalled_)
        health.reason = "no acknowledgement from the brokers for " +
                        std::to_string(std::chrono::duration_cast<std::chrono::seconds>(
                                           steady_clock::now() - progress_).count()) + " s";
    else
        health.ready = true;
    if (!health.reason.empty())
        health.reason = "kafka topic " + settings_.topic + ": " + health.reason;
    return health;
}

void kafka_log::close(milliseconds wait) {
    {
        const std::scoped_lock lock(mutex_);
        if (closed_)
            return;
        closed_ = true;
        stop_ = true;
        refuse_with(errc::closed);
    }
    changed_.notify_all();
    supervisor_.join();
    const std::shared_ptr<kafka_producer> last = producer();
    if (!last)
        return;
    {
        // Appends that saw no refusal a moment ago are in the producer once this lock was had.
        const std::unique_lock lock(producer_mutex_);
    }
    last->drain(wait);
    last->abort(errc::outcome_unknown);
}

// ---- what the producer says, on its thread -------------------------------------------------------------------------

void kafka_log::on_reports(const reports& batch) {
    stored_ += batch.stored;
    unknown_ += batch.unknown;
    refused_other_ += batch.refused;
    settled_ += batch.stored + batch.unknown + batch.refused;
    if (batch.stored > 0 && denied_)
        denied_ = false;
    if (batch.refused + batch.unknown == 0)
        return;
    diagnose(4, "records were not acknowledged: " + kafka_error_text(batch.worst));
    const std::scoped_lock lock(mutex_);
    if (batch.denied) {
        denied_ = true;
        denied_until_ = steady_clock::now() + denial_memory;
    }
    suspicious_ = true;
    changed_.notify_all();
}

void kafka_log::on_error(kafka_code code, std::string_view text) {
    diagnose(4, std::string(text) + " [" + kafka_error_text(code) + "]");
    const std::scoped_lock lock(mutex_);
    suspicious_ = true;
    // Says more than the time-out of our own question.
    if (condition_ != topic_condition::fit && !fatal_ && condition_ != topic_condition::unfit)
        reason_ = text;
    changed_.notify_all();
}

void kafka_log::on_fatal(kafka_code code, std::string_view text) {
    diagnose(2, "the producer ended: " + std::string(text));
    const std::scoped_lock lock(mutex_);
    const bool denied = is_authorisation_error(code);
    fatal_ = true;
    ++fatals_;
    needs_producer_id_ = denied;
    condition_ = denied ? topic_condition::denied : topic_condition::unreachable;
    reason_ = "the producer ended and is made anew: " + kafka_error_text(code) + ": " + std::string(text);
    if (!closed_)
        refuse_with(denied ? errc::not_authorised : errc::unavailable);
    changed_.notify_all();
}

void kafka_log::on_statistics(std::string_view json) {
    bool assigned = false;
    log_statistics now;
    {
        const std::scoped_lock lock(mutex_);
        if (!read_statistics(json, broker_statistics_, assigned))
            return;
        if (assigned && needs_producer_id_ && !fatal_) {
            needs_producer_id_ = false;
            check_due_ = suspicious_ = true;
            changed_.notify_all();
        }
        now = broker_statistics_;
    }
    if (!settings_.statistics)
        return;
    now.appended = stored_;
    now.outcome_unknown = unknown_;
    now.refused_backlog_full = refused_backlog_;
    now.refused_too_large = refused_size_;
    now.refused_unavailable = refused_other_;
    now.producers_made = producers_made_;
    now.ready = health().ready;
    if (const auto asked = producer()) {
        now.backlog_records = asked->backlog();
        now.backlog_bytes = asked->backlog_bytes();
    }
    settings_.statistics(now);
}

void kafka_log::diagnose(int level, std::string_view text) const {
    if (settings_.diagnostics)
        settings_.diagnostics(level, text);
}

// ---- the supervisor, on its own thread -----------------------------------------------------------------------------

void kafka_log::supervise() {
    std::unique_lock lock(mutex_);
    while (!stop_) {
        if (fatal_)
            replace_producer(lock);
        if (check_due_ && !fatal_ && !stop_)
            check(lock);
        look_for_stall();
        changed_.wait_for(lock, pause(), [&] { return stop_ || suspicious_ || fatal_; });
        if (suspicious_)
            check_due_ = true;
        suspicious_ = false;
    }
}

milliseconds kafka_log::pause() const {
    if (!check_due_)
        return tick;
    return std::min(settings_.retry_interval, retry_first * (1 << std::min(failures_, 8)));
}

void kafka_log::check(std::unique_lock<std::mutex>& lock) {
    lock.unlock();
    topic_report found;
    if (const auto asked = producer())
        found = check_topic(asked->handle(), asked->topic(), settings_, check_wait);
    lock.lock();
    // A fatal error meanwhile: the answer was about a producer that is gone.
    if (!fatal_ && !stop_)
        apply(found);
}

void kafka_log::apply(const topic_report& report) {
    topic_report found = report;
    if (found.condition == topic_condition::fit) {
        if (cluster_id_.empty())
            cluster_id_ = found.cluster_id;
        if (cluster_id_ != found.cluster_id)
            found = {topic_condition::unfit, "the brokers are now of another cluster, " + found.cluster_id, {}};
        else if (needs_producer_id_)
            found = {topic_condition::denied, reason_, {}};
    }
    if (condition_ != found.condition)
        diagnose(5, found.condition == topic_condition::fit ? "ready" : found.text);
    silences_ = found.condition == topic_condition::silent ? silences_ + 1 : 0;
    const bool refused = refuses(found.condition);
    // What librdkafka said about a connection that fails tells more than that nobody answered.
    const bool keep_reason = !reason_.empty() && condition_ != topic_condition::fit &&
                             (found.condition == topic_condition::silent ||
                              found.condition == topic_condition::unreachable);
    if (!keep_reason)
        reason_ = found.text;
    condition_ = found.condition;
    check_due_ = condition_ != topic_condition::fit;
    failures_ = check_due_ ? failures_ + 1 : 0;
    ready_once_ |= !check_due_;
    if (!closed_)
        refuse_with(!refused                                   ? errc{}
                    : condition_ == topic_condition::denied    ? errc::not_authorised
                                                               : errc::unavailable);
    changed_.notify_all();
}

// Whether appends are refused at once. Not for what passes by itself in seconds: then they wait in the bounded backlog.
bool kafka_log::refuses(topic_condition found) {
    switch (found) {
    case topic_condition::fit:
        return false;
    case topic_condition::electing:
        return !ready_once_;
    case topic_condition::silent:
        return !ready_once_ || silences_ >= silent_checks_max || refusal_.load() != errc{};
    default:
        return true;
    }
}

void kafka_log::replace_producer(std::unique_lock<std::mutex>& lock) {
    lock.unlock();
    std::shared_ptr<kafka_producer> old;
    {
        const std::unique_lock exclusive(producer_mutex_);
        old = std::exchange(producer_, nullptr);
    }
    if (old)
        old->abort(errc::unavailable);
    old.reset();
    lock.lock();
    // Over and over fatal: slower and slower.
    const milliseconds wait = fatals_ <= 1 ? milliseconds{0} : settings_.retry_interval * std::min(fatals_ - 1, 10);
    changed_.wait_for(lock, wait, [&] { return stop_; });
    if (stop_)
        return;
    fatal_ = false;
    lock.unlock();
    std::shared_ptr<kafka_producer> made;
    std::string failure;
    try {
        made = std::make_shared<kafka_producer>(settings_, *this);
        ++producers_made_;
        const std::unique_lock exclusive(producer_mutex_);
        producer_ = made;
    } catch (const std::runtime_error& refusal) {
        failure = refusal.what();
    }
    lock.lock();
    check_due_ = true;
    if (!made) {
        fatal_ = true;
        ++fatals_;
        reason_ = failure;
    }
}

void kafka_log::look_for_stall() {
    const auto asked = producer();
    const std::uint64_t settled = settled_;
    const auto now = steady_clock::now();
    if (!asked || asked->backlog() == 0 || settled != settled_seen_) {
        progress_ = now;
        if (settled != settled_seen_ && stored_ > 0 && condition_ == topic_condition::fit)
            fatals_ = 0;
    }
    settled_seen_ = settled;
    stalled_ = now - progress_ >= settings_.stall_limit;
}

} // namespace

std::unique_ptr<event_log> open_kafka_log(const kafka_settings& settings) {
    check_settings(settings);
    auto log = std::make_unique<kafka_log>(settings);
    log->wait_for_start();
    return log;
}

} // namespace tongban::log
