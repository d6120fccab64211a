// Backwards in steps, because a compacted topic may hold more than the last record of every key.
#include "connectors/log/kafka_progress.hpp"

#include "connectors/log/kafka_config.hpp"
#include "connectors/log/kafka_errors.hpp"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <string_view>

namespace tongban::log {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::int64_t first_step = 128; // records; each transaction leaves two
constexpr milliseconds poll_wait{50};

std::string_view view(const void* bytes, std::size_t size) {
    return size == 0 ? std::string_view() : std::string_view(static_cast<const char*>(bytes), size);
}

struct search {
    rd_kafka_topic_t* topic;
    std::int32_t partition;
    std::string key, mark_key, mark;
    steady_clock::time_point until;

    milliseconds left() const {
        return std::max(std::chrono::ceil<milliseconds>(until - steady_clock::now()), milliseconds{0});
    }
    // What was found from `start` up to the mark.
    boost::system::result<std::optional<std::string>> run(std::int64_t start) const {
        if (rd_kafka_consume_start(topic, partition, start) != 0)
            return errc::unavailable;
        boost::system::result<std::optional<std::string>> found = read();
        rd_kafka_consume_stop(topic, partition);
        return found;
    }

private:
    boost::system::result<std::optional<std::string>> read() const {
        std::optional<std::string> last;
        while (left().count() != 0) {
            rd_kafka_message_t* message =
                rd_kafka_consume(topic, partition, static_cast<int>(poll_wait.count()));
            if (message == nullptr)
                continue;
            const rd_kafka_resp_err_t code = message->err;
            const std::string_view found_key = view(message->key, message->key_len);
            const std::string_view value = view(message->payload, message->len);
            const bool usable = code == RD_KAFKA_RESP_ERR_NO_ERROR;
            const bool at_mark = usable && found_key == mark_key && value == mark;
            if (usable && found_key == key)
                last = std::string(value);
            rd_kafka_message_destroy(message);
            if (at_mark)
                return last;
            if (is_authorisation_error(code))
                return errc::not_authorised;
        }
        return errc::unavailable;
    }
};

} // namespace

boost::system::result<std::optional<std::string>>
read_progress(const kafka_settings& settings, const std::string& topic, std::int32_t partition,
              std::uint32_t ledger_partition, const std::string& mark, milliseconds wait) {
    const kafka_handle handle = make_client_handle(settings, kafka_role::consumer,
                                                   {{"isolation.level", "read_committed"},
                                                    {"auto.offset.reset", "earliest"},
                                                    {"fetch.error.backoff.ms", "50"},
                                                    {"queued.max.messages.kbytes", "16384"}},
                                                   [](rd_kafka_conf_t*) {});
    const kafka_topic_handle opened = make_topic_handle(handle.get(), topic);
    const search from{opened.get(),
                      partition,
                      progress_key(ledger_partition),
                      mark_key(ledger_partition),
                      mark,
                      steady_clock::now() + wait};
    std::int64_t low = 0, high = 0;
    const rd_kafka_resp_err_t failure = rd_kafka_query_watermark_offsets(
        handle.get(), topic.c_str(), partition, &low, &high, static_cast<int>(from.left().count()));
    if (failure != RD_KAFKA_RESP_ERR_NO_ERROR)
        return read_error(failure);
    for (std::int64_t step = first_step;; step *= 16) {
        const std::int64_t start = std::max(low, high - step);
        auto found = from.run(start);
        if (!found || *found || start == low)
            return found;
    }
}

} // namespace tongban::log
