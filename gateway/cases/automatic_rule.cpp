#include "gateway/cases/automatic_rule.hpp"

#include "gateway/cases/check_digits.hpp"

#include <algorithm>

namespace tongban::cases {

namespace {

bool has_value(const v1::AutomaticCondition& condition, std::string_view value) {
    return condition.values().empty()
               ? !value.empty()
               : std::find(condition.values().begin(), condition.values().end(), value) != condition.values().end();
}

bool is_named(const v1::MaterialFile& file) {
    return !file.content().empty() || !file.sha256().empty() || !file.url().empty() || !file.file_id().empty();
}

bool has_material(const v1::AutomaticCondition& condition, const v1::Dossier& filed, const is_held& counts) {
    const auto code = std::string_view(condition.field()).substr(material_condition.size());
    return std::any_of(filed.materials().begin(), filed.materials().end(), [&](const v1::Material& material) {
        return material.code() == code && (std::any_of(material.files().begin(), material.files().end(), counts) ||
                                           check_licence(material.licence_ref()) != licence_fault::shape);
    });
}

bool holds(const v1::AutomaticCondition& condition, const v1::Dossier& filed, const is_held& counts) {
    if (condition.field().starts_with(material_condition)) {
        return has_material(condition, filed, counts);
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

} // namespace

bool holds(const v1::AutomaticCondition& condition, const v1::Dossier& filed) {
    return holds(condition, filed, is_named);
}

bool fulfils(const v1::AutomaticHandling& rule, const v1::Dossier& filed, const is_held& held) {
    return !rule.conditions().empty() && std::all_of(rule.conditions().begin(), rule.conditions().end(),
                                                     [&](const auto& condition) { return holds(condition, filed, held); });
}

} // namespace tongban::cases
