// Loads a folder of dialect files.
#include "connectors/dialects/dialect_set.hpp"

#include <algorithm>

namespace tongban::dialects {

dialect_set::load_result dialect_set::load(const std::filesystem::path& folder) {
    load_result result;
    auto set = std::make_shared<dialect_set>();
    std::error_code ec;
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder, ec)) {
        if (entry.path().extension() == ".yaml") {
            files.push_back(entry.path());
        }
    }
    if (ec) {
        result.mistakes.push_back(
            {folder.string(), 1, 1, "",
                                   {"无法读取文件夹：" + ec.message(), "cannot read the folder: " + ec.message()}, false});
    }
    std::sort(files.begin(), files.end());
    for (const auto& file : files) {
        auto one = load_dialect(file);
        if (one.loaded && !set->by_name_.emplace(one.loaded->name(), one.loaded).second) {
            one.mistakes.push_back({file.string(), 1, 1, "name",
                                    {"另一个文件已用此名称：" + one.loaded->name(),
                                     "another file has this name too: " + one.loaded->name()},
                                    false});
        }
        std::move(one.mistakes.begin(), one.mistakes.end(), std::back_inserter(result.mistakes));
    }
    const bool wrong = std::any_of(result.mistakes.begin(), result.mistakes.end(),
                                   [](const mistake& m) { return !m.warning; });
    if (!wrong) {
        result.loaded = std::move(set);
    }
    return result;
}

std::shared_ptr<const dialect> dialect_set::find(std::string_view name) const {
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? nullptr : found->second;
}

std::string dialect_set::names() const {
    std::string names;
    for (const auto& [name, dialect] : by_name_) {
        names += (names.empty() ? "" : ", ") + name;
    }
    return names;
}

} // namespace tongban::dialects
