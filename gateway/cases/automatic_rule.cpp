#include "gateway/cases/automatic_rule.hpp"

#include "gateway/cases/check_digits.hpp"
#include "gateway/cases/plain_text.hpp"

#include <algorithm>

namespace tongban::cases {

namespace {

bool has_value(const v1::AutomaticCondition& condition, std::string_view value) {
    return condition.values().empty() ? !plain_text(value).empty()
                                      : std::any_of(condition.values().begin(), condition.values().end(),
                                                    [value](const std::string& one) { return means_same(one, value); });
}

bool is_named(const v1::MaterialFile& file) {
    return !file.content().empty() || !file.sha256().empty() || !file.url().empty() || !file.file_id().empty();
}

std::string_view code_in(const v1::AutomaticCondition& condition) {
    return std::string_view(condition.field()).substr(material_condition.size());
}

bool is_named(const v1::Material& material) {
    return std::any_of(material.files().begin(), material.files().end(), [](const auto& file) { return is_named(file); }) ||
           names_licence(material.licence_ref());
}

bool is_listed_under(const v1::AutomaticCondition& condition, const v1::CatalogueMaterial& listed) {
    return means_same(listed.code(), code_in(condition));
}

// By the code that the rule names, or as what the item lists under it.
bool is_wanted(const v1::AutomaticCondition& condition, const listed_materials& listed, const v1::Material& filed) {
    return std::any_of(listed.begin(), listed.end(), [&](const v1::CatalogueMaterial& one) {
        return is_listed_under(condition, one) && is_for(one, filed, listed);
    });
}
bool is_wanted(const v1::AutomaticCondition& condition, const listed_materials& listed, const v1::Certificate& filed) {
    return std::any_of(listed.begin(), listed.end(), [&](const v1::CatalogueMaterial& one) {
        return is_listed_under(condition, one) && is_for(one, filed);
    });
}

// A licence whose check character is wrong was taken with a warning: it is for a person to look at.
bool has_material(const v1::AutomaticCondition& condition, const v1::Dossier& filed, const listed_materials& listed,
                  const is_held& counts) {
    return std::any_of(filed.materials().begin(), filed.materials().end(), [&](const v1::Material& material) {
        return (means_same(material.code(), code_in(condition)) || is_wanted(condition, listed, material)) &&
               (std::any_of(material.files().begin(), material.files().end(), counts) ||
                check_licence(material.licence_ref()) == licence_fault::none);
    }) || std::any_of(filed.certificates().begin(), filed.certificates().end(), [&](const v1::Certificate& certificate) {
        return is_wanted(condition, listed, certificate) && check_licence(certificate.licence_ref()) == licence_fault::none;
    });
}

bool has_listed(const v1::CatalogueMaterial& listed, const v1::Dossier& filed, const listed_materials& list) {
    return std::any_of(filed.materials().begin(), filed.materials().end(), [&](const v1::Material& material) {
        return is_for(listed, material, list) && is_named(material);
    }) || std::any_of(filed.certificates().begin(), filed.certificates().end(),
                      [&](const v1::Certificate& certificate) { return is_for(listed, certificate); });
}

bool is_of_material(const v1::AutomaticCondition& condition) {
    return condition.field().starts_with(material_condition);
}

bool form_holds(const v1::AutomaticCondition& condition, const v1::Dossier& filed) {
    bool found = false;
    for (const auto& field : filed.form()) {
        if (means_same(field.name(), condition.field())) {
            found = true;
            if (!has_value(condition, field.value())) {
                return false;
            }
        }
    }
    return found;
}

} // namespace

bool holds(const v1::AutomaticCondition& condition, const v1::Dossier& filed, const listed_materials& listed) {
    if (is_of_material(condition)) {
        return std::any_of(listed.begin(), listed.end(), [&](const v1::CatalogueMaterial& one) {
            return is_listed_under(condition, one) && has_listed(one, filed, listed);
        });
    }
    return form_holds(condition, filed);
}

bool fulfils(const v1::AutomaticHandling& rule, const v1::Dossier& filed, const listed_materials& listed, const is_held& held) {
    const auto holds = [&](const v1::AutomaticCondition& condition) {
        return is_of_material(condition) ? has_material(condition, filed, listed, held) : form_holds(condition, filed);
    };
    return !rule.conditions().empty() && std::all_of(rule.conditions().begin(), rule.conditions().end(), holds);
}

} // namespace tongban::cases
