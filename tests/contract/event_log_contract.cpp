// The tools of the contract suite.
#include "tests/contract/event_log_contract.hpp"

#include <thread>

namespace tongban::log::contract {

using namespace std::chrono_literals;

append_done report_collector::expect() {
    const std::scoped_lock lock(mutex_);
    const std::size_t number = reports_.size();
    reports_.push_back({});
    return [this, number](boost::system::error_code code) {
        const std::scoped_lock inner(mutex_);
        reports_[number].code = code;
        EXPECT_EQ(++reports_[number].times, 1) << "append " << number << " was reported again";
        ++reported_;
        changed_.notify_all();
    };
}

std::vector<boost::system::error_code> report_collector::wait() {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, 60s, [&] { return reported_ >= reports_.size(); }))
        << reports_.size() - reported_ << " reports are missing";
    std::vector<boost::system::error_code> codes;
    for (const report& r : reports_)
        codes.push_back(r.code);
    return codes;
}

std::size_t report_collector::reported() const {
    const std::scoped_lock lock(mutex_);
    return reported_;
}

boost::system::error_code append_and_wait(event_log& log, std::string_view key, std::string value) {
    report_collector reports;
    log.append(key, std::move(value), reports.expect());
    return reports.wait().front();
}

bool backlog_settles(const event_log& log) {
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    while (log.health().backlog > 0 && std::chrono::steady_clock::now() < deadline)
        std::this_thread::yield();
    return log.health().backlog == 0;
}

std::vector<owned_record> read_records(log_reader& reader, std::size_t count) {
    std::vector<owned_record> records;
    auto deadline = std::chrono::steady_clock::now() + 20s;
    while (records.size() < count && std::chrono::steady_clock::now() < deadline) {
        const auto came = reader.next(500ms, count - records.size());
        if (!came) {
            EXPECT_EQ(came.error(), errc::unavailable) << came.error().message();
            continue;
        }
        for (const record& r : *came)
            records.push_back({r.at, r.recorded_at, std::string(r.key), std::string(r.value)});
        if (!came->empty())
            deadline = std::chrono::steady_clock::now() + 20s;
    }
    return records;
}

std::unique_ptr<log_reader> reader_from_start(event_log& log) {
    auto reader = log.read(std::vector<std::uint64_t>(log.partition_count(), 0));
    EXPECT_TRUE(reader.has_value());
    return std::move(*reader);
}

std::vector<owned_record> read_all(event_log& log, std::size_t count) {
    return read_records(*reader_from_start(log), count);
}

ledger_place& event_log_contract::place() {
    if (!place_)
        place_ = GetParam().make_place();
    return *place_;
}

} // namespace tongban::log::contract
