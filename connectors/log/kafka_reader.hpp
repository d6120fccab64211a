// Reads all partitions of the ledger's topic from given offsets: no consumer group, no commits, one
// connection set of its own.
#pragma once

#include "connectors/log/kafka_config.hpp"
#include "connectors/log/kafka_ends.hpp"
#include "connectors/log/kafka_errors.hpp"

#include <set>
#include <vector>

namespace tongban::log {

class kafka_reader final : public log_reader {
public:
    // Throws std::runtime_error as make_consumer_handle() does. Brokers need not be there.
    kafka_reader(const kafka_settings& settings, std::vector<std::uint64_t> next_offsets,
                 std::shared_ptr<known_ends> known);
    ~kafka_reader() override;

    boost::system::result<std::span<const record>> next(std::chrono::milliseconds wait,
                                                        std::size_t max_records) override;
    void wake() override;

private:
    void start(std::uint32_t partition);
    // True when `message` is a record to give; else it is dealt with and destroyed.
    bool accept(rd_kafka_message_s* message);
    void on_error(const rd_kafka_message_s& message);
    boost::system::error_code verify_positions();
    void release();

    const kafka_settings settings_;
    const std::shared_ptr<known_ends> known_ends_; // learns how far was read
    std::vector<std::uint64_t> positions_;
    kafka_handle handle_;
    kafka_topic_handle topic_;
    kafka_event_drain events_;
    kafka_queue_handle records_;            // of all partitions
    std::vector<rd_kafka_message_s*> held_; // bytes of given_
    std::vector<record> given_;
    std::set<std::uint32_t> doubtful_; // partitions whose position the broker refused
    boost::system::error_code error_;  // to give before the next records
    bool lost_ = false;
};

} // namespace tongban::log
