// Where addresses in a partner's messages may lead.
#pragma once

#include "security/identity.hpp"
#include "tongban/v1/dossier.pb.h"

#include <chrono>
#include <string_view>

namespace tongban::materials {

// True when the file's bytes are at an address of its sender's: to be fetched, where the partner has hosts at all. Not a path of
// this gateway's, as its answers give them.
bool is_elsewhere(const v1::MaterialFile& file) noexcept;
// The partner's host that the address names, by name and port; null when none.
const security::file_host* allowed_host(const security::partner& partner, std::string_view url);
bool is_expired(const v1::MaterialFile& file, std::chrono::system_clock::time_point now) noexcept;

} // namespace tongban::materials
