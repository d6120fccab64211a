// 退件原因类别: under which class a return is counted, and what the classes are called. schemas/codes/return_reason.yaml
// has the same words.
#pragma once

#include "tongban/v1/event.pb.h"

#include <string_view>

namespace tongban::cases {

// What the return names; else the class whose term or name its own words are; else 其他. Never unspecified.
v1::ReturnReason reason_of(const v1::Returned& returned) noexcept;

// "MATERIALS_MISSING" and "材料不齐". Empty when it is unspecified, or none of this build's.
std::string_view name(v1::ReturnReason reason) noexcept;
std::string_view term(v1::ReturnReason reason) noexcept;

} // namespace tongban::cases
