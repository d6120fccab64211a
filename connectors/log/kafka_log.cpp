// The event log on Kafka: appends go straight to the producer; a supervising thread asks whether the topic is
// there and as it must be, and replaces a producer that went fatal. The verdict on all that is
// kafka_readiness's.
#include "connectors/log/kafka_log.hpp"

#include "connectors/log/kafka_ends.hpp"
#include "connectors/log/kafka_producer.hpp"
#include "connectors/log/kafka_reader.hpp"
#include "connectors/log/kafka_readiness.hpp"
#include "connectors/log/kafka_statistics.hpp"
#include "connectors/log/kafka_topic.hpp"
#include "connectors/log/partition_of.hpp"

#include <condition_variable>
#include <shared_mutex>
#include <stdexcept>

namespace tongban::log {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds check_wait{2000}; // for each question to the cluster

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
    void replace_producer(std::unique_lock<std::mutex>& lock);
    void decide();
    std::shared_ptr<kafka_producer> producer() const;
    void count_refusal(errc code);
    void diagnose(int level, std::string_view text) const;

    const kafka_settings settings_;
    // Questions have a handle of their own: asking at the producer's would refresh its metadata, and that of
    // a broker that just came back from a pause is stale and fatal to it.
    const kafka_handle inquirer_;
    const kafka_topic_handle asked_topic_;
    kafka_event_drain inquirer_events_;
    const std::shared_ptr<known_ends> known_ends_; // shared with the readers

    mutable std::shared_mutex producer_mutex_; // exclusive only to replace it
    std::shared_ptr<kafka_producer> producer_;
    std::atomic<errc> refusal_{errc::unavailable}; // as readiness_ says; read without a lock

    mutable std::mutex mutex_; // guards all down to the counters
    std::condition_variable changed_;
    kafka_readiness readiness_;
    bool news_ = false; // the supervisor need not wait any longer
    bool closed_ = false;
    std::atomic<bool> troubled_{false}; // since the last report that all was well
    log_statistics broker_statistics_;

    std::atomic<std::uint64_t> stored_{0}, reported_{0}, unknown_{0}, refused_backlog_{0}, refused_size_{0},
        refused_other_{0}, producers_made_{0};
    std::thread supervisor_;
};

kafka_log::kafka_log(const kafka_settings& settings)
    : settings_(settings), inquirer_(make_consumer_handle(settings_)),
      asked_topic_(make_topic_handle(inquirer_.get(), settings_.topic)), inquirer_events_(inquirer_.get()),
      known_ends_(std::make_shared<known_ends>(settings_.partitions)),
      readiness_(settings_, steady_clock::now()) {
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
    const auto decided = [&] {
        const topic_condition now = readiness_.condition();
        return now == topic_condition::fit || now == topic_condition::unfit || now == topic_condition::denied;
    };
    if (changed_.wait_for(lock, settings_.start_wait, decided) &&
        readiness_.condition() == topic_condition::unfit)
        throw std::runtime_error("kafka event log " + settings_.topic + " at " + settings_.bootstrap + ": " +
                                 readiness_.reason());
}

// ---- appending and reading
// -----------------------------------------------------------------------------------------

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
        return std::make_unique<kafka_reader>(settings_, std::move(next_offsets), known_ends_);
    } catch (const std::runtime_error& refusal) {
        // A certificate that was replaced by an unreadable one, or no memory.
        diagnose(3, refusal.what());
        return errc::unavailable;
    }
}

boost::system::result<std::vector<std::uint64_t>> kafka_log::end(milliseconds wait) {
    return partition_ends(inquirer_.get(), asked_topic_.get(), *known_ends_, settings_.partitions, wait);
}

std::shared_ptr<kafka_producer> kafka_log::producer() const {
    const std::shared_lock lock(producer_mutex_);
    return producer_;
}

std::string kafka_log::identity() const {
    const std::scoped_lock lock(mutex_);
    const std::string& cluster = readiness_.cluster_id();
    return cluster.empty() ? "" : "kafka-" + cluster + "-" + settings_.topic;
}

log_health kafka_log::health() const {
    const auto asked = producer();
    const std::scoped_lock lock(mutex_);
    log_health health = readiness_.health(steady_clock::now());
    if (closed_)
        health = {false, "the event log is closed", 0};
    health.backlog = asked ? asked->backlog() : 0;
    return health;
}

void kafka_log::close(milliseconds wait) {
    {
        const std::scoped_lock lock(mutex_);
        if (closed_)
            return;
        closed_ = true;
        decide();
    }
    supervisor_.join();
    const std::shared_ptr<kafka_producer> last = producer();
    if (!last)
        return;
    {
        // Appends that saw no refusal a moment ago are with the producer once this lock was had.
        const std::unique_lock lock(producer_mutex_);
    }
    last->drain(wait);
    last->abort(errc::outcome_unknown);
}

// ---- what the producer says, on its thread
// -------------------------------------------------------------------------

void kafka_log::on_reports(const reports& batch) {
    const std::uint64_t stored_before = stored_.fetch_add(batch.stored);
    unknown_ += batch.unknown;
    refused_other_ += batch.refused;
    reported_ += batch.stored + batch.unknown + batch.refused;
    const bool trouble = batch.refused + batch.unknown > 0;
    // All was well and is. A record stored while appends are refused is news: look at once whether it is
    // over.
    if (!trouble && !troubled_ && stored_before > 0 && refusal_.load() == errc{})
        return;
    if (trouble)
        diagnose(4, "records were not acknowledged: " + kafka_error_text(batch.worst));
    const std::scoped_lock lock(mutex_);
    troubled_ = trouble;
    if (batch.stored > 0)
        readiness_.stored();
    if (batch.denied)
        readiness_.denied(steady_clock::now());
    if (trouble)
        readiness_.suspect();
    decide();
}

void kafka_log::on_error(kafka_code code, std::string_view text) {
    diagnose(4, std::string(text) + " [" + kafka_error_text(code) + "]");
    const std::scoped_lock lock(mutex_);
    readiness_.suspect(text);
    decide();
}

void kafka_log::on_fatal(kafka_code code, std::string_view text) {
    diagnose(2, "the producer ended: " + std::string(text));
    const std::scoped_lock lock(mutex_);
    troubled_ = true;
    readiness_.producer_ended(code, text);
    decide();
}

void kafka_log::on_statistics(std::string_view json) {
    bool assigned = false;
    log_statistics now;
    {
        const std::scoped_lock lock(mutex_);
        if (!read_statistics(json, broker_statistics_, assigned))
            return;
        now = broker_statistics_;
        if (assigned) {
            readiness_.producer_has_id();
            decide();
        }
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

// ---- the supervisor, on its own thread
// -----------------------------------------------------------------------------

// Acts on what readiness_ says now. Called with the mutex held.
void kafka_log::decide() {
    refusal_ = closed_ ? errc::closed : readiness_.refusal();
    news_ |= closed_ || readiness_.ended() || readiness_.check_due();
    changed_.notify_all();
}

void kafka_log::supervise() {
    std::unique_lock lock(mutex_);
    while (!closed_) {
        if (readiness_.ended())
            replace_producer(lock);
        if (readiness_.check_due() && !readiness_.ended() && !closed_)
            check(lock);
        news_ = false;
        changed_.wait_for(lock, readiness_.pause(), [&] { return closed_ || news_; });
        const auto asked = producer();
        readiness_.observe(asked ? asked->backlog() : 0, reported_, steady_clock::now());
    }
}

void kafka_log::check(std::unique_lock<std::mutex>& lock) {
    lock.unlock();
    const topic_report found = check_topic(inquirer_.get(), asked_topic_.get(), settings_, check_wait);
    const auto asked = producer();
    if (found.condition == topic_condition::fit && asked)
        asked->warm(check_wait);
    std::string said;
    inquirer_events_.serve([&](int level, std::string_view text) { diagnose(level, text); },
                           [&](std::string_view error) { said = error; });
    lock.lock();
    // A fatal error meanwhile: there is no producer to be ready.
    if (readiness_.ended() || closed_)
        return;
    const topic_condition before = readiness_.condition();
    readiness_.checked(found);
    if (readiness_.condition() != topic_condition::fit)
        readiness_.suspect(said);
    if (before != readiness_.condition())
        diagnose(5, readiness_.condition() == topic_condition::fit ? "ready" : readiness_.reason());
    decide();
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
    if (changed_.wait_for(lock, readiness_.producer_pause(), [&] { return closed_; }))
        return;
    // Before it is made: from then on it may end at any moment.
    readiness_.producer_made();
    decide();
    lock.unlock();
    std::string failure;
    try {
        auto made = std::make_shared<kafka_producer>(settings_, *this);
        ++producers_made_;
        const std::unique_lock exclusive(producer_mutex_);
        producer_ = std::move(made);
    } catch (const std::runtime_error& refusal) {
        failure = refusal.what();
    }
    lock.lock();
    if (!failure.empty()) {
        readiness_.producer_not_made(failure);
        decide();
    }
}

} // namespace

std::unique_ptr<event_log> open_kafka_log(const kafka_settings& settings) {
    check_settings(settings);
    auto log = std::make_unique<kafka_log>(settings);
    log->wait_for_start();
    return log;
}

} // namespace tongban::log
