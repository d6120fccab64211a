// The rights this needs: Describe, DescribeConfigs and Write on the topic; Create when it is to be made here.
#include "connectors/log/kafka_topic.hpp"

#include "connectors/log/kafka_admin.hpp"
#include "connectors/log/kafka_errors.hpp"

#include <librdkafka/rdkafka.h>

#include <array>
#include <charconv>
#include <vector>

namespace tongban::log {

namespace {

std::size_t batch_bytes_max(const kafka_settings& settings) {
    return settings.record_bytes_max + kafka_batch_overhead_bytes;
}

topic_report report(topic_condition condition, std::string text) {
    return {condition, std::move(text), {}};
}

// What an error of the question itself, or of the topic in its answer, amounts to.
topic_report report_error(rd_kafka_resp_err_t code, const std::string& asking) {
    const std::string text = asking + ": " + kafka_error_text(code);
    if (is_authorisation_error(code))
        return report(topic_condition::denied, text);
    switch (code) {
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
        return report(topic_condition::missing, "the topic does not exist");
    case RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE:
        return report(topic_condition::electing, text);
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
        return report(topic_condition::silent, text);
    default:
        return report(topic_condition::unreachable, text);
    }
}

topic_report check_metadata(rd_kafka_t* handle, rd_kafka_topic_t* topic, const kafka_settings& settings,
                            std::chrono::milliseconds wait) {
    const rd_kafka_metadata_t* raw = nullptr;
    const rd_kafka_resp_err_t failure =
        rd_kafka_metadata(handle, 0, topic, &raw, static_cast<int>(wait.count()));
    if (failure != RD_KAFKA_RESP_ERR_NO_ERROR)
        return report_error(failure, "no metadata");
    const std::unique_ptr<const rd_kafka_metadata_t, decltype(&rd_kafka_metadata_destroy)> metadata(
        raw, &rd_kafka_metadata_destroy);
    if (metadata->topic_cnt != 1)
        return report(topic_condition::missing, "the topic does not exist");
    const rd_kafka_metadata_topic_t& found = metadata->topics[0];
    if (found.err != RD_KAFKA_RESP_ERR_NO_ERROR)
        return report_error(found.err, "asking for the topic");
    if (found.partition_cnt != static_cast<int>(settings.partitions))
        return report(topic_condition::unfit, "the topic has " + std::to_string(found.partition_cnt) +
                                                  " partitions, the settings say " +
                                                  std::to_string(settings.partitions) +
                                                  "; the count is fixed when a ledger is created");
    for (int i = 0; i < found.partition_cnt; ++i)
        if (found.partitions[i].leader < 0)
            return report(topic_condition::electing,
                          "partition " + std::to_string(found.partitions[i].id) + " has no leader");
    return report(topic_condition::fit, "");
}

topic_report check_values(rd_kafka_t* handle, const kafka_settings& settings,
                          std::chrono::milliseconds wait) {
    rd_kafka_ConfigResource_t* resource =
        rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, settings.topic.c_str());
    const kafka_event_handle event =
        ask_cluster(handle, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, wait, [&](auto* options, auto* queue) {
            rd_kafka_DescribeConfigs(handle, &resource, 1, options, queue);
        });
    rd_kafka_ConfigResource_destroy(resource);
    if (!event)
        return report(topic_condition::silent, "no answer about the topic's settings");
    if (rd_kafka_event_error(event.get()) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return report_error(rd_kafka_event_error(event.get()), "asking for the topic's settings");
    std::size_t count = 0;
    const rd_kafka_ConfigResource_t** described =
        rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(event.get()), &count);
    if (count != 1)
        return report(topic_condition::silent, "no answer about the topic's settings");
    if (const rd_kafka_resp_err_t error = rd_kafka_ConfigResource_error(described[0]))
        return report_error(error, "asking for the topic's settings needs DescribeConfigs on it");
    std::map<std::string, std::string> values;
    const rd_kafka_ConfigEntry_t** entries = rd_kafka_ConfigResource_configs(described[0], &count);
    for (std::size_t i = 0; i < count; ++i)
        if (const char* value = rd_kafka_ConfigEntry_value(entries[i]))
            values.emplace(rd_kafka_ConfigEntry_name(entries[i]), value);
    const std::string faults = topic_faults(values, settings);
    return report(faults.empty() ? topic_condition::fit : topic_condition::unfit, faults);
}

topic_report create(rd_kafka_t* handle, const kafka_settings& settings, std::chrono::milliseconds wait) {
    std::array<char, 256> text{};
    rd_kafka_NewTopic_t* wanted =
        rd_kafka_NewTopic_new(settings.topic.c_str(), static_cast<int>(settings.partitions),
                              settings.replication_factor, text.data(), text.size());
    if (wanted == nullptr)
        return report(topic_condition::unfit, text.data());
    const std::array<std::pair<const char*, std::string>, 6> values{{
        {"message.timestamp.type", "LogAppendTime"},
        {"cleanup.policy", "delete"},
        {"retention.ms", "-1"},
        {"retention.bytes", "-1"},
        {"max.message.bytes", std::to_string(batch_bytes_max(settings))},
        {"min.insync.replicas", std::to_string(settings.min_insync_replicas)},
    }};
    for (const auto& [name, value] : values)
        rd_kafka_NewTopic_set_config(wanted, name, value.c_str());
    const kafka_event_handle event =
        ask_cluster(handle, RD_KAFKA_ADMIN_OP_CREATETOPICS, wait,
            [&](auto* options, auto* queue) { rd_kafka_CreateTopics(handle, &wanted, 1, options, queue); });
    rd_kafka_NewTopic_destroy(wanted);
    if (!event)
        return report(topic_condition::silent, "no answer to the creation of the topic");
    if (rd_kafka_event_error(event.get()) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return report_error(rd_kafka_event_error(event.get()), "creating the topic");
    std::size_t count = 0;
    const rd_kafka_topic_result_t** results =
        rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
    const rd_kafka_resp_err_t error =
        count == 1 ? rd_kafka_topic_result_error(results[0]) : RD_KAFKA_RESP_ERR__FAIL;
    // Another replica may have been first.
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR || error == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
        return report(topic_condition::missing, "the topic was created a moment ago");
    if (is_authorisation_error(error))
        return report_error(error, "creating the topic");
    const char* why = count == 1 ? rd_kafka_topic_result_error_string(results[0]) : nullptr;
    return report(topic_condition::missing,
                  "the topic cannot be created: " +
                      (why != nullptr ? std::string(why) : kafka_error_text(error)));
}

bool number_at_least(const std::string& text, std::size_t least) {
    std::size_t number = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    return failure == std::errc{} && end == text.data() + text.size() && number >= least;
}

} // namespace

std::string topic_faults(const std::map<std::string, std::string>& values, const kafka_settings& settings) {
    std::string faults;
    const auto value_of = [&](const char* name) {
        const auto found = values.find(name);
        return found == values.end() ? std::string("unknown") : found->second;
    };
    const auto must = [&](bool holds, const char* name, const std::string& wanted) {
        if (!holds)
            faults += (faults.empty() ? "" : "; ") + std::string(name) + " is " + value_of(name) +
                      " and must be " + wanted;
    };
    const auto equals = [&](const char* name, const char* wanted) {
        must(value_of(name) == wanted, name, wanted);
    };
    const auto at_least = [&](const char* name, std::size_t least) {
        must(number_at_least(value_of(name), least), name, std::to_string(least) + " or more");
    };
    equals("message.timestamp.type", "LogAppendTime");
    equals("cleanup.policy", "delete");
    equals("retention.ms", "-1");
    equals("retention.bytes", "-1");
    at_least("max.message.bytes", batch_bytes_max(settings));
    at_least("min.insync.replicas", settings.min_insync_replicas);
    return faults;
}

topic_report check_topic(rd_kafka_s* handle, rd_kafka_topic_s* topic, const kafka_settings& settings,
                         std::chrono::milliseconds wait) {
    topic_report found = check_metadata(handle, topic, settings, wait);
    if (found.condition == topic_condition::missing && settings.create_topic)
        found = create(handle, settings, wait);
    if (found.condition != topic_condition::fit)
        return found;
    found = check_values(handle, settings, wait);
    if (found.condition != topic_condition::fit)
        return found;
    char* cluster = rd_kafka_clusterid(handle, static_cast<int>(wait.count()));
    if (cluster == nullptr)
        return report(topic_condition::silent, "the cluster does not tell its id");
    found.cluster_id = cluster;
    rd_kafka_mem_free(handle, cluster);
    return found;
}

} // namespace tongban::log
