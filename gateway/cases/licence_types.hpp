// Of which types licences 电子证照 of a case's applicant may be asked for: those that its item asks for. Who handles a pension has
// no business with a marriage certificate.
#pragma once

#include "gateway/cases/catalogue.hpp"

#include "tongban/v1/view.pb.h"

#include <optional>
#include <string>
#include <vector>

namespace tongban::cases {

// By a material's 可用电子证照 or its name, in the item's version under which the case runs. Nullopt: no catalogue gave the case its
// terms, and nothing says what it needs.
std::optional<std::vector<std::string>> licence_types_of(const catalogue& known, const v1::CaseState& state);

} // namespace tongban::cases
