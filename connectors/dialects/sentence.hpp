// What a city's engineer or a clerk is told, in both languages.
#pragma once

#include <string>

namespace tongban::dialects {

struct sentence {
    std::string zh;
    std::string en;
    bool empty() const { return en.empty(); }
};

inline sentence operator+(sentence first, const sentence& second) {
    first.zh += second.zh;
    first.en += second.en;
    return first;
}

} // namespace tongban::dialects
