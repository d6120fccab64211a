// Which of what was filed is a material of a list 申请材料, an item's or a bundle's: the rule that judges what is missing is the
// rule by which it is handed on. Pure.
#pragma once

#include "tongban/v1/catalogue.pb.h"
#include "tongban/v1/dossier.pb.h"

#include <string_view>

namespace tongban::cases {

// A number of the right form; a wrong check character only warns.
bool names_licence(std::string_view licence_ref) noexcept;

// 申请材料 of an item, or of a bundle.
using listed_materials = google::protobuf::RepeatedPtrField<v1::CatalogueMaterial>;

// By code or by name as they mean the same (plain_text.hpp), or as an electronic licence 可用电子证照 of the type that stands in
// the material's place. Where the code is that of another one of the list, the code decides: one file is not two materials.
bool is_for(const v1::CatalogueMaterial& listed, const v1::Material& filed, const listed_materials& list);
// As such a licence only: that it has the material's name is not enough.
bool is_for(const v1::CatalogueMaterial& listed, const v1::Certificate& filed);

// Listed counts as brought along, on paper too, unless it is itself owed.
bool is_brought(const v1::CatalogueMaterial& wanted, const v1::Dossier& dossier, const listed_materials& list);

} // namespace tongban::cases
