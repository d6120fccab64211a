// One transactional producer. It is asked to commit only when every record has been acknowledged: until then
// a transaction can always be aborted, and only a commit under way leaves the outcome open.
#include "connectors/log/delivery_transactions.hpp"

#include "connectors/log/kafka_config.hpp"
#include "connectors/log/kafka_errors.hpp"
#include "connectors/log/kafka_progress.hpp"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>
#include <random>
#include <stdexcept>
#include <thread>

namespace tongban::log {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// To abort after the time for delivering is used up.
constexpr milliseconds abort_wait{5000};
// A topic that was made a moment ago is not known to every broker yet.
constexpr milliseconds missing_topic_wait{3000};
constexpr milliseconds between_questions{100};
// A call of librdkafka's consists of steps that its main thread answers in microseconds. When one of them
// runs out of time, 2.0.2 takes its late answer for the next step's, and ends the process when the
// transaction's state does not fit then
// ("BUG: Invalid transaction state transition"; seen when a clock that was set cut its waits short).
constexpr milliseconds least_for_a_call{1000};

struct error_deleter {
    void operator()(rd_kafka_error_t* error) const noexcept { rd_kafka_error_destroy(error); }
};
using error_handle = std::unique_ptr<rd_kafka_error_t, error_deleter>;

class deadline {
public:
    explicit deadline(milliseconds wait) : at_(steady_clock::now() + wait) {}
    int left() const {
        const auto left = std::chrono::ceil<milliseconds>(at_ - steady_clock::now()).count();
        return static_cast<int>(std::clamp<std::int64_t>(left, 0, 3'600'000));
    }

    int for_a_call() const { return std::max(left(), static_cast<int>(least_for_a_call.count())); }

private:
    steady_clock::time_point at_;
};

bool is_fencing(rd_kafka_resp_err_t code) {
    return code == RD_KAFKA_RESP_ERR__FENCED || code == RD_KAFKA_RESP_ERR_PRODUCER_FENCED ||
           code == RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH ||
           code == RD_KAFKA_RESP_ERR_INVALID_PRODUCER_ID_MAPPING;
}

class kafka_transactions final : public delivery_transactions {
public:
    kafka_transactions(const kafka_settings& settings, const delivery_settings& deliveries,
                       std::uint32_t ledger_partition);

    // No error when opened; the text says why not.
    boost::system::error_code open(const deadline& until, std::string& text);

    const std::optional<std::string>& progress() const override { return progress_; }
    delivery_result deliver(std::span<const delivery_message> messages, std::string_view progress,
                            milliseconds wait) override;

private:
    // What the reports said of the records of one transaction.
    struct reports {
        std::optional<std::size_t> culprit;
        rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
        std::string topic;
        bool any_failed = false;
    };

    void install(rd_kafka_conf_t* conf);
    delivery_result run(std::span<const delivery_message> messages, std::string_view key,
                        std::string_view progress, const deadline& until);
    rd_kafka_resp_err_t produce(const delivery_message& message, std::int32_t partition, std::size_t place);
    std::optional<delivery_result> produce_all(std::span<const delivery_message> messages,
                                               std::string_view key, std::string_view progress);
    delivery_result commit(const deadline& until);
    delivery_result abort(delivery_result result);
    delivery_result end(const std::string& text);
    std::optional<std::int32_t> find_progress_partition(const deadline& until, std::string& text,
                                                        boost::system::error_code& reason);
    void on_report(const rd_kafka_message_t& report);
    std::string prefixed(const std::string& text) const { return transactional_id_ + ": " + text; }

    const kafka_settings settings_;
    const delivery_settings deliveries_;
    const std::uint32_t ledger_partition_;
    const std::string transactional_id_;
    std::int32_t progress_partition_ = 0;
    std::optional<std::string> progress_;
    std::optional<delivery_result> ended_; // what every further call tells
    bool aborting_ = false;                // an abort is not finished yet
    reports reports_;
    kafka_handle handle_;
};

kafka_transactions::kafka_transactions(const kafka_settings& settings, const delivery_settings& deliveries,
                                       std::uint32_t ledger_partition)
    : settings_(settings), deliveries_(deliveries), ledger_partition_(ledger_partition),
      transactional_id_(deliveries.transactional_id_prefix + "-" + std::to_string(ledger_partition)) {
    const auto text = [](auto value) { return std::to_string(value); };
    handle_ = make_client_handle(
        settings_, kafka_role::producer,
        {{"transactional.id", transactional_id_},
         {"transaction.timeout.ms", text(deliveries_.transaction_timeout.count())},
         {"linger.ms", "0"},
         {"partitioner", "murmur2_random"},
         {"message.max.bytes", text(settings_.record_bytes_max + kafka_batch_overhead_bytes)},
         {"queue.buffering.max.messages", text(settings_.backlog_records_max + 1000)},
         {"queue.buffering.max.kbytes", text(settings_.backlog_bytes_max / 1024 * 2 + 1024)},
         {"topic.metadata.propagation.max.ms", "5000"}},
        [this](rd_kafka_conf_t* conf) { install(conf); });
}

void kafka_transactions::install(rd_kafka_conf_t* conf) {
    rd_kafka_conf_set_opaque(conf, this);
    rd_kafka_conf_set_dr_msg_cb(conf, [](rd_kafka_t*, const rd_kafka_message_t* report, void* self) {
        static_cast<kafka_transactions*>(self)->on_report(*report);
    });
    // Fatal errors are asked for; the others are in the logs.
    rd_kafka_conf_set_error_cb(conf, [](rd_kafka_t*, int, const char*, void*) {});
    rd_kafka_conf_set_log_cb(
        conf, [](const rd_kafka_t* handle, int level, const char* facility, const char* text) {
            auto* self = static_cast<kafka_transactions*>(rd_kafka_opaque(handle));
            if (self->settings_.diagnostics)
                self->settings_.diagnostics(level, "deliveries " + std::string(facility) + ": " + text);
        });
}

boost::system::error_code kafka_transactions::open(const deadline& until, std::string& text) {
    for (;;) {
        const error_handle error(rd_kafka_init_transactions(handle_.get(), until.for_a_call()));
        if (!error)
            break;
        text = prefixed(std::string(rd_kafka_error_name(error.get())) + " (" +
                        rd_kafka_error_string(error.get()) + ")");
        rd_kafka_poll(handle_.get(), 0);
        if (is_authorisation_error(rd_kafka_error_code(error.get())) ||
            is_authorisation_error(rd_kafka_fatal_error(handle_.get(), nullptr, 0)))
            return errc::not_authorised;
        if (rd_kafka_error_is_retriable(error.get()) == 0 || until.left() == 0)
            return errc::unavailable;
    }
    boost::system::error_code reason;
    const auto partition = find_progress_partition(until, text, reason);
    if (!partition)
        return reason;
    progress_partition_ = *partition;
    // The mark up to which the progress has to be read; it also proves that this can commit.
    const std::string mark = std::to_string(std::random_device{}()) + std::to_string(std::random_device{}());
    const delivery_result marked = run({}, mark_key(ledger_partition_), mark, until);
    text = marked.text;
    if (marked.outcome != delivery_outcome_code::committed)
        return marked.reason;
    const auto found = read_progress(settings_, deliveries_.progress_topic, progress_partition_,
                                     ledger_partition_, mark, milliseconds(until.left()));
    if (!found) {
        text = prefixed("the progress in " + deliveries_.progress_topic + " cannot be read");
        return found.error();
    }
    progress_ = *found;
    return {};
}

std::optional<std::int32_t> kafka_transactions::find_progress_partition(const deadline& until,
                                                                        std::string& text,
                                                                        boost::system::error_code& reason) {
    const kafka_topic_handle topic = make_topic_handle(handle_.get(), deliveries_.progress_topic);
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
    for (const deadline patience(missing_topic_wait);;) {
        const rd_kafka_metadata_t* metadata = nullptr;
        code = rd_kafka_metadata(handle_.get(), 0, topic.get(), &metadata, std::max(until.left(), 1));
        std::int32_t count = 0;
        if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
            code =
                metadata->topic_cnt == 1 ? metadata->topics[0].err : RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
            count = code == RD_KAFKA_RESP_ERR_NO_ERROR ? metadata->topics[0].partition_cnt : 0;
            rd_kafka_metadata_destroy(metadata);
        }
        if (count > 0)
            return static_cast<std::int32_t>(ledger_partition_ % static_cast<std::uint32_t>(count));
        if (is_authorisation_error(code) || until.left() == 0 || patience.left() == 0)
            break;
        std::this_thread::sleep_for(between_questions);
    }
    text = prefixed("topic " + deliveries_.progress_topic + ": " + kafka_error_text(code));
    reason = is_authorisation_error(code) ? errc::not_authorised : errc::unavailable;
    return {};
}

delivery_result kafka_transactions::deliver(std::span<const delivery_message> messages,
                                            std::string_view progress, milliseconds wait) {
    if (ended_)
        return *ended_;
    const std::string key = progress_key(ledger_partition_);
    delivery_result result = run(messages, key, progress, deadline(wait));
    if (result.outcome == delivery_outcome_code::committed)
        progress_ = std::string(progress);
    return result;
}

delivery_result kafka_transactions::run(std::span<const delivery_message> messages, std::string_view key,
                                        std::string_view progress, const deadline& until) {
    if (aborting_) { // the last call's; nothing of it was ever asked to be committed
        delivery_result still = abort({delivery_outcome_code::aborted_retry,
                                       errc::unavailable,
                                       prefixed("the last transaction is still being aborted"),
                                       {}});
        if (aborting_ || ended_)
            return still;
    }
    reports_ = {};
    if (const error_handle error{rd_kafka_begin_transaction(handle_.get())})
        return end(rd_kafka_error_string(error.get()));
    if (std::optional<delivery_result> refused = produce_all(messages, key, progress))
        return abort(std::move(*refused));
    const rd_kafka_resp_err_t flushed = rd_kafka_flush(handle_.get(), until.left());
    if (reports_.culprit || reports_.code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        const boost::system::error_code reason = produce_refusal(reports_.code);
        return abort({delivery_outcome_code::aborted_retry, reason,
                      prefixed("topic " + reports_.topic + ": " + kafka_error_text(reports_.code)),
                      reports_.culprit});
    }
    if (flushed != RD_KAFKA_RESP_ERR_NO_ERROR)
        return abort({delivery_outcome_code::aborted_retry,
                      errc::unavailable,
                      prefixed("no acknowledgement from the brokers in time"),
                      {}});
    return commit(until);
}

std::optional<delivery_result> kafka_transactions::produce_all(std::span<const delivery_message> messages,
                                                               std::string_view key,
                                                               std::string_view progress) {
    for (std::size_t i = 0; i <= messages.size(); ++i) {
        const bool last = i == messages.size();
        const delivery_message message =
            last ? delivery_message{deliveries_.progress_topic, key, progress, {}} : messages[i];
        const rd_kafka_resp_err_t refused =
            produce(message, last ? progress_partition_ : RD_KAFKA_PARTITION_UA, i);
        if (refused == RD_KAFKA_RESP_ERR_NO_ERROR)
            continue;
        // An earlier one has made the transaction fail; asking to commit tells why.
        if (refused == RD_KAFKA_RESP_ERR__STATE)
            return {};
        delivery_result result{
            delivery_outcome_code::aborted_retry,
            produce_refusal(refused),
            prefixed("topic " + std::string(message.topic) + ": " + kafka_error_text(refused)),
            {}};
        if (!last)
            result.culprit = i;
        return result;
    }
    return {};
}

rd_kafka_resp_err_t kafka_transactions::produce(const delivery_message& message, std::int32_t partition,
                                                std::size_t place) {
    std::size_t bytes = message.key.size() + message.value.size();
    rd_kafka_headers_t* headers = rd_kafka_headers_new(message.headers.size());
    for (const message_header& header : message.headers) {
        bytes += header.name.size() + header.value.size();
        rd_kafka_header_add(headers, header.name.data(), static_cast<ssize_t>(header.name.size()),
                            header.value.data(), static_cast<ssize_t>(header.value.size()));
    }
    const std::string topic(message.topic);
    const rd_kafka_resp_err_t refused =
        bytes > settings_.record_bytes_max
            ? RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE
            : rd_kafka_producev(
                  handle_.get(), RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_PARTITION(partition),
                  RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                  RD_KAFKA_V_KEY(message.key.data(), message.key.size()),
                  RD_KAFKA_V_VALUE(const_cast<char*>(message.value.data()), message.value.size()),
                  RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_OPAQUE(reinterpret_cast<void*>(place)),
                  RD_KAFKA_V_END);
    if (refused != RD_KAFKA_RESP_ERR_NO_ERROR)
        rd_kafka_headers_destroy(headers);
    return refused;
}

void kafka_transactions::on_report(const rd_kafka_message_t& report) {
    if (report.err == RD_KAFKA_RESP_ERR_NO_ERROR)
        return;
    reports_.any_failed = true;
    // Purged: because of another one, or by us.
    if (report.err == RD_KAFKA_RESP_ERR__PURGE_QUEUE || report.err == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT ||
        reports_.code != RD_KAFKA_RESP_ERR_NO_ERROR)
        return;
    reports_.code = report.err;
    reports_.topic = rd_kafka_topic_name(report.rkt);
    if (reports_.topic != deliveries_.progress_topic)
        reports_.culprit = reinterpret_cast<std::size_t>(report._private);
}

delivery_result kafka_transactions::commit(const deadline& until) {
    for (;;) {
        const error_handle error(rd_kafka_commit_transaction(handle_.get(), until.for_a_call()));
        if (!error)
            return {delivery_outcome_code::committed, {}, {}, {}};
        const std::string text = rd_kafka_error_string(error.get());
        const rd_kafka_resp_err_t code = rd_kafka_error_code(error.get());
        if (rd_kafka_error_txn_requires_abort(error.get()) != 0)
            return abort({delivery_outcome_code::aborted_retry,
                          is_authorisation_error(code) ? errc::not_authorised : errc::unavailable,
                          prefixed(text),
                          {}});
        if (rd_kafka_error_is_retriable(error.get()) == 0 || until.left() == 0)
            return end(text);
    }
}

// `result` when it is aborted for good; the brokers do it themselves when they cannot be reached in time.
delivery_result kafka_transactions::abort(delivery_result result) {
    const deadline until(abort_wait);
    for (;;) {
        const error_handle error(rd_kafka_abort_transaction(handle_.get(), until.for_a_call()));
        aborting_ = error != nullptr;
        if (!error)
            return result;
        if (rd_kafka_fatal_error(handle_.get(), nullptr, 0) != RD_KAFKA_RESP_ERR_NO_ERROR ||
            rd_kafka_error_is_retriable(error.get()) == 0)
            return end(rd_kafka_error_string(error.get()));
        if (until.left() == 0)
            return result;
    }
}

// This producer is of no use any more.
delivery_result kafka_transactions::end(const std::string& text) {
    std::array<char, 512> fatal_text{};
    const rd_kafka_resp_err_t fatal =
        rd_kafka_fatal_error(handle_.get(), fatal_text.data(), fatal_text.size());
    delivery_result result;
    result.text = prefixed(
        fatal != RD_KAFKA_RESP_ERR_NO_ERROR ? kafka_error_text(fatal) + ": " + fatal_text.data() : text);
    if (is_fencing(fatal)) {
        result.outcome = delivery_outcome_code::fenced;
        result.reason = errc::closed;
    } else {
        result.outcome = delivery_outcome_code::reopen;
        result.reason = is_authorisation_error(fatal) ? errc::not_authorised : errc::outcome_unknown;
    }
    ended_ = result;
    return result;
}

} // namespace

opened_deliveries open_delivery_transactions(const kafka_settings& settings,
                                             const delivery_settings& deliveries,
                                             std::uint32_t ledger_partition, milliseconds wait) {
    check_settings(settings);
    const deadline until(wait);
    opened_deliveries opened;
    auto made = std::make_unique<kafka_transactions>(settings, deliveries, ledger_partition);
    opened.reason = made->open(until, opened.text);
    if (!opened.reason)
        opened.transactions = std::move(made);
    return opened;
}

} // namespace tongban::log
