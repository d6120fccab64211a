// The routes of this folder, by the file that answers them.
#pragma once

#include "gateway/inbox/inbox.hpp"

namespace tongban::inbox {

std::vector<http::route> read_routes(const std::shared_ptr<const inbox_parts>& parts);
std::vector<http::route> tree_routes(const std::shared_ptr<const inbox_parts>& parts);
std::vector<http::route> catalogue_routes(const std::shared_ptr<const inbox_parts>& parts);
std::vector<http::route> work_routes(const std::shared_ptr<const inbox_parts>& parts,
                                     monitoring::registry& metrics);

std::vector<http::route> licence_routes(const std::shared_ptr<const inbox_parts>& parts,
                                        monitoring::registry& metrics);

} // namespace tongban::inbox
