// What would have been right, where a value is none of a closed list: for whoever must correct it.
#pragma once

#include "connectors/dialects/sentence.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tongban::dialects {

inline constexpr std::size_t known_values_named = 20;

// "；可用：A、B 等27个", "; known: A, B and 25 more": the first twenty. Nothing when there are none.
sentence known_values(const std::vector<std::string_view>& values);

// The same of a list's first members: codes with their numbers, a table's entries.
template <typename Meaning>
sentence known_values(const std::vector<std::pair<std::string, Meaning>>& entries) {
    std::vector<std::string_view> values;
    for (const auto& [value, meaning] : entries) {
        values.emplace_back(value);
    }
    return known_values(values);
}

} // namespace tongban::dialects
