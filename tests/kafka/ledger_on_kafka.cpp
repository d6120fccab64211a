// See ledger_on_kafka.hpp.
#include "tests/kafka/ledger_on_kafka.hpp"

#include "tests/kafka/cluster_address.hpp"

#include <librdkafka/rdkafka.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <random>
#include <stdexcept>
#include <thread>

namespace tongban::kafka {

using namespace std::chrono_literals;

log::kafka_settings ledger_settings(const std::string& cluster) {
    log::kafka_settings settings;
    settings.bootstrap = bootstrap_of(cluster);
    settings.topic =
        "contract-" + std::to_string(std::random_device{}()) + std::to_string(std::random_device{}());
    settings.partitions = 1;
    settings.create_topic = true;
    settings.replication_factor = 1;
    settings.min_insync_replicas = 1;
    settings.record_bytes_max = 100'000;
    settings.start_wait = 20s;
    settings.socket_timeout = 2s;
    settings.stall_limit = 2s;
    settings.retry_interval = 200ms;
    settings.statistics_interval = 500ms;
    if (std::getenv("TONGBAN_KAFKA_TRACE") != nullptr)
        settings.diagnostics = [](int level, std::string_view text) {
            std::fprintf(stderr, "kafka log %d: %.*s\n", level, static_cast<int>(text.size()), text.data());
        };
    return settings;
}

log::kafka_tls certificate_of(const std::string& name) {
    log::kafka_tls tls;
    tls.ca = certificate_file("tls", "ca.pem");
    tls.certificate = certificate_file("tls", name + ".pem");
    tls.key = certificate_file("tls", name + ".key");
    return tls;
}

bool eventually(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + 60s;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > deadline)
            return false;
        std::this_thread::sleep_for(10ms);
    }
    return true;
}

boost::system::error_code append(log::event_log& log, const std::string& key, const std::string& value,
                                 std::chrono::milliseconds wait) {
    // Shared: a report that comes too late must find it.
    auto done = std::make_shared<std::promise<boost::system::error_code>>();
    auto report = done->get_future();
    log.append(key, value, [done](boost::system::error_code code) { done->set_value(code); });
    if (report.wait_for(wait) != std::future_status::ready)
        return log::errc::outcome_unknown;
    return report.get();
}

std::vector<std::string> values_in(log::event_log& log) {
    // Up to a marker, not up to end(): a broker that just goes on after a hang may tell an old end.
    const std::string marker = "marker-" + std::to_string(std::random_device{}());
    // Refused for a moment while the log still finds out that its brokers are back.
    boost::system::error_code refused;
    if (!eventually([&] { return !(refused = append(log, "case", marker)); }))
        throw std::runtime_error("the marker was not stored: " + refused.message());
    const auto reader = log.read({0}).value();
    std::vector<std::string> values;
    const auto deadline = std::chrono::steady_clock::now() + 60s;
    boost::system::error_code last_error;
    for (;;) {
        if (std::chrono::steady_clock::now() > deadline)
            throw std::runtime_error("the ledger cannot be read to its end within a minute: " +
                                     last_error.message());
        const auto came = reader->next(500ms, 1000);
        last_error = came.has_error() ? came.error() : last_error;
        for (const log::record& r : came ? *came : std::span<const log::record>()) {
            if (r.value == marker)
                return values;
            if (!r.value.starts_with("marker-"))
                values.emplace_back(r.value);
        }
    }
}

void broker(const std::string& cluster, const std::string& command, int node) {
    const std::string line = std::string("python3 ") + TONGBAN_SOURCE_DIR + "/tests/kafka/cluster.py " +
                             command + " --dir " + cluster_folder(cluster).string() + " --node " +
                             std::to_string(node) + " >/dev/null";
    if (std::system(line.c_str()) != 0)
        throw std::runtime_error("failed: " + line);
}

std::map<std::string, std::string> ledger_values() {
    return {{"message.timestamp.type", "LogAppendTime"},
            {"cleanup.policy", "delete"},
            {"retention.ms", "-1"},
            {"retention.bytes", "-1"},
            {"max.message.bytes", "8000000"}};
}

struct administrator::state {
    rd_kafka_t* handle = nullptr;

    // Runs one request; throws unless it and each of its results succeeded.
    template <typename Request, typename Errors>
    void ask(const char* what, Request request, Errors errors) {
        rd_kafka_queue_t* queue = rd_kafka_queue_new(handle);
        request(queue);
        rd_kafka_event_t* event = rd_kafka_queue_poll(queue, 30000);
        rd_kafka_resp_err_t code =
            event == nullptr ? RD_KAFKA_RESP_ERR__TIMED_OUT : rd_kafka_event_error(event);
        if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
            code = errors(event);
        if (event != nullptr)
            rd_kafka_event_destroy(event);
        rd_kafka_queue_destroy(queue);
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
            throw std::runtime_error(std::string(what) + ": " + rd_kafka_err2str(code));
    }

    void allow(const std::string& name, const std::string& topic, rd_kafka_AclOperation_t operation) {
        std::array<char, 256> text{};
        rd_kafka_AclBinding_t* binding =
            rd_kafka_AclBinding_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str(), RD_KAFKA_RESOURCE_PATTERN_LITERAL,
                                    ("User:" + name).c_str(), "*", operation,
                                    RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW, text.data(), text.size());
        ask(
            "allow", [&](auto* queue) { rd_kafka_CreateAcls(handle, &binding, 1, nullptr, queue); },
            [](auto* event) {
                std::size_t count = 0;
                auto** results =
                    rd_kafka_CreateAcls_result_acls(rd_kafka_event_CreateAcls_result(event), &count);
                return rd_kafka_error_code(rd_kafka_acl_result_error(results[0]));
            });
        rd_kafka_AclBinding_destroy(binding);
    }
};

administrator::administrator(const std::string& cluster) : state_(std::make_unique<state>()) {
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    std::map<std::string, std::string> values{{"bootstrap.servers", bootstrap_of(cluster)},
                                              {"log_level", "0"}};
    if (cluster == "tls")
        values.insert({{"security.protocol", "ssl"},
                       {"ssl.ca.location", certificate_file("tls", "ca.pem")},
                       {"ssl.certificate.location", certificate_file("tls", "broker.pem")},
                       {"ssl.key.location", certificate_file("tls", "broker.key")}});
    std::array<char, 512> text{};
    for (const auto& [name, value] : values)
        if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), text.data(), text.size()) !=
            RD_KAFKA_CONF_OK)
            throw std::runtime_error(text.data());
    state_->handle = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text.data(), text.size());
    if (state_->handle == nullptr)
        throw std::runtime_error(text.data());
}

administrator::~administrator() {
    rd_kafka_destroy(state_->handle);
}

void administrator::create_topic(const std::string& topic, int partitions,
                                 const std::map<std::string, std::string>& values, int replicas) {
    std::array<char, 256> text{};
    rd_kafka_NewTopic_t* wanted =
        rd_kafka_NewTopic_new(topic.c_str(), partitions, replicas, text.data(), text.size());
    for (const auto& [name, value] : values)
        rd_kafka_NewTopic_set_config(wanted, name.c_str(), value.c_str());
    state_->ask(
        "create topic",
        [&](auto* queue) { rd_kafka_CreateTopics(state_->handle, &wanted, 1, nullptr, queue); },
        [](auto* event) {
            std::size_t count = 0;
            return rd_kafka_topic_result_error(
                rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count)[0]);
        });
    rd_kafka_NewTopic_destroy(wanted);
}

void administrator::delete_topic(const std::string& topic) {
    rd_kafka_DeleteTopic_t* unwanted = rd_kafka_DeleteTopic_new(topic.c_str());
    state_->ask(
        "delete topic",
        [&](auto* queue) { rd_kafka_DeleteTopics(state_->handle, &unwanted, 1, nullptr, queue); },
        [](auto* event) {
            std::size_t count = 0;
            return rd_kafka_topic_result_error(
                rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event), &count)[0]);
        });
    rd_kafka_DeleteTopic_destroy(unwanted);
}

void administrator::delete_records(const std::string& topic, std::int64_t offset) {
    rd_kafka_topic_partition_list_t* before = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(before, topic.c_str(), 0)->offset = offset;
    rd_kafka_DeleteRecords_t* unwanted = rd_kafka_DeleteRecords_new(before);
    rd_kafka_topic_partition_list_destroy(before);
    state_->ask(
        "delete records",
        [&](auto* queue) { rd_kafka_DeleteRecords(state_->handle, &unwanted, 1, nullptr, queue); },
        [](auto* event) {
            return rd_kafka_DeleteRecords_result_offsets(rd_kafka_event_DeleteRecords_result(event))
                ->elems[0]
                .err;
        });
    rd_kafka_DeleteRecords_destroy(unwanted);
}

void administrator::allow_reading(const std::string& name, const std::string& topic) {
    for (const auto operation : {RD_KAFKA_ACL_OPERATION_DESCRIBE, RD_KAFKA_ACL_OPERATION_DESCRIBE_CONFIGS,
                                 RD_KAFKA_ACL_OPERATION_READ})
        state_->allow(name, topic, operation);
}

void administrator::allow_writing(const std::string& name, const std::string& topic) {
    state_->allow(name, topic, RD_KAFKA_ACL_OPERATION_WRITE);
}

int administrator::leader(const std::string& topic) {
    rd_kafka_topic_t* asked = rd_kafka_topic_new(state_->handle, topic.c_str(), nullptr);
    const rd_kafka_metadata_t* metadata = nullptr;
    const rd_kafka_resp_err_t code = rd_kafka_metadata(state_->handle, 0, asked, &metadata, 10000);
    rd_kafka_topic_destroy(asked);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR || metadata->topic_cnt != 1 ||
        metadata->topics[0].partition_cnt == 0)
        throw std::runtime_error(std::string("leader: ") + rd_kafka_err2str(code));
    const int leader = metadata->topics[0].partitions[0].leader;
    rd_kafka_metadata_destroy(metadata);
    return leader;
}

} // namespace tongban::kafka
