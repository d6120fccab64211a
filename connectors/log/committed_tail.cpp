// See committed_tail.hpp. A batch number is only given up together with its memory, so `next` below first_
// means "read the disk" and never "nothing new".
#include "connectors/log/committed_tail.hpp"

#include <algorithm>

namespace tongban::log {

namespace {

// True when a reader at `positions` has everything that came before `begins`.
bool reached(const std::vector<std::uint64_t>& positions, const std::vector<std::uint64_t>& begins) {
    return std::ranges::equal(positions, begins,
                              [](std::uint64_t at, std::uint64_t begin) { return at >= begin; });
}

} // namespace

committed_tail::committed_tail(std::vector<std::uint64_t> ends, std::size_t bytes_max)
    : ends_(std::move(ends)), bytes_max_(bytes_max) {}

void committed_tail::publish(std::shared_ptr<const committed_batch> batch,
                             const std::vector<std::uint64_t>& ends) {
    const std::scoped_lock lock(mutex_);
    bytes_ += batch->bytes;
    batches_.push_back(std::move(batch));
    ends_ = ends;
    while (bytes_ > bytes_max_ && batches_.size() > 1) {
        bytes_ -= batches_.front()->bytes;
        batches_.pop_front();
        ++first_;
    }
    if (waiting_ > 0)
        grown_.notify_all();
}

void committed_tail::reset(std::vector<std::uint64_t> ends) {
    const std::scoped_lock lock(mutex_);
    // One number is skipped: a reader that had everything must look at its positions again.
    first_ = end_number() + 1;
    batches_.clear();
    bytes_ = 0;
    ends_ = std::move(ends);
    grown_.notify_all();
}

std::vector<std::uint64_t> committed_tail::ends() const {
    const std::scoped_lock lock(mutex_);
    return ends_;
}

std::optional<std::uint64_t> committed_tail::find(const std::vector<std::uint64_t>& positions) const {
    const std::scoped_lock lock(mutex_);
    if (reached(positions, ends_))
        return end_number();
    const auto beyond = std::partition_point(batches_.begin(), batches_.end(), [&](const auto& batch) {
        return reached(positions, batch->begins);
    });
    if (beyond == batches_.begin())
        return std::nullopt;
    return first_ + static_cast<std::uint64_t>(beyond - batches_.begin()) - 1;
}

bool committed_tail::take(std::uint64_t& next, std::size_t records_wanted, committed_batches& out) const {
    const std::scoped_lock lock(mutex_);
    if (next < first_)
        return false;
    for (std::size_t covered = 0; next < end_number() && covered < records_wanted; ++next) {
        out.push_back(batches_[next - first_]);
        covered += out.back()->records.size();
    }
    return true;
}

void committed_tail::wait(std::uint64_t next, bool& woken, std::chrono::steady_clock::time_point until) {
    std::unique_lock lock(mutex_);
    ++waiting_;
    grown_.wait_until(lock, until, [&] { return woken || next < first_ || next < end_number(); });
    --waiting_;
    woken = false;
}

void committed_tail::wake(bool& woken) {
    const std::scoped_lock lock(mutex_);
    woken = true;
    grown_.notify_all();
}

} // namespace tongban::log
