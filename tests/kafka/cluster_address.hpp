// Where the brokers are that a ctest fixture of tests/kafka started, and the certificates made for them.
#pragma once

#include <boost/json.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

namespace tongban::kafka {

// The folder of the cluster that fixture kafka_<name> started.
inline std::filesystem::path cluster_folder(const std::string& name) {
    const char* clusters = std::getenv("TONGBAN_KAFKA_CLUSTERS");
    if (clusters == nullptr)
        throw std::runtime_error(
            "TONGBAN_KAFKA_CLUSTERS is not set: run the test by ctest, or start a cluster with "
            "tests/kafka/cluster.py start --dir DIR/" +
            name + " and set it to DIR");
    return std::filesystem::path(clusters) / name;
}

inline std::string bootstrap_of(const std::string& name) {
    std::ifstream file(cluster_folder(name) / "cluster.json");
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    return boost::json::parse(text).at("bootstrap").as_string().c_str();
}

// A file cluster.py made, for example "ca.pem" or "gateway.key".
inline std::filesystem::path certificate_file(const std::string& name, const std::string& file) {
    return cluster_folder(name) / "certificates" / file;
}

} // namespace tongban::kafka
