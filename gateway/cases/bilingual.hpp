// A sentence, or a part of one, in the two languages in which a clerk and a city's engineer read it.
#pragma once

#include <string>

namespace tongban::cases {

struct bilingual {
    std::string zh;
    std::string en;
};

} // namespace tongban::cases
