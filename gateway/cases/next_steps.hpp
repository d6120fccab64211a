// What one side may say of a case as it stands: the rows of the life cycle that would take an event of it now. Pure.
#pragma once

#include "gateway/cases/life_cycle.hpp"

#include "tongban/v1/ledger.pb.h"
#include "tongban/v1/view.pb.h"

#include <vector>

namespace tongban::cases {

struct next_steps {
    std::vector<v1::CaseEvent::BodyCase> leading; // to another state, in the table's order
    std::vector<v1::CaseEvent::BodyCase> staying; // the state stays
};

// Of the sender's region and role. What depends on the event's own content (which material, which number) counts as said rightly;
// that a window needs a claim is not asked here.
next_steps next_steps_of(const v1::CaseState& state, const v1::Sender& sender);

} // namespace tongban::cases
