// The writer of the embedded log: one thread takes whatever waits, makes it durable with one fdatasync and
// reports. What waits while the disk works becomes the next batch, so the batch size follows the load by
// itself.
#include "connectors/log/embedded_log.hpp"

#include "connectors/log/embedded_reader.hpp"
#include "connectors/log/partition_of.hpp"

#include <algorithm>
#include <functional>
#include <stdexcept>
#include <thread>

namespace tongban::log {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

enum class condition { running, disk_full, failed };

// One append on its way to the disk.
struct pending {
    std::uint32_t partition{};
    std::size_t bytes{};
    std::string key;
    std::string value;
    append_done done;
};

class embedded_log final : public event_log {
public:
    embedded_log(const embedded_settings& settings, std::unique_ptr<embedded_store> store);
    ~embedded_log() override;

    void append(std::string_view key, std::string value, append_done done) override;
    boost::system::result<std::unique_ptr<log_reader>> read(std::vector<std::uint64_t> next_offsets) override;
    boost::system::result<std::vector<std::uint64_t>> end(milliseconds) override {
        return shared_->tail.ends();
    }
    std::uint32_t partition_count() const override { return settings_.partitions; }
    std::string identity() const override { return identity_; }
    log_health health() const override;
    void close(milliseconds wait) override;

private:
    errc admit(std::size_t bytes);
    void run();
    void write(std::span<pending> taken);
    std::span<pending> next_batch(std::span<pending> left) const;
    void write_batch(std::span<pending> batch);
    void fail(std::span<pending> batch, const store_error& error);
    void refuse(std::span<pending> records, errc code);
    void settle(std::span<pending> records);
    errc refusal() const;
    void recover_space();
    store_error reopen();
    void report();

    const embedded_settings settings_;
    const std::string identity_;
    const std::shared_ptr<embedded_shared> shared_;

    // Written by the writer thread only.
    std::vector<std::uint64_t> ends_;
    milliseconds time_;
    steady_clock::time_point report_due_ = steady_clock::now();

    mutable std::mutex mutex_; // guards all below
    std::condition_variable work_;
    std::condition_variable settled_;
    std::vector<pending> waiting_;
    condition condition_ = condition::running;
    std::string reason_;
    bool closed_ = false;    // no new appends
    bool abandoned_ = false; // nor those that wait
    bool stop_ = false;
    log_statistics counts_;

    std::thread writer_;
};

embedded_log::embedded_log(const embedded_settings& settings, std::unique_ptr<embedded_store> store)
    : settings_(settings), identity_(store->identity()),
      shared_(std::make_shared<embedded_shared>(store->recovered_ends(), settings.tail_bytes_max)),
      ends_(store->recovered_ends()), time_(store->recovered_time()) {
    shared_->store = std::move(store);
    writer_ = std::thread([this] { run(); });
}

embedded_log::~embedded_log() {
    close(milliseconds{0});
    {
        const std::scoped_lock lock(mutex_);
        stop_ = true;
    }
    work_.notify_one();
    writer_.join();
    // Readers left behind keep the memory, not the files: another open must find them free.
    const std::unique_lock lock(shared_->store_mutex);
    shared_->store.reset();
}

void embedded_log::append(std::string_view key, std::string value, append_done done) {
    const std::size_t bytes = key.size() + value.size();
    errc refused{};
    bool wake = false;
    {
        const std::scoped_lock lock(mutex_);
        refused = admit(bytes);
        if (refused == errc{}) {
            counts_.backlog_records += 1;
            counts_.backlog_bytes += bytes;
            wake = waiting_.empty();
            waiting_.push_back({partition_of(key, settings_.partitions), bytes, std::string(key),
                                std::move(value), std::move(done)});
        }
    }
    if (refused != errc{})
        return done(refused);
    if (wake)
        work_.notify_one();
}

// Why not to take a record of `bytes` now; errc{} to take it. Called with the mutex held.
errc embedded_log::admit(std::size_t bytes) {
    if (bytes > settings_.record_bytes_max) {
        ++counts_.refused_too_large;
        return errc::too_large;
    }
    if (closed_ || condition_ != condition::running) {
        ++counts_.refused_unavailable;
        return closed_ ? errc::closed : refusal();
    }
    if (counts_.backlog_records >= settings_.backlog_records_max ||
        counts_.backlog_bytes + bytes > settings_.backlog_bytes_max) {
        ++counts_.refused_backlog_full;
        return errc::backlog_full;
    }
    return errc{};
}

// What those get that are not even tried; errc{} while all is well. Called with the mutex held.
errc embedded_log::refusal() const {
    if (condition_ == condition::failed)
        return errc::failed;
    if (condition_ == condition::disk_full)
        return errc::disk_full;
    return abandoned_ ? errc::outcome_unknown : errc{};
}

boost::system::result<std::unique_ptr<log_reader>>
embedded_log::read(std::vector<std::uint64_t> next_offsets) {
    const std::vector<std::uint64_t> ends = shared_->tail.ends();
    if (!std::ranges::equal(next_offsets, ends, std::less_equal{}))
        return errc::position_lost;
    return std::make_unique<embedded_reader>(shared_, std::move(next_offsets));
}

log_health embedded_log::health() const {
    const std::scoped_lock lock(mutex_);
    return {condition_ == condition::running && !closed_, closed_ ? "账本已关闭 / the event log is closed" : reason_,
            counts_.backlog_records};
}

void embedded_log::close(milliseconds wait) {
    std::unique_lock lock(mutex_);
    closed_ = true;
    const auto settled = [&] { return counts_.backlog_records == 0; };
    settled_.wait_for(lock, wait, settled);
    abandoned_ = true;
    // The batch being written right now is answered when the disk has done it; those behind it at once after
    // it.
    settled_.wait(lock, settled);
}

void embedded_log::run() {
    std::vector<pending> taken;
    for (;;) {
        {
            std::unique_lock lock(mutex_);
            const auto due = [&] { return stop_ || !waiting_.empty() || condition_ == condition::disk_full; };
            if (settings_.statistics)
                work_.wait_until(lock, report_due_, due);
            else
                work_.wait(lock, due);
            if (stop_ && waiting_.empty())
                return;
            taken.swap(waiting_);
        }
        write(taken);
        taken.clear();
        recover_space();
        report();
    }
}

void embedded_log::write(std::span<pending> taken) {
    while (!taken.empty()) {
        errc code{};
        {
            const std::scoped_lock lock(mutex_);
            code = refusal();
        }
        if (code != errc{})
            return refuse(taken, code);
        const std::span<pending> batch = next_batch(taken);
        write_batch(batch);
        taken = taken.subspan(batch.size());
    }
}

// Bounded in bytes as well: RocksDB copies a batch whole.
std::span<pending> embedded_log::next_batch(std::span<pending> left) const {
    const std::size_t count_max = std::min(left.size(), settings_.batch_records_max);
    std::size_t bytes = left.front().bytes;
    std::size_t count = 1;
    while (count < count_max && bytes + left[count].bytes <= settings_.record_bytes_max)
        bytes += left[count++].bytes;
    return left.first(count);
}

void embedded_log::write_batch(std::span<pending> batch) {
    const auto clock_time =
        settings_.now ? settings_.now() : std::chrono::floor<milliseconds>(std::chrono::system_clock::now());
    const milliseconds time = std::max(time_, clock_time.time_since_epoch());
    auto made = std::make_shared<committed_batch>();
    made->begins = ends_;
    made->recorded_at = std::chrono::sys_time<milliseconds>{time};
    made->records.reserve(batch.size());
    std::vector<row> rows;
    rows.reserve(batch.size());
    std::vector<std::uint64_t> ends = ends_;
    for (pending& record : batch) {
        made->bytes += record.bytes + sizeof(committed_record);
        made->records.push_back(
            {{record.partition, ends[record.partition]++}, std::move(record.key), std::move(record.value)});
        const committed_record& moved = made->records.back();
        rows.push_back({moved.at.partition, moved.at.offset, moved.key, moved.value});
    }
    const auto began = steady_clock::now();
    // Only this thread replaces the store: no lock to use it.
    const store_error error = shared_->store->write(rows, time);
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - began);
    if (error.outcome != store_outcome::done)
        return fail(batch, error);
    ends_ = std::move(ends);
    time_ = time;
    shared_->tail.publish(std::move(made), ends_);
    for (const pending& record : batch)
        record.done({});
    const std::scoped_lock lock(mutex_);
    counts_.commits += 1;
    counts_.commit_microseconds += static_cast<std::uint64_t>(took.count());
    counts_.appended += batch.size();
    settle(batch);
}

// The batch may be on disk or not: what stands there is found out when it is opened again. Those behind it
// were not tried.
void embedded_log::fail(std::span<pending> batch, const store_error& error) {
    const bool no_space = error.outcome == store_outcome::no_space;
    {
        const std::scoped_lock lock(mutex_);
        condition_ = no_space ? condition::disk_full : condition::failed;
        reason_ = (no_space ? "磁盘空间不足 / no space in " : "无法写入 / cannot write to ") + settings_.directory.string() + ": " +
                  error.text;
    }
    for (const pending& record : batch)
        record.done(errc::outcome_unknown);
    const std::scoped_lock lock(mutex_);
    counts_.outcome_unknown += batch.size();
    settle(batch);
}

void embedded_log::refuse(std::span<pending> records, errc code) {
    for (const pending& record : records)
        record.done(code);
    const std::scoped_lock lock(mutex_);
    (code == errc::outcome_unknown ? counts_.outcome_unknown : counts_.refused_unavailable) += records.size();
    settle(records);
}

// Called with the mutex held, after the reports: close() returns only when all have been made.
void embedded_log::settle(std::span<pending> records) {
    counts_.backlog_records -= records.size();
    for (const pending& record : records)
        counts_.backlog_bytes -= record.bytes;
    if (closed_ && counts_.backlog_records == 0)
        settled_.notify_all();
}

// While the disk is full: waits a little, and when there is space again opens the files anew. What a failed
// write left in them is then seen by the writer and the readers alike.
void embedded_log::recover_space() {
    {
        std::unique_lock lock(mutex_);
        if (condition_ != condition::disk_full)
            return;
        if (work_.wait_for(lock, settings_.recovery_interval, [&] { return stop_; }))
            return;
    }
    std::error_code ignored;
    const auto space = std::filesystem::space(settings_.directory, ignored);
    if (ignored || space.available < store_space_reserve)
        return;
    const store_error error = reopen();
    const std::scoped_lock lock(mutex_);
    if (error.outcome == store_outcome::done) {
        condition_ = condition::running;
        reason_.clear();
        ++counts_.disk_full_recoveries;
    } else {
        reason_ = "无法重新打开 / cannot open " + settings_.directory.string() + " again: " + error.text;
        if (error.outcome == store_outcome::failed)
            condition_ = condition::failed;
    }
}

store_error embedded_log::reopen() {
    const std::unique_lock lock(shared_->store_mutex);
    shared_->store.reset();
    store_error error;
    auto store = embedded_store::open(settings_.directory, settings_.partitions, error);
    if (!store)
        return error;
    if (store->identity() != identity_ ||
        !std::ranges::equal(ends_, store->recovered_ends(), std::less_equal{}))
        return {store_outcome::failed, "acknowledged records are missing"};
    ends_ = store->recovered_ends();
    time_ = std::max(time_, store->recovered_time());
    shared_->store = std::move(store);
    shared_->tail.reset(ends_);
    return {};
}

void embedded_log::report() {
    if (!settings_.statistics || steady_clock::now() < report_due_)
        return;
    report_due_ = steady_clock::now() + settings_.statistics_interval;
    log_statistics now;
    {
        const std::scoped_lock lock(mutex_);
        now = counts_;
        now.ready = condition_ == condition::running && !closed_;
    }
    settings_.statistics(now);
}

} // namespace

std::unique_ptr<event_log> open_embedded_log(const embedded_settings& settings) {
    const auto refuse = [&](const std::string& why) -> std::runtime_error {
        return std::runtime_error("embedded event log " + settings.directory.string() + ": " + why);
    };
    if (settings.partitions == 0 || settings.batch_records_max == 0 || settings.record_bytes_max == 0)
        throw refuse("partitions, batch_records_max and record_bytes_max must not be 0");
    std::error_code failure;
    if (std::filesystem::create_directories(settings.directory, failure))
        std::filesystem::permissions(settings.directory, std::filesystem::perms::owner_all, failure);
    if (failure)
        throw refuse("cannot be made: " + failure.message());
    store_error error;
    auto store = embedded_store::open(settings.directory, settings.partitions, error);
    if (!store)
        throw refuse(error.text);
    return std::make_unique<embedded_log>(settings, std::move(store));
}

} // namespace tongban::log
