// What a city's engineer, an operator or a clerk is told, in both languages: neither can be left out.
#pragma once

#include <string>
#include <utility>

namespace tongban::security {

struct sentence {
    sentence() = default;
    sentence(std::string in_chinese, std::string in_english) : zh(std::move(in_chinese)), en(std::move(in_english)) {}

    std::string zh;
    std::string en;

    bool empty() const { return en.empty(); }
    // "中文 / English", for one line on a terminal or in a log.
    std::string text() const { return zh + " / " + en; }
};

inline sentence operator+(sentence first, const sentence& second) {
    first.zh += second.zh;
    first.en += second.en;
    return first;
}

} // namespace tongban::security
