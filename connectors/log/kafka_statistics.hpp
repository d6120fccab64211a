// librdkafka's statistics of a producer, reduced to what an operator watches.
#pragma once

#include "connectors/log/log_statistics.hpp"

#include <string_view>

namespace tongban::log {

// Fills the Kafka part of `into` from the JSON text; false, and `into` as it was, when it cannot be read.
// `assigned`: whether the idempotent producer has its id, so that records can be sent.
bool read_statistics(std::string_view json, log_statistics& into, bool& assigned);

} // namespace tongban::log
