// Who follows the events of regions, and how far each region's list of events reaches: whoever follows looks only where
// something came. The projector tells once per batch; nobody polls, and without followers a batch costs a look-up.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tongban::ledger {

class event_watch {
    struct follower;

public:
    // As long as it lives, its owner is told. Outlived by the watch. Movable.
    class following {
    public:
        following() = default;
        following(following&& other) noexcept : watch_(std::exchange(other.watch_, nullptr)), of_(std::move(other.of_)) {}
        following& operator=(following&& other) noexcept {
            std::swap(watch_, other.watch_);
            of_.swap(other.of_);
            return *this;
        }
        // Afterwards the owner is told nothing more.
        ~following();

        // For each partition the offset behind the newest event that came since it follows; 0: none came.
        std::vector<std::uint64_t> ends() const;

    private:
        friend class event_watch;
        following(event_watch* watch, std::shared_ptr<follower> of) : watch_(watch), of_(std::move(of)) {}
        event_watch* watch_ = nullptr;
        std::shared_ptr<follower> of_;
    };

    // --- projector, on its thread
    // An event of the region's list, in a batch that is not committed yet.
    void put(std::string_view region, std::uint32_t partition, std::uint64_t offset);
    // The batch is committed: its events can be read, and whoever follows their regions is told.
    void committed();

    // --- readers, any thread
    // `tell` is called from the projector's thread, once for each batch with an event of these regions; it must be
    // cheap and must not call back. What is read of the view after this call and what `tell` announces leave no gap.
    following follow(const std::vector<std::string>& regions, std::uint32_t partitions, std::function<void()> tell);

private:
    struct follower {
        std::vector<std::string> regions;
        std::vector<std::uint64_t> ends;
        std::function<void()> tell;
    };
    using reached = std::vector<std::pair<std::uint32_t, std::uint64_t>>; // partition, offset behind the newest

    void forget(const std::shared_ptr<follower>& gone);

    std::map<std::string, reached, std::less<>> batch_; // the projector's own; entries stay, emptied
    std::vector<std::map<std::string, reached, std::less<>>::iterator> touched_;

    mutable std::mutex mutex_;
    std::multimap<std::string, std::shared_ptr<follower>, std::less<>> followers_; // by region
};

} // namespace tongban::ledger
