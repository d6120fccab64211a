// An event log in memory, for tests and benchmarks: keeps the port's contract, and does on request what real
// logs do on bad days (late, lost, doubled or missing acknowledgements, unreachable, truncated).
#pragma once

#include "connectors/log/event_log.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>

namespace tongban::log {

struct memory_log_settings {
    std::uint32_t partitions = 4;
    std::string identity = "memory";
    std::size_t backlog_max = 100000;
    // The log's own clock; null: the system's. Never goes back within the log.
    std::function<std::chrono::sys_time<std::chrono::milliseconds>()> clock;
    // Not 0: readers take partitions in an order drawn from this seed.
    std::uint64_t shuffle_seed = 0;
};

// What becomes of one append.
struct append_fate {
    int copies = 1;                   // records stored: 0 lost, 2 doubled by a retrying producer
    boost::system::error_code answer; // what `done` is told
    bool answered = true;             // false: only close() answers, with outcome_unknown
};

// Thread-safe. Never forgets a record, so memory grows with the ledger.
class memory_log final : public event_log {
public:
    explicit memory_log(memory_log_settings settings = {});
    ~memory_log() override;

    void append(std::string_view key, std::string value, append_done done) override;
    boost::system::result<std::unique_ptr<log_reader>> read(std::vector<std::uint64_t> next_offsets) override;
    boost::system::result<std::vector<std::uint64_t>> end(std::chrono::milliseconds wait) override;
    std::uint32_t partition_count() const override;
    std::string identity() const override;
    log_health health() const override;
    void close(std::chrono::milliseconds wait) override;

    // Stores a record at once, as another replica would.
    position store(std::string_view key, std::string value);
    // The next appends end so, in this order; after them as usual.
    void expect(append_fate fate, std::size_t count = 1);
    // Acknowledgements wait until released: records are readable before their answer.
    void hold_answers(bool hold);
    // Readers see nothing new until released: answers come before the record is readable.
    void hold_readers(bool hold);
    // next() and end() fail, health says so; appends are refused.
    void fail(std::optional<errc> error);
    // Forgets the records of a partition from `offset` on.
    void truncate(std::uint32_t partition, std::uint64_t offset);
    std::uint64_t ends_asked() const;

private:
    class reader;
    struct stored_record {
        std::chrono::sys_time<std::chrono::milliseconds> recorded_at;
        std::string key;
        std::string value;
    };
    struct waiting_append {
        std::string key;
        std::string value;
        append_done done;
    };
    struct waiting_answer {
        append_done done;
        boost::system::error_code answer;
    };

    position store_locked(std::string_view key, std::string value);
    void answer_in_order();

    memory_log_settings settings_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::deque<stored_record>> partitions_;
    std::chrono::sys_time<std::chrono::milliseconds> newest_{};
    std::deque<waiting_append> appends_;
    std::deque<append_fate> fates_;
    std::vector<waiting_answer> answers_;
    std::vector<append_done> unanswered_;
    std::uint64_t under_way_ = 0;
    std::uint64_t ends_asked_ = 0;
    std::optional<errc> error_;
    bool answers_held_ = false;
    bool readers_held_ = false;
    bool closing_ = false;
    bool stopping_ = false;
    std::thread thread_;
};

} // namespace tongban::log
