// 特殊群体: what the groups are called that ask for priority 优先办理. schemas/codes/priority_group.yaml has the same words.
#pragma once

#include "tongban/v1/codes.pb.h"

#include <string_view>

namespace tongban::cases {

// "ELDERLY" and "老年人". Empty when it is unspecified, or none of this build's. Thread-safe; the text is static.
std::string_view name(v1::PriorityGroup group) noexcept;
std::string_view term(v1::PriorityGroup group) noexcept;

} // namespace tongban::cases
