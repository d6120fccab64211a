#include "gateway/cases/licence_types.hpp"

namespace tongban::cases {

std::optional<std::vector<std::string>> licence_types_of(const catalogue& known, const v1::CaseState& state) {
    const auto& version = state.terms().item_version();
    if (version.empty()) {
        return std::nullopt;
    }
    std::vector<std::string> types;
    for (const auto& row : known.versions(state.dest_region(), state.item_impl_code())) {
        if (row.item->version() != version) {
            continue;
        }
        for (const auto& material : row.item->materials()) {
            types.push_back(material.name());
            if (!material.licence_type().empty() && material.licence_type() != material.name()) {
                types.push_back(material.licence_type());
            }
        }
    }
    return types;
}

} // namespace tongban::cases
