// Folds one ledger record into a case. Total and deterministic: equal inputs give equal bytes on every
// machine, so replay equals the first run. Never reads a clock; time comes with the record. Rival events: the
// first in log order wins. The table of states and events is DOMAIN §3's; docs/life-cycle.md prints it.
#pragma once

#include "tongban/v1/ledger.pb.h"
#include "tongban/v1/view.pb.h"

#include <chrono>
#include <optional>
#include <string_view>

namespace tongban::cases {

using record_time = std::chrono::sys_time<std::chrono::milliseconds>;

// What became of a record. Anything but `applied` left the state as it was.
enum class verdict {
    applied,
    duplicate,          // this event id, or this very content, was applied before
    illegal_transition, // the state does not allow the event
    wrong_side,         // the sender's region is not the side that may say this
    wrong_role,         // e.g. a platform sent a gateway's event
    stale_token,        // the fencing token is not the current claim's
    held_by_other,      // another window holds the lease
    not_claimed,        // a window acts without a claim
    content_conflict,   // other content under the same case number
    already_extended,   // 延长 only once
    missing_body,       // no or unknown event
    unknown_case,       // an event about a case that was never collected or submitted
    wrong_mode,         // the business mode of the case knows no such step
    tolerance_excluded, // the item does not allow 容缺受理
    materials_owed,     // a certificate waits for owed materials
    decision_conflict,  // 准予 closed as 不予许可, 不予 with a certificate, or either as an end that has an event of its own
    not_owed,           // the event settles, or tells of, a material that nobody owes
    not_brought,        // an owed material is refused that nobody brought
    urge_open,          // 督办: one waits for its answer, and its limit has not passed
    own_urge,           // the open urge is the sender's own: the other side answers it
    other_urge,         // the answer names another urge than the open one
    no_urge,            // no urge waits for an answer
    session_open,       // 远程虚拟窗口: one is open
    session_known,      // this number was a session's of the case before
    no_session,         // no session is open
    other_session,      // another session is open than the one that is named
    other_round,        // 好差评: not the next round
    rounds_used_up,     // 好差评: max_evaluation_rounds were given
    nothing_to_rectify, // no bad grade waits for its rectification
    no_papers,          // 纸质材料: none is under way
    other_papers,       // several shipments are under way, and the event names none of them
    of_bundle,          // 一件事: said of a part, never of the whole
    no_sibling,         // 档案材料: the bundle has no other child that can be asked by what the request names
    archive_open,       // some of what is asked for is asked for already, and has no reply
    archive_limit,      // the case holds as many requests for archives as a case may (archive_requests_max)
    no_archive_request, // no request for archives waits for this reply
    not_requested,      // the reply gives what the request does not name, or all of it where some is left out
    event_limit,        // the case holds as many events as a case may (max_events_per_case)
};

// 好差评: first evaluation and those after it 追评.
inline constexpr std::uint32_t max_evaluation_rounds = 10;

// Machine-readable name: "illegal_transition".
std::string_view name(verdict v) noexcept;
// By its name; none for text that is no verdict's.
std::optional<verdict> verdict_named(std::string_view name) noexcept;
// For a clerk, in Chinese, and for an engineer, in English.
std::string_view message_zh(verdict v) noexcept;
std::string_view message_en(verdict v) noexcept;

inline constexpr std::uint32_t max_events_per_case = 1000;
// Events that keep the state leave room for those that end the case, and a claim must stay possible to act at all.
inline constexpr std::uint32_t max_events_that_stay = max_events_per_case - 200;
inline constexpr std::uint32_t max_events_with_claims = max_events_per_case - 100;

// The newest event of the schema: bodies are numbered from kCaseCollected to this one.
inline constexpr auto last_event_body = v1::CaseEvent::kArchiveInformed;

// Folds `record` into `state` (a default CaseState for a case not yet known). On any verdict but `applied`
// the state is untouched. Both sides' times come from `recorded_at`, the log's.
[[nodiscard]] verdict evolve(v1::CaseState& state, const v1::LedgerRecord& record, record_time recorded_at);

// The region whose turn it is in this state; empty in a final state.
std::string_view turn(const v1::CaseState& state) noexcept;

// No event but 好差评 (after DELIVERED) or a new revision (after RETURNED, LAPSED) leaves a final state.
bool is_final(v1::CaseStatus status) noexcept;

// Counted as closed by the reconciliation: CLOSED and everything after it, and every other end.
bool is_closed(v1::CaseStatus status) noexcept;

// "QUEUED" and "待接件"; "CASE_SUBMITTED" and "申报" (of the event's body; empty when none).
std::string_view name(v1::CaseStatus status) noexcept;
std::string_view term(v1::CaseStatus status) noexcept;
std::string_view name(v1::CaseEvent::BodyCase body) noexcept;
std::string_view term(v1::CaseEvent::BodyCase body) noexcept;
// The body that `name` names ("CASE_SUBMITTED"); BODY_NOT_SET when none.
v1::CaseEvent::BodyCase body_named(std::string_view name) noexcept;

// Who may say an event.
enum class side { origin, destination, either, gateway };
side side_of(v1::CaseEvent::BodyCase body) noexcept;

} // namespace tongban::cases
