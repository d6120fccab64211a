// 2号章: whether the body that a closing says decided is one that may: the owner of the item, or the body to which owner or
// agreement delegated the decision. Told, never refused: who decided stands, and the two regions' people look into it.
#pragma once

#include "gateway/cases/bilingual.hpp"
#include "tongban/v1/event.pb.h"
#include "tongban/v1/view.pb.h"

#include <optional>

namespace tongban::cases {

// What is odd about who decided; nothing when it may be so, or the closing or the case does not say.
std::optional<bilingual> foreign_decision(const v1::CaseState& state, const v1::CaseClosed& closed);

} // namespace tongban::cases
