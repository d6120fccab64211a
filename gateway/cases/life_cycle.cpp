// The rows of the life cycle and their lookup by (event, state).
#include "gateway/cases/life_cycle.hpp"

#include "gateway/cases/archives.hpp"
#include "gateway/cases/evolve.hpp"

#include <array>

namespace tongban::cases {

namespace {

using body = v1::CaseEvent;

constexpr unsigned status_count = v1::CaseStatus_ARRAYSIZE;
constexpr unsigned event_count = last_event_body + 1;

constexpr status_set no_case = bit(v1::CASE_STATUS_UNSPECIFIED);
constexpr status_set collected = bit(v1::CASE_STATUS_COLLECTED);
constexpr status_set submitted = bit(v1::CASE_STATUS_SUBMITTED);
constexpr status_set queued = bit(v1::CASE_STATUS_QUEUED);
constexpr status_set received = bit(v1::CASE_STATUS_DEST_RECEIVED);
constexpr status_set supplementing = bit(v1::CASE_STATUS_SUPPLEMENTING);
constexpr status_set accepted = bit(v1::CASE_STATUS_ACCEPTED);
constexpr status_set in_review = bit(v1::CASE_STATUS_IN_REVIEW);
constexpr status_set suspended = bit(v1::CASE_STATUS_SUSPENDED);
constexpr status_set decided = bit(v1::CASE_STATUS_DECIDED);
constexpr status_set closed = bit(v1::CASE_STATUS_CLOSED);
constexpr status_set delivering = bit(v1::CASE_STATUS_DELIVERING);
constexpr status_set delivered = bit(v1::CASE_STATUS_DELIVERED);
constexpr status_set evaluated = bit(v1::CASE_STATUS_EVALUATED);
constexpr status_set returned = bit(v1::CASE_STATUS_RETURNED);
constexpr status_set lapsed = bit(v1::CASE_STATUS_LAPSED);
constexpr status_set joint_handling = bit(v1::CASE_STATUS_JOINT_HANDLING);

constexpr status_set withdrawn = bit(v1::CASE_STATUS_WITHDRAWN);
constexpr status_set cancelled = bit(v1::CASE_STATUS_CANCELLED);
constexpr status_set destination_turn =
    submitted | queued | received | accepted | in_review | suspended | decided | closed;

constexpr v1::CaseStatus stays = v1::CASE_STATUS_UNSPECIFIED;

constexpr transition rows[] = {
    {no_case, body::kCaseCollected, speaker::origin, v1::CASE_STATUS_COLLECTED, guard::none,
     "收件凭证; transfer time starts"},
    {no_case | collected, body::kCaseSubmitted, speaker::origin, v1::CASE_STATUS_SUBMITTED, guard::none,
     "revision 1, in the mode of the collection; a record that carries 路由 goes on to QUEUED at once, one that carries 拆分 to JOINT_HANDLING"},
    {returned | lapsed, body::kCaseSubmitted, speaker::origin, v1::CASE_STATUS_SUBMITTED, guard::new_content,
     "next revision, a new run; a record that carries 路由 goes on to QUEUED at once"},
    {supplementing, body::kCaseSubmitted, speaker::origin, v1::CASE_STATUS_DEST_RECEIVED,
     guard::new_content_same_b, "next revision answers the 补正"},
    {submitted, body::kRouted, speaker::gateway, v1::CASE_STATUS_QUEUED, guard::none, ""},
    {submitted, body::kRejectedByGateway, speaker::gateway, v1::CASE_STATUS_RETURNED, guard::none,
     "not 不予受理"},
    {queued, body::kDestReceived, speaker::destination, v1::CASE_STATUS_DEST_RECEIVED, guard::none,
     "five-working-day rule starts"},
    {accepted, body::kDestReceived, speaker::destination, stays, guard::not_received, "of what A accepted by mandate: B took it over"},
    {received, body::kCaseAccepted, speaker::destination_or_mandate, v1::CASE_STATUS_ACCEPTED, guard::tolerance_allowed,
     "受理通知书; the clocks start; B's own number is kept; what is missing 容缺 is owed from here"},
    {queued, body::kCaseAccepted, speaker::destination_or_mandate, v1::CASE_STATUS_ACCEPTED, guard::by_mandate,
     "异地受理: at A's window, in B's name, before B took it"},
    {received, body::kDeemedAccepted, speaker::gateway, v1::CASE_STATUS_ACCEPTED, guard::clock_due,
     "not told in five working days: accepted time is that of the receipt"},
    {received, body::kSupplementRequired, speaker::destination, v1::CASE_STATUS_SUPPLEMENTING, guard::none,
     "one list, all items; counts a round"},
    {supplementing, body::kSupplementSubmitted, speaker::origin, v1::CASE_STATUS_DEST_RECEIVED, guard::none,
     "new five-working-day timer"},
    {received, body::kSupplementAccepted, speaker::destination, stays, guard::supplemented, "补交受理"},
    {supplementing, body::kSupplementLapsed, speaker::destination_or_gateway, v1::CASE_STATUS_LAPSED,
     guard::clock_due, "outcome 补正不来; B may say it at any time"},
    {received, body::kAcceptanceRefused, speaker::destination, v1::CASE_STATUS_REFUSED, guard::none,
     "reason required"},
    {queued | received, body::kReturned, speaker::destination, v1::CASE_STATUS_RETURNED, guard::none,
     "A may send a new revision"},
    {accepted, body::kReviewStarted, speaker::destination, v1::CASE_STATUS_IN_REVIEW, guard::none, ""},
    {in_review, body::kStep, speaker::destination, stays, guard::none, "承办→审核→批准, each 通过/退回"},
    {accepted, body::kStep, speaker::destination, v1::CASE_STATUS_IN_REVIEW, guard::none, "the same; 承办 is implied"},
    {accepted | in_review, body::kSpecialStarted, speaker::destination, v1::CASE_STATUS_SUSPENDED, guard::clock_stops,
     "the clock stops; 承办 is implied"},
    {suspended, body::kSpecialEnded, speaker::destination, v1::CASE_STATUS_IN_REVIEW, guard::none,
     "the clock goes on"},
    {suspended, body::kSpecialOverrun, speaker::gateway, stays, guard::clock_due, "a warning: the limit of the special procedure passed"},
    {in_review, body::kDeadlineExtended, speaker::destination, stays, guard::not_extended,
     "≤10 working days, ≤15 for a child of 多地联办"},
    {accepted, body::kDeadlineExtended, speaker::destination, v1::CASE_STATUS_IN_REVIEW, guard::not_extended,
     "the same; 承办 is implied"},
    {in_review | accepted, body::kDecided, speaker::destination, v1::CASE_STATUS_DECIDED, guard::none,
     "准予 or 不予; immediate items come here from ACCEPTED"},
    {decided, body::kCaseClosed, speaker::destination, v1::CASE_STATUS_CLOSED, guard::outcome_fits,
     "outcome; the clock stops here for 按时办结"},
    {in_review | accepted, body::kCaseClosed, speaker::destination, v1::CASE_STATUS_CLOSED, guard::outcome_fits,
     "the same; 承办 and 决定 are implied: 不予 by the outcome DENIED, else 准予, at the time of the closing"},
    {with_result, body::kCertIssued, speaker::destination, stays, guard::none,
     "an electronic licence is 网络送达 in 全程网办 and 多地联办; CLOSED goes on to EVALUATED where it was graded before"},
    {closed | evaluated, body::kShipped, speaker::either, v1::CASE_STATUS_DELIVERING, guard::none, "waybill"},
    {closed | evaluated, body::kReadyForCollection, speaker::either, v1::CASE_STATUS_DELIVERING, guard::none, ""},
    {delivering, body::kCollectedByApplicant, speaker::origin, v1::CASE_STATUS_DELIVERED, guard::none, ""},
    {delivering, body::kSigned, speaker::either, v1::CASE_STATUS_DELIVERED, guard::none,
     "the courier speaks through whoever shipped"},
    {closed | delivered, body::kEvaluated, speaker::origin, v1::CASE_STATUS_EVALUATED, guard::next_round,
     "five grades; 差评 needs a reason and owes a rectification; a case whose 送达 is owed stays where it is"},
    {delivering | evaluated, body::kEvaluated, speaker::origin, stays, guard::next_round, "the newest grade counts"},
    {with_result, body::kRectified, speaker::destination, stays, guard::rectification_owed, "整改 and 回访"},
    {before_decision | joint_handling, body::kWithdrawRequested, speaker::origin, stays, guard::no_open_withdrawal,
     "waits for B; a decision that is earlier in the log wins; of a bundle: passed on to its children"},
    {before_decision, body::kWithdrawn, speaker::destination, v1::CASE_STATUS_WITHDRAWN,
     guard::open_withdrawal, ""},
    {not_final, body::kWithdrawDenied, speaker::destination, stays, guard::open_withdrawal,
     "also after the decision that overtook the request"},
    {not_final | joint_handling, body::kCaseVoided, speaker::destination, v1::CASE_STATUS_CANCELLED, guard::none,
     "outcome 作废 or 删除; of a bundle: at once, by the place that leads it, and its open children are asked to withdraw"},
    {at_destination, body::kCaseForwarded, speaker::destination, v1::CASE_STATUS_FORWARDED, guard::none, ""},
    {claimable, body::kClaimed, speaker::turn_window, stays, guard::free_or_own_lease,
     "a new claim has a new fencing token; the holder's own extends the lease"},
    {claimable, body::kReleased, speaker::turn_window, stays, guard::own_lease, "the case is free"},
    {claimable, body::kLeaseExpired, speaker::gateway, stays, guard::lease_over, "the case is free"},
    {before_decision, body::kShippedToDest, speaker::origin, stays, guard::collects_for_other, "paper originals are on their way; waybill"},
    {at_destination | decided | with_result | ended, body::kPaperReceived, speaker::destination, stays, guard::papers_under_way,
     "they are there, complete or not; after the end too, for they may still be under way"},
    {not_final, body::kSessionOpened, speaker::either, stays, guard::no_session, "远程虚拟窗口: one at a time"},
    {not_final, body::kSessionJoined, speaker::either, stays, guard::in_session, ""},
    {before_decision, body::kIdentityChecked, speaker::either, stays, guard::in_session_or_none, "method, result and where the evidence is"},
    {not_final, body::kSessionClosed, speaker::either, stays, guard::in_session, ""},
    {not_final, body::kSessionLapsed, speaker::gateway, stays, guard::clock_due, "nothing happened in it for its idle limit"},
    {while_owed, body::kOwedSubmitted, speaker::origin, stays, guard::names_owed,
     "waits for B, who owes its word; no lapse meanwhile"},
    {while_owed, body::kOwedCleared, speaker::destination, stays, guard::names_owed, "no longer owed"},
    {while_owed, body::kOwedRefused, speaker::destination, stays, guard::names_brought,
     "owed again, until the promised day or the one that B names"},
    {while_owed, body::kOwedReminded, speaker::gateway, stays, guard::clock_due, "two working days before the promised day"},
    {while_owed, body::kOwedLapsed, speaker::gateway, stays, guard::clock_due,
     "what acceptance said follows; 终止办理 leads to LAPSED before the decision"},
    {not_ended, body::kUrged, speaker::either, stays, guard::not_urged,
     "the other side owes an answer; one that was ignored beyond its limit may be said again"},
    {any_of_one_item, body::kUrgeAnswered, speaker::either, stays, guard::urged_by_other, "after the end too"},
    {submitted, body::kBundleStarted, speaker::gateway, v1::CASE_STATUS_JOINT_HANDLING, guard::none, "the children are planned"},
    {joint_handling | closed | delivering | delivered | evaluated | withdrawn | cancelled, body::kChildProgressed,
     speaker::gateway, stays, guard::child_news, "after the end of the bundle too, whose outcome stands"},
    {joint_handling, body::kBundleClosed, speaker::gateway, v1::CASE_STATUS_CLOSED, guard::all_ended,
     "outcome by docs/bundles.md; 撤回 leads to WITHDRAWN"},
    {any_of_one_item, body::kParentInformed, speaker::gateway, stays, guard::parent_told, "of a child"},
    {may_ask_archives, body::kArchiveRequested, speaker::destination_or_gateway, stays, guard::archives_missing,
     "of a child of a bundle; said in the case that asks, and by the gateway in the one that is asked, whose B owes a reply"},
    {may_be_asked_too, body::kArchiveRequested, speaker::destination_or_gateway, stays, guard::asked_by_sibling,
     "in the case that is asked alone: who has decided holds the archives all the same"},
    {any_of_one_item, body::kArchiveReplied, speaker::destination_or_gateway, stays, guard::archives_asked_for,
     "said in the case that was asked, and by the gateway in the one that asked, which then has the files; after the end too; "
     "收回调取 CALLED_OFF the other way round"},
    {any_of_one_item, body::kArchiveInformed, speaker::gateway, stays, guard::sibling_told, "of a child; told to nobody"},
    {not_final, body::kLicencesFetched, speaker::gateway, stays, guard::none, "asked for by one side; told to nobody"},
    {not_ended, body::kSupervisionWarning, speaker::gateway, stays, guard::clock_due,
     "yellow or red, once for each clock; or the line from 收件, an urge, or a brought 容缺 material, without answer"},
    {at_destination | decided | with_result, body::kCalendarRevised, speaker::gateway, stays, guard::revises_clocks, "a calendar was published: provisional due times become certain"},
};

constexpr std::uint8_t none = 0xff;
using matrix = std::array<std::array<std::uint8_t, status_count>, event_count>;

// Row number by event and state. A cell that two rows claim would not compile: the throw is not a constant.
constexpr matrix make_matrix() {
    matrix cells{};
    for (auto& line : cells) {
        line.fill(none);
    }
    std::uint8_t number = 0;
    for (const auto& row : rows) {
        for (unsigned status = 0; status < status_count; ++status) {
            if ((row.from >> status & 1) != 0) {
                auto& cell = cells[row.event][status];
                if (cell != none) {
                    throw "two rows for one event in one state";
                }
                cell = number;
            }
        }
        ++number;
    }
    return cells;
}

constexpr matrix by_event_and_state = make_matrix();

constexpr auto speakers = [] {
    std::array<speaker, event_count> by_event{};
    by_event.fill(speaker::either);
    for (const auto& row : rows) {
        by_event[row.event] = row.by;
    }
    return by_event;
}();

constexpr bool in_range(v1::CaseStatus status) noexcept {
    return status >= 0 && static_cast<unsigned>(status) < status_count;
}

constexpr bool contains(status_set set, v1::CaseStatus status) noexcept {
    return in_range(status) && (set & bit(status)) != 0;
}

} // namespace

std::span<const transition> life_cycle() noexcept {
    return rows;
}

const transition* find_transition(v1::CaseStatus from, v1::CaseEvent::BodyCase event) noexcept {
    if (!in_range(from) || static_cast<unsigned>(event) >= event_count) {
        return nullptr;
    }
    const auto number = by_event_and_state[event][from];
    return number == none ? nullptr : &rows[number];
}

speaker speaker_of(v1::CaseEvent::BodyCase event) noexcept {
    return static_cast<unsigned>(event) < event_count ? speakers[event] : speaker::either;
}

bool is_claimable(v1::CaseStatus status) noexcept {
    return contains(claimable, status);
}

bool is_destination_turn(v1::CaseStatus status) noexcept {
    return contains(destination_turn, status);
}

bool is_final(v1::CaseStatus status) noexcept {
    return in_range(status) && !contains(no_case | bit(v1::CASE_STATUS_DRAFT) | joint_handling | not_final, status);
}

bool is_closed(v1::CaseStatus status) noexcept {
    return is_final(status) || contains(closed | delivering, status);
}

side side_of(v1::CaseEvent::BodyCase event) noexcept {
    switch (speaker_of(event)) {
    case speaker::origin:
        return side::origin;
    case speaker::destination:
    case speaker::destination_or_gateway:
    case speaker::destination_or_mandate:
        return side::destination;
    case speaker::gateway:
        return side::gateway;
    case speaker::either:
    case speaker::turn_window:
        break;
    }
    return side::either;
}

std::string_view turn(const v1::CaseState& state) noexcept {
    const auto status = state.status();
    if (state.has_bundle() && status == v1::CASE_STATUS_CLOSED) {
        return {}; // what is still to be handed over is the children's
    }
    if (is_destination_turn(status)) {
        return state.dest_region();
    }
    const bool origins =
        contains(bit(v1::CASE_STATUS_DRAFT) | collected | supplementing | delivering, status);
    return origins ? std::string_view(state.origin_region()) : std::string_view{};
}

} // namespace tongban::cases
