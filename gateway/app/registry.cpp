// What neither folder can know of the other is looked at here.
#include "gateway/app/registry.hpp"

#include "gateway/app/not_taken.hpp"

namespace tongban::app {

registry read_registry(const std::filesystem::path& partners_folder, const std::filesystem::path& dialects_folder) {
    registry read;
    auto partners = security::partner_directory::load(partners_folder);
    auto dialects = dialects::dialect_set::load(dialects_folder);
    read.mistakes = std::move(partners.mistakes);
    for (const auto& mistake : dialects.mistakes) {
        if (mistake.warning) {
            read.warnings.push_back(mistake.text());
        } else {
            read.mistakes.push_back({mistake.file, mistake.line, mistake.column, mistake.field, mistake.message});
        }
    }
    // A file with a mistake may be the one that is missed: said once.
    for (auto& named : dialects.loaded ? partners.dialects : std::vector<security::named_dialect>()) {
        if (!dialects.loaded->find(named.name)) {
            const auto known = dialects.loaded->names();
            named.place.message = {"没有名为 " + named.name + " 的格式；已有：" + known, "no dialect named " + named.name + "; known: " + known};
            read.mistakes.push_back(std::move(named.place));
        }
    }
    read.partners = std::move(partners.directory);
    read.dialects = std::move(dialects.loaded);
    return read;
}

registry load_registry(const std::filesystem::path& partners_folder, const std::filesystem::path& dialects_folder) {
    auto read = read_registry(partners_folder, dialects_folder);
    if (!read.mistakes.empty()) {
        throw not_taken(read.mistakes);
    }
    return read;
}

} // namespace tongban::app
