// Where the brokers are that a ctest fixture started: it names its folder in an environment variable.
#pragma once

#include <boost/json.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

namespace tongban::kafka {

// The folder of a running cluster.
inline std::filesystem::path cluster_folder(const char* variable) {
    const char* folder = std::getenv(variable);
    if (folder == nullptr)
        throw std::runtime_error(std::string(variable) + " is not set: run the test by ctest, or start a cluster with "
                                                         "tests/kafka/cluster.py start --dir DIR and set it to DIR");
    return folder;
}

inline std::string bootstrap_of(const std::filesystem::path& folder) {
    std::ifstream file(folder / "cluster.json");
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    return boost::json::parse(text).at("bootstrap").as_string().c_str();
}

inline std::string plaintext_bootstrap() { return bootstrap_of(cluster_folder("TONGBAN_KAFKA_PLAINTEXT")); }

} // namespace tongban::kafka
