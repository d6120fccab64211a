// Order within a partition holds across the change from disk to memory because both go by positions_: a
// record below its partition's position is never given again.
#include "connectors/log/embedded_reader.hpp"

namespace tongban::log {

namespace {
constexpr std::size_t disk_page_bytes_max = 4 * 1024 * 1024;
}

embedded_reader::embedded_reader(std::shared_ptr<embedded_shared> shared,
                                 std::vector<std::uint64_t> next_offsets)
    : shared_(std::move(shared)), positions_(std::move(next_offsets)) {}

boost::system::result<std::span<const record>> embedded_reader::next(std::chrono::milliseconds wait,
                                                                     std::size_t max_records) {
    const auto until = std::chrono::steady_clock::now() + wait;
    records_.clear();
    // A first look without waiting, a second one after it; more only when the disk has to be read.
    for (bool waited = false;;) {
        if (!next_batch_)
            next_batch_ = shared_->tail.find(positions_);
        if (!next_batch_) {
            if (const auto error = read_disk(max_records))
                return error;
            if (!records_.empty())
                return std::span<const record>(records_);
            continue;
        }
        read_memory(max_records);
        if (!records_.empty() || (waited && next_batch_))
            return std::span<const record>(records_);
        if (next_batch_) {
            shared_->tail.wait(*next_batch_, woken_, until);
            waited = true;
        }
    }
}

void embedded_reader::wake() {
    shared_->tail.wake(woken_);
}

void embedded_reader::read_memory(std::size_t max_records) {
    emit_held(max_records);
    while (records_.empty()) {
        held_.clear();
        held_batch_ = 0;
        held_record_ = 0;
        if (!shared_->tail.take(*next_batch_, max_records, held_)) {
            next_batch_.reset();
            return;
        }
        if (held_.empty())
            return;
        emit_held(max_records);
    }
}

// Gives what is left of the batches held, skipping what the disk gave before.
void embedded_reader::emit_held(std::size_t max_records) {
    for (; held_batch_ < held_.size(); ++held_batch_, held_record_ = 0) {
        const committed_batch& batch = *held_[held_batch_];
        for (; held_record_ < batch.records.size(); ++held_record_) {
            if (records_.size() == max_records)
                return;
            const committed_record& r = batch.records[held_record_];
            if (r.at.offset < positions_[r.at.partition])
                continue;
            records_.push_back({r.at, batch.recorded_at, r.key, r.value});
            positions_[r.at.partition] = r.at.offset + 1;
        }
    }
}

boost::system::error_code embedded_reader::read_disk(std::size_t max_records) {
    const std::vector<std::uint64_t> ends = shared_->tail.ends();
    const std::shared_lock lock(shared_->store_mutex);
    if (!shared_->store)
        return errc::unavailable;
    const auto partitions = static_cast<std::uint32_t>(positions_.size());
    for (std::uint32_t tried = 0; tried < partitions && records_.empty(); ++tried) {
        const std::uint32_t p = disk_partition_;
        disk_partition_ = (disk_partition_ + 1) % partitions;
        if (positions_[p] >= ends[p])
            continue;
        if (!shared_->store->read({p, positions_[p]}, max_records, disk_page_bytes_max, page_))
            return errc::failed;
        records_.swap(page_.records);
        // No record below the end: only a gap is left.
        positions_[p] = records_.empty() ? ends[p] : records_.back().at.offset + 1;
    }
    return {};
}

} // namespace tongban::log
