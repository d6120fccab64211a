// Catalogues in memory, and what is said of them as "line:column field".
#pragma once

#include "connectors/catalogue/load.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace tongban::catalogue::sample {

using files = std::vector<std::pair<std::string, std::string>>;

inline load_result load(const files& of) {
    return load_catalogue_bytes(of, {*cases::day_of("2026-11-22"), {}});
}

// "file:line:column" of each mistake, with " (warning)".
inline std::vector<std::string> places(const load_result& read) {
    std::vector<std::string> all;
    for (const auto& one : read.mistakes) {
        all.push_back(one.file + ':' + std::to_string(one.line) + ':' + std::to_string(one.column) +
                      (one.warning ? " (warning)" : ""));
    }
    return all;
}

inline std::string texts(const load_result& read) {
    std::string all;
    for (const auto& one : read.mistakes) {
        all += one.text() + '\n';
    }
    return all;
}

inline std::string example(const std::string& name) {
    std::ifstream in(std::filesystem::path(TONGBAN_SOURCE_DIR) / "examples/five-cities" / name, std::ios::binary);
    std::ostringstream all;
    all << in.rdbuf();
    return all.str();
}

// All messages of a catalogue as text, to compare two.
inline std::string whole(const cases::catalogue& known) {
    std::string all;
    for (const auto& row : known.rows()) {
        all += row.item->ShortDebugString() + '\n';
    }
    for (const auto* one : known.contents().agreements) {
        all += one->ShortDebugString() + '\n';
    }
    return all;
}

} // namespace tongban::catalogue::sample
