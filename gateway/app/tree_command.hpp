// What `tongban case tree` prints, and a story that shows one.
#pragma once

#include <boost/json/value.hpp>

#include <ostream>

namespace tongban::app {

// Of the answer of GET /v1/cases/{id}/tree.
void print_tree(const boost::json::value& body, std::ostream& out);

} // namespace tongban::app
