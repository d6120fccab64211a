#include "gateway/app/configuration_settings.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace tongban::app {
namespace {

using security::sentence;
using std::chrono::milliseconds;
using namespace std::chrono_literals;

constexpr std::size_t kib = 1024;
constexpr std::size_t mib = 1024 * kib;
constexpr std::size_t gib = 1024 * mib;

bool is_address(const std::string& text) {
    in6_addr six{};
    in_addr four{};
    return ::inet_pton(AF_INET, text.c_str(), &four) == 1 || ::inet_pton(AF_INET6, text.c_str(), &six) == 1;
}

// "a:9092,b:9092"
bool is_broker_list(std::string_view text) {
    while (!text.empty()) {
        const std::size_t comma = text.find(',');
        const std::string_view one = text.substr(0, comma);
        const std::size_t colon = one.rfind(':');
        unsigned port = 0;
        if (colon == std::string_view::npos || colon == 0)
            return false;
        const auto [end, failure] = std::from_chars(one.data() + colon + 1, one.data() + one.size(), port);
        if (failure != std::errc() || end != one.data() + one.size() || port == 0 || port > 65535)
            return false;
        if (comma == std::string_view::npos)
            return true;
        text.remove_prefix(comma + 1);
    }
    return false;
}

// Kafka's own rule for the name of a topic.
bool is_topic(std::string_view text) {
    return text.size() <= 249 && text != "." && text != ".." &&
           std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '.' || c == '_' || c == '-';
           });
}

// "0 to 65535", as the reference has it.
sentence range_of(const std::string& least, const std::string& most) {
    return {least + " 到 " + most, least + " to " + most};
}

// Collects the rows; one function for each type of value.
class table {
public:
    explicit table(std::filesystem::path folder) : folder_(std::move(folder)) {}
    std::vector<setting> take() { return std::move(rows_); }

    template <typename Integer>
    void integer(const char* key, Integer& target, std::uint64_t min, std::uint64_t max,
                 const char* meaning) {
        const sentence range = range_of(std::to_string(min), std::to_string(max));
        add({key, "integer", std::to_string(target), range.en, meaning},
            [&target, min, max, range](const std::string& s) {
                std::uint64_t value = 0;
                const auto [end, failure] = std::from_chars(s.data(), s.data() + s.size(), value);
                if (failure != std::errc() || end != s.data() + s.size() || value < min || value > max)
                    return sentence("应为整数，", "must be a whole number, ") + range;
                target = static_cast<Integer>(value);
                return sentence();
            });
    }

    template <typename Duration>
    void duration(const char* key, Duration& target, milliseconds min, milliseconds max,
                  const char* meaning) {
        const sentence range = range_of(write_duration(min), write_duration(max));
        add({key, "duration", write_duration(target), range.en, meaning},
            [&target, min, max, range](const std::string& s) {
                const auto value = parse_duration(s);
                if (!value || *value < min || *value > max)
                    return sentence("应为带单位的数（ms、s、m、h、d），", "must be a number with its unit (ms, s, m, h, d), ") + range;
                target = std::chrono::duration_cast<Duration>(*value);
                return target == *value ? sentence() : sentence("应为整秒，", "must be whole seconds, ") + range;
            });
    }

    void size(const char* key, std::size_t& target, std::size_t min, std::size_t max, const char* meaning) {
        const sentence range = range_of(write_size(min), write_size(max));
        add({key, "size", write_size(target), range.en, meaning},
            [&target, min, max, range](const std::string& s) {
                const auto value = parse_size(s);
                if (!value || *value < min || *value > max)
                    return sentence("应为带单位的数（B、KiB、MiB、GiB），", "must be a number with its unit (B, KiB, MiB, GiB), ") + range;
                target = *value;
                return sentence();
            });
    }

    void text(const char* key, const char* type, std::string& target, bool (*fits)(std::string_view),
              const sentence& range, const char* meaning) {
        add({key, type, target, range.en, meaning}, [&target, fits, range](const std::string& s) {
            if (!fits(s))
                return sentence("应为：", "must be ") + range;
            target = s;
            return sentence();
        });
    }

    void toggle(const char* key, bool& target, const char* meaning) {
        add({key, "switch", target ? "true" : "false", "true or false", meaning},
            [&target](const std::string& s) {
                if (s != "true" && s != "false")
                    return sentence("应为 true 或 false", "must be true or false");
                target = s == "true";
                return sentence();
            });
    }

    template <typename Choice>
    void choice(const char* key, Choice& target, std::vector<std::pair<std::string, Choice>> words,
                const char* meaning) {
        std::string range;
        std::string standard;
        for (const auto& [word, value] : words) {
            range += (range.empty() ? "" : ", ") + word;
            standard = value == target ? word : standard;
        }
        add({key, "choice", standard, range, meaning},
            [&target, words = std::move(words), range](const std::string& s) {
                for (const auto& [word, value] : words)
                    if (word == s) {
                        target = value;
                        return sentence();
                    }
                return sentence("应为其中之一：" + range, "must be one of " + range);
            });
    }

    enum class presence { required, optional, made_when_missing };

    void path(const char* key, const char* type, std::filesystem::path& target, const char* standard,
              presence needed, const char* meaning) {
        setting_description row{key, type, standard, "", meaning};
        row.required = needed == presence::required;
        row.range = needed == presence::made_when_missing ? "made when missing" : "must be there";
        if (*standard != '\0')
            target = folder_ / standard;
        add(std::move(row), [&target, folder = folder_](const std::string& s) {
            if (s.find('\0') != std::string::npos || s.size() > 4096)
                return sentence("应为路径", "must be a path");
            target = (folder / s).lexically_normal();
            return sentence();
        });
        if (needed != presence::made_when_missing)
            rows_.back().must_exist = &target;
    }

private:
    void add(setting_description row, std::function<sentence(const std::string&)> assign) {
        rows_.push_back({std::move(row), std::move(assign), nullptr});
    }

    std::filesystem::path folder_;
    std::vector<setting> rows_;
};

// A place of the operator's own, as libcurl takes it.
bool is_http_address(std::string_view text) {
    const bool scheme = text.starts_with("https://") || text.starts_with("http://");
    return scheme && text.size() < 2000 && text.back() != '/' &&
           std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f && c != '@' && c != '#'; });
}

bool is_bucket(std::string_view text) {
    return text.size() >= 2 && text.size() <= 63 && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
           });
}

bool address_fits(std::string_view text) {
    return is_address(std::string(text));
}

void bind_gateway(table& t, draft& d) {
    http::listener_settings& g = d.made.gateway.gateway;
    security::tls_settings& tls = d.made.gateway.tls;
    using presence = table::presence;
    t.text("gateway.address", "address", g.address, address_fits,
           {"本机的 IP 地址（0.0.0.0：全部）", "an IP address of this machine (0.0.0.0: all)"}, "Where cities and windows connect.");
    t.integer("gateway.port", g.port, 0, 65535, "Its port; 0 takes a free one.");
    t.path("gateway.tls.certificate", "file", tls.certificate_file, "", presence::required,
           "The gateway's certificate with its chain, PEM.");
    t.path("gateway.tls.key", "file", tls.key_file, "", presence::required,
           "Its key, PEM without a password.");
    t.path("gateway.tls.client_ca", "file", tls.client_ca_file, "", presence::required,
           "Who may have issued a client's certificate, PEM.");
    t.path("gateway.tls.crl", "file", tls.crl_file, "", presence::optional,
           "Revocation lists of those issuers, PEM; without it no certificate counts as revoked.");
    t.integer("gateway.threads", g.threads, 0, 256, "I/O threads; 0: one per core.");
    t.integer("gateway.connections_max", g.connections_max, 1, 1000000, "Connections at once.");
    t.integer("gateway.handshakes_max", g.handshakes_max, 1, 10000, "TLS handshakes at once, per thread.");
    t.size("gateway.header_bytes_max", g.header_bytes_max, 1 * kib, 1 * mib, "Request line and headers.");
    t.size("gateway.body_bytes_max", g.body_bytes_max, 1 * kib, 64 * mib,
           "A body, as sent and after inflation.");
    t.duration("gateway.handshake_timeout", g.handshake_timeout, 100ms, 5min, "A whole TLS handshake.");
    t.duration("gateway.header_timeout", g.header_timeout, 100ms, 5min,
               "From the first byte to the end of headers.");
    t.duration("gateway.body_timeout", g.body_timeout, 100ms, 10min, "A whole body.");
    t.duration("gateway.idle_timeout", g.idle_timeout, 1s, 1h, "A kept-alive connection without a request.");
    t.duration("gateway.write_timeout", g.write_timeout, 100ms, 10min,
               "A client that does not read its answer.");
    t.duration("gateway.request_timeout", g.request_timeout, 100ms, 5min,
               "From a whole request to its answer; 503 after it.");
}

void bind_operations(table& t, draft& d) {
    http::listener_settings& o = d.made.gateway.operations;
    o.name = "operations";
    o.port = 9443;
    o.threads = 1;
    o.connections_max = 64;
    t.text("operations.address", "address", o.address, address_fits,
           {"本机的 IP 地址（0.0.0.0：全部）", "an IP address of this machine (0.0.0.0: all)"},
           "Where metrics, health and status are; loopback unless operations.mutual_tls.");
    t.integer("operations.port", o.port, 0, 65535, "Its port; 0 takes a free one.");
    t.toggle("operations.mutual_tls", d.operations_mutual_tls,
             "Ask for an operator's certificate, with the files of gateway.tls; else plain HTTP.");
}

void bind_ledger(table& t, draft& d) {
    using presence = table::presence;
    log::kafka_settings& k = d.kafka;
    t.choice<ledger_kind>("ledger.kind", d.kind,
                          {{"embedded", ledger_kind::embedded}, {"kafka", ledger_kind::kafka}},
                          "Where events are kept: a folder of this process, or Apache Kafka.");
    t.size("ledger.record_bytes_max", d.record_bytes_max, 64 * kib, 64 * mib, "One event.");
    t.integer("ledger.backlog_records_max", d.backlog_records_max, 1, 1000000,
              "Events being written at once; 503 beyond.");
    t.size("ledger.backlog_bytes_max", d.backlog_bytes_max, 1 * mib, 4 * gib, "The same in bytes.");
    t.path("ledger.embedded.directory", "folder", d.embedded.directory, "data/ledger",
           presence::made_when_missing, "The embedded ledger. The truth of every case: back it up.");
    t.integer("ledger.embedded.partitions", d.embedded.partitions, 1, 256,
              "Fixed when the ledger is created.");
    t.text("ledger.kafka.bootstrap", "text", k.bootstrap, is_broker_list, {"host:port,host:port…", "host:port,host:port…"},
           "Brokers to begin with; required when ledger.kind is kafka.");
    t.text("ledger.kafka.topic", "text", k.topic, is_topic, {"主题名", "a topic name"}, "The ledger's topic.");
    t.integer("ledger.kafka.partitions", k.partitions, 1, 4096, "The topic must have exactly these.");
    t.toggle("ledger.kafka.create_topic", k.create_topic, "Create the topic when it is missing.");
    t.integer("ledger.kafka.replication_factor", k.replication_factor, 1, 15, "Of a topic created so.");
    t.integer("ledger.kafka.min_insync_replicas", k.min_insync_replicas, 1, 15,
              "The topic must have at least these.");
    t.path("ledger.kafka.tls.ca", "file", k.tls.ca, "", presence::optional,
           "Who issued the brokers' certificates, PEM; without it no TLS.");
    t.path("ledger.kafka.tls.certificate", "file", k.tls.certificate, "", presence::optional,
           "This gateway's certificate for the brokers, PEM.");
    t.path("ledger.kafka.tls.key", "file", k.tls.key, "", presence::optional,
           "Its key, PEM without a password.");
    t.duration("ledger.kafka.message_timeout", k.message_timeout, 1s, 24h,
               "How long an event is tried again; longer than any outage to be survived.");
}

void bind_materials(table& t, draft& d) {
    using presence = table::presence;
    materials::material_settings& m = d.made.gateway.materials;
    object_settings& o = d.made.gateway.objects;
    using kind = object_settings::kind;
    t.choice<kind>("materials.kind", o.where, {{"directory", kind::directory}, {"s3", kind::s3}},
                   "Where files of cases are kept: a folder, which all replicas share, or a bucket.");
    t.text("materials.s3.endpoint", "text", o.s3.endpoint, is_http_address, {"http(s)://host[:port]", "http(s)://host[:port]"},
           "The S3 server; required when materials.kind is s3.");
    t.text("materials.s3.bucket", "text", o.s3.bucket, is_bucket, {"桶名", "a bucket's name"},
           "The bucket, which must be there; required when materials.kind is s3.");
    t.text("materials.s3.region", "text", o.s3.region, is_bucket, {"地域名", "a region's name"}, "The region to sign for.");
    t.path("materials.s3.access_key", "file", o.s3_access_key, "", presence::optional, "A file with the access key.");
    t.path("materials.s3.secret_key", "file", o.s3_secret_key, "", presence::optional, "A file with its secret.");
    t.path("materials.s3.ca", "file", o.s3.ca_file, "", presence::optional,
           "Who issued the server's certificate, PEM; without it the system's authorities.");
    t.path("materials.directory", "folder", o.directory, "data/materials", presence::made_when_missing,
           "Files of cases, each under its SHA-256. Back it up with the ledger.");
    t.path("materials.staging", "folder", m.staging, "data/uploads", presence::made_when_missing,
           "Files on their way in; on the file system of materials.directory they are moved, not copied.");
    t.size("materials.file_bytes_max", m.file_bytes_max, 1 * kib, 64 * gib, "One file; 413 beyond.");
    t.text("materials.types", "text", m.types, materials::is_type_list, {"type/subtype、type/*…", "type/subtype, type/*…"},
           "Types that are taken, judged by content; 415 for others.");
    t.integer("materials.uploads_per_partner_max", m.uploads_per_partner_max, 1, 1000,
              "Files one partner sends at once; 429 beyond.");
    t.integer("materials.unfinished_per_partner_max", m.unfinished.uploads_per_partner_max, 1, 10000,
              "Uploads of one partner that are not finished; 429 beyond.");
    t.size("materials.unfinished_bytes_per_partner_max", m.unfinished.bytes_per_partner_max, 1 * mib, 1024 * gib,
           "Their bytes together; 429 beyond.");
    t.duration("materials.unfinished_age_max", m.unfinished_age_max, 1s, 720h, "How long they can be resumed.");
    t.size("materials.partner_bytes_per_day_max", m.partner_bytes_per_day_max, 1 * mib, 65536 * gib,
           "What one partner may send to this replica in a day; 429 beyond.");
    t.size("materials.lift_bytes_min", m.lift_bytes_min, 1, 1 * gib,
           "Inline files of messages from this size on go to the object store; the ledger keeps their digest.");
    t.choice<bool>("materials.store_down", m.inline_when_down, {{"refuse", false}, {"keep_inline", true}},
                   "What becomes of a message whose files cannot be stored now: 503, or taken with them inside.");
    t.duration("materials.unreferenced_age_max", m.unreferenced_age_max, 1s, 8760h,
               "How long a file is kept that no case references.");
    t.duration("materials.tidy_every", m.tidy_every, 1s, 24h,
               "How often unfinished uploads and unreferenced files that are too old are removed.");
    t.integer("materials.reads_max", m.reads_max, 1, 10000, "Files being sent at once; 503 beyond.");
    t.path("materials.fetch.ca", "file", m.fetch.call.ca_file, "", presence::optional,
           "Who may have issued the certificates of servers that files are fetched from, PEM; without it the system's "
           "authorities.");
    t.duration("materials.fetch.retry_first", m.fetch.retry_first, 10ms, 10min,
               "Pause after the first failure to fetch a file; it doubles.");
    t.duration("materials.fetch.age_max", m.fetch.age_max, 1s, 720h,
               "How long fetching a file is tried again; then it is given up.");
    t.path("materials.scan.command", "file", o.scan_command, "", presence::optional,
           "Called with each file before it is kept: exit 0 takes it, 1 refuses it, all else is tried again.");
    t.text("materials.scan.url", "text", o.scan_url, is_http_address, {"http(s)://host[:port]/path", "http(s)://host[:port]/path"},
           "Each file is sent there with POST before it is kept: 200 and 204 take it, 403, 406 and 422 refuse it.");
    t.duration("materials.scan.deadline", o.scan_deadline, 100ms, 10min, "Then it is ended; 503.");
}

void bind_rest(table& t, draft& d) {
    using presence = table::presence;
    gateway_settings& g = d.made.gateway;
    t.path("view.directory", "folder", g.view.directory, "data/view", presence::made_when_missing,
           "What is read from; made again from the ledger when it is gone.");
    t.duration("view.flush_interval", g.ledger.flush_interval, 100ms, 10min,
               "How much of the ledger is read again after a crash.");
    t.size("view.memtable_bytes", g.view.memtable_bytes, 1 * mib, 1 * gib, "Write buffer; three at most.");
    t.size("view.cache_bytes", g.view.cache_bytes, 1 * mib, 64 * gib, "Read cache.");
    t.path("partners", "folder", g.partners_folder, "partners", presence::optional,
           "Partner files, *.yaml; read again on SIGHUP.");
    t.path("dialects", "folder", g.dialects_folder, "dialects", presence::optional,
           "Dialect files, *.yaml; read again on SIGHUP.");
    t.path("catalogue.items", "file", g.catalogue.items, "", presence::optional,
           "Items 事项: YAML, CSV, .xlsx, or compiled by `tongban catalogue import`; read again on SIGHUP. Without it nothing "
           "of a catalogue is checked.");
    t.path("catalogue.agreements", "file", g.catalogue.agreements, "", presence::optional,
           "Agreements 合作协议 of the regions, in the same forms; without it, and without any in catalogue.items, none is "
           "asked for.");
    t.path("calendar.file", "file", g.calendar_file, "", presence::optional,
           "Working days 工作日历; key and file read again on SIGHUP; without it the calendar that is built in.");
    t.duration("window.lease_default", g.windows.lease_default, 10s, 24h, "How long a claim holds a case.");
    t.duration("window.lease_max", g.windows.lease_max, 10s, 24h, "The longest a window may ask for.");
    t.duration("window.wait_max", g.windows.wait_max, 1s, 5min, "The longest an inbox waits for work.");
    delivery::delivery_settings& v = g.deliveries;
    t.integer("deliveries.attempts_max", v.attempts_max, 1, 100000,
              "Attempts, then a dead letter; by default so many that the age decides.");
    t.duration("deliveries.age_max", v.age_max, 1min, 720h,
               "Time of attempts since the event, or since a replay, then a dead letter.");
    t.duration("deliveries.retry_first", v.retry_first, 10ms, 10min,
               "Pause after the first failed attempt, at most; it doubles up to 10m, drawn at random below that. A target's "
               "Retry-After is honoured up to 1h.");
    t.size("deliveries.pull_bytes_max", v.pull_bytes_max, 64 * kib, 64 * mib,
           "Messages in one answer to a pull; the rest comes with the next. One that is longer comes alone.");
    t.integer("deliveries.streams_max", v.streams_max, 1, 100000, "Event streams open at once; 503 beyond.");
    t.integer("deliveries.streams_per_partner_max", v.streams_per_partner_max, 1, 10000,
              "Of them one partner's; 429 beyond.");
    t.duration("deliveries.stream_heartbeat", v.stream_heartbeat, 100ms, 5min,
               "A stream without events shows that it lives.");
    t.path("deliveries.tls.certificate", "file", g.push_certificate, "", presence::optional,
           "Shown to the platforms that are called (push), PEM with its chain; without it gateway.tls.certificate, "
           "which must then be good for clients too.");
    t.path("deliveries.tls.key", "file", g.push_key, "", presence::optional, "Its key, PEM without a password.");
    t.path("deliveries.tls.ca", "file", g.push_ca, "", presence::optional,
           "Who may have issued those platforms' certificates, PEM; without it gateway.tls.client_ca with its list.");
    t.path("deliveries.tls.crl", "file", g.push_crl, "", presence::optional,
           "Revocation lists of deliveries.tls.ca, PEM; without it nothing that this authority issued counts as revoked.");
    t.integer("limits.waiting_max", g.ledger.waiting_max, 1, 1000000,
              "Requests waiting for their event; 503 beyond.");
    t.integer("limits.events_max", g.intake.events_max, 1, 100000, "Events in one message; 413 beyond.");
    t.duration("automatic.answer_within", g.intake.automatic_within, 50ms, 5s,
               "How long the answer to a filing waits for automatic handling 秒批; then the case goes the normal way. "
               "Shorter than gateway.request_timeout.");
    t.choice<monitoring::severity>("log_level", d.made.log_level,
                                   {{"debug", monitoring::severity::debug},
                                    {"info", monitoring::severity::info},
                                    {"warning", monitoring::severity::warning},
                                    {"error", monitoring::severity::error}},
                                   "The least severe log line that is written.");
    t.duration("drain_timeout", g.drain_timeout, 1s, 10min, "How long a stop waits for requests under way.");
}

} // namespace

std::vector<setting> bind_settings(draft& d, const std::filesystem::path& folder) {
    table t(folder);
    bind_gateway(t, d);
    bind_operations(t, d);
    bind_ledger(t, d);
    bind_materials(t, d);
    bind_rest(t, d);
    return t.take();
}

} // namespace tongban::app
