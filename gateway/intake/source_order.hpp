// Which messages of a topic's partition may be handled now, and how far everything is done. Messages of one key are
// handled one after the other (a case's events in their order), others side by side; a position counts as done only when
// all before it are.
#pragma once

#include "connectors/log/topic_source.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace tongban::intake {

// One thread at a time. Bounded by who adds to it.
class source_order {
public:
    using place = std::tuple<std::string, std::uint32_t, std::uint64_t>; // topic, partition, turn

    // A message was given. True when it may be handled at once; else it is told by a later finish().
    bool add(const place& in, std::uint64_t offset, std::string_view key);

    struct finished {
        std::vector<std::uint64_t> may_begin;      // offsets of the same place whose turn it is now
        std::optional<std::uint64_t> done_through; // everything up to this is done; none: no change
    };
    finished finish(const place& in, std::uint64_t offset);

    std::size_t under_way() const noexcept { return under_way_; }

private:
    struct entry {
        std::uint64_t offset;
        std::string key;
        bool done = false;
    };
    struct partition {
        std::deque<entry> entries;                                  // by offset
        std::map<std::string, std::deque<std::uint64_t>> by_key;     // the first of each is being handled
    };
    std::map<place, partition> partitions_;
    std::size_t under_way_ = 0;
};

} // namespace tongban::intake
