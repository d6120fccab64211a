#include "gateway/cases/listed_materials.hpp"

#include "gateway/cases/check_digits.hpp"
#include "gateway/cases/plain_text.hpp"

#include <algorithm>

namespace tongban::cases {

namespace {

// By its name, or by the type in its reference.
bool stands_for(const v1::CatalogueMaterial& wanted, std::string_view name, std::string_view licence_ref) {
    constexpr std::string_view root = "1.2.156.3005.2.";
    const auto& type = wanted.licence_type();
    if (type.empty() || !names_licence(licence_ref)) {
        return false;
    }
    const auto rest = licence_ref.starts_with(root) ? licence_ref.substr(root.size()) : std::string_view{};
    return means_same(name, type) || rest.substr(0, rest.find('.')) == type;
}

bool has_code(const listed_materials& list, const std::string& code) {
    return !code.empty() && std::any_of(list.begin(), list.end(),
                                        [&](const v1::CatalogueMaterial& one) { return means_same(one.code(), code); });
}

} // namespace

bool names_licence(std::string_view licence_ref) noexcept {
    return check_licence(licence_ref) != licence_fault::shape;
}

bool is_for(const v1::CatalogueMaterial& listed, const v1::Material& filed, const listed_materials& list) {
    if (!listed.code().empty() && means_same(filed.code(), listed.code())) {
        return true;
    }
    const bool named = (!listed.name().empty() && means_same(filed.name(), listed.name())) ||
                       stands_for(listed, filed.name(), filed.licence_ref());
    return named && !has_code(list, filed.code());
}

bool is_for(const v1::CatalogueMaterial& listed, const v1::Certificate& filed) {
    return stands_for(listed, filed.name(), filed.licence_ref());
}

bool is_brought(const v1::CatalogueMaterial& wanted, const v1::Dossier& dossier, const listed_materials& list) {
    return std::any_of(dossier.materials().begin(), dossier.materials().end(), [&](const v1::Material& one) {
        const bool owed = one.tolerance().allowed() && one.files().empty() && !names_licence(one.licence_ref());
        return is_for(wanted, one, list) && !owed;
    }) || std::any_of(dossier.certificates().begin(), dossier.certificates().end(),
                      [&](const v1::Certificate& one) { return is_for(wanted, one); });
}

} // namespace tongban::cases
