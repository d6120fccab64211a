// Mistakes that can be planted in what surrounds the gateway's code, or in what stands between it and its clients: the
// checker must find each of them.
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace tongban::simulation {

enum class mistake {
    none,
    forgotten_record,      // the log forgets a record that replicas have read
    foreign_partition,     // the log writes a record into another partition than its case's
    answer_without_append, // a client is answered accepted, and nothing was appended
    duplicate_as_accepted, // a repetition is answered accepted, not duplicate
    conflict_as_claim,     // who comes second is told the token of who was first
    taken_without_target,  // a push is reported as taken, and the target never had it
    overtaking_push,       // a push is reported as taken, and the target has it much later
    acknowledged_nowhere,  // a puller's yes is answered, nothing was appended, and the puller is content
    torn_view,             // a crash leaves a view with the position of its last batch and not all of its rows
    ownership_lost,        // nobody takes over what a dead replica owned
    slow_start,            // a replica needs minutes until it is ready
};

inline constexpr std::array<std::string_view, 12> mistake_names{
    "none",           "forgotten_record",     "foreign_partition", "answer_without_append", "duplicate_as_accepted",
    "conflict_as_claim", "taken_without_target", "overtaking_push", "acknowledged_nowhere",  "torn_view",
    "ownership_lost", "slow_start"};

inline std::string_view name(mistake m) noexcept {
    return mistake_names[static_cast<std::size_t>(m)];
}
inline std::optional<mistake> mistake_named(std::string_view text) noexcept {
    for (std::size_t i = 0; i < mistake_names.size(); ++i) {
        if (mistake_names[i] == text) {
            return static_cast<mistake>(i);
        }
    }
    return std::nullopt;
}

} // namespace tongban::simulation
