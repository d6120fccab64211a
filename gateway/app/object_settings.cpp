// Keys stand in files of their own, so that no configuration holds them.
#include "gateway/app/object_settings.hpp"

#include "connectors/objects/directory_store.hpp"

#include <fstream>
#include <stdexcept>

namespace tongban::app {

namespace {

// The first line of a file that holds a secret.
std::string secret_in(const std::filesystem::path& file) {
    std::ifstream opened(file);
    std::string line;
    if (!std::getline(opened, line) || line.empty()) {
        throw std::runtime_error("无法读取或为空 / cannot be read, or is empty: " + file.string());
    }
    while (line.ends_with('\r') || line.ends_with(' ')) {
        line.pop_back();
    }
    return line;
}

} // namespace

std::shared_ptr<objects::object_store> open_objects(const object_settings& given) {
    if (given.where == object_settings::kind::directory) {
        return objects::open_directory_store(given.directory);
    }
    auto s3 = given.s3;
    s3.access_key = secret_in(given.s3_access_key);
    s3.secret_key = secret_in(given.s3_secret_key);
    return objects::open_s3_store(s3);
}

} // namespace tongban::app
