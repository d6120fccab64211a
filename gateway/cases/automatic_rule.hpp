// 秒批 by a rule of the item: conditions on what was filed, without a person and without another system. Pure.
#pragma once

#include "gateway/cases/listed_materials.hpp"

#include "tongban/v1/catalogue.pb.h"
#include "tongban/v1/dossier.pb.h"

#include <functional>
#include <string_view>

namespace tongban::cases {

// Before the code of a material in AutomaticCondition.field.
inline constexpr std::string_view material_condition = "material:";

// Whether the gateway has the file's bytes.
using is_held = std::function<bool(const v1::MaterialFile& file)>;

// True when there are conditions and all of them hold. A material is there when one of its files is held, or when it names an
// electronic licence by a number that is right in form and check character (a person looks twice at another); a name, a file id
// of the sender's or an address is nothing that anybody has seen. It is the one that the rule means by its code, or by whatever
// makes it the one that is `listed` under that code, as at the filing; a certificate by the latter alone. Names of
// fields and values are compared without white space around them, in either width. A form's field of which there are several
// fulfils only when each of them does.
bool fulfils(const v1::AutomaticHandling& rule, const v1::Dossier& filed, const listed_materials& listed, const is_held& held);

// One condition of a bundle, on a dossier whose files were not taken yet: a file counts that says in any way what or where it
// is, and a material or certificate by whatever makes it the one that is `listed` under the condition's code.
bool holds(const v1::AutomaticCondition& condition, const v1::Dossier& filed, const listed_materials& listed);

} // namespace tongban::cases
