// What is wrong with a catalogue, all of it at once: limits that cannot be, codes that do not add up, versions that
// overlap, agreements that contradict one another. Who read it knows the places and names them.
#pragma once

#include "gateway/cases/catalogue.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tongban::cases {

struct catalogue_fault {
    enum class subject : std::uint8_t { whole, item, agreement, bundle };
    subject of{};
    std::size_t position{}; // of the item, agreement or bundle in what was read
    std::string field;      // "promise", "materials[2].name"
    std::string zh;
    std::string en;
    bool warning = false; // told, not refused
};

inline constexpr std::size_t catalogue_faults_max = 1000; // a wrong column must not fill a disk with its lines
inline constexpr std::size_t catalogue_warnings_max = 200;

struct check_settings {
    std::int32_t day{}; // today at +08:00: agreements that have expired are told
    // True when some partner acts for the region; empty: not asked.
    std::function<bool(std::string_view region)> knows_region{};
    // True when a partner of the region has an automatic handler 自动审批接口 of that name; empty: not asked.
    std::function<bool(std::string_view region, std::string_view name)> knows_handler{};
};

// In order of what was read; at the end it says when there are more.
std::vector<catalogue_fault> check_catalogue(const catalogue& read, const check_settings& settings);

} // namespace tongban::cases
