// A history from its two files, line by line: what the ledger's dump and the answers amount to.
#pragma once

#include "tests/history/verdict.hpp"

#include <boost/system/result.hpp>

#include <istream>
#include <string>

namespace tongban::history {

// The error names the file and line that cannot be read.
boost::system::result<verdict, std::string> check(std::istream& ledger, std::istream& answers);

} // namespace tongban::history
