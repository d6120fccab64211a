// One thread stores and acknowledges, as the adapters' own threads do; readers wait on a condition.
#include "connectors/log/memory_log.hpp"

#include "connectors/log/partition_of.hpp"

#include <algorithm>
#include <random>

namespace tongban::log {

class memory_log::reader final : public log_reader {
public:
    reader(memory_log& log, std::vector<std::uint64_t> next_offsets)
        : log_(log), next_(std::move(next_offsets)), random_(log.settings_.shuffle_seed) {}

    boost::system::result<std::span<const record>> next(std::chrono::milliseconds wait,
                                                        std::size_t max_records) override {
        std::unique_lock lock(log_.mutex_);
        records_.clear();
        log_.changed_.wait_for(lock, wait, [&] { return woken_ || log_.error_ || readable(); });
        woken_ = false;
        if (log_.error_) {
            return make_error_code(*log_.error_);
        }
        for (std::uint32_t p = 0; p < next_.size(); ++p) {
            if (next_[p] > log_.partitions_[p].size()) {
                return make_error_code(errc::position_lost);
            }
        }
        while (readable() && records_.size() < max_records) {
            take(pick());
        }
        return std::span<const record>(records_);
    }

    void wake() override {
        const std::lock_guard lock(log_.mutex_);
        woken_ = true;
        log_.changed_.notify_all();
    }

private:
    bool has_more(std::uint32_t p) const { return next_[p] < log_.partitions_[p].size(); }
    bool readable() const {
        if (log_.readers_held_) {
            return false;
        }
        for (std::uint32_t p = 0; p < next_.size(); ++p) {
            if (has_more(p)) {
                return true;
            }
        }
        return false;
    }
    // Precondition: readable().
    std::uint32_t pick() {
        const auto count = static_cast<std::uint32_t>(next_.size());
        if (log_.settings_.shuffle_seed != 0) {
            turn_ = static_cast<std::uint32_t>(random_() % count);
        }
        while (!has_more(turn_)) {
            turn_ = (turn_ + 1) % count;
        }
        return turn_;
    }
    void take(std::uint32_t p) {
        const auto& stored = log_.partitions_[p][next_[p]];
        records_.push_back({{p, next_[p]}, stored.recorded_at, stored.key, stored.value});
        ++next_[p];
    }

    memory_log& log_;
    std::vector<std::uint64_t> next_;
    std::vector<record> records_;
    std::mt19937_64 random_;
    std::uint32_t turn_ = 0;
    bool woken_ = false;
};

memory_log::memory_log(memory_log_settings settings)
    : settings_(std::move(settings)), partitions_(settings_.partitions),
      thread_([this] { answer_in_order(); }) {}

memory_log::~memory_log() {
    close({});
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        changed_.notify_all();
    }
    thread_.join();
}

void memory_log::append(std::string_view key, std::string value, append_done done) {
    const std::lock_guard lock(mutex_);
    if (closing_ || under_way_ >= settings_.backlog_max) {
        answers_.push_back({std::move(done), make_error_code(closing_ ? errc::closed : errc::backlog_full)});
    } else if (error_) {
        answers_.push_back({std::move(done), make_error_code(*error_)});
    } else {
        appends_.push_back({std::string(key), std::move(value), std::move(done)});
    }
    ++under_way_;
    changed_.notify_all();
}

void memory_log::answer_in_order() {
    std::unique_lock lock(mutex_);
    for (;;) {
        changed_.wait(
            lock, [&] { return stopping_ || !appends_.empty() || (!answers_.empty() && !answers_held_); });
        while (!appends_.empty()) {
            auto one = std::move(appends_.front());
            appends_.pop_front();
            append_fate fate;
            if (!fates_.empty()) {
                fate = fates_.front();
                fates_.pop_front();
            }
            for (int copy = 0; copy < fate.copies; ++copy) {
                store_locked(one.key, one.value);
            }
            if (fate.answered) {
                answers_.push_back({std::move(one.done), fate.answer});
            } else {
                unanswered_.push_back(std::move(one.done));
            }
        }
        if (answers_held_ && !stopping_) {
            continue;
        }
        if (stopping_ && answers_.empty()) {
            return;
        }
        auto answers = std::exchange(answers_, {});
        lock.unlock();
        for (auto& each : answers) {
            each.done(each.answer);
        }
        lock.lock();
        under_way_ -= answers.size();
        changed_.notify_all();
    }
}

boost::system::result<std::unique_ptr<log_reader>> memory_log::read(std::vector<std::uint64_t> next_offsets) {
    if (next_offsets.size() != partitions_.size()) {
        return make_error_code(errc::position_lost);
    }
    return std::unique_ptr<log_reader>(std::make_unique<reader>(*this, std::move(next_offsets)));
}

boost::system::result<std::vector<std::uint64_t>> memory_log::end(std::chrono::milliseconds) {
    const std::lock_guard lock(mutex_);
    ++ends_asked_;
    if (error_) {
        return make_error_code(*error_);
    }
    std::vector<std::uint64_t> ends;
    for (const auto& partition : partitions_) {
        ends.push_back(partition.size());
    }
    return ends;
}

std::uint32_t memory_log::partition_count() const {
    return settings_.partitions;
}

std::string memory_log::identity() const {
    return settings_.identity;
}

log_health memory_log::health() const {
    const std::lock_guard lock(mutex_);
    return {!error_ && !closing_, error_ ? make_error_code(*error_).message() : "", under_way_};
}

void memory_log::close(std::chrono::milliseconds wait) {
    std::unique_lock lock(mutex_);
    closing_ = true;
    answers_held_ = false;
    changed_.notify_all();
    changed_.wait_for(lock, wait, [&] { return under_way_ == unanswered_.size(); });
    auto left = std::exchange(unanswered_, {});
    lock.unlock();
    for (auto& done : left) {
        done(make_error_code(errc::outcome_unknown));
    }
    lock.lock();
    under_way_ -= left.size();
}

position memory_log::store_locked(std::string_view key, std::string value) {
    using namespace std::chrono;
    const auto now = settings_.clock ? settings_.clock() : floor<milliseconds>(system_clock::now());
    newest_ = std::max(newest_, now);
    const auto partition = partition_of(key, settings_.partitions);
    auto& records = partitions_[partition];
    records.push_back({newest_, std::string(key), std::move(value)});
    changed_.notify_all();
    return {partition, records.size() - 1};
}

position memory_log::store(std::string_view key, std::string value) {
    const std::lock_guard lock(mutex_);
    return store_locked(key, std::move(value));
}

void memory_log::expect(append_fate fate, std::size_t count) {
    const std::lock_guard lock(mutex_);
    fates_.insert(fates_.end(), count, fate);
}

void memory_log::hold_answers(bool hold) {
    const std::lock_guard lock(mutex_);
    answers_held_ = hold;
    changed_.notify_all();
}

void memory_log::hold_readers(bool hold) {
    const std::lock_guard lock(mutex_);
    readers_held_ = hold;
    changed_.notify_all();
}

void memory_log::fail(std::optional<errc> error) {
    const std::lock_guard lock(mutex_);
    error_ = error;
    changed_.notify_all();
}

void memory_log::truncate(std::uint32_t partition, std::uint64_t offset) {
    const std::lock_guard lock(mutex_);
    auto& records = partitions_[partition];
    records.resize(std::min<std::size_t>(records.size(), offset));
    changed_.notify_all();
}

std::uint64_t memory_log::ends_asked() const {
    const std::lock_guard lock(mutex_);
    return ends_asked_;
}

} // namespace tongban::log
