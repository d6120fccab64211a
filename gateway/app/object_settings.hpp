// Where files of cases are kept, and who looks at them first, as the configuration says.
#pragma once

#include "connectors/objects/object_store.hpp"
#include "connectors/objects/s3_store.hpp"

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

namespace tongban::app {

struct object_settings {
    enum class kind { directory, s3 } where = kind::directory;
    std::filesystem::path directory;
    objects::s3_settings s3;
    std::filesystem::path s3_access_key; // files that hold them
    std::filesystem::path s3_secret_key;
    std::string scan_url; // empty: none
    std::filesystem::path scan_command; // empty: none
    std::chrono::milliseconds scan_deadline{30000};
};

// Throws std::runtime_error when a folder or a file with a key cannot be used.
std::shared_ptr<objects::object_store> open_objects(const object_settings& given);

} // namespace tongban::app
