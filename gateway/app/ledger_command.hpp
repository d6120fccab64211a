// Offline checks of a ledger, for the command line and the quick start.
#pragma once

#include <filesystem>
#include <iosfwd>

namespace tongban::app {

// Reads the whole ledger that a configuration names, folds it anew and compares the result with the view, row by row.
// Prints one line with the figures and one for each difference. The gateway must not be running on an embedded ledger.
bool check_ledger(const std::filesystem::path& config, std::ostream& out);

} // namespace tongban::app
