// What neither folder can know of the other is looked at here.
#include "gateway/app/registry.hpp"

#include <stdexcept>

namespace tongban::app {

registry read_registry(const std::filesystem::path& partners_folder, const std::filesystem::path& dialects_folder) {
    registry read;
    auto partners = security::partner_directory::load(partners_folder);
    auto dialects = dialects::dialect_set::load(dialects_folder);
    for (const auto& mistake : partners.mistakes) {
        read.mistakes.push_back(mistake.text());
    }
    for (const auto& mistake : dialects.mistakes) {
        (mistake.warning ? read.warnings : read.mistakes).push_back(mistake.text());
    }
    // A file with a mistake may be the one that is missed: said once.
    for (auto& named : dialects.loaded ? partners.dialects : std::vector<security::named_dialect>()) {
        if (!dialects.loaded->find(named.name)) {
            named.place.message = "no dialect named " + named.name + "; known: " + dialects.loaded->names();
            read.mistakes.push_back(named.place.text());
        }
    }
    read.partners = std::move(partners.directory);
    read.dialects = std::move(dialects.loaded);
    return read;
}

registry load_registry(const std::filesystem::path& partners_folder, const std::filesystem::path& dialects_folder) {
    auto read = read_registry(partners_folder, dialects_folder);
    if (!read.mistakes.empty()) {
        std::string text;
        for (const auto& line : read.mistakes) {
            text += (text.empty() ? "" : "\n") + line;
        }
        throw std::runtime_error(text);
    }
    return read;
}

} // namespace tongban::app
