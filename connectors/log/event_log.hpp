// The event-log port: the ledger as the rest of Tongban sees it. Two adapters, embedded and Kafka, pass one
// contract suite (tests/contract/event_log_contract.hpp).
#pragma once

#include <boost/system/result.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tongban::log {

// Where a record stands. Offsets of one partition only grow; they may have gaps.
struct position {
    std::uint32_t partition{};
    std::uint64_t offset{};
    friend bool operator==(const position&, const position&) = default;
};

// One record as read. Views live until the next call of the reader that gave it.
struct record {
    position at;
    std::chrono::sys_time<std::chrono::milliseconds> recorded_at; // the log's own clock
    std::string_view key;
    std::string_view value;
};

// Why an append or read did not succeed. Every code says whether the record may be in the log.
enum class errc {
    backlog_full = 1, // not stored: too many appends under way; send again later
    unavailable,      // not stored: the log cannot be reached or refuses; send again later
    outcome_unknown,  // may be stored: no acknowledgement in time; sending the same again is safe
    too_large,        // not stored: larger than the log takes
    not_authorised,   // not stored: the log refuses this process; an operator must act
    disk_full,        // not stored: no space; recovers when space returns
    failed,           // not stored, permanent: an fsync failed or the log is corrupt; stop the process
    position_lost,    // read: the position is not in the log any more; an operator must act
    closed,           // the log is shutting down
};
const boost::system::error_category& log_category() noexcept;
inline boost::system::error_code make_error_code(errc e) noexcept {
    return {static_cast<int>(e), log_category()};
}

// Called exactly once per append: on the log's own thread, or from within append() itself when it is refused
// at once (hold no lock there that `done` takes). Cheap, never blocking, never throwing.
using append_done = std::function<void(boost::system::error_code)>;

// Reads every partition from given positions on, in order within each. Used by one thread.
class log_reader {
public:
    virtual ~log_reader() = default;

    // Up to `max_records`, waiting up to `wait` for the first. Empty when nothing came. An error is passing
    // (unavailable) unless it is position_lost or failed; call again.
    virtual boost::system::result<std::span<const record>> next(std::chrono::milliseconds wait,
                                                                std::size_t max_records) = 0;

    // Ends a waiting next() early. From any thread.
    virtual void wake() = 0;
};

// Health as /readyz and metrics show it.
struct log_health {
    bool ready{};            // appends are expected to succeed
    std::string reason;      // why not; empty when ready
    std::uint64_t backlog{}; // appends under way
};

class event_log {
public:
    virtual ~event_log() = default;

    // Appends one record; `done` with no error means durable (Kafka acks=all; embedded: fsynced). Order of
    // appends with the same key from one thread is kept. Thread-safe, never blocks. Bounded: backlog_full at
    // once.
    virtual void append(std::string_view key, std::string value, append_done done) = 0;

    // A reader that starts at `next_offsets[p]` in partition p (size = partition_count()). The log outlives
    // it. position_lost, here or from next(), when a position is not between the log's beginning and its end.
    virtual boost::system::result<std::unique_ptr<log_reader>>
    read(std::vector<std::uint64_t> next_offsets) = 0;

    // One past the newest durable record of each partition. Blocks up to `wait`: never from an I/O thread.
    // Kafka: a broker that just goes on after a hang may for a moment tell an older end, never one behind
    // this log's readers.
    virtual boost::system::result<std::vector<std::uint64_t>> end(std::chrono::milliseconds wait) = 0;

    // Fixed when the ledger was created.
    virtual std::uint32_t partition_count() const = 0;

    // Identifies the ledger itself (Kafka: cluster id and topic; embedded: a random id): a view made from
    // another ledger is not used. Empty as long as a Kafka ledger has not been reached since start; never
    // changes once known.
    virtual std::string identity() const = 0;

    virtual log_health health() const = 0;

    // Refuses new appends, waits up to `wait` for those under way; the rest end as outcome_unknown.
    virtual void close(std::chrono::milliseconds wait) = 0;
};

} // namespace tongban::log

template <>
struct boost::system::is_error_code_enum<tongban::log::errc> : std::true_type {};
