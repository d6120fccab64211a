// Reads what local platforms publish into their regions' topics: as a member of a consumer group, so that
// replicas share the topics, and with positions that advance only when somebody says that a message was dealt
// with. After a restart, and whenever the sharing changes, what was given and not yet done comes again, to
// this member or to another; nothing is left out.
#pragma once

#include "connectors/log/kafka_log.hpp"
#include "connectors/log/message_header.hpp"

#include <boost/system/result.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tongban::log {

// Where a message stands, and in which of this member's turns with the partition it was given. Valid as long
// as its source.
struct source_position {
    std::string_view topic;
    std::uint32_t partition{};
    std::uint64_t offset{};
    std::uint64_t turn{};
};

// Views live until the next call of next().
struct source_message {
    source_position at;
    std::chrono::sys_time<std::chrono::milliseconds> published_at; // by the topic's clock; 0 when it has none
    std::string_view key;
    std::string_view value; // whole, however large the topic allows it
    std::span<const message_header> headers;
    // The record at this position cannot be unpacked or is damaged: nothing but the position is known. It is
    // passed over, as every other message is when it is done.
    bool unreadable = false;
};

struct source_health {
    bool ready = false; // a settled member of the group, and every topic is there and may be read
    std::string reason; // why not, naming topics; empty when ready
};

// Counters since open and gauges of now, of what this member reads.
struct topic_statistics {
    std::uint32_t partitions = 0; // gauge: assigned to this member
    std::uint32_t paused = 0;     // gauge
    // Gauge: records published and not dealt with, in the partitions assigned here; none while that is unknown.
    std::optional<std::uint64_t> lag = 0;
    std::uint64_t messages = 0; // given
    std::uint64_t bytes = 0;    // of their keys and values
};
struct source_statistics {
    std::map<std::string, topic_statistics> topics; // every topic of the settings
    std::uint64_t rebalances = 0;
    std::uint64_t lost_abrupt = 0;    // partitions, without being asked: no contact, or next() not called
    std::uint64_t commits = 0;        // of positions, that succeeded
    std::uint64_t commits_failed = 0; // what they held is committed later, or comes again
    std::uint64_t done_ignored = 0;   // done() for a turn that is over
    std::uint64_t errors = 0;         // that brokers or connections reported
    std::uint64_t unreadable = 0;     // messages given as such
};

struct topic_source_settings {
    std::string group = "tongban-intake";
    std::vector<std::string> topics;
    // Bound on what is fetched and not yet given: about this, and one fetch more.
    std::size_t queued_bytes_max = 8 * 1024 * 1024;
    // At most this of one partition in a fetch; a larger message comes alone.
    std::size_t partition_fetch_bytes = 256 * 1024;
    // More than any topic's max.message.bytes. What zstd unpacks to more than this is unreadable; other
    // codecs know no bound here: plan_region_topics() lets the brokers unpack, and so refuse.
    std::size_t receive_bytes_max = 64 * 1024 * 1024;
    // next() ends a batch that holds so much.
    std::size_t batch_bytes_max = 4 * 1024 * 1024;
    std::chrono::milliseconds session_timeout{6000};
    // A member that does not call next() for so long loses its partitions.
    std::chrono::milliseconds poll_interval_max{60000};
    std::chrono::milliseconds commit_interval{500};
    std::chrono::milliseconds refresh_interval{1000}; // of lag and health
};

// next() and close() from one thread; everything else from any, without blocking.
class topic_source {
public:
    virtual ~topic_source() = default; // closes

    // Up to `max_messages`, waiting up to `wait` for the first; in order within a partition. Empty when
    // nothing came. With max_messages 0 only the membership is kept alive: for a caller that has enough under
    // way.
    virtual std::span<const source_message> next(std::chrono::milliseconds wait,
                                                 std::size_t max_messages) = 0;

    // Ends a waiting next() early.
    virtual void wake() = 0;

    // Everything in each position's partition up to and including it was dealt with, durably: it need not
    // come again. Committed from within next(), in order; at once when the partition is taken away, and by
    // close(). A position of a turn that is over, or behind one told before, changes nothing.
    virtual void done(std::span<const source_position> positions) = 0;

    // No more messages of this partition until resume(); what was given stays given, nothing is left out or
    // comes twice. Takes effect with the next call of next(). Forgotten when the partition is taken away.
    virtual void pause(const source_position& in) = 0;
    virtual void resume(const source_position& in) = 0;

    virtual source_health health() const = 0;
    virtual source_statistics statistics() const = 0;

    // Commits what is done and leaves the group, so that others need not wait. Blocks, at worst about 10 s
    // when brokers are silent. Nothing may be called on it afterwards but health() and statistics().
    virtual void close() = 0;
};

// Throws std::runtime_error with a sentence for the operator when settings or certificates cannot work.
// Brokers that cannot be reached and topics that are missing are no error: health() names them, and they are
// picked up within seconds of being there. Needs Read on the group, and Read and Describe on the topics. A
// group that has never committed begins with the oldest message.
std::unique_ptr<topic_source> open_kafka_source(const kafka_settings& settings,
                                                const topic_source_settings& source);

} // namespace tongban::log
