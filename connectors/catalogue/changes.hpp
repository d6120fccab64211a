// What a new catalogue changes: its version, classes, items, agreements and bundles that came, went, or say something else.
#pragma once

#include "gateway/cases/catalogue.hpp"

#include <string>
#include <vector>

namespace tongban::catalogue {

struct change {
    enum class kind { added, removed, changed };
    enum class subject { item, agreement, bundle, item_class, catalogue };
    kind what{};
    subject of{};
    std::string key;    // "140400 11140400… v1", an agreement's id, "CJR v1", a class's code; empty for the catalogue
    std::string name;
    std::string field;  // of a change: the header it has in tables
    std::string before;
    std::string after;
};

// The catalogue's version and its classes, items in order of region, code and version, then agreements by id, then bundles:
// one that changed is told as a whole. Versions and names that nobody gave, as in tables, differ from nothing.
std::vector<change> changes(const cases::catalogue& before, const cases::catalogue& after);

} // namespace tongban::catalogue
