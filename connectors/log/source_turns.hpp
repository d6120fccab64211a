// A member's turns with partitions: which positions are dealt with and which of them are committed. Pure
// bookkeeping, no threads: topic_source holds the lock.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace tongban::log {

class source_turns {
public:
    using place = std::pair<std::string, std::uint32_t>; // topic and partition

    struct turn {
        std::uint64_t number = 0;
        std::uint64_t next_given = 0; // one past the last message given; 0: none in this turn
        std::uint64_t handled = 0;    // one past the last message dealt with; 0: none in this turn
        std::uint64_t committing = 0; // what a commit under way holds
        std::uint64_t committed = 0;
        bool paused = false;
    };
    struct commit {
        place of;
        std::uint64_t next; // the offset to go on from
    };

    // The partition was assigned: a new turn. No other turn of this process has its number, of another source neither: what a
    // source that was closed had given may still be under way when the next one gives it again.
    void begin(const place& of);
    void end(const place& of) { turns_.erase(of); }
    // None when the partition is somebody else's.
    turn* find(const place& of) {
        const auto found = turns_.find(of);
        return found == turns_.end() ? nullptr : &found->second;
    }
    const std::map<place, turn>& all() const { return turns_; }

    // False when that turn is over, or `offset` was never given in it.
    bool done(const place& of, std::uint64_t number, std::uint64_t offset);

    bool uncommitted() const; // is there anything dealt with that is not committed

    // What is dealt with and not committed; it counts as being committed from now on.
    std::vector<commit> take_uncommitted();
    // The same, of one partition.
    std::vector<commit> take_uncommitted(const place& of);
    // How a commit ended, for each of its parts.
    void commit_ended(const commit& what, bool well);

private:
    std::map<place, turn> turns_;
};

} // namespace tongban::log
