// The contract on a real Apache Kafka, each ledger in a topic of its own. The brokers are started by the ctest fixture
// kafka_plaintext (tests/kafka), which leaves their addresses in a file.
#include "connectors/log/kafka_log.hpp"
#include "tests/contract/event_log_contract.hpp"
#include "tests/kafka/cluster_address.hpp"

#include <random>

namespace tongban::log::contract {

namespace {

class kafka_place final : public ledger_place {
public:
    explicit kafka_place(kafka_tls tls, std::string bootstrap)
        : tls_(std::move(tls)), bootstrap_(std::move(bootstrap)),
          topic_("contract-" + std::to_string(std::random_device{}()) + "-" + std::to_string(std::random_device{}())) {
    }

    std::unique_ptr<event_log> open(const log_options& options) override {
        kafka_settings settings;
        settings.bootstrap = bootstrap_;
        settings.topic = topic_;
        settings.tls = tls_;
        settings.partitions = options.partitions;
        settings.create_topic = true;
        settings.replication_factor = 1;
        settings.min_insync_replicas = 1;
        settings.record_bytes_max = options.record_bytes_max;
        settings.backlog_records_max = options.backlog_records_max;
        settings.backlog_bytes_max = options.backlog_bytes_max;
        settings.start_wait = std::chrono::seconds{30};
        return open_kafka_log(settings);
    }

private:
    const kafka_tls tls_;
    const std::string bootstrap_;
    const std::string topic_;
};

adapter plaintext() {
    return {"plaintext", [] { return std::make_unique<kafka_place>(kafka_tls{}, kafka::plaintext_bootstrap()); }};
}

} // namespace

INSTANTIATE_TEST_SUITE_P(kafka, event_log_contract, testing::Values(plaintext()),
                         [](const auto& tested) { return tested.param.name; });

} // namespace tongban::log::contract
