// 运单号 as people and systems write it: one parcel, whatever the width and case of its letters. Pure.
#pragma once

#include "tongban/v1/event.pb.h"

namespace tongban::cases {

// Every waybill of the event in one form: half-width capitals without blanks around them, so that what one side ships the other
// finds. What carriers print has no small letters.
void write_waybills_alike(v1::CaseEvent& event);

} // namespace tongban::cases
