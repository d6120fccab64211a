// The platform of a city that lives on Kafka: reads its deliveries as a read_committed consumer, all
// partitions from the beginning, and writes a line of answers.jsonl for each. Keeps its own positions, so
// that what it sees twice was delivered twice.
//   topic_reader BOOTSTRAP TOPIC REGION BY      until SIGTERM
#include <librdkafka/rdkafka.h>

#include <boost/json.hpp>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <set>
#include <string>

namespace {

volatile std::sig_atomic_t is_ending = 0;

struct deleter {
    void operator()(rd_kafka_t* handle) const { rd_kafka_destroy(handle); }
    void operator()(rd_kafka_topic_partition_list_t* list) const {
        rd_kafka_topic_partition_list_destroy(list);
    }
    void operator()(rd_kafka_message_t* message) const { rd_kafka_message_destroy(message); }
    void operator()(const rd_kafka_metadata_t* metadata) const { rd_kafka_metadata_destroy(metadata); }
    void operator()(rd_kafka_topic_t* topic) const { rd_kafka_topic_destroy(topic); }
};
template <typename type>
using owned = std::unique_ptr<type, deleter>;

[[noreturn]] void fail(const std::string& why) {
    std::cerr << "topic_reader: " << why << '\n';
    std::exit(1);
}

owned<rd_kafka_t> consumer(const std::string& bootstrap) {
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    char why[512];
    for (const auto& [name, value] : {std::pair<std::string, std::string>{"bootstrap.servers", bootstrap},
                                      {"group.id", "topic-reader"}, // asked for, not used
                                      {"isolation.level", "read_committed"},
                                      {"enable.auto.commit", "false"},
                                      {"auto.offset.reset", "error"},
                                      {"socket.timeout.ms", "6000"}}) {
        if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), why, sizeof(why)) != RD_KAFKA_CONF_OK) {
            fail(why);
        }
    }
    owned<rd_kafka_t> made(rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof(why)));
    if (!made) {
        fail(why);
    }
    rd_kafka_poll_set_consumer(made.get());
    return made;
}

// 0 while the topic is not there.
int partition_count(rd_kafka_t* handle, const std::string& name) {
    const owned<rd_kafka_topic_t> topic(rd_kafka_topic_new(handle, name.c_str(), nullptr));
    const rd_kafka_metadata_t* given = nullptr;
    if (rd_kafka_metadata(handle, 0, topic.get(), &given, 5000) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return 0;
    }
    const owned<const rd_kafka_metadata_t> metadata(given);
    return metadata->topic_cnt == 1 ? metadata->topics[0].partition_cnt : 0;
}

std::string header(const rd_kafka_message_t& message, const char* name) {
    rd_kafka_headers_t* headers = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR ||
        rd_kafka_header_get_last(headers, name, &value, &size) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return {};
    }
    return {static_cast<const char*>(value), size};
}

void write_down(const rd_kafka_message_t& message, const std::string& region, const std::string& by) {
    using namespace std::chrono;
    const auto now = duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
    const boost::json::object line{{"kind", "delivered"},
                                   {"at_ms", now},
                                   {"by", by},
                                   {"region", region},
                                   {"transport", "topic"},
                                   {"delivery", header(message, "delivery-id")},
                                   {"case_id", header(message, "case-id")},
                                   {"outcome", "taken"},
                                   {"partition", message.partition},
                                   {"offset", message.offset}};
    std::cout << line << std::endl;
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 5) {
        fail("BOOTSTRAP TOPIC REGION BY");
    }
    std::signal(SIGTERM, [](int) { is_ending = 1; });
    const std::string topic = argv[2];
    const auto reader = consumer(argv[1]);
    int partitions = 0;
    while (is_ending == 0 && (partitions = partition_count(reader.get(), topic)) == 0) {
    }
    const owned<rd_kafka_topic_partition_list_t> all(rd_kafka_topic_partition_list_new(partitions));
    for (int each = 0; each < partitions; ++each) {
        rd_kafka_topic_partition_list_add(all.get(), topic.c_str(), each)->offset = 0;
    }
    rd_kafka_assign(reader.get(), all.get());
    while (is_ending == 0) {
        const owned<rd_kafka_message_t> message(rd_kafka_consumer_poll(reader.get(), 200));
        if (message && message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            write_down(*message, argv[3], argv[4]);
        } else if (message && message->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET) {
            fail(rd_kafka_message_errstr(message.get()));
        }
    }
}
