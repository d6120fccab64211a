// The line between "not stored" and "may be stored" is drawn by librdkafka's message status, not by the error
// code: a record that was sent once and then refused may still be in the log.
#include "connectors/log/kafka_errors.hpp"

#include <librdkafka/rdkafka.h>

namespace tongban::log {

boost::system::error_code delivery_outcome(const rd_kafka_message_s& report) {
    if (report.err == RD_KAFKA_RESP_ERR_NO_ERROR)
        return {};
    if (rd_kafka_message_status(&report) != RD_KAFKA_MSG_STATUS_NOT_PERSISTED)
        return errc::outcome_unknown;
    return produce_refusal(report.err);
}

errc produce_refusal(kafka_code code) {
    switch (code) {
    case RD_KAFKA_RESP_ERR__QUEUE_FULL:
        return errc::backlog_full;
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
        return errc::too_large;
    default:
        return is_authorisation_error(code) ? errc::not_authorised : errc::unavailable;
    }
}

errc read_error(kafka_code code) {
    if (is_authorisation_error(code))
        return errc::not_authorised;
    return code == RD_KAFKA_RESP_ERR__BAD_MSG ? errc::failed : errc::unavailable;
}

bool is_authorisation_error(kafka_code code) {
    switch (code) {
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
        return true;
    default:
        return false;
    }
}

std::string kafka_error_text(kafka_code code) {
    const auto error = static_cast<rd_kafka_resp_err_t>(code);
    return std::string(rd_kafka_err2name(error)) + " (" + rd_kafka_err2str(error) + ")";
}

} // namespace tongban::log
