// Files become one catalogue, checked whole, or the list of all that is wrong with them.
#pragma once

#include "connectors/dialects/dialect.hpp"
#include "gateway/cases/catalogue_check.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tongban::catalogue {

struct load_result {
    std::shared_ptr<const cases::catalogue> loaded; // null when any file has a mistake that is not a warning
    std::vector<dialects::mistake> mistakes;
    std::size_t bytes = 0; // of the files
};

// YAML, CSV, .xlsx or compiled, by their contents; several files make one catalogue.
load_result load_catalogue(const std::vector<std::filesystem::path>& files, const cases::check_settings& settings);
// The same for bytes in memory, with the names that mistakes show.
load_result load_catalogue_bytes(const std::vector<std::pair<std::string, std::string>>& files,
                                 const cases::check_settings& settings);

// Compiled, for load_catalogue.
std::string compile(const cases::catalogue& known);
// The items as one CSV table with a byte-order mark, as Excel opens it; materials stand in their cell.
std::string items_csv(const cases::catalogue& known);
std::string agreements_csv(const cases::catalogue& known);
// What would not come back as it was when the table of items_csv or agreements_csv is read, by its place in `file`: each item
// and agreement named with the field. Empty when all would; what no table has a column for is not looked at.
std::vector<dialects::mistake> lost_in_items_csv(const cases::catalogue& known, const std::string& csv, const std::string& file);
std::vector<dialects::mistake> lost_in_agreements_csv(const cases::catalogue& known, const std::string& csv, const std::string& file);

// Today at +08:00, in days since 1970-01-01.
std::int32_t china_day();

} // namespace tongban::catalogue
