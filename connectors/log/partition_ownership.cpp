// The owner of everything, for a ledger of one process.
#include "connectors/log/partition_ownership.hpp"

#include <mutex>
#include <numeric>

namespace tongban::log {

namespace {

class whole_ownership final : public partition_ownership {
public:
    whole_ownership(std::uint32_t partition_count, ownership_changed changed)
        : changed_(std::move(changed)), owned_(partition_count) {
        std::iota(owned_.begin(), owned_.end(), 0u);
        statistics_.gained = partition_count;
        if (changed_ && partition_count != 0)
            changed_(owned_, {});
    }
    ~whole_ownership() override { whole_ownership::close(); }

    std::vector<std::uint32_t> owned() const override {
        const std::scoped_lock lock(mutex_);
        return owned_;
    }
    bool owns(std::uint32_t partition) const override {
        const std::scoped_lock lock(mutex_);
        return partition < owned_.size();
    }
    ownership_health health() const override {
        const std::scoped_lock lock(mutex_);
        return closed_ ? ownership_health{false, "closed"} : ownership_health{true, ""};
    }
    ownership_statistics statistics() const override {
        const std::scoped_lock lock(mutex_);
        ownership_statistics now = statistics_;
        now.owned = static_cast<std::uint32_t>(owned_.size());
        return now;
    }
    void close() override {
        std::vector<std::uint32_t> lost;
        {
            const std::scoped_lock lock(mutex_);
            closed_ = true;
            lost.swap(owned_);
            statistics_.lost += lost.size();
        }
        if (changed_ && !lost.empty())
            changed_({}, lost);
    }

private:
    const ownership_changed changed_;
    mutable std::mutex mutex_;
    std::vector<std::uint32_t> owned_;
    ownership_statistics statistics_;
    bool closed_ = false;
};

} // namespace

std::unique_ptr<partition_ownership> own_all(std::uint32_t partition_count, ownership_changed changed) {
    return std::make_unique<whole_ownership>(partition_count, std::move(changed));
}

} // namespace tongban::log
