// The Kafka floor of the benchmark: librdkafka alone producing records of a given size, as the gateway would, with as
// many under way at once as the gateway has connections. Prints CPU microseconds per record as JSON.
//   bench_kafka_floor BOOTSTRAP TOPIC RECORDS BYTES UNDER_WAY [ca cert key]
#include <librdkafka/rdkafka.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <sys/resource.h>

namespace {

double cpu_seconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void set(rd_kafka_conf_t* conf, const char* name, const char* value) {
    char reason[256];
    if (rd_kafka_conf_set(conf, name, value, reason, sizeof reason) != RD_KAFKA_CONF_OK) {
        throw std::runtime_error(reason);
    }
}

struct counts {
    long under_way = 0;
    long delivered = 0;
    long failed = 0;
};

void on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
    auto& all = *static_cast<counts*>(opaque);
    --all.under_way;
    ++(message->err == RD_KAFKA_RESP_ERR_NO_ERROR ? all.delivered : all.failed);
}

rd_kafka_t* producer(char** argv, int argc, counts& all) {
    auto* conf = rd_kafka_conf_new();
    set(conf, "bootstrap.servers", argv[1]);
    set(conf, "acks", "all");
    set(conf, "enable.idempotence", "true");
    set(conf, "linger.ms", "0");
    set(conf, "socket.nagle.disable", "true");
    if (argc > 8) {
        set(conf, "security.protocol", "ssl");
        set(conf, "ssl.ca.location", argv[6]);
        set(conf, "ssl.certificate.location", argv[7]);
        set(conf, "ssl.key.location", argv[8]);
    }
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    rd_kafka_conf_set_opaque(conf, &all);
    char reason[256];
    auto* made = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof reason);
    if (made == nullptr) {
        throw std::runtime_error(reason);
    }
    return made;
}

} // namespace

int main(int argc, char** argv) {
    if (argc < 6) {
        std::fprintf(stderr, "usage: %s BOOTSTRAP TOPIC RECORDS BYTES UNDER_WAY [ca cert key]\n", argv[0]);
        return 2;
    }
    const long records = std::atol(argv[3]);
    const long under_way_max = std::atol(argv[5]);
    counts all;
    auto* kafka = producer(argv, argc, all);
    std::string value(static_cast<std::size_t>(std::atol(argv[4])), '\0');
    unsigned state = 1;
    for (char& c : value) {
        state = state * 1664525u + 1013904223u; // incompressible, as sealed payloads are
        c = static_cast<char>(state >> 24);
    }
    const auto send = [&](long n) {
        const auto key = "TB370800" + std::to_string(100000000000 + n * 7919);
        while (rd_kafka_producev(kafka, RD_KAFKA_V_TOPIC(argv[2]), RD_KAFKA_V_KEY(key.data(), key.size()),
                                 RD_KAFKA_V_VALUE(value.data(), value.size()), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                                 RD_KAFKA_V_END) != RD_KAFKA_RESP_ERR_NO_ERROR) {
            rd_kafka_poll(kafka, 10);
        }
        ++all.under_way;
    };
    send(0); // connections and metadata are not part of the figure
    while (all.under_way > 0) {
        rd_kafka_poll(kafka, 1000);
    }
    const auto cpu = cpu_seconds();
    const auto start = std::chrono::steady_clock::now();
    for (long sent = 1; sent <= records;) {
        while (sent <= records && all.under_way < under_way_max) {
            send(sent++);
        }
        rd_kafka_poll(kafka, 100);
    }
    rd_kafka_flush(kafka, 60000);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    std::printf("{\"records\":%ld,\"failed\":%ld,\"cpu_us_per_record\":%.2f,\"records_per_second\":%.0f}\n", records, all.failed,
                (cpu_seconds() - cpu) * 1e6 / static_cast<double>(records), static_cast<double>(records) / seconds);
    rd_kafka_destroy(kafka);
    return all.failed == 0 ? 0 : 1;
}
