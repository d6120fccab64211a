// The version that the case was routed under counts, also when a newer one is in force.
#include "gateway/cases/tolerance_check.hpp"

#include "gateway/cases/catalogue_standing.hpp"
#include "gateway/cases/obligations.hpp"
#include "gateway/cases/plain_text.hpp"

#include <algorithm>

namespace tongban::cases {

namespace {

constexpr field code_field{"code", "材料编码", "material code"};

const v1::CatalogueMaterial* material_of(const v1::CatalogueItem& item, const v1::OwedMaterial& owed) {
    const auto& materials = item.materials();
    const auto found = std::find_if(materials.begin(), materials.end(), [&](const v1::CatalogueMaterial& one) {
        return owed.code().empty() ? means_same(one.name(), owed.name()) : means_same(one.code(), owed.code());
    });
    return found == materials.end() ? nullptr : &*found;
}

// The item's days and consequence are the least that the applicant may be told.
void judge_terms(const v1::CatalogueMaterial& material, const place& in, const v1::OwedMaterial& owed, findings& found) {
    const auto& most = material.tolerance_limit();
    const bool measured = owed.has_limit() && material.has_tolerance_limit();
    if (measured && (owed.limit().unit() != most.unit() || owed.limit().value() > most.value())) {
        found.add(in, {"limit", "承诺补齐期限", "promised limit"}, "range", "长于事项目录规定的期限，或单位不同",
                  "is longer than the item allows, or in another unit");
    }
    if (owed.consequence() != v1::OWED_CONSEQUENCE_UNSPECIFIED && owed.consequence() < material.consequence()) {
        found.add(in, {"consequence", "逾期后果", "consequence"}, "range", "轻于事项目录规定的后果", "is less than the item says");
    }
}

void judge_material(const v1::CatalogueItem& item, const place& in, const v1::OwedMaterial& owed, findings& found) {
    const auto* material = material_of(item, owed);
    if (material == nullptr) {
        found.add(in, code_field, "material_unknown", "不是本事项的申请材料", "is no material of the item");
        return;
    }
    // For a material that allows no more than commitment, its letter is named, and it is to come later.
    if (!material->tolerance() && (!material->commitment() || owed.commitment().empty())) {
        found.add(in, code_field, "tolerance_excluded", "不可容缺", "may not be accepted as missing");
        return;
    }
    if (!owed.commitment().empty() && !material->commitment()) {
        found.add(in, {"commitment", "承诺书", "letter of commitment"}, "commitment_excluded", "本材料不适用告知承诺",
                  "does not stand for this material");
    }
    judge_terms(*material, in, owed, found);
}

bool is_among(const v1::OwedItem& owed, const v1::Dossier& filed) {
    return std::any_of(filed.materials().begin(), filed.materials().end(), [&](const v1::Material& one) {
        return (!owed.code().empty() && means_same(one.code(), owed.code())) ||
               (!owed.name().empty() && means_same(one.name(), owed.name()));
    });
}

} // namespace

std::vector<v1::Violation> judge_brought(const v1::CaseState& standing, const v1::CaseEvent& event,
                                         const source_path_of& source_path) {
    findings found(source_path);
    const auto& codes = event.owed_submitted().codes();
    for (int i = 0; i < codes.size(); ++i) {
        const auto* owed = owed_named(standing, codes[i]);
        if (owed != nullptr && !is_among(*owed, event.dossier())) { // what is not owed is refused as such, or was said before
            const place body{nullptr, "owed_submitted", -1};
            found.add({&body, "codes", i}, {"", "材料编码", "material code"}, "consistent",
                      "不在随附材料（dossier.materials）中；纸质件也请列出", "is none of dossier.materials; list paper there too");
        }
    }
    return std::move(found).take();
}

std::vector<v1::Violation> judge_tolerance(const catalogue& known, const v1::CaseState& standing,
                                           const v1::CaseAccepted& accepted, const source_path_of& source_path) {
    findings found(source_path);
    if (const auto* row = item_of(known, standing)) {
        const place body{nullptr, "case_accepted", -1};
        for (int i = 0; i < accepted.owed_size(); ++i) {
            judge_material(*row->item, {&body, "owed", i}, accepted.owed(i), found);
        }
    }
    return std::move(found).take();
}

void fill_owed(const catalogue& known, const v1::CaseState& standing, v1::CaseAccepted& accepted) {
    const auto* row = item_of(known, standing);
    for (const auto& missing : still_missing(standing.terms(), accepted)) {
        *accepted.add_owed() = missing;
    }
    for (auto& owed : *accepted.mutable_owed()) {
        const auto* material = row == nullptr ? nullptr : material_of(*row->item, owed);
        if (material == nullptr) {
            continue;
        }
        if (owed.code().empty()) {
            owed.set_code(material->code());
        }
        if (owed.name().empty()) {
            owed.set_name(material->name());
        }
        if (!owed.has_limit() && material->has_tolerance_limit()) {
            *owed.mutable_limit() = material->tolerance_limit();
        }
        if (owed.consequence() == v1::OWED_CONSEQUENCE_UNSPECIFIED) {
            owed.set_consequence(material->consequence());
        }
    }
}

} // namespace tongban::cases
