// What the two ports that are members of a consumer group share: lists of partitions, and the group's state
// as librdkafka's statistics tell it.
#pragma once

#include "connectors/log/kafka_config.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

struct rd_kafka_topic_partition_list_s;

namespace tongban::log {

struct kafka_partitions_deleter {
    void operator()(rd_kafka_topic_partition_list_s* partitions) const noexcept;
};
using kafka_partitions = std::unique_ptr<rd_kafka_topic_partition_list_s, kafka_partitions_deleter>;

// A member's way out of its group. While `giving_up`, its rebalance callback still answers librdkafka; when `closing` not
// any more: the answer can cross the end of the group's service, and 2.0.2 then waits for its receipt for ever (its issue
// 4884). Not thread-safe: callbacks come on the thread that leaves.
enum class membership { member, giving_up, closing };

// Leaves the group, serving the callbacks that go with it on this thread, up to `wait`: a coordinator that is
// silent while a commit is under way would be waited for without end. `stage` is what the callbacks go by.
void leave_group(rd_kafka_s* handle, membership& stage, std::chrono::milliseconds wait);

// Destroys the handle on a thread of its own, and waits for that up to `wait`: librdkafka joins its threads
// without bound, and they stay as long as anybody refers to one of its partitions. No callback is called any
// more. Every queue and message of the handle is to be destroyed before. False: it was not done in time; the
// thread goes on until the process ends.
bool destroy_apart(kafka_handle handle, std::chrono::milliseconds wait);

// How soon a topic that was missing is found by a member. A consumer may ask more often than a producer does:
// it has no sequence that stale metadata could break.
inline constexpr const char* kafka_group_metadata_milliseconds = "5000";

// One past the newest record that may be read, the oldest one, and the group's committed position; -1:
// unknown.
struct kafka_partition_ends {
    std::int64_t high = -1;
    std::int64_t low = -1;
    std::int64_t committed = -1;
};

struct kafka_group_state {
    std::string state;      // of the connection to the coordinator
    std::string join_state; // of the membership
    // By topic and partition; more than those assigned here.
    std::map<std::pair<std::string, std::uint32_t>, kafka_partition_ends> ends;

    bool settled() const { return state == "up" && join_state == "steady"; }
    std::string text() const { return "coordinator " + state + ", membership " + join_state; }
};

// From one statistics report; none when it has no group in it.
std::optional<kafka_group_state> read_group_state(std::string_view json);

} // namespace tongban::log
