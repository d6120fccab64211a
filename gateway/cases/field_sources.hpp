// 一数一源一标准: from which register each value of a dossier is. Pure.
#pragma once

#include "gateway/cases/value_rules.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tongban::cases {

inline constexpr int max_field_sources = 200;

// Whether the dossier has a value at a path as FieldSource.field names it: "applicant.id_no", "materials[0].licence_ref", or "form."
// and the name of a field of the form (by what it means, plain_text.hpp). A list without [n] stands for any of its entries.
bool has_value(const v1::Dossier& dossier, std::string_view path);

// Each source names a field that no other one names, and itself. A field without a value in this dossier is warned of, not
// refused: the note is wrong, what was filed is not.
void check_field_sources(rules& rules, const place& in, const v1::Dossier& dossier);

// What became of parts of a dossier in another one: "form.A" and "form.B", "materials[2]" and "materials[0]".
using moved_parts = std::vector<std::pair<std::string, std::string>>;
// The sources of what was handed on: of `whole` parts (applicant, agent, …) as they are, of `moved` ones under their new place.
void hand_on_sources(const v1::Dossier& from, const moved_parts& moved, v1::Dossier& to);

} // namespace tongban::cases
