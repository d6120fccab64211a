// Field-by-field difference of two events, named as rules name fields.
#pragma once

#include "tongban/v1/event.pb.h"

#include <string>
#include <vector>

namespace tongban::dialects {

struct event_difference {
    std::string field; // body.item.name, dossier.materials[1].files
    std::string before;
    std::string after;
};

// The sender's own text of the time is left out: it belongs to the format it came in.
std::vector<event_difference> event_diff(const v1::CaseEvent& before, const v1::CaseEvent& after);

} // namespace tongban::dialects
