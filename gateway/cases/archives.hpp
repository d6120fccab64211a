// 档案材料调取 between the children of a bundle: who decides one child asks who decides another one for archives. Each of the two
// cases holds its own side of a request as facts; the gateway carries what is said in one over to the other, so what it has to
// do follows from a case's state alone, as for the bundle itself (bundles.hpp). Rules for users: docs/bundles.md.
#pragma once

#include "gateway/cases/case_clocks.hpp"
#include "gateway/cases/evolve.hpp"
#include "gateway/cases/life_cycle.hpp"
#include "gateway/cases/working_days.hpp"

#include <cstdint>
#include <string_view>

namespace tongban::cases {

// Requests that one case may hold, its own and those asked of it, over all its runs.
inline constexpr int archive_requests_max = 64;
// Materials in one request.
inline constexpr int archive_materials_max = 50;
// Where neither the request nor the item of the case that asks names a limit, in working days: a leg of 养老关系转移.
inline constexpr std::int32_t default_archive_days = 15;

// While B has it and has not decided, it may ask for archives.
inline constexpr status_set may_ask_archives =
    bit(v1::CASE_STATUS_DEST_RECEIVED) | bit(v1::CASE_STATUS_SUPPLEMENTING) | bit(v1::CASE_STATUS_ACCEPTED) |
    bit(v1::CASE_STATUS_IN_REVIEW) | bit(v1::CASE_STATUS_SUSPENDED);
// Beside those, the states in which it may be asked: who has closed its case still holds the archives.
inline constexpr status_set may_be_asked_too =
    bit(v1::CASE_STATUS_QUEUED) | bit(v1::CASE_STATUS_DECIDED) | with_result;

// No reply to it is known, and it was not called off.
inline bool is_open(const v1::ArchiveRequest& request) noexcept {
    return request.result() == v1::ARCHIVE_RESULT_UNSPECIFIED;
}

// The warning that the gateway says in the case that asked: the reply of the record's sibling is late. It is about no clock of that
// case, and nothing is owed in it; the lateness itself is said, and counted, in the case that was asked.
inline bool tells_of_late_reply(const v1::LedgerRecord& record) noexcept {
    return record.event().has_supervision_warning() && record.has_sibling();
}
// Whether it is true, and was not said: a request of this case's own to that child is open, and its day is over.
bool is_news_of_late_reply(const v1::CaseState& state, const v1::LedgerRecord& record, std::int64_t now_ms) noexcept;

// Of the guards about archives: `applied` when the event may take effect; `duplicate` when all that is asked for is asked for
// already, of the same child.
verdict check_archives(const v1::CaseState& state, const v1::LedgerRecord& record, guard must_hold);

// True when a request that was asked of this case waits for its destination's reply.
bool owes_archives(const v1::CaseState& state) noexcept;
// The reply whose day is nearest. Precondition: owes_archives(). Without days_left.
v1::Owed owed_archives(const v1::CaseState& state);
// True when a request of this case's own waits for the other's reply.
bool awaits_archives(const v1::CaseState& state) noexcept;
// The request that a side's reply means, by its number or the only one that can be meant: of those that wait for its word, or, where
// it takes a request back (CALLED_OFF), of this case's own. Null when there is none, or no number and several.
const v1::ArchiveRequest* archive_meant(const v1::CaseState& state, const v1::ArchiveReplied& reply) noexcept;
// The material of the request that a code or a name means; null: none.
const v1::ArchiveMaterial* archive_named(const v1::ArchiveRequest& request, std::string_view said);

// 档案材料调取, by or of this case: it is owed from `at_ms` on.
void take_archive_request(v1::CaseState& state, const v1::LedgerRecord& record, const working_days& days, std::int64_t at_ms);
// 档案材料答复 with 收回调取, 档案往来知悉 and warnings about the reply; any other event changes nothing.
void fold_archives(v1::CaseState& state, const v1::LedgerRecord& record, std::int64_t now_ms);
// A case that has its result, or ended otherwise, needs no archives any more: what it asked for is called off.
void call_archives_off(v1::CaseState& state) noexcept;
// By another calendar.
void revise_archives(v1::CaseState& state, const working_days& days);

// What the gateway's timer has to say of a reply that is owed; at_ms 0: nothing.
case_timer next_archive_timer(const v1::CaseState& state) noexcept;

} // namespace tongban::cases
