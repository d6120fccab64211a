// librdkafka's simple consumer: unlike its group consumer it needs neither a group nor rights on one. A
// position the broker refuses is checked against the partition's ends before it is called lost: right after a
// fail-over a leader may refuse one that is there.
#include "connectors/log/kafka_reader.hpp"

#include <librdkafka/rdkafka.h>

#include <algorithm>

namespace tongban::log {

namespace {
constexpr std::chrono::milliseconds verify_wait{2000};

std::string_view view(const void* bytes, std::size_t size) {
    return size == 0 ? std::string_view() : std::string_view(static_cast<const char*>(bytes), size);
}
} // namespace

kafka_reader::kafka_reader(const kafka_settings& settings, std::vector<std::uint64_t> next_offsets,
                           std::shared_ptr<known_ends> known)
    : settings_(settings), known_ends_(std::move(known)), positions_(std::move(next_offsets)),
      handle_(make_consumer_handle(settings)), topic_(make_topic_handle(handle_.get(), settings.topic)),
      events_(handle_.get()), records_(rd_kafka_queue_new(handle_.get())) {
    for (std::uint32_t p = 0; p < positions_.size(); ++p)
        start(p);
}

kafka_reader::~kafka_reader() {
    release();
    for (std::uint32_t p = 0; p < positions_.size(); ++p)
        rd_kafka_consume_stop(topic_.get(), static_cast<int32_t>(p));
}

void kafka_reader::start(std::uint32_t partition) {
    if (rd_kafka_consume_start_queue(topic_.get(), static_cast<int32_t>(partition),
                                     static_cast<int64_t>(positions_[partition]), records_.get()) != 0)
        error_ = read_error(rd_kafka_last_error());
}

boost::system::result<std::span<const record>> kafka_reader::next(std::chrono::milliseconds wait,
                                                                  std::size_t max_records) {
    release();
    // librdkafka's own news; what matters to a reader arrives as a message.
    events_.serve(
        [&](int level, std::string_view text) {
            if (settings_.diagnostics)
                settings_.diagnostics(level, "reader " + std::string(text));
        },
        [](std::string_view) {});
    if (!doubtful_.empty() && !error_)
        error_ = verify_positions();
    if (error_ || lost_)
        return lost_ ? make_error_code(errc::position_lost) : std::exchange(error_, {});
    const auto until = std::chrono::steady_clock::now() + wait;
    auto left = wait;
    while (given_.size() < max_records) {
        rd_kafka_message_t* message = rd_kafka_consume_queue(records_.get(), static_cast<int>(left.count()));
        if (message == nullptr)
            break;
        if (accept(message))
            left = std::chrono::milliseconds{0};
        else if (error_ || !doubtful_.empty())
            break;
        else if (given_.empty())
            left = std::max(std::chrono::milliseconds{0}, std::chrono::ceil<std::chrono::milliseconds>(
                                                              until - std::chrono::steady_clock::now()));
    }
    if (given_.empty() && error_)
        return std::exchange(error_, {});
    for (const record& r : given_)
        if (positions_[r.at.partition] == r.at.offset + 1)
            known_ends_->raise(r.at.partition, r.at.offset + 1);
    return std::span<const record>(given_);
}

bool kafka_reader::accept(rd_kafka_message_s* message) {
    const auto partition = static_cast<std::uint32_t>(message->partition);
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        on_error(*message);
        rd_kafka_message_destroy(message);
        return false;
    }
    const auto offset = static_cast<std::uint64_t>(message->offset);
    if (partition >= positions_.size() || offset < positions_[partition]) {
        rd_kafka_message_destroy(message);
        return false;
    }
    rd_kafka_timestamp_type_t type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
    const std::int64_t time = rd_kafka_message_timestamp(message, &type);
    if (type != RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME) {
        // Somebody changed the topic: the sender's clock must never become the ledger's. The record stays
        // unread.
        if (settings_.diagnostics)
            settings_.diagnostics(2, "a record without LogAppendTime: message.timestamp.type was changed");
        error_ = errc::failed;
        doubtful_.insert(partition);
        rd_kafka_message_destroy(message);
        return false;
    }
    held_.push_back(message);
    given_.push_back({{partition, offset},
                      std::chrono::sys_time<std::chrono::milliseconds>{std::chrono::milliseconds{time}},
                      view(message->key, message->key_len),
                      view(message->payload, message->len)});
    positions_[partition] = offset + 1;
    return true;
}

void kafka_reader::on_error(const rd_kafka_message_s& message) {
    if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
        return;
    if (settings_.diagnostics)
        settings_.diagnostics(4, "reading: " + kafka_error_text(message.err));
    if (message.err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET && message.partition >= 0)
        doubtful_.insert(static_cast<std::uint32_t>(message.partition));
    else
        error_ = read_error(message.err);
}

// Starts the partitions again whose position is there after all; one that is not is lost for good.
boost::system::error_code kafka_reader::verify_positions() {
    while (!doubtful_.empty()) {
        const std::uint32_t p = *doubtful_.begin();
        std::int64_t low = 0, high = 0;
        if (rd_kafka_query_watermark_offsets(handle_.get(), settings_.topic.c_str(), static_cast<int32_t>(p),
                                             &low, &high, static_cast<int>(verify_wait.count())))
            return errc::unavailable;
        const auto at = static_cast<std::int64_t>(positions_[p]);
        if (at < low || at > high) {
            lost_ = true;
            return {};
        }
        doubtful_.erase(p);
        rd_kafka_consume_stop(topic_.get(), static_cast<int32_t>(p));
        start(p);
    }
    return {};
}

void kafka_reader::wake() {
    rd_kafka_queue_yield(records_.get());
}

void kafka_reader::release() {
    given_.clear();
    for (rd_kafka_message_t* message : held_)
        rd_kafka_message_destroy(message);
    held_.clear();
}

} // namespace tongban::log
