// 有效期 of a licence 电子证照: 长期 as systems write it, and whether it has run out. Pure.
#pragma once

#include "tongban/v1/event.pb.h"

#include <chrono>

namespace tongban::cases {

// The last day that a date can name stands for 长期 in many systems (99991231): each certificate of the event that ends then is
// marked long_term and ends never, so that every side reads the same.
void say_long_term(v1::CaseEvent& event);

// 有效期止 is before the day; false where none is given, or no day that one can read.
bool has_expired(const v1::Certificate& certificate, std::chrono::year_month_day on);

// 有效期起 is after the day; false as above.
bool is_yet_to_begin(const v1::Certificate& certificate, std::chrono::year_month_day on);

// Certificates that have expired, or are not valid yet, count for nothing that is decided without a person: nor does a material
// that names the same licence.
void leave_out_invalid(v1::Dossier& dossier, std::chrono::year_month_day on);

} // namespace tongban::cases
