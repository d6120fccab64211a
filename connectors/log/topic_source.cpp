// Membership and messages; positions and health are in kafka_source_progress.cpp.
#include "connectors/log/kafka_source.hpp"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <stdexcept>

namespace tongban::log {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// How soon a change of sharing is served while next() waits for messages.
constexpr milliseconds slice{50};

constexpr milliseconds seek_wait{2000};
constexpr milliseconds leave_wait{8000};
constexpr milliseconds destroy_wait{2000};

bool is_unreadable(rd_kafka_resp_err_t code) {
    return code == RD_KAFKA_RESP_ERR__BAD_MSG || code == RD_KAFKA_RESP_ERR__BAD_COMPRESSION ||
           code == RD_KAFKA_RESP_ERR_INVALID_MSG || code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE ||
           code == RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED;
}

std::string_view view(const void* bytes, std::size_t size) {
    return size == 0 ? std::string_view() : std::string_view(static_cast<const char*>(bytes), size);
}

} // namespace

kafka_source::kafka_source(const kafka_settings& settings, const topic_source_settings& source)
    : settings_(settings), source_(source), names_(source.topics.begin(), source.topics.end()),
      not_settled_("joining the group " + source.group) {
    for (const std::string& topic : names_)
        statistics_.topics[topic];
    handle_ = make_client_handle(settings_, kafka_role::consumer, options(),
                                 [this](rd_kafka_conf_s* conf) { install(conf); });
    rd_kafka_poll_set_consumer(handle_.get());
    messages_.reset(rd_kafka_queue_new(handle_.get()));
    const kafka_partitions topics(rd_kafka_topic_partition_list_new(static_cast<int>(names_.size())));
    for (const std::string& topic : names_)
        rd_kafka_topic_partition_list_add(topics.get(), topic.c_str(), RD_KAFKA_PARTITION_UA);
    if (const kafka_code failure = rd_kafka_subscribe(handle_.get(), topics.get()))
        throw std::runtime_error("kafka group " + source_.group + ": " + kafka_error_text(failure));
}

std::vector<std::pair<const char*, std::string>> kafka_source::options() const {
    const auto text = [](auto value) { return std::to_string(value); };
    const std::size_t fetch =
        std::max({source_.partition_fetch_bytes, source_.queued_bytes_max / 2, std::size_t{1000}});
    return {
        {"group.id", source_.group},
        // Not cooperative-sticky: while members know different topics, as in every rolling restart that adds
        // a region, its 2.0.2 can compute for ever.
        {"partition.assignment.strategy", "roundrobin"},
        {"session.timeout.ms", text(source_.session_timeout.count())},
        {"heartbeat.interval.ms", text(std::max<std::int64_t>(source_.session_timeout.count() / 6, 1))},
        {"max.poll.interval.ms", text(std::max(source_.poll_interval_max, source_.session_timeout).count())},
        {"enable.auto.commit", "false"},
        {"enable.auto.offset.store", "false"},
        {"auto.offset.reset", "earliest"},
        {"check.crcs", "true"},
        {"fetch.error.backoff.ms", "100"},
        {"fetch.message.max.bytes", text(source_.partition_fetch_bytes)},
        {"message.max.bytes", "1000"}, // of no use to a consumer, and a fetch may not be smaller
        {"fetch.max.bytes", text(fetch)},
        {"receive.message.max.bytes", text(std::max(fetch + 1024, source_.receive_bytes_max))},
        {"queued.min.messages", "10000"},
        {"queued.max.messages.kbytes", text(source_.queued_bytes_max / 1024 + 1)},
        {"topic.metadata.refresh.interval.ms", kafka_group_metadata_milliseconds},
        {"statistics.interval.ms", text(source_.refresh_interval.count())}};
}

void kafka_source::install(rd_kafka_conf_t* conf) {
    rd_kafka_conf_set_opaque(conf, this);
    rd_kafka_conf_set_rebalance_cb(
        conf, [](rd_kafka_t*, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t* partitions,
                 void* self) { static_cast<kafka_source*>(self)->on_rebalance(code, partitions); });
    rd_kafka_conf_set_offset_commit_cb(
        conf, [](rd_kafka_t*, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t* partitions,
                 void* self) { static_cast<kafka_source*>(self)->on_commit(code, partitions); });
    rd_kafka_conf_set_error_cb(conf, [](rd_kafka_t*, int code, const char* text, void* self) {
        static_cast<kafka_source*>(self)->on_error(kafka_error_text(code) + ": " + text);
    });
    rd_kafka_conf_set_stats_cb(conf, [](rd_kafka_t*, char* json, std::size_t size, void* self) {
        static_cast<kafka_source*>(self)->on_statistics({json, size});
        return 0;
    });
    rd_kafka_conf_set_log_cb(conf,
                             [](const rd_kafka_t* handle, int level, const char* facility, const char* text) {
                                 static_cast<kafka_source*>(rd_kafka_opaque(handle))
                                     ->on_log(level, std::string(facility) + ": " + text);
                             });
}

std::span<const source_message> kafka_source::next(milliseconds wait, std::size_t max_messages) {
    release();
    const auto until = steady_clock::now() + wait;
    for (;;) {
        serve();
        const auto left = std::chrono::ceil<milliseconds>(until - steady_clock::now());
        const auto patience = std::clamp(left, milliseconds{0}, slice);
        if (max_messages == 0) {
            // Nothing to wait for but the membership.
            if (rd_kafka_message_t* message =
                    rd_kafka_consumer_poll(handle_.get(), static_cast<int>(patience.count())))
                take(message);
        } else if (rd_kafka_message_t* message =
                       rd_kafka_consume_queue(messages_.get(), static_cast<int>(patience.count()))) {
            take(message);
            while (given_.size() < max_messages && given_bytes_ < source_.batch_bytes_max &&
                   (message = rd_kafka_consume_queue(messages_.get(), 0)) != nullptr)
                take(message);
        }
        if (!given_.empty() || woken_.exchange(false) || left <= milliseconds{0})
            break;
    }
    // The headers' vector has its final place only now.
    std::size_t first = 0;
    for (std::size_t i = 0; i < given_.size(); ++i) {
        given_[i].headers = std::span(headers_).subspan(first, header_counts_[i]);
        first += header_counts_[i];
    }
    return given_;
}

void kafka_source::wake() {
    woken_ = true;
    const std::scoped_lock lock(mutex_); // close() may be under way
    if (messages_)
        rd_kafka_queue_yield(messages_.get());
}

void kafka_source::close() {
    if (closed_)
        return;
    closed_ = true;
    release();
    // Gives back every partition, and with them commits what is done.
    leave_group(handle_.get(), membership_, leave_wait);
    // A partition's error can come when nobody fetches from it any more; in the queue it would hold the
    // partition, and with it the handle, for ever.
    while (rd_kafka_message_t* message = rd_kafka_consume_queue(messages_.get(), 0))
        rd_kafka_message_destroy(message);
    {
        const std::scoped_lock lock(mutex_);
        messages_.reset();
    }
    if (!destroy_apart(std::move(handle_), destroy_wait))
        on_log(3, "not destroyed within " + std::to_string(destroy_wait.count()) + " ms: left to the process's end");
    const std::scoped_lock lock(mutex_);
    not_settled_ = "closed";
}

void kafka_source::serve() {
    apply_pauses();
    while (rd_kafka_message_t* message = rd_kafka_consumer_poll(handle_.get(), 0))
        take(message);
    const auto now = steady_clock::now();
    if (now >= commit_due_ && !commit_under_way_) {
        commit_due_ = now + source_.commit_interval;
        commit_what_is_done();
    }
    if (now >= refresh_due_) {
        refresh_due_ = now + source_.refresh_interval;
        find_missing_topics();
        try_denied_topics();
        ask_ends_of_paused();
    }
}

// Keeps a message for the caller; errors are noted.
bool kafka_source::take(rd_kafka_message_t* message) {
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        on_message_error(*message);
        if (is_unreadable(message->err))
            pass_over(*message);
        rd_kafka_message_destroy(message);
        return false;
    }
    const auto topic = names_.find(std::string_view(rd_kafka_topic_name(message->rkt)));
    const auto partition = static_cast<std::uint32_t>(message->partition);
    const auto offset = static_cast<std::uint64_t>(message->offset);
    const std::scoped_lock lock(mutex_);
    source_turns::turn* turn = topic == names_.end() ? nullptr : turns_.find({*topic, partition});
    if (turn == nullptr) { // fetched before the partition was taken away: its next owner reads it
        rd_kafka_message_destroy(message);
        return false;
    }
    turn->next_given = offset + 1;
    if (denied_.erase(*topic) > 0)
        missing_.erase(*topic);
    rd_kafka_timestamp_type_t type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
    const std::int64_t time = std::max<std::int64_t>(rd_kafka_message_timestamp(message, &type), 0);
    std::size_t count = 0;
    rd_kafka_headers_t* headers = nullptr;
    if (rd_kafka_message_headers(message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR) {
        const char* name = nullptr;
        const void* value = nullptr;
        std::size_t size = 0;
        while (rd_kafka_header_get_all(headers, count, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR) {
            headers_.push_back({name, view(value, size)});
            ++count;
        }
    }
    header_counts_.push_back(count);
    held_.push_back(message);
    given_.push_back({{*topic, partition, offset, turn->number},
                      std::chrono::sys_time<milliseconds>{milliseconds{time}},
                      view(message->key, message->key_len),
                      view(message->payload, message->len),
                      {},
                      false});
    const std::size_t bytes = message->key_len + message->len;
    given_bytes_ += bytes;
    topic_statistics& counted = statistics_.topics[*topic];
    counted.messages += 1;
    counted.bytes += bytes;
    return true;
}

// librdkafka would ask for the same record for ever. The error names the first record of its batch, which may
// be one that was passed over already.
void kafka_source::pass_over(const rd_kafka_message_t& message) {
    const auto topic = names_.find(std::string_view(rd_kafka_topic_name(message.rkt)));
    if (topic == names_.end() || message.partition < 0 || message.offset < 0)
        return;
    const auto partition = static_cast<std::uint32_t>(message.partition);
    std::uint64_t offset = 0, number = 0;
    {
        const std::scoped_lock lock(mutex_);
        const source_turns::turn* turn = turns_.find({*topic, partition});
        if (turn == nullptr)
            return;
        offset = std::max(static_cast<std::uint64_t>(message.offset), turn->next_given);
        number = turn->number;
    }
    const kafka_partitions list(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(list.get(), topic->c_str(), message.partition)->offset =
        static_cast<int64_t>(offset + 1);
    rd_kafka_error_t* failure =
        rd_kafka_seek_partitions(handle_.get(), list.get(), static_cast<int>(seek_wait.count()));
    if (failure != nullptr || list->elems[0].err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        // It will be met again.
        on_error("cannot pass over a record: " + (failure != nullptr
                                                      ? std::string(rd_kafka_error_string(failure))
                                                      : kafka_error_text(list->elems[0].err)));
        if (failure != nullptr)
            rd_kafka_error_destroy(failure);
        return;
    }
    const std::scoped_lock lock(mutex_);
    turns_.find({*topic, partition})->next_given = offset + 1;
    ++statistics_.unreadable;
    header_counts_.push_back(0);
    given_.push_back({{*topic, partition, offset, number}, {}, {}, {}, {}, true});
}

void kafka_source::release() {
    given_.clear();
    headers_.clear();
    header_counts_.clear();
    given_bytes_ = 0;
    for (rd_kafka_message_t* message : held_)
        rd_kafka_message_destroy(message);
    held_.clear();
}

void kafka_source::on_rebalance(kafka_code code, rd_kafka_topic_partition_list_t* partitions) {
    {
        const std::scoped_lock lock(mutex_);
        ++statistics_.rebalances;
    }
    rd_kafka_resp_err_t failure = RD_KAFKA_RESP_ERR_NO_ERROR;
    if (code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS && membership_ == membership::member) {
        begin_turns(partitions);
        failure = rd_kafka_assign(handle_.get(), partitions);
    } else {
        if (rd_kafka_assignment_lost(handle_.get()) != 0) {
            // The next owner has begun already: nothing can be committed any more.
            const std::scoped_lock lock(mutex_);
            statistics_.lost_abrupt += static_cast<std::uint64_t>(partitions->cnt);
            not_settled_ = "no contact with the group " + source_.group + ", its partitions are given up";
        } else {
            commit_at_once(partitions);
        }
        end_turns(partitions);
        if (membership_ == membership::closing)
            return;
        failure = rd_kafka_assign(handle_.get(), nullptr);
    }
    if (failure != RD_KAFKA_RESP_ERR_NO_ERROR)
        on_error(kafka_error_text(failure));
}

void kafka_source::begin_turns(rd_kafka_topic_partition_list_t* partitions) {
    for (int i = 0; i < partitions->cnt; ++i) {
        const rd_kafka_topic_partition_t& each = partitions->elems[i];
        // Before it is assigned: afterwards the first messages could already be in the membership's queue.
        const kafka_queue_handle own(rd_kafka_queue_get_partition(handle_.get(), each.topic, each.partition));
        if (own)
            rd_kafka_queue_forward(own.get(), messages_.get());
        const std::scoped_lock lock(mutex_);
        turns_.begin({each.topic, static_cast<std::uint32_t>(each.partition)});
    }
}

void kafka_source::end_turns(rd_kafka_topic_partition_list_t* partitions) {
    const std::scoped_lock lock(mutex_);
    for (int i = 0; i < partitions->cnt; ++i) {
        const rd_kafka_topic_partition_t& each = partitions->elems[i];
        const place of{each.topic, static_cast<std::uint32_t>(each.partition)};
        turns_.end(of);
        ends_.erase(of);
    }
}

std::unique_ptr<topic_source> open_kafka_source(const kafka_settings& settings,
                                                const topic_source_settings& source) {
    check_settings(settings);
    if (source.topics.empty() || source.group.empty())
        throw std::runtime_error("kafka source: a group and at least one topic must be given");
    return std::make_unique<kafka_source>(settings, source);
}

} // namespace tongban::log
