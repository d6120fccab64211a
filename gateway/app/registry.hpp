// Partners and the dialects that they name, read as one: a partner without its format would be answered 415, and the next
// start would fail.
#pragma once

#include "connectors/dialects/dialect_set.hpp"
#include "security/partner_directory.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace tongban::app {

struct registry {
    std::shared_ptr<const security::partner_directory> partners; // null when a file of them has a mistake
    std::shared_ptr<const dialects::dialect_set> dialects;       // the same
    std::vector<security::file_mistake> mistakes; // none: both are there and fit each other
    std::vector<std::string> warnings;
};

// All mistakes of both folders at once.
registry read_registry(const std::filesystem::path& partners_folder, const std::filesystem::path& dialects_folder);

// The same; throws not_taken with all mistakes when there is any.
registry load_registry(const std::filesystem::path& partners_folder, const std::filesystem::path& dialects_folder);

} // namespace tongban::app
