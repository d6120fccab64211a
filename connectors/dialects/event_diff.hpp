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

// Without `own_words` the sender's text of the time and its own code are left out: they belong to the format
// they came in, and another format has others.
std::vector<event_difference> event_diff(const v1::CaseEvent& before, const v1::CaseEvent& after,
                                         bool own_words);

} // namespace tongban::dialects
