// What a refusal is about, beside its verdict's words: which urge waits and for whom, which session is open, what is owed. For
// the two sides of the case only.
#pragma once

#include "gateway/cases/evolve.hpp"

#include <string>

namespace tongban::cases {

struct verdict_detail {
    std::string zh; // empty: the verdict says it all
    std::string en;
};

verdict_detail detail_of(verdict reached, const v1::CaseState& state);
// The same of an event that was said: of the wrong side or role, who may say it, and who did.
verdict_detail detail_of(verdict reached, const v1::CaseState& state, v1::CaseEvent::BodyCase body, const v1::Sender& sender);

} // namespace tongban::cases
