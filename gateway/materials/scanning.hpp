// Asks the scanner about a staged file, on workers of its own: a slow scanner holds up what it scans, and of one partner's
// files only some at once. A verdict that comes too late for its request counts when the same file comes again.
#pragma once

#include "gateway/materials/room.hpp"

#include <boost/asio/awaitable.hpp>

namespace tongban::materials {

// Waits until the time given; `unavailable` then, too. Precondition: a scanner is configured. `name` is the file's SHA-256 in
// hexadecimal digits.
boost::asio::awaitable<objects::scan_verdict> scan(std::shared_ptr<room> in, std::shared_ptr<upload> staged,
                                                   std::string name, workers::time_point until);
// The same of content that was written beside for this alone: it is gone afterwards.
boost::asio::awaitable<objects::scan_verdict> scan_beside(std::shared_ptr<room> in, std::shared_ptr<upload> staged,
                                                          std::string name, workers::time_point until);

} // namespace tongban::materials
