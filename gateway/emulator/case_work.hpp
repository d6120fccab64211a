// What an emulated city knows of a case, and what it does about it next: pure. The runner asks, sends, and tells what came
// of it. Which rule a case falls under depends on the seed and the case alone, so a city that was restarted goes on as it
// would have.
#pragma once

#include "gateway/emulator/script.hpp"

#include <deque>
#include <optional>
#include <string>

namespace tongban::emulator {

struct known_case {
    v1::CaseRef ref;                 // as both sides name it; case_id is always there
    std::string region;              // ours
    std::string item;                // 实施编码, where it is known
    v1::CaseStatus status = v1::CASE_STATUS_UNSPECIFIED; // unspecified: the gateway must be asked
    std::uint32_t rounds = 0;        // supplements asked for
    std::optional<std::size_t> rule; // of script::cases; none while it is not known, or when none fits
    std::size_t step = 0;            // of the rule, next
    std::uint32_t heard = 0;         // ordinal of the newest event taken in; of a case they come in order
    std::uint64_t token = 0;         // of our window's claim; 0: none
    std::deque<std::size_t> replies; // of script::replies, due

    bool is_destination() const { return ref.dest_region() == region; }
    bool is_over() const;
};

// What is to be done.
struct act {
    const script_step* step = nullptr;
    bool is_reply = false;
    std::chrono::milliseconds after{0};
};

class case_work {
public:
    // `how` outlives it.
    case_work(const script& how, std::uint64_t seed) : script_(how), seed_(seed) {}

    // An event of the other side was taken in.
    void hear(known_case& about, const v1::CaseEvent& event, std::uint32_t ordinal) const;
    // The gateway said where the case stands: at the start, and when an own event met a state it did not fit.
    void learn(known_case& about, v1::CaseStatus status, std::uint32_t rounds) const;
    // Nothing when it is the other side's turn, or all is done.
    std::optional<act> next(const known_case& about) const;
    // It took effect, or will never: the next is due. `token` of a claim.
    void did(known_case& about, const act& what, bool took_effect, std::uint64_t token = 0) const;

private:
    void choose_rule(known_case& about) const;
    bool holds_claim(const case_rule& rule, std::size_t before) const;

    const script& script_;
    std::uint64_t seed_;
};

// "3702*" fits "370200"; an empty list fits all.
bool fits(const std::vector<std::string>& patterns, std::string_view text);

} // namespace tongban::emulator
