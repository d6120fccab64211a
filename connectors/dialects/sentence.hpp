// What a city's engineer or a clerk is told, in both languages.
#pragma once

#include "security/sentence.hpp"

namespace tongban::dialects {

using security::sentence;

} // namespace tongban::dialects
