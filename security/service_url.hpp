// The addresses of systems that the gateway calls: what a partner file may name, and what a connection is opened to.
#pragma once

#include "security/sentence.hpp"

#include <string_view>
#include <vector>

namespace tongban::security {

// What is wrong with the address; empty when nothing is. It is an absolute URL (RFC 3986 §4.3) by https, with a host and no
// user name or fragment, and its port, when there is one, is 1 to 65535.
std::vector<sentence> mistakes_of_service_url(std::string_view url);

} // namespace tongban::security
