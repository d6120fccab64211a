// In whose inbox a case stands: of the side whose turn it is, and of each side that owes something beside the step; a
// bundle 一件事 that waits for a child to be filed again, of its origin. A debt that no inbox shows is paid by nobody.
#pragma once

#include "tongban/v1/view.pb.h"

#include <array>
#include <cstdint>
#include <string>

namespace tongban::cases {

struct inbox_place {
    std::string region; // empty: none
    std::int64_t order_ms = 0; // soonest first: the earliest that this side owes; without a limit, since when it waits
    std::int64_t since_ms = 0; // of those that are due together, the longest waiting first
    bool beside = false;  // not its turn
    bool untaken = false; // 待接件
    friend bool operator==(const inbox_place&, const inbox_place&) = default;
};

// One for each side at most; that of the turn first.
std::array<inbox_place, 2> inbox_places(const v1::CaseState& state);

} // namespace tongban::cases
