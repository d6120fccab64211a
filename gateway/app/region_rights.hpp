// Which rights on the cluster a region's entry in the partner registry implies: to publish to its own intake topic, to
// read what was rejected and what is delivered to it, and to share that reading in a group of its own. Nothing else.
#pragma once

#include "connectors/log/kafka_acls.hpp"
#include "security/partner_directory.hpp"

#include <string>
#include <vector>

namespace tongban::app {

// Sorted; empty when no partner of the region publishes to or reads a topic. `principal`: "User:region-370800".
std::vector<log::acl_entry> region_rights(const security::partner_directory& partners, const std::string& region,
                                          const std::string& principal);

} // namespace tongban::app
