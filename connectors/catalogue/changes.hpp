// What a new catalogue changes: items, agreements and bundles that came, went, or say something else.
#pragma once

#include "gateway/cases/catalogue.hpp"

#include <string>
#include <vector>

namespace tongban::catalogue {

struct change {
    enum class kind { added, removed, changed };
    kind what{};
    bool agreement = false;
    bool bundle = false;
    std::string key;    // "140400 11140400… v1", an agreement's id, or "CJR v1"
    std::string name;
    std::string field;  // of a change: the header it has in tables
    std::string before;
    std::string after;
};

// Items in order of region, code and version, then agreements by id, then bundles: one that changed is told as a whole.
std::vector<change> changes(const cases::catalogue& before, const cases::catalogue& after);

} // namespace tongban::catalogue
