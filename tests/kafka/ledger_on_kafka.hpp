// Tools of the tests against real brokers: ledgers of their own topics, faults done to brokers, and what only
// an administrator may do, asked of the cluster directly.
#pragma once

#include "connectors/log/kafka_log.hpp"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace tongban::kafka {

// Settings for a ledger in a fresh topic on the cluster of fixture kafka_<cluster>, with short waits.
log::kafka_settings ledger_settings(const std::string& cluster);
// Mutual TLS as the certificate `name` of the cluster of fixture kafka_tls.
log::kafka_tls certificate_of(const std::string& name);

// True when `condition` became true within a minute; asked every 10 ms.
bool eventually(const std::function<bool()>& condition);

// Appends and waits for the report; outcome_unknown after `wait`, as for a sender whose patience ends.
boost::system::error_code append(log::event_log& log, const std::string& key, const std::string& value,
                                 std::chrono::milliseconds wait = std::chrono::minutes{1});

// All values of a ledger of one partition, from its beginning; it takes appends.
std::vector<std::string> values_in(log::event_log& log);

// cluster.py <command> --node N on the cluster of a fixture: pause, resume, kill, revive.
void broker(const std::string& cluster, const std::string& command, int node = 0);

// The administrator of a cluster: plaintext, or the super user of kafka_tls.
class administrator {
public:
    explicit administrator(const std::string& cluster);
    ~administrator();
    administrator(const administrator&) = delete;
    administrator& operator=(const administrator&) = delete;

    // A topic with these settings; with replication over all `replicas`.
    void create_topic(const std::string& topic, int partitions,
                      const std::map<std::string, std::string>& values, int replicas = 1);
    void delete_topic(const std::string& topic);
    // Deletes the records of partition 0 before `offset`.
    void delete_records(const std::string& topic, std::int64_t offset);
    // Lets CN=`name` do what a reader (Describe, DescribeConfigs, Read) or a writer (Write) does.
    void allow_reading(const std::string& name, const std::string& topic);
    void allow_writing(const std::string& name, const std::string& topic);
    // The node that leads partition 0.
    int leader(const std::string& topic);

private:
    struct state;
    std::unique_ptr<state> state_;
};

// The settings of a topic that is a ledger.
std::map<std::string, std::string> ledger_values();

} // namespace tongban::kafka
