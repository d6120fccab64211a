#include "gateway/cases/automatic_rule.hpp"

#include <algorithm>

namespace tongban::cases {

namespace {

bool has_value(const v1::AutomaticCondition& condition, std::string_view value) {
    return condition.values().empty()
               ? !value.empty()
               : std::find(condition.values().begin(), condition.values().end(), value) != condition.values().end();
}

bool has_material(const v1::AutomaticCondition& condition, const v1::Dossier& filed) {
    const auto code = std::string_view(condition.field()).substr(material_condition.size());
    return std::any_of(filed.materials().begin(), filed.materials().end(), [&](const v1::Material& material) {
        return material.code() == code && (!material.files().empty() || !material.licence_ref().empty());
    });
}

} // namespace

bool holds(const v1::AutomaticCondition& condition, const v1::Dossier& filed) {
    if (condition.field().starts_with(material_condition)) {
        return has_material(condition, filed);
    }
    bool found = false;
    for (const auto& field : filed.form()) {
        if (field.name() == condition.field()) {
            found = true;
            if (!has_value(condition, field.value())) {
                return false;
            }
        }
    }
    return found;
}

bool fulfils(const v1::AutomaticHandling& rule, const v1::Dossier& filed) {
    return !rule.conditions().empty() && std::all_of(rule.conditions().begin(), rule.conditions().end(),
                                                     [&](const auto& condition) { return holds(condition, filed); });
}

} // namespace tongban::cases
