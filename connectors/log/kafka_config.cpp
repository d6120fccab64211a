// Why each setting has its value stands beside it; what was measured for it, in docs/kafka.md.
#include "connectors/log/kafka_config.hpp"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <stdexcept>

namespace tongban::log {

namespace {

std::runtime_error refusal(const kafka_settings& settings, const std::string& why) {
    return std::runtime_error("kafka event log " + settings.topic + " at " + settings.bootstrap + ": " + why);
}

// Settings of one handle; freed unless a handle takes it.
class configuration {
public:
    explicit configuration(const kafka_settings& settings)
        : settings_(settings), conf_(rd_kafka_conf_new()) {}
    configuration(const configuration&) = delete;
    configuration& operator=(const configuration&) = delete;
    ~configuration() {
        if (conf_ != nullptr)
            rd_kafka_conf_destroy(conf_);
    }

    void set(const char* name, const std::string& value) {
        std::array<char, 512> text{};
        if (rd_kafka_conf_set(conf_, name, value.c_str(), text.data(), text.size()) != RD_KAFKA_CONF_OK)
            throw refusal(settings_, text.data());
    }
    void set(const char* name, const char* value) { set(name, std::string(value)); }
    void set(const char* name, std::chrono::milliseconds value) { set(name, std::to_string(value.count())); }
    void set(const char* name, std::size_t value) { set(name, std::to_string(value)); }
    void events(int events) { rd_kafka_conf_set_events(conf_, events); }
    rd_kafka_conf_t* get() { return conf_; }

    kafka_handle make(rd_kafka_type_t type) {
        std::array<char, 512> text{};
        kafka_handle handle(rd_kafka_new(type, conf_, text.data(), text.size()));
        if (!handle)
            throw refusal(settings_, text.data());
        conf_ = nullptr;
        rd_kafka_set_log_queue(handle.get(), nullptr);
        return handle;
    }

private:
    const kafka_settings& settings_;
    rd_kafka_conf_t* conf_;
};

void set_connection(configuration& conf, const kafka_settings& settings) {
    conf.set("bootstrap.servers", settings.bootstrap);
    conf.set("client.id", settings.client_id);
    conf.set("socket.nagle.disable", "true");
    conf.set("socket.keepalive.enable", "true");
    // A hung broker keeps its partitions' appends this long before another leader is looked for.
    conf.set("socket.timeout.ms", settings.socket_timeout);
    conf.set("socket.connection.setup.timeout.ms",
             std::max(settings.socket_timeout, std::chrono::milliseconds{1000}));
    conf.set("reconnect.backoff.ms", "50");
    conf.set("reconnect.backoff.max.ms", "500");
    // topic.metadata.refresh.interval.ms stays at its default: a short one makes a resumed broker's stale
    // metadata fatal for the idempotent producer.
    conf.set("allow.auto.create.topics", "false");
    conf.set("log.queue", "true");
    conf.set("log_level", "6");
    if (settings.tls.ca.empty())
        return;
    conf.set("security.protocol", "ssl");
    conf.set("ssl.ca.location", settings.tls.ca.string());
    conf.set("ssl.certificate.location", settings.tls.certificate.string());
    conf.set("ssl.key.location", settings.tls.key.string());
    if (!settings.tls.key_password.empty())
        conf.set("ssl.key.password", settings.tls.key_password);
    conf.set("ssl.endpoint.identification.algorithm", settings.tls.verify_host_name ? "https" : "none");
}

} // namespace

void kafka_deleter::operator()(rd_kafka_s* handle) const noexcept {
    rd_kafka_destroy_flags(handle, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}
void kafka_deleter::operator()(rd_kafka_topic_s* topic) const noexcept {
    rd_kafka_topic_destroy(topic);
}
void kafka_deleter::operator()(rd_kafka_queue_s* queue) const noexcept {
    rd_kafka_queue_destroy(queue);
}

kafka_handle make_producer_handle(const kafka_settings& settings) {
    configuration conf(settings);
    set_connection(conf, settings);
    conf.set("acks", "all");
    conf.set("enable.idempotence", "true");
    // What waits while a request is under way becomes the next batch; lingering only adds to every answer.
    conf.set("linger.ms", "0");
    // A broker answers the requests of one connection one after another: a second one under way would not be
    // served sooner, but leave with fewer records. Measured: docs/decisions.md.
    conf.set("max.in.flight.requests.per.connection", "1");
    // Past this time a record's outcome is unknown and later ones may overtake it: it outlives any outage.
    conf.set("message.timeout.ms", settings.message_timeout);
    conf.set("message.max.bytes", settings.record_bytes_max + kafka_batch_overhead_bytes);
    // Our own bound bites first (kafka_producer); these are the second wall.
    conf.set("queue.buffering.max.messages", settings.backlog_records_max + 1000);
    conf.set("queue.buffering.max.kbytes", settings.backlog_bytes_max / 1024 * 2 + 1024);
    conf.set("statistics.interval.ms", settings.statistics_interval);
    conf.events(RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_STATS | RD_KAFKA_EVENT_LOG);
    return conf.make(RD_KAFKA_PRODUCER);
}

kafka_handle make_consumer_handle(const kafka_settings& settings) {
    configuration conf(settings);
    set_connection(conf, settings);
    // Positions are the view's own; a position that is gone is for an operator, never silently another one.
    conf.set("auto.offset.reset", "error");
    conf.set("enable.auto.commit", "false");
    conf.set("check.crcs", "true");
    conf.set("fetch.error.backoff.ms", "100");
    conf.set("queued.max.messages.kbytes", "32768");
    conf.set("statistics.interval.ms", "0");
    conf.events(RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_LOG);
    return conf.make(RD_KAFKA_CONSUMER);
}

kafka_handle make_client_handle(const kafka_settings& settings, kafka_role role,
                                const std::vector<std::pair<const char*, std::string>>& options,
                                const std::function<void(rd_kafka_conf_s*)>& install) {
    configuration conf(settings);
    set_connection(conf, settings);
    for (const auto& [name, value] : options)
        conf.set(name, value);
    install(conf.get());
    return conf.make(role == kafka_role::producer ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER);
}

kafka_topic_handle make_topic_handle(rd_kafka_s* handle, const std::string& topic) {
    kafka_topic_handle made(rd_kafka_topic_new(handle, topic.c_str(), nullptr));
    if (!made)
        throw std::runtime_error("kafka event log " + topic + ": " + rd_kafka_err2str(rd_kafka_last_error()));
    return made;
}

kafka_event_drain::kafka_event_drain(rd_kafka_s* handle) : events_(rd_kafka_queue_get_main(handle)) {}

void kafka_event_drain::serve(const std::function<void(int level, std::string_view text)>& on_log,
                              const std::function<void(std::string_view error)>& on_error) {
    while (rd_kafka_event_t* event = rd_kafka_queue_poll(events_.get(), 0)) {
        const char *facility = nullptr, *text = nullptr;
        int level = 0;
        if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_LOG &&
            rd_kafka_event_log(event, &facility, &text, &level) == 0)
            on_log(level, std::string(facility) + ": " + text);
        else if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_ERROR)
            on_error(rd_kafka_event_error_string(event));
        rd_kafka_event_destroy(event);
    }
}

void check_settings(const kafka_settings& settings) {
    if (settings.bootstrap.empty() || settings.topic.empty())
        throw refusal(settings, "bootstrap and topic must be given");
    if (settings.partitions == 0 || settings.replication_factor == 0 || settings.min_insync_replicas == 0)
        throw refusal(settings, "partitions, replication_factor and min_insync_replicas must not be 0");
    if (settings.min_insync_replicas > settings.replication_factor)
        throw refusal(settings, "min_insync_replicas is more than replication_factor");
    const kafka_tls& tls = settings.tls;
    if (tls.ca.empty() && (!tls.certificate.empty() || !tls.key.empty()))
        throw refusal(settings, "a certificate is given and no CA: nothing would be encrypted");
    if (tls.ca.empty())
        return;
    for (const auto& [what, path] :
         {std::pair{"CA", tls.ca}, {"certificate", tls.certificate}, {"key", tls.key}})
        if (!std::ifstream(path))
            throw refusal(settings, std::string("the ") + what + " file cannot be read: " + path.string());
}

} // namespace tongban::log
