// Catalogues on a terminal and as JSON: what the commands of catalogue_commands.cpp print.
#pragma once

#include "connectors/catalogue/changes.hpp"
#include "connectors/dialects/dialect.hpp"
#include "gateway/cases/catalogue.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <ostream>
#include <string>
#include <vector>

namespace tongban::app {

boost::json::array mistakes_json(const std::vector<dialects::mistake>& mistakes);

boost::json::array changes_json(const std::vector<catalogue::change>& changes);
void print_changes(const std::vector<catalogue::change>& changes, std::ostream& out);

struct catalogue_selection {
    std::uint32_t region = 0; // 0: all
    std::string item;         // empty: all
    std::size_t limit = 50;
    std::int32_t day = 0;  // in force on it
    bool all = false;      // or at any time
};

// Why the selection can find nothing on any day: the catalogue knows no such region or item; empty when it may.
std::string nothing_selected(const cases::catalogue& known, const catalogue_selection& selection);

boost::json::object catalogue_json(const cases::catalogue& known, const catalogue_selection& selection);
void print_catalogue(const cases::catalogue& known, const catalogue_selection& selection, std::ostream& out);

} // namespace tongban::app
