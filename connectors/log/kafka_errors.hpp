// What librdkafka's error codes mean for a record and for the operator.
#pragma once

#include "connectors/log/event_log.hpp"

#include <string>

struct rd_kafka_message_s;

namespace tongban::log {

// rd_kafka_resp_err_t as a number, so that only .cpp files see librdkafka.
using kafka_code = int;

// What a delivery report says: no error when durable. Only what was surely not stored is called so.
boost::system::error_code delivery_outcome(const rd_kafka_message_s& report);

// Why produce() did not take a record: it is not stored.
errc produce_refusal(kafka_code code);

// What a consumer's error means to a reader.
errc read_error(kafka_code code);

bool is_authorisation_error(kafka_code code);

// The code's name and text: "TOPIC_AUTHORIZATION_FAILED (Broker: Topic authorization failed)".
std::string kafka_error_text(kafka_code code);

} // namespace tongban::log
