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
    constexpr std::uint64_t factor = 0xFF51AFD7ED558CCDULL;
    const auto word = [&](std::size_t at, std::size_t size) {
        std::uint64_t bytes = 0;
        std::memcpy(&bytes, name.data() + at, size);
        return bytes;
    };
    std::uint64_t h = 0x9E3779B97F4A7C15ULL ^ name.size();
    // Loads of fixed sizes that may overlap: one of a variable size is a call.
    if (name.size() >= 8) {
        for (std::size_t at = 0; at + 8 < name.size(); at += 8) {
            h = (h ^ word(at, 8)) * factor;
            h ^= h >> 32;
        }
        h = (h ^ word(name.size() - 8, 8)) * factor;
    } else if (name.size() >= 4) {
        h = (h ^ (word(0, 4) << 32) ^ word(name.size() - 4, 4)) * factor;
    } else if (!name.empty()) {
        h = (h ^ (word(0, 1) << 16) ^ (word(name.size() / 2, 1) << 8) ^ word(name.size() - 1, 1)) * factor;
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
    std::uint32_t far_paths{}; // that lead out of their scope

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
