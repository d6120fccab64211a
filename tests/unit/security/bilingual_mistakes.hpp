// Mistakes of files as tests compare them: where they stand and their English, while their Chinese has to be there.
#pragma once

#include "security/strict_yaml.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace tongban::testing {

// A Chinese character: U+4E00 to U+9FFF in UTF-8.
inline bool has_chinese(std::string_view text) {
    return std::ranges::any_of(text, [](char c) { return c >= '\xe4' && c <= '\xe9'; });
}

inline bool has_english(std::string_view text) {
    return std::ranges::any_of(text, [](char c) { return c >= 'a' && c <= 'z'; });
}

inline void expect_both_languages(const security::sentence& told) {
    EXPECT_TRUE(has_chinese(told.zh)) << told.text();
    EXPECT_TRUE(has_english(told.en)) << told.text();
}

// "file:line:column: field: English"; a mistake that is not told in both languages fails the test.
inline std::vector<std::string> in_english(const std::vector<security::file_mistake>& mistakes) {
    std::vector<std::string> lines;
    for (const auto& each : mistakes) {
        expect_both_languages(each.message);
        lines.push_back(each.place() + each.message.en);
    }
    return lines;
}

// The same for sentences without a place.
inline std::vector<std::string> in_english(const std::vector<security::sentence>& told) {
    std::vector<std::string> lines;
    for (const auto& each : told) {
        expect_both_languages(each);
        lines.push_back(each.en);
    }
    return lines;
}

} // namespace tongban::testing
