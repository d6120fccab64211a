// Everything that a configuration names, checked before anything starts.
#pragma once

#include "gateway/app/configuration.hpp"

#include <iosfwd>

namespace tongban::app {

// The configuration with its partners, dialects and certificates checked too; none when anything is wrong. Mistakes
// and warnings go to `out`, one a line, with file and line.
std::optional<configuration> checked_configuration(const std::filesystem::path& file, std::ostream& out);

} // namespace tongban::app
