// A passing error (log unreachable, disk full) is retried with a growing pause and shown in health; an error
// for good stops the projection, because going on would answer what is not so.
#include "gateway/ledger/projector.hpp"

#include "gateway/ledger/newer_record.hpp"
#include "monitoring/log.hpp"

#include <algorithm>
#include <stdexcept>

namespace tongban::ledger {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds read_wait{500};
constexpr milliseconds pause_least{20};
constexpr milliseconds pause_most{1000};

bool is_for_good(const boost::system::error_code& error) {
    return error == make_error_code(log::errc::position_lost) ||
           error == make_error_code(log::errc::failed) || error == make_error_code(store::errc::failed);
}

} // namespace

projector::projector(const parts& given)
    : parts_(given), projection_(given.rows, {given.settings.hot_cases_max}, &given.watch, &given.deliveries,
                                 &given.clocks, &given.figures, &given.bundles),
      started_(std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now())) {}

projector::~projector() {
    stop();
}

void projector::open() {
    if (projection_.open(parts_.log.identity(), parts_.log.partition_count())) {
        monitoring::log(monitoring::severity::warning, "view_made_anew",
                        {{"reason", "it was written by another version of Tongban, in another format"}});
    }
    auto reader = parts_.log.read(projection_.next_offsets());
    if (!reader) {
        throw std::runtime_error(
            "the ledger cannot be read from the view's position: " + reader.error().message() +
            " (when it was truncated or replaced, delete the view directory)");
    }
    reader_ = std::move(*reader);
    parts_.waiters.reached(projection_.next_offsets());
    const std::lock_guard lock(mutex_);
    committed_ = projection_.next_offsets();
    condition_.running = true;
}

void projector::start() {
    thread_ = std::thread([this] { run(); });
}

void projector::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        stopped_.notify_all();
    }
    if (thread_.joinable()) {
        reader_->wake();
        thread_.join();
    }
    const std::lock_guard lock(mutex_);
    condition_.running = false;
}

void projector::run() {
    auto wait = pause_least;
    for (;;) {
        switch (turn(read_wait)) {
        case progress::goes_on:
            wait = pause_least;
            break;
        case progress::try_later:
            if (!pause(wait)) {
                return;
            }
            wait = std::min(wait * 2, pause_most);
            break;
        case progress::ended:
            return;
        }
    }
}

projector::progress projector::turn(milliseconds wait) {
    {
        const std::lock_guard lock(mutex_);
        if (stopping_ || condition_.failed) {
            return progress::ended;
        }
    }
    const auto records = reader_->next(wait, parts_.settings.batch_records_max);
    if (!records) {
        parts_.metrics.log_read_failures.add();
        if (is_for_good(records.error())) {
            fail("账本无法继续读取 / the ledger cannot be read on: " + records.error().message());
            return progress::ended;
        }
        set_reason("账本无法读取 / ledger: " + records.error().message());
        return progress::try_later;
    }
    set_reason({});
    if (records->empty()) {
        return progress::goes_on;
    }
    if (!projection_.confirm(parts_.log.identity())) {
        fail("查询视图属于另一账本，请删除视图目录，网关会从账本重建 / the view belongs to another ledger: delete the view directory; it is rebuilt from the ledger");
        return progress::ended;
    }
    return fold_all(*records) && commit() ? progress::goes_on : progress::ended;
}

bool projector::fold_all(std::span<const log::record> records) {
    results_.clear();
    for (std::size_t i = 0; i < records.size(); ++i) {
        const auto end = fold_one(records[i]);
        if (end == fold_end::newer) {
            publish(i);
            if (commit()) {
                stand_before(records[i]);
            }
        }
        if (end != fold_end::done) {
            return false;
        }
    }
    publish(records.size());
    return true;
}

void projector::stand_before(const log::record& record) {
    const auto why = make_error_code(record_errc::newer_version).message();
    monitoring::log(monitoring::severity::error, "ledger_record_newer",
                    {{"partition", std::int64_t{record.at.partition}},
                     {"offset", static_cast<std::int64_t>(record.at.offset)},
                     {"reason", why}});
    parts_.waiters.refuse(log::errc::unavailable); // what is appended here could not be answered
    set_reason(why);
    {
        const std::lock_guard lock(mutex_);
        condition_.outdated = true;
    }
    while (pause(pause_most)) {
    }
}

projector::fold_end projector::fold_one(const log::record& record) {
    for (auto wait = pause_least;; wait = std::min(wait * 2, pause_most)) {
        const auto outcome = projection_.fold(record);
        if (outcome) {
            const bool recent = is_recent(record);
            if (outcome->facts.empty()) {
                parts_.metrics.projected(*outcome, recent);
            } else if (recent) {
                parts_.delivery_counts.projected(*outcome);
            }
            if (!outcome->readable) {
                monitoring::log(monitoring::severity::error, "ledger_record_unreadable",
                                {{"partition", std::int64_t{record.at.partition}},
                                 {"offset", static_cast<std::int64_t>(record.at.offset)}});
            } else if (parts_.waiters.is_ours(outcome->record.attempt_id())) {
                auto& result = results_.emplace_back(waiting::attempt_result{
                    outcome->record.attempt_id(),
                    {outcome->verdict, outcome->state, record.at, record.recorded_at, {}}});
                for (const auto& fact : outcome->facts) {
                    result.value.facts.push_back({fact.verdict, fact.attempts, fact.visible_at_ms});
                }
                parts_.clock.saw(record.recorded_at);
            }
            return fold_end::done;
        }
        if (outcome.error() == make_error_code(record_errc::newer_version)) {
            return fold_end::newer;
        }
        if (is_for_good(outcome.error())) {
            fail("查询视图无法读写 / view: " + outcome.error().message());
            return fold_end::ended;
        }
        set_reason("查询视图无法读写 / view: " + outcome.error().message());
        if (!pause(wait)) {
            return fold_end::ended;
        }
    }
}

bool projector::commit() {
    bool stalled = false;
    for (auto wait = pause_least;; wait = std::min(wait * 2, pause_most)) {
        const auto error = projection_.commit();
        if (!error) {
            break;
        }
        parts_.metrics.view_write_failures.add();
        if (is_for_good(error)) {
            fail("查询视图无法读写 / view: " + error.message());
            return false;
        }
        if (!stalled) {
            monitoring::log(monitoring::severity::error, "view_disk_full");
            // What waits may still be answered in time; what comes is told at once that it is not stored.
            parts_.waiters.refuse(log::errc::disk_full);
            stalled = true;
        }
        set_reason("查询视图无法读写 / view: " + error.message());
        if (!pause(wait)) {
            return false;
        }
    }
    if (stalled) {
        monitoring::log(monitoring::severity::info, "view_disk_recovered");
        parts_.waiters.refuse(std::nullopt);
        set_reason({});
    }
    {
        const std::lock_guard lock(mutex_);
        committed_ = projection_.next_offsets();
    }
    dirty_ = true;
    parts_.waiters.answer(results_, parts_.metrics.readable_seconds);
    parts_.waiters.reached(projection_.next_offsets());
    parts_.waiters.answer_inboxes(parts_.watch.committed());
    parts_.clocks.committed();
    parts_.bundles.committed();
    auto regions = parts_.deliveries.committed();
    for (auto& region : regions) {
        region.insert(0, delivery_topic);
    }
    parts_.waiters.answer_inboxes(regions);
    return true;
}

void projector::started_at(const std::vector<std::uint64_t>& end) {
    end_at_start_ = end;
    knows_end_at_start_.store(true, std::memory_order_release);
}

bool projector::is_recent(const log::record& record) const {
    if (knows_end_at_start_.load(std::memory_order_acquire)) {
        return record.at.partition < end_at_start_.size() && record.at.offset >= end_at_start_[record.at.partition];
    }
    return record.recorded_at >= started_;
}

void projector::publish(std::size_t records) {
    projected_.fetch_add(records, std::memory_order_relaxed);
    parts_.metrics.batch_records.observe(static_cast<double>(records));
}

bool projector::pause(milliseconds time) {
    std::unique_lock lock(mutex_);
    return !stopped_.wait_for(lock, time, [&] { return stopping_ || condition_.failed; });
}

void projector::set_reason(std::string reason) {
    const std::lock_guard lock(mutex_);
    if (!condition_.failed) {
        condition_.reason = std::move(reason);
    }
}

void projector::fail(const std::string& reason) {
    {
        const std::lock_guard lock(mutex_);
        if (condition_.failed) {
            return;
        }
        condition_.failed = true;
        condition_.reason = reason;
        stopped_.notify_all();
    }
    monitoring::log(monitoring::severity::error, "ledger_projection_failed", {{"reason", reason}});
    parts_.waiters.close();
    if (parts_.settings.on_failed) {
        parts_.settings.on_failed(reason);
    }
}

projector::condition projector::now() const {
    const std::lock_guard lock(mutex_);
    return condition_;
}

std::vector<std::uint64_t> projector::next_offsets() const {
    const std::lock_guard lock(mutex_);
    return committed_;
}

} // namespace tongban::ledger
