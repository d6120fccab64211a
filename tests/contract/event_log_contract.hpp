// What every event log must do, whichever adapter: one suite, instantiated by embedded_contract_test.cpp and
// kafka_contract_test.cpp. A test opens ledgers in a place of its own, so tests run side by side.
#pragma once

#include "connectors/log/event_log.hpp"

#include <gtest/gtest.h>

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <ostream>
#include <string>
#include <vector>

namespace tongban::log::contract {

struct log_options {
    std::uint32_t partitions = 1;
    std::size_t record_bytes_max = 64 * 1024;
    std::size_t backlog_records_max = 20000;
    std::size_t backlog_bytes_max = 64 * 1024 * 1024;
};

// Where one ledger is kept: what was appended there is found by the next open().
class ledger_place {
public:
    virtual ~ledger_place() = default;
    virtual std::unique_ptr<event_log> open(const log_options& options) = 0;
};

using place_maker = std::function<std::unique_ptr<ledger_place>()>;

struct adapter {
    std::string name;
    place_maker make_place;
};
inline void PrintTo(const adapter& tested, std::ostream* out) {
    *out << tested.name;
}

// A record as it was read, owning its bytes.
struct owned_record {
    position at;
    std::chrono::sys_time<std::chrono::milliseconds> recorded_at;
    std::string key;
    std::string value;
};

// Collects the reports of appends; every report must come exactly once. Outlives the log it is used with.
class report_collector {
public:
    // A callback that files its report under the next number.
    append_done expect();
    // Waits for all expected reports; the codes in the order of expect().
    std::vector<boost::system::error_code> wait();
    std::size_t reported() const;

private:
    struct report {
        boost::system::error_code code;
        int times = 0;
    };
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<report> reports_;
    std::size_t reported_ = 0;
};

// Appends and waits for the report.
boost::system::error_code append_and_wait(event_log& log, std::string_view key, std::string value);

// Reads until `count` records came; fewer when nothing came for 20 seconds.
std::vector<owned_record> read_records(log_reader& reader, std::size_t count);
// An append leaves the backlog just after its report: true when it is empty within 20 seconds.
bool backlog_settles(const event_log& log);

// From the beginning of every partition.
std::vector<owned_record> read_all(event_log& log, std::size_t count);
std::unique_ptr<log_reader> reader_from_start(event_log& log);

class event_log_contract : public testing::TestWithParam<adapter> {
protected:
    // The place of this test's ledger.
    ledger_place& place();
    std::unique_ptr<ledger_place> another_place() const { return GetParam().make_place(); }

private:
    std::unique_ptr<ledger_place> place_;
};

} // namespace tongban::log::contract
