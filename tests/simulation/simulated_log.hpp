// A ledger's log as replicas see it on bad days: appends that are lost before they are written, or written and not
// acknowledged, or written twice; acknowledgements late, before the record can be read or long after; readers that lag,
// each on its own. What is stored, in one order, is the truth that the checker reads.
#pragma once

#include "connectors/log/event_log.hpp"
#include "tests/simulation/agenda.hpp"
#include "tests/simulation/chance.hpp"
#include "tests/simulation/mistakes.hpp"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace tongban::simulation {

// How bad the days are, in percent; of appends where nothing else is said.
struct log_weather {
    std::uint64_t lost = 0;          // not written, and said so, or not said
    std::uint64_t unacknowledged = 0; // written, and nobody is told
    std::uint64_t doubled = 0;       // written twice
    std::uint64_t slow = 0;          // up to seconds, each part of the way
    std::uint64_t end_fails = 0;     // of questions for the end
    std::uint64_t reads_fail = 0;    // of reads
    std::int64_t lag_most_ms = 5;    // of readers
    std::int64_t skew_most_ms = 0;   // of the log's own clock, back and forth
};

class replica_log;

class simulated_log {
public:
    simulated_log(agenda& todo, chance& luck, std::uint32_t partitions, mistake planted);

    struct stored {
        std::chrono::sys_time<std::chrono::milliseconds> recorded_at;
        std::string key;
        std::string value;
    };
    // Each record in the order of its partition.
    const std::vector<std::deque<stored>>& partitions() const noexcept { return partitions_; }
    std::size_t records() const;

    log_weather weather;

private:
    friend class replica_log;
    void store(std::uint32_t partition, std::string key, std::string value);
    void forget_newest(std::uint32_t partition);
    std::chrono::milliseconds way();

    agenda& todo_;
    chance& luck_;
    const mistake planted_;
    std::vector<std::deque<stored>> partitions_;
    std::vector<replica_log*> readers_;
    std::uint64_t stores_ = 0;
};

// One replica's connection to it, for as long as its process lives.
class replica_log final : public log::event_log {
public:
    // `woken`: there is something to read, or to hear.
    replica_log(simulated_log& of, std::function<void()> woken);
    ~replica_log() override;

    void append(std::string_view key, std::string value, log::append_done done) override;
    boost::system::result<std::unique_ptr<log::log_reader>> read(std::vector<std::uint64_t> next_offsets) override;
    boost::system::result<std::vector<std::uint64_t>> end(std::chrono::milliseconds wait) override;
    std::uint32_t partition_count() const override;
    std::string identity() const override { return "simulated"; }
    log::log_health health() const override;
    void close(std::chrono::milliseconds) override {}

    // The process died: nothing of it reaches the log any more but what is on its way, some of it.
    void sever();

private:
    friend class simulated_log;
    class reader;
    struct link;
    void see(std::uint32_t partition, std::uint64_t end);

    simulated_log& of_;
    const std::shared_ptr<link> link_;
    std::vector<agenda::time_point> reach_; // by partition: when an append sent now is written at the earliest
};

} // namespace tongban::simulation
