// Where each partition of the ledger's topic ends now.
#pragma once

#include <boost/system/result.hpp>

#include <chrono>
#include <cstdint>
#include <vector>

struct rd_kafka_s;
struct rd_kafka_topic_s;

namespace tongban::log {

// One past the newest record of every partition, asked of the leaders. Blocks up to about `wait`.
boost::system::result<std::vector<std::uint64_t>> partition_ends(rd_kafka_s* handle, rd_kafka_topic_s* topic,
                                                                 std::uint32_t partitions,
                                                                 std::chrono::milliseconds wait);

} // namespace tongban::log
