// 延长 of a limit that has passed already. 行政许可法 第四十二条 lets an authority that cannot decide in time extend before the time is
// over. Told, never refused: who extended stands, and supervision looks into it.
#pragma once

#include "gateway/cases/bilingual.hpp"
#include "tongban/v1/view.pb.h"

#include <cstdint>
#include <optional>

namespace tongban::cases {

// What is late about an extension whose legal time is `at_ms`; nothing when the case's promise, or the statutory limit
// where it has none, had not passed, or the case has no such limit.
std::optional<bilingual> late_extension(const v1::CaseState& state, std::int64_t at_ms);

} // namespace tongban::cases
