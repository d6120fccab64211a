// What an event says beyond its name, as a line of the timeline tells it to both sides. From the event's own fields only:
// nothing of the dossier, so nothing of a person.
#pragma once

#include "tongban/v1/event.pb.h"
#include "tongban/v1/view.pb.h"

#include <initializer_list>
#include <string>

namespace tongban::inbox {

// One sentence in two languages; both empty when the name says all.
struct said {
    std::string zh;
    std::string en;
};

// 办结结果, 决定, 好差评 and 档案材料答复结果; both empty while there is none.
said words_of(v1::Outcome outcome);
said words_of(v1::Decision decision);
said words_of(v1::Grade grade);
said words_of(v1::ArchiveResult result);

// `after`: the case as it stood with the event. A list longer than ten is cut, and says how long it was.
said words_of(const v1::CaseEvent& event, const v1::CaseState& after);

// What an event that was taken said without words, of a city that has none for it: 承办, and the decision that its closing means.
// `before`: the case's status when the event came.
said implied_by(const v1::CaseEvent& event, v1::CaseStatus before, const v1::CaseState& after);

// Those that are there, in order.
said joined(std::initializer_list<said> parts);

} // namespace tongban::inbox
