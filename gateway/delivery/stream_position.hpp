// Where an event stream stands: the next offset of each partition. The same on every replica, so a client may go on
// anywhere. As text it is opaque to clients, and says which ledger and which regions it belongs to.
#pragma once

#include <boost/system/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tongban::delivery {

using stream_offsets = std::vector<std::uint64_t>; // per partition

enum class position_fault {
    malformed,     // no position of ours
    other_regions, // of a stream of other regions
    other_ledger,  // of a ledger that is not this one
};

// Writes and reads the positions of one ledger and one set of regions.
class position_text {
public:
    position_text(std::string_view ledger_identity, std::vector<std::string> regions, std::size_t partitions);

    std::string write(const stream_offsets& offsets) const;
    boost::system::result<stream_offsets, position_fault> read(std::string_view text) const;

private:
    std::string ledger_;  // digest
    std::string regions_; // digest
    std::size_t partitions_;
};

} // namespace tongban::delivery
