// One request per leader, not per partition: the "timestamp" -1 asks for the end.
#include "connectors/log/kafka_ends.hpp"

#include "connectors/log/kafka_errors.hpp"

#include <librdkafka/rdkafka.h>

#include <memory>

namespace tongban::log {

boost::system::result<std::vector<std::uint64_t>> partition_ends(rd_kafka_s* handle, const std::string& topic,
                                                                 std::uint32_t partitions,
                                                                 std::chrono::milliseconds wait) {
    const std::unique_ptr<rd_kafka_topic_partition_list_t, decltype(&rd_kafka_topic_partition_list_destroy)> asked(
        rd_kafka_topic_partition_list_new(static_cast<int>(partitions)), &rd_kafka_topic_partition_list_destroy);
    for (std::uint32_t p = 0; p < partitions; ++p)
        rd_kafka_topic_partition_list_add(asked.get(), topic.c_str(), static_cast<int32_t>(p))->offset =
            RD_KAFKA_OFFSET_END;
    const rd_kafka_resp_err_t failure =
        rd_kafka_offsets_for_times(handle, asked.get(), static_cast<int>(wait.count()));
    if (failure != RD_KAFKA_RESP_ERR_NO_ERROR)
        return read_error(failure);
    std::vector<std::uint64_t> ends(partitions, 0);
    for (int i = 0; i < asked->cnt; ++i) {
        const rd_kafka_topic_partition_t& answer = asked->elems[i];
        if (answer.err != RD_KAFKA_RESP_ERR_NO_ERROR)
            return read_error(answer.err);
        if (answer.offset < 0)
            return errc::unavailable;
        ends[static_cast<std::size_t>(answer.partition)] = static_cast<std::uint64_t>(answer.offset);
    }
    return ends;
}

} // namespace tongban::log
