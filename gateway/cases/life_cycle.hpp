// The life cycle as data: which event leads from which states where, and who may say it. `evolve` folds by
// this table and docs/life-cycle.md prints it; nothing else decides what is legal.
#pragma once

#include "tongban/v1/event.pb.h"

#include <cstdint>
#include <span>
#include <string>

namespace tongban::cases {

// Who may say an event, as the table writes it.
enum class speaker : std::uint8_t {
    origin,                 // A 收件地: the platform or a window; the applicant speaks through it
    destination,            // B 办理地: the platform, or a window under its claim
    either,                 // A or B
    gateway,                // routing and timers
    destination_or_gateway, // B, or the timer in its place
    destination_or_mandate, // B, or A where the agreement lets it act in B's name
    turn_window,            // a window of the side that must act now
};

// What must hold beside state and speaker.
enum class guard : std::uint8_t {
    none,
    new_content,        // not the content that stands
    new_content_same_b, // the same, and the destination stays
    not_received,       // 异地受理: the destination has not told its 接件 yet
    clock_stops,        // 特别程序 kind 2: kind 1 is 延长审批, another event
    not_extended,       // 延长 only once
    supplemented,       // at least one 补正 came in
    no_open_withdrawal, // no request to withdraw is waiting for B
    open_withdrawal,    // one is
    free_or_own_lease,  // no live lease of another window
    own_lease,          // the sender's window holds the lease, and shows its token
    lease_over,         // the lease whose token is shown has ended by the record's own time
    clock_due,          // said by the gateway: the clock has run out by the record's own time
    collects_for_other, // 异地代收代办
    papers_under_way,   // paper originals were sent and have not come in
    no_session,         // no session of the remote virtual window is open, and none had this number
    in_session,         // the one that the event names is, and who joins it is of the sender's side
    in_session_or_none, // the same, or the event names none
    by_mandate,         // 异地受理: A says it, as the agreement allows
    tolerance_allowed,  // the item knows 容缺受理, where materials are accepted as missing
    names_owed,         // every material that the event names is owed
    names_brought,      // every one of them was brought and waits for B
    outcome_fits,       // the outcome is the decision's: of the standing one, or of the one that it implies
    not_urged,          // no urge waits for its answer, or the sender's own was ignored beyond its limit
    urged_by_other,     // one does, and the other side said it
    next_round,         // the next round of 好差评, where the event counts them, and not one too many
    rectification_owed, // a bad grade waits for its rectification
    child_news,         // newer than what the parent knows of that child
    all_ended,          // no child of the bundle is left to come, and the outcome follows from theirs
    parent_told,        // the parent was told how far the child is, and nothing happened to it since
    archives_missing,   // 档案材料调取: by B, of another child that can be asked; or the gateway's, of one that asks
    asked_by_sibling,   // the gateway's alone
    archives_asked_for, // 档案材料答复: to a request that is open; or the case's own, which is taken back
    sibling_told,       // the other child's case has what was said here last
    revises_clocks,     // due times are provisional, and the record's calendar makes them more certain
};

// A set of states: bit n is CaseStatus n; bit 0 is "no case yet".
using status_set = std::uint32_t;
constexpr status_set bit(v1::CaseStatus status) noexcept {
    return status_set{1} << static_cast<unsigned>(status);
}

// Sets that several rows start from; the printed table writes their names.
inline constexpr status_set at_destination =
    bit(v1::CASE_STATUS_QUEUED) | bit(v1::CASE_STATUS_DEST_RECEIVED) | bit(v1::CASE_STATUS_SUPPLEMENTING) |
    bit(v1::CASE_STATUS_ACCEPTED) | bit(v1::CASE_STATUS_IN_REVIEW) | bit(v1::CASE_STATUS_SUSPENDED);
inline constexpr status_set before_decision =
    bit(v1::CASE_STATUS_COLLECTED) | bit(v1::CASE_STATUS_SUBMITTED) | at_destination;
inline constexpr status_set claimable = at_destination | bit(v1::CASE_STATUS_DECIDED) |
                                        bit(v1::CASE_STATUS_CLOSED) | bit(v1::CASE_STATUS_DELIVERING);
// The result stands. What is still to be handed over, or owed beside, is so in each of them.
inline constexpr status_set with_result = bit(v1::CASE_STATUS_CLOSED) | bit(v1::CASE_STATUS_DELIVERING) |
                                          bit(v1::CASE_STATUS_DELIVERED) | bit(v1::CASE_STATUS_EVALUATED);
// From the acceptance on, materials that were accepted as missing 容缺 may be owed.
inline constexpr status_set while_owed = bit(v1::CASE_STATUS_ACCEPTED) | bit(v1::CASE_STATUS_IN_REVIEW) |
                                         bit(v1::CASE_STATUS_SUSPENDED) | bit(v1::CASE_STATUS_DECIDED) | with_result;
inline constexpr status_set not_final = before_decision | claimable;
// A legal end: whatever was owed beside the case ends with it.
inline constexpr status_set ended = bit(v1::CASE_STATUS_REFUSED) | bit(v1::CASE_STATUS_RETURNED) |
                                    bit(v1::CASE_STATUS_WITHDRAWN) | bit(v1::CASE_STATUS_LAPSED) |
                                    bit(v1::CASE_STATUS_CANCELLED) | bit(v1::CASE_STATUS_FORWARDED);
inline constexpr status_set not_ended = not_final | with_result;
inline constexpr status_set any_of_one_item = not_ended | ended;

struct transition {
    status_set from;
    v1::CaseEvent::BodyCase event;
    speaker by;
    v1::CaseStatus to; // CASE_STATUS_UNSPECIFIED: stays where it is
    guard must_hold;
    const char* note; // for the printed table
};

// All rows, in the order of the printed table.
std::span<const transition> life_cycle() noexcept;

// The row for an event in a state; nullptr when there is none. Any values are allowed.
const transition* find_transition(v1::CaseStatus from, v1::CaseEvent::BodyCase event) noexcept;

// Who may say the event; `speaker::either` for one without rows.
speaker speaker_of(v1::CaseEvent::BodyCase event) noexcept;

// True when windows may claim the case in this state.
bool is_claimable(v1::CaseStatus status) noexcept;

// True when B must act in this state, false when A must or nobody.
bool is_destination_turn(v1::CaseStatus status) noexcept;

// The table in Markdown, as docs/life-cycle.md holds it.
std::string life_cycle_markdown();

} // namespace tongban::cases
