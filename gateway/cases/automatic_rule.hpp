// 秒批 by a rule of the item: conditions on what was filed, without a person and without another system. Pure.
#pragma once

#include "tongban/v1/catalogue.pb.h"
#include "tongban/v1/dossier.pb.h"

#include <string_view>

namespace tongban::cases {

// Before the code of a material in AutomaticCondition.field.
inline constexpr std::string_view material_condition = "material:";

// A material is there when it has a file or an electronic licence; a form's field of which there are several fulfils only
// when each of them does.
bool holds(const v1::AutomaticCondition& condition, const v1::Dossier& filed);

// True when there are conditions and all of them hold.
bool fulfils(const v1::AutomaticHandling& rule, const v1::Dossier& filed);

} // namespace tongban::cases
