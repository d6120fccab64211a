// Numbers of partner files.
#pragma once

#include "security/strict_yaml.hpp"

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

namespace tongban::security {

// A whole number in a range; a mistake when it is none.
template <typename Take>
void read_number(strict_map& map, std::string_view key, std::int64_t least, std::int64_t most, const Take& take) {
    const auto text = map.text(key, false);
    if (!text)
        return;
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
    if (error != std::errc{} || end != text->data() + text->size() || value < least || value > most)
        map.report(*map.take(key), key,
                   {"应为 " + std::to_string(least) + " 到 " + std::to_string(most) + " 的整数",
                    "must be a whole number from " + std::to_string(least) + " to " + std::to_string(most)});
    else
        take(value);
}

} // namespace tongban::security
