// See topics_in_test.hpp.
#include "tests/contract/kafka_ports/topics_in_test.hpp"

#include "connectors/log/kafka_config.hpp"
#include "connectors/log/kafka_errors.hpp"
#include "tests/kafka/ledger_on_kafka.hpp"

#include <librdkafka/rdkafka.h>

#include <stdexcept>

namespace tongban::kafka {

namespace {

void produce(rd_kafka_t* handle, const std::string& topic, const plain_record& record, int partition,
             void* opaque) {
    rd_kafka_headers_t* headers = rd_kafka_headers_new(record.headers.size());
    for (const auto& [name, value] : record.headers)
        rd_kafka_header_add(headers, name.data(), static_cast<ssize_t>(name.size()), value.data(),
                            static_cast<ssize_t>(value.size()));
    const rd_kafka_resp_err_t refused = rd_kafka_producev(
        handle, RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_PARTITION(partition),
        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY(record.key.data(), record.key.size()),
        RD_KAFKA_V_VALUE(const_cast<char*>(record.value.data()), record.value.size()),
        RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_OPAQUE(opaque), RD_KAFKA_V_END);
    if (refused != RD_KAFKA_RESP_ERR_NO_ERROR) {
        rd_kafka_headers_destroy(headers);
        throw std::runtime_error(log::kafka_error_text(refused));
    }
}

std::string name_of(rd_kafka_error_t* error) {
    if (error == nullptr)
        return "";
    const std::string name = rd_kafka_error_name(error);
    rd_kafka_error_destroy(error);
    return name;
}

void succeed(rd_kafka_error_t* error) {
    if (const std::string name = name_of(error); !name.empty())
        throw std::runtime_error(name);
}

} // namespace

void create_when_possible(const std::string& cluster, const std::string& topic, int partitions,
                          const std::map<std::string, std::string>& values) {
    std::string refused;
    const bool made = eventually([&] {
        try {
            administrator(cluster).create_topic(topic, partitions, values);
            return true;
        } catch (const std::runtime_error& failure) {
            refused = failure.what();
            // A try before was answered too late.
            return refused.find("already exists") != std::string::npos;
        }
    });
    if (!made)
        throw std::runtime_error(refused);
}

struct plain_producer::state {
    log::kafka_handle handle;
};

plain_producer::plain_producer(const log::kafka_settings& settings, const std::string& compression)
    : state_(std::make_unique<state>()) {
    state_->handle = log::make_client_handle(
        settings, log::kafka_role::producer,
        {{"enable.idempotence", "true"},
         {"message.max.bytes", "200000000"},
         {"compression.codec", compression},
         {"message.timeout.ms", "20000"}},
        [](rd_kafka_conf_t* conf) {
            rd_kafka_conf_set_dr_msg_cb(conf, [](rd_kafka_t*, const rd_kafka_message_t* report, void*) {
                *static_cast<std::string*>(report->_private) =
                    report->err == RD_KAFKA_RESP_ERR_NO_ERROR ? "" : rd_kafka_err2name(report->err);
            });
        });
}

plain_producer::~plain_producer() = default;

std::string plain_producer::send(const std::string& topic, const plain_record& record, int partition) {
    std::string outcome = "none";
    produce(state_->handle.get(), topic, record, partition, &outcome);
    while (outcome == "none")
        rd_kafka_poll(state_->handle.get(), 100);
    return outcome;
}

std::vector<plain_record> read_committed(const log::kafka_settings& settings, const std::string& topic,
                                         int partition) {
    const auto consumer = log::make_client_handle(settings, log::kafka_role::consumer,
                                                  {{"isolation.level", "read_committed"},
                                                   {"enable.partition.eof", "true"},
                                                   {"fetch.error.backoff.ms", "50"},
                                                   {"auto.offset.reset", "error"}},
                                                  [](rd_kafka_conf_t*) {});
    const auto handle = log::make_topic_handle(consumer.get(), topic);
    // A topic that may not be read is silent to this kind of consumer; asked about, it is not.
    const rd_kafka_metadata_t* metadata = nullptr;
    if (const rd_kafka_resp_err_t failure =
            rd_kafka_metadata(consumer.get(), 0, handle.get(), &metadata, 20000))
        throw std::runtime_error(rd_kafka_err2name(failure));
    const rd_kafka_resp_err_t refused = metadata->topics[0].err;
    rd_kafka_metadata_destroy(metadata);
    if (refused != RD_KAFKA_RESP_ERR_NO_ERROR)
        throw std::runtime_error(rd_kafka_err2name(refused));
    rd_kafka_consume_start(handle.get(), partition, RD_KAFKA_OFFSET_BEGINNING);
    std::vector<plain_record> records;
    std::string error = "no end within 20 s";
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    while (std::chrono::steady_clock::now() < deadline) {
        rd_kafka_message_t* message = rd_kafka_consume(handle.get(), partition, 100);
        if (message == nullptr)
            continue;
        const rd_kafka_resp_err_t code = message->err;
        if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
            plain_record record{{static_cast<const char*>(message->key), message->key_len},
                                {static_cast<const char*>(message->payload), message->len},
                                {}};
            rd_kafka_headers_t* headers = nullptr;
            const char* name = nullptr;
            const void* value = nullptr;
            std::size_t size = 0;
            if (rd_kafka_message_headers(message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR)
                for (std::size_t i = 0;
                     rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
                     ++i)
                    record.headers.emplace_back(name, std::string(static_cast<const char*>(value), size));
            records.push_back(std::move(record));
        }
        rd_kafka_message_destroy(message);
        if (code == RD_KAFKA_RESP_ERR__PARTITION_EOF)
            error.clear();
        else if (log::is_authorisation_error(code))
            error = rd_kafka_err2name(code);
        else
            continue;
        break;
    }
    rd_kafka_consume_stop(handle.get(), partition);
    if (!error.empty())
        throw std::runtime_error(error);
    return records;
}

std::int64_t committed_by(const log::kafka_settings& settings, const std::string& group,
                          const std::string& topic, int partition) {
    const auto consumer = log::make_client_handle(settings, log::kafka_role::consumer, {{"group.id", group}},
                                                  [](rd_kafka_conf_t*) {});
    rd_kafka_topic_partition_list_t* asked = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(asked, topic.c_str(), partition);
    const rd_kafka_resp_err_t failure = rd_kafka_committed(consumer.get(), asked, 20000);
    const std::int64_t offset = asked->elems[0].offset;
    rd_kafka_topic_partition_list_destroy(asked);
    if (failure != RD_KAFKA_RESP_ERR_NO_ERROR)
        throw std::runtime_error(rd_kafka_err2name(failure));
    return offset < 0 ? -1 : offset;
}

struct open_transaction::state {
    log::kafka_handle handle;
};

open_transaction::open_transaction(const log::kafka_settings& settings, const std::string& transactional_id,
                                   const std::string& topic, const plain_record& record)
    : state_(std::make_unique<state>()) {
    state_->handle =
        log::make_client_handle(settings, log::kafka_role::producer, {{"transactional.id", transactional_id}},
                                [](rd_kafka_conf_t*) {});
    succeed(rd_kafka_init_transactions(state_->handle.get(), 20000));
    succeed(rd_kafka_begin_transaction(state_->handle.get()));
    produce(state_->handle.get(), topic, record, 0, nullptr);
    if (rd_kafka_flush(state_->handle.get(), 20000) != RD_KAFKA_RESP_ERR_NO_ERROR)
        throw std::runtime_error("the open transaction's record was not stored");
}

open_transaction::~open_transaction() = default;

std::string open_transaction::commit() {
    return name_of(rd_kafka_commit_transaction(state_->handle.get(), 20000));
}

} // namespace tongban::kafka
