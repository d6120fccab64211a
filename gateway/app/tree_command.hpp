// What `tongban case tree` prints.
#pragma once

#include <boost/json/value.hpp>

namespace tongban::app {

// Of the answer of GET /v1/cases/{id}/tree.
void print_tree(const boost::json::value& body);

} // namespace tongban::app
