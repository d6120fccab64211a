// Topics written and read in the tests without any part of ours: what a local platform or a region's consumer
// would do with a client of its own.
#pragma once

#include "connectors/log/kafka_log.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace tongban::kafka {

// A topic, as soon as the broker can make one: it cannot for a moment after it was stopped by the test
// before.
void create_when_possible(const std::string& cluster, const std::string& topic, int partitions,
                          const std::map<std::string, std::string>& values = {});

struct plain_record {
    std::string key, value;
    std::vector<std::pair<std::string, std::string>> headers;
};

// A client with an idempotent acks=all producer; "" when the record is durable, else the error's name.
class plain_producer {
public:
    explicit plain_producer(const log::kafka_settings& settings, const std::string& compression = "none");
    ~plain_producer();
    std::string send(const std::string& topic, const plain_record& record, int partition = 0);

private:
    struct state;
    std::unique_ptr<state> state_;
};

// Everything a read_committed consumer finds in one partition now, oldest first. Throws with the error's name
// in it when it may not read.
std::vector<plain_record> read_committed(const log::kafka_settings& settings, const std::string& topic,
                                         int partition = 0);

// What a group has committed for a partition; -1 when nothing.
std::int64_t committed_by(const log::kafka_settings& settings, const std::string& group,
                          const std::string& topic, int partition = 0);

// A transactional producer that stops in the middle: begun, records durable in the topic, never committed.
class open_transaction {
public:
    open_transaction(const log::kafka_settings& settings, const std::string& transactional_id,
                     const std::string& topic, const plain_record& record);
    ~open_transaction();
    // Tries to commit; the error's name, "" when it succeeded.
    std::string commit();

private:
    struct state;
    std::unique_ptr<state> state_;
};

} // namespace tongban::kafka
