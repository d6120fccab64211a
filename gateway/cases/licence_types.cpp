#include "gateway/cases/licence_types.hpp"

#include "gateway/cases/catalogue_standing.hpp"

namespace tongban::cases {

std::optional<std::vector<std::string>> licence_types_of(const catalogue& known, const v1::CaseState& state) {
    if (state.terms().item_version().empty()) {
        return std::nullopt;
    }
    std::vector<std::string> types;
    const auto* row = item_of(known, state);
    if (row == nullptr) {
        return types;
    }
    for (const auto& material : row->item->materials()) {
        types.push_back(material.name());
        if (!material.licence_type().empty() && material.licence_type() != material.name()) {
            types.push_back(material.licence_type());
        }
    }
    return types;
}

} // namespace tongban::cases
