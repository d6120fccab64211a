// The names a dialect knows, as small numbers, and the paths made of them: field names are compared as
// integers while a message is read.
#pragma once

#include "connectors/dialects/path_trie.hpp"

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace tongban::dialects {

inline std::uint64_t name_hash(std::string_view name) noexcept {
    std::uint64_t h = 0x9E3779B97F4A7C15ULL ^ name.size();
    while (name.size() >= 8) {
        std::uint64_t word;
        std::memcpy(&word, name.data(), 8);
        h = (h ^ word) * 0xFF51AFD7ED558CCDULL;
        h ^= h >> 32;
        name.remove_prefix(8);
    }
    if (!name.empty()) {
        std::uint64_t word = 0;
        std::memcpy(&word, name.data(), name.size());
        h = (h ^ word) * 0xFF51AFD7ED558CCDULL;
    }
    return h ^ (h >> 29);
}

// Filled at load, then read by all threads.
class name_table {
public:
    // Number of a name, from 1; adds it.
    std::uint32_t add(std::string_view name) {
        if (const auto known = find(name); known != 0) {
            return known;
        }
        names_.emplace_back(name);
        if (names_.size() * 2 > slots_.size()) {
            slots_.assign(slots_.empty() ? 64 : slots_.size() * 2, 0);
            for (std::uint32_t i = 0; i < names_.size(); ++i) {
                place(i + 1);
            }
        } else {
            place(static_cast<std::uint32_t>(names_.size()));
        }
        return static_cast<std::uint32_t>(names_.size());
    }

    // 0 when the dialect does not know it.
    std::uint32_t find(std::string_view name) const noexcept {
        if (slots_.empty()) {
            return 0;
        }
        for (std::uint64_t at = name_hash(name);; ++at) {
            const std::uint32_t number = slots_[at & (slots_.size() - 1)];
            if (number == 0 || names_[number - 1] == name) {
                return number;
            }
        }
    }

    const std::string& name(std::uint32_t number) const { return names_[number - 1]; }

    path_trie paths;

private:
    void place(std::uint32_t number) {
        std::uint64_t at = name_hash(names_[number - 1]);
        while (slots_[at & (slots_.size() - 1)] != 0) {
            ++at;
        }
        slots_[at & (slots_.size() - 1)] = number;
    }

    std::vector<std::string> names_;
    std::vector<std::uint32_t> slots_;
};

} // namespace tongban::dialects
