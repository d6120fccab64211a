// The form in which rules about certificates are compared, for the partner registry and for targets that we call.
#pragma once

#include "security/identity.hpp"
#include "security/sentence.hpp"

#include <string>

namespace tongban::security {

// Brings the value into the form certificates are compared in. What is wrong with it, empty when nothing is.
sentence normalise(certificate_pin& pin);

// ASCII letters only: host names and hexadecimal digits.
std::string lower_case(std::string text);

} // namespace tongban::security
