// The dialects of one configuration, by name. Immutable after load.
#pragma once

#include "connectors/dialects/dialect.hpp"

#include <map>

namespace tongban::dialects {

class dialect_set {
public:
    struct load_result;
    // Loads every *.yaml of `folder`. All mistakes of all files at once; two files of one name are a mistake.
    static load_result load(const std::filesystem::path& folder);

    // Null when there is none of that name.
    std::shared_ptr<const dialect> find(std::string_view name) const;
    // Names in order, for messages: "changzhi, hexi, jining".
    std::string names() const;

private:
    std::map<std::string, std::shared_ptr<const dialect>, std::less<>> by_name_;
};

struct dialect_set::load_result {
    std::shared_ptr<const dialect_set> loaded; // null when any file has a mistake that is not a warning
    std::vector<mistake> mistakes;
};

} // namespace tongban::dialects
