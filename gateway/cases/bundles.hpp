// 一件事 and 多地联办: one filing that became cases of several items. The parent's record carries the whole plan, so that
// evolve needs no configuration; what became of the children reaches it as events that the gateway says, in whatever order,
// and the newest counts. What is to be done next follows from the state alone. The rules as tables: docs/bundles.md.
#pragma once

#include "tongban/v1/ledger.pb.h"
#include "tongban/v1/view.pb.h"

#include <cstdint>

namespace tongban::cases {

inline constexpr int bundle_children_max = 32;
// Of 子办件进展 about a child whose number another case has: it has no case of its own to count the events of.
inline constexpr std::uint32_t events_of_lost_number = 1;
inline constexpr std::int32_t joint_extension_days_max = 15;

// How far a child is, as its parent sees it.
enum class child_stage : std::uint8_t {
    planned,       // not filed yet
    under_way,     // at its destination, or with the applicant for a supplement
    to_file_again, // 退件 or 补正超时: the origin may file it again under its number
    succeeded,
    failed,
    cancelled, // never filed, and never will be
};
child_stage stage_of(const v1::ChildState& child) noexcept;
bool succeeded(v1::Outcome outcome, v1::Decision decision) noexcept;
// A child without a case that runs, whose case the bundle needs to end: one to be filed in its turn, or one that came back and
// is to be filed again. A bundle whose end is certain waits for none that came back.
bool waits_to_be_filed(const v1::CaseState& parent, const v1::ChildState& child) noexcept;

// True when the bundle waits for the origin to file a child again that came back: no clock runs, and nobody else can act.
bool waits_for_origin(const v1::CaseState& parent) noexcept;

// The state that a parent is told for a child in `status`: steps between two of them are the child's own.
v1::CaseStatus told_status(v1::CaseStatus status) noexcept;

// True when what the gateway says of a bundle is so: 子办件进展 tells its parent something newer than it knows, 联办办结 is
// due and says what follows from the children, 主办件知悉 is about the child as it is now.
bool fits_bundle(const v1::CaseState& state, const v1::CaseEvent& event) noexcept;

// A child that another case kept from being filed, under its number: the gateway said so.
bool lost_its_number(v1::CaseStatus status, std::uint32_t events) noexcept;

// Folds what an event that was applied means for a bundle; one that concerns none changes nothing. What is not filed yet
// and never will be ends here: a child it waits for failed, or one the bundle cannot do without, or the whole is withdrawn or void.
void fold_bundle(v1::CaseState& state, const v1::LedgerRecord& record);

// 办结 of the whole as it follows from its children; to be said when bundle_step is `close`.
v1::BundleClosed bundle_result(const v1::CaseState& parent) noexcept;

// What the gateway has to do for a case, at most one thing at a time.
enum class bundle_step : std::uint8_t {
    none,
    file,      // of a parent: file this child
    withdraw,  // of a parent that is withdrawn or void: ask for the withdrawal of this child
    close,     // of a parent: nothing is left to come
    tell,      // of a child: its parent does not know how far it is
    ask,       // of a child: another one does not know what archives it is asked for
    answer,    // of a child: the one that asked does not have the reply
    call_off,  // of a child that needs no archives any more: the one it asked does not know
    tell_late, // of a child whose reply is late: the one that asked does not know
};
struct bundle_work {
    bundle_step step = bundle_step::none;
    std::uint32_t child = 0;
    std::uint32_t archive = 0; // of `ask`, `answer`, `call_off` and `tell_late`: place of the request in the case's state, from 0
    friend bool operator==(const bundle_work&, const bundle_work&) = default;
};
bundle_work next_bundle_work(const v1::CaseState& state) noexcept;
// Keeps since when the next step is owed: any event of the case may come between, another step begins anew. `before` is what
// was owed before the event.
void note_bundle_step(v1::CaseState& state, const bundle_work& before, std::int64_t now_ms) noexcept;

// What the child's state tells its parent.
v1::ChildProgressed progress_of(const v1::CaseState& child);

// 延长审批 in working days: ten, or fifteen where several places handle one matter together 多地联办.
std::int32_t extension_days_max(const v1::CaseState& state) noexcept;

// The child of that number; null when there is none.
const v1::ChildState* find_child(const v1::CaseState& parent, std::uint32_t number) noexcept;

} // namespace tongban::cases
