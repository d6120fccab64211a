// One request per leader, not per partition: the "timestamp" -1 asks for the end. A broker that hung and goes
// on believes for a moment that it still leads, and tells the end it knew: so the leaders are asked for anew
// each time, and an end never falls behind what this process has read itself.
#include "connectors/log/kafka_ends.hpp"

#include "connectors/log/kafka_errors.hpp"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <memory>
#include <thread>

namespace tongban::log {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds attempt_wait_max{3000};
constexpr milliseconds between_attempts{100};

boost::system::result<std::vector<std::uint64_t>> ask_once(rd_kafka_s* handle, const std::string& topic,
                                                           std::uint32_t partitions, milliseconds wait) {
    const std::unique_ptr<rd_kafka_topic_partition_list_t, decltype(&rd_kafka_topic_partition_list_destroy)>
        asked(rd_kafka_topic_partition_list_new(static_cast<int>(partitions)),
              &rd_kafka_topic_partition_list_destroy);
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

void refresh_leaders(rd_kafka_s* handle, rd_kafka_topic_s* topic, milliseconds wait) {
    const rd_kafka_metadata_t* metadata = nullptr;
    if (rd_kafka_metadata(handle, 0, topic, &metadata, static_cast<int>(wait.count())) ==
        RD_KAFKA_RESP_ERR_NO_ERROR)
        rd_kafka_metadata_destroy(metadata);
}

} // namespace

boost::system::result<std::vector<std::uint64_t>> partition_ends(rd_kafka_s* handle, rd_kafka_topic_s* topic,
                                                                 known_ends& known, std::uint32_t partitions,
                                                                 milliseconds wait) {
    const auto until = steady_clock::now() + wait;
    const auto left = [&] {
        return std::clamp(std::chrono::ceil<milliseconds>(until - steady_clock::now()), milliseconds{1},
                          attempt_wait_max);
    };
    const std::string name = rd_kafka_topic_name(topic);
    for (;;) {
        refresh_leaders(handle, topic, left());
        auto ends = ask_once(handle, name, partitions, left());
        if (ends) {
            for (std::uint32_t p = 0; p < partitions; ++p) {
                known.raise(p, (*ends)[p]);
                (*ends)[p] = known.of(p);
            }
            return ends;
        }
        if (ends.error() != errc::unavailable || steady_clock::now() + between_attempts >= until)
            return ends;
        std::this_thread::sleep_for(between_attempts);
    }
}

} // namespace tongban::log
