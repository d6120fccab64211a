// The contract on a real Apache Kafka, each ledger in a topic of its own: plaintext, and mutual TLS as a
// principal that has no more rights than docs/kafka.md lists. The brokers are started by the ctest fixtures
// of tests/kafka.
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
          topic_("contract-" + std::to_string(std::random_device{}()) + "-" +
                 std::to_string(std::random_device{}())) {}

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
    return {"plaintext",
            [] { return std::make_unique<kafka_place>(kafka_tls{}, kafka::bootstrap_of("plaintext")); }};
}

adapter mutual_tls() {
    return {"mutual_tls", [] {
                kafka_tls tls;
                tls.ca = kafka::certificate_file("tls", "ca.pem");
                tls.certificate = kafka::certificate_file("tls", "gateway.pem");
                tls.key = kafka::certificate_file("tls", "gateway.key");
                return std::make_unique<kafka_place>(tls, kafka::bootstrap_of("tls"));
            }};
}

} // namespace

const auto name_of = [](const auto& tested) { return tested.param.name; };
INSTANTIATE_TEST_SUITE_P(kafka, event_log_contract, testing::Values(plaintext()), name_of);
INSTANTIATE_TEST_SUITE_P(kafka_tls, event_log_contract, testing::Values(mutual_tls()), name_of);

} // namespace tongban::log::contract
