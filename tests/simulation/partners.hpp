// Who takes part in every schedule: three regions, one that pulls and two that are pushed to, windows in all of them, and
// an operator.
#pragma once

#include "security/partner_directory.hpp"

#include <array>
#include <memory>
#include <string>

namespace tongban::simulation {

inline constexpr std::array<const char*, 3> regions{"370800", "140400", "410100"};
inline constexpr const char* pulling_region = "140400";
inline constexpr int windows_per_region = 2;

std::shared_ptr<const security::partner_directory> partners();
// "window-140400-1", its partner id; what its certificate says.
std::string window_partner(const std::string& region, int window);
std::string window_id(const std::string& region, int window);
std::shared_ptr<const security::certificate_facts> certificate(const std::string& uri);
std::string platform_uri(const std::string& region);
std::string window_uri(const std::string& region, int window);

} // namespace tongban::simulation
