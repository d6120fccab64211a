// Every (state, event, sender) against a list written out here by hand from the domain's table, not from the
// code.
#include "gateway/cases/case_clocks.hpp"
#include "gateway/cases/working_days.hpp"
#include "tests/unit/gateway/cases/story.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>

namespace tongban::cases::story {
namespace {

// "state event speakers next": speakers are letters A, B, G (gateway), W (window whose turn it is); "-" is no
// case.
constexpr const char* legal_moves = R"(
- CASE_COLLECTED A COLLECTED
- CASE_SUBMITTED A SUBMITTED
COLLECTED CASE_SUBMITTED A SUBMITTED
RETURNED CASE_SUBMITTED A SUBMITTED
LAPSED CASE_SUBMITTED A SUBMITTED
SUPPLEMENTING CASE_SUBMITTED A DEST_RECEIVED
SUBMITTED ROUTED G QUEUED
SUBMITTED REJECTED_BY_GATEWAY G RETURNED
QUEUED DEST_RECEIVED B DEST_RECEIVED
DEST_RECEIVED CASE_ACCEPTED B ACCEPTED
DEST_RECEIVED DEEMED_ACCEPTED G ACCEPTED
DEST_RECEIVED SUPPLEMENT_REQUIRED B SUPPLEMENTING
DEST_RECEIVED SUPPLEMENT_ACCEPTED B DEST_RECEIVED
SUPPLEMENTING SUPPLEMENT_SUBMITTED A DEST_RECEIVED
SUPPLEMENTING SUPPLEMENT_LAPSED BG LAPSED
DEST_RECEIVED ACCEPTANCE_REFUSED B REFUSED
QUEUED RETURNED B RETURNED
DEST_RECEIVED RETURNED B RETURNED
ACCEPTED REVIEW_STARTED B IN_REVIEW
IN_REVIEW STEP B IN_REVIEW
IN_REVIEW SPECIAL_STARTED B SUSPENDED
SUSPENDED SPECIAL_ENDED B IN_REVIEW
SUSPENDED SPECIAL_OVERRUN G SUSPENDED
IN_REVIEW DEADLINE_EXTENDED B IN_REVIEW
IN_REVIEW DECIDED B DECIDED
ACCEPTED DECIDED B DECIDED
DECIDED CASE_CLOSED B CLOSED
CLOSED CERT_ISSUED B CLOSED
CLOSED SHIPPED AB DELIVERING
CLOSED READY_FOR_COLLECTION AB DELIVERING
DELIVERING COLLECTED_BY_APPLICANT A DELIVERED
DELIVERING SIGNED AB DELIVERED
CLOSED EVALUATED A EVALUATED
DELIVERED EVALUATED A EVALUATED
COLLECTED WITHDRAW_REQUESTED A COLLECTED
SUBMITTED WITHDRAW_REQUESTED A SUBMITTED
QUEUED WITHDRAW_REQUESTED A QUEUED
DEST_RECEIVED WITHDRAW_REQUESTED A DEST_RECEIVED
SUPPLEMENTING WITHDRAW_REQUESTED A SUPPLEMENTING
ACCEPTED WITHDRAW_REQUESTED A ACCEPTED
IN_REVIEW WITHDRAW_REQUESTED A IN_REVIEW
SUSPENDED WITHDRAW_REQUESTED A SUSPENDED
COLLECTED WITHDRAWN B WITHDRAWN
SUBMITTED WITHDRAWN B WITHDRAWN
QUEUED WITHDRAWN B WITHDRAWN
DEST_RECEIVED WITHDRAWN B WITHDRAWN
SUPPLEMENTING WITHDRAWN B WITHDRAWN
ACCEPTED WITHDRAWN B WITHDRAWN
IN_REVIEW WITHDRAWN B WITHDRAWN
SUSPENDED WITHDRAWN B WITHDRAWN
COLLECTED WITHDRAW_DENIED B COLLECTED
SUBMITTED WITHDRAW_DENIED B SUBMITTED
QUEUED WITHDRAW_DENIED B QUEUED
DEST_RECEIVED WITHDRAW_DENIED B DEST_RECEIVED
SUPPLEMENTING WITHDRAW_DENIED B SUPPLEMENTING
ACCEPTED WITHDRAW_DENIED B ACCEPTED
IN_REVIEW WITHDRAW_DENIED B IN_REVIEW
SUSPENDED WITHDRAW_DENIED B SUSPENDED
DECIDED WITHDRAW_DENIED B DECIDED
CLOSED WITHDRAW_DENIED B CLOSED
DELIVERING WITHDRAW_DENIED B DELIVERING
COLLECTED CASE_VOIDED B CANCELLED
SUBMITTED CASE_VOIDED B CANCELLED
QUEUED CASE_VOIDED B CANCELLED
DEST_RECEIVED CASE_VOIDED B CANCELLED
SUPPLEMENTING CASE_VOIDED B CANCELLED
ACCEPTED CASE_VOIDED B CANCELLED
IN_REVIEW CASE_VOIDED B CANCELLED
SUSPENDED CASE_VOIDED B CANCELLED
DECIDED CASE_VOIDED B CANCELLED
CLOSED CASE_VOIDED B CANCELLED
DELIVERING CASE_VOIDED B CANCELLED
QUEUED CASE_FORWARDED B FORWARDED
DEST_RECEIVED CASE_FORWARDED B FORWARDED
SUPPLEMENTING CASE_FORWARDED B FORWARDED
ACCEPTED CASE_FORWARDED B FORWARDED
IN_REVIEW CASE_FORWARDED B FORWARDED
SUSPENDED CASE_FORWARDED B FORWARDED
QUEUED CLAIMED W QUEUED
DEST_RECEIVED CLAIMED W DEST_RECEIVED
SUPPLEMENTING CLAIMED W SUPPLEMENTING
ACCEPTED CLAIMED W ACCEPTED
IN_REVIEW CLAIMED W IN_REVIEW
SUSPENDED CLAIMED W SUSPENDED
DECIDED CLAIMED W DECIDED
CLOSED CLAIMED W CLOSED
DELIVERING CLAIMED W DELIVERING
QUEUED RELEASED W QUEUED
DEST_RECEIVED RELEASED W DEST_RECEIVED
SUPPLEMENTING RELEASED W SUPPLEMENTING
ACCEPTED RELEASED W ACCEPTED
IN_REVIEW RELEASED W IN_REVIEW
SUSPENDED RELEASED W SUSPENDED
DECIDED RELEASED W DECIDED
CLOSED RELEASED W CLOSED
DELIVERING RELEASED W DELIVERING
QUEUED LEASE_EXPIRED G QUEUED
DEST_RECEIVED LEASE_EXPIRED G DEST_RECEIVED
SUPPLEMENTING LEASE_EXPIRED G SUPPLEMENTING
ACCEPTED LEASE_EXPIRED G ACCEPTED
IN_REVIEW LEASE_EXPIRED G IN_REVIEW
SUSPENDED LEASE_EXPIRED G SUSPENDED
DECIDED LEASE_EXPIRED G DECIDED
CLOSED LEASE_EXPIRED G CLOSED
DELIVERING LEASE_EXPIRED G DELIVERING
DEST_RECEIVED SUPERVISION_WARNING G DEST_RECEIVED
ACCEPTED SUPERVISION_WARNING G ACCEPTED
IN_REVIEW SUPERVISION_WARNING G IN_REVIEW
DECIDED SUPERVISION_WARNING G DECIDED
CLOSED SUPERVISION_WARNING G CLOSED
DELIVERING SUPERVISION_WARNING G DELIVERING
DEST_RECEIVED CALENDAR_REVISED G DEST_RECEIVED
SUPPLEMENTING CALENDAR_REVISED G SUPPLEMENTING
ACCEPTED CALENDAR_REVISED G ACCEPTED
IN_REVIEW CALENDAR_REVISED G IN_REVIEW
SUSPENDED CALENDAR_REVISED G SUSPENDED
DECIDED CALENDAR_REVISED G DECIDED
CLOSED CALENDAR_REVISED G CLOSED
DELIVERING CALENDAR_REVISED G DELIVERING
)";

struct move {
    std::string speakers;
    std::string to;
};

std::map<std::pair<std::string, std::string>, move> read_moves() {
    std::map<std::pair<std::string, std::string>, move> moves;
    std::istringstream lines(legal_moves);
    std::string from, event, speakers, to;
    while (lines >> from >> event >> speakers >> to) {
        EXPECT_TRUE(moves.emplace(std::pair(from, event), move{speakers, to}).second) << from << ' ' << event;
    }
    return moves;
}

constexpr std::int64_t now_ms = 1'729'213'953'000;

// A case in that state with every guard open, leased by whoever is to act.
v1::CaseState case_in(v1::CaseStatus status, const v1::Sender& by, v1::CaseEvent::BodyCase body) {
    v1::CaseState state;
    if (status == v1::CASE_STATUS_UNSPECIFIED) {
        return state;
    }
    state.set_case_id(case_name);
    state.set_status(status);
    state.set_origin_region(region_a);
    state.set_dest_region(region_b);
    state.set_revision(status == v1::CASE_STATUS_COLLECTED ? 0 : 1);
    state.set_event_count(3);
    state.set_supplement_rounds(1);
    state.set_withdraw_requested(body != event::kWithdrawRequested);
    if (by.role() == v1::ROLE_WINDOW && !is_final(status)) {
        state.set_fencing_token(7);
        auto& lease = *state.mutable_lease();
        lease.set_partner(by.partner());
        lease.set_window_id("w1");
        lease.set_operator_id("1001");
        lease.set_until_ms(now_ms + 60'000);
    }
    if (body == event::kLeaseExpired && !is_final(status)) {
        state.set_fencing_token(7);
        state.mutable_lease()->set_partner("changzhi-window-1");
        state.mutable_lease()->set_until_ms(now_ms);
    }
    // All clocks have run out, and nobody has said so; or their days are not certain.
    auto& clocks = *state.mutable_clocks();
    const auto hour_ago = now_ms - 3'600'000;
    clocks.set_received_ms(hour_ago);
    clocks.set_notice_due_ms(hour_ago);
    clocks.set_supplement_due_ms(hour_ago);
    clocks.set_special_due_ms(hour_ago);
    clocks.set_waiting_since_ms(hour_ago);
    clocks.mutable_waiting_limit()->set_value(1);
    clocks.set_promise_due_ms(hour_ago);
    clocks.set_delivery_due_ms(hour_ago);
    clocks.set_band(v1::SUPERVISION_BAND_YELLOW);
    if (body == event::kSupervisionWarning) {
        clocks.set_line_ms(hour_ago);
        state.mutable_terms()->set_never_deemed_accepted(true);
        state.set_business_mode(v1::BUSINESS_MODE_COLLECT_FOR_OTHER);
        state.set_outcome(v1::OUTCOME_APPROVED_WITH_CERT);
    }
    if (body == event::kCalendarRevised) {
        clocks.set_provisional_from(day_of(now_ms));
    }
    return state;
}

// What the gateway's own events must carry to be true of case_in().
void complete(v1::LedgerRecord& told, const v1::CaseState& state, v1::CaseEvent::BodyCase body) {
    if (body == event::kSupervisionWarning) {
        auto& warning = *told.mutable_event()->mutable_supervision_warning();
        const auto timer = next_timer(state);
        warning.set_band(timer.band);
        warning.set_clock(timer.clock);
        warning.mutable_due()->set_seconds(timer.due_ms / 1000);
    }
    if (body == event::kCalendarRevised) {
        auto& days = *told.mutable_working_days();
        days.set_first_day(day_of(now_ms) - 400);
        days.set_bits(std::string(100, '\x7f'));
    }
}

struct speaker_case {
    v1::Sender by;
    char letter;
    bool window;
};

bool may_say(const move& m, const speaker_case& who, v1::CaseStatus status) {
    if (m.speakers == "W") {
        const bool destination =
            status != v1::CASE_STATUS_SUPPLEMENTING && status != v1::CASE_STATUS_DELIVERING;
        return who.window && who.letter == (destination ? 'B' : 'A');
    }
    return m.speakers.find(who.letter) != std::string::npos;
}

TEST(LifeCycle, AllowsExactlyTheListedMovesForEverySenderInEveryState) {
    const auto moves = read_moves();
    const speaker_case senders[] = {{platform_a(), 'A', false},
                                    {platform_b(), 'B', false},
                                    {window_a(), 'A', true},
                                    {window_b(), 'B', true},
                                    {gateway(), 'G', false},
                                    {sender("hexi", "120103", v1::ROLE_PLATFORM), 'X', false},
                                    {sender("hexi-w", "120103", v1::ROLE_WINDOW), 'X', true},
                                    {sender("ops", region_b, v1::ROLE_OPERATOR), 'X', false}};
    std::size_t applied = 0;
    std::size_t tried = 0;
    for (int status = 0; status < v1::CaseStatus_ARRAYSIZE; ++status) {
        const auto from = static_cast<v1::CaseStatus>(status);
        for (int body = event::kCaseCollected; body <= last_event_body; ++body) {
            const auto body_case = static_cast<event::BodyCase>(body);
            const auto found =
                moves.find({status == 0 ? "-" : std::string(name(from)), std::string(name(body_case))});
            for (const auto& who : senders) {
                ++tried;
                auto state = case_in(from, who.by, body_case);
                const auto before = state.SerializeAsString();
                auto told = record(body_case, who.by);
                told.mutable_event()->set_fencing_token(state.fencing_token());
                if (body_case == event::kClaimed) {
                    told.mutable_event()->mutable_claimed()->set_window_id("w1");
                    told.mutable_event()->mutable_claimed()->set_operator_id("1001");
                }
                complete(told, state, body_case);
                const auto got = evolve(state, told, at(now_ms));
                const bool legal = found != moves.end() && may_say(found->second, who, from);
                ASSERT_EQ(got == verdict::applied, legal) << name(from) << ' ' << name(body_case) << " by "
                                                          << who.by.partner() << ": " << name(got);
                if (legal) {
                    ++applied;
                    ASSERT_EQ(name(state.status()), found->second.to) << name(from) << ' ' << name(body_case);
                } else {
                    ASSERT_EQ(state.SerializeAsString(), before) << name(from) << ' ' << name(body_case);
                }
            }
        }
    }
    EXPECT_EQ(tried, 21u * 37u * 8u);
    EXPECT_GT(applied, 150u);
}

TEST(LifeCycle, NamesTheReasonForAnIllegalEventOfTheRightSide) {
    for (int status = 1; status < v1::CaseStatus_ARRAYSIZE; ++status) {
        const auto from = static_cast<v1::CaseStatus>(status);
        for (int body = event::kCaseCollected; body <= last_event_body; ++body) {
            const auto body_case = static_cast<event::BodyCase>(body);
            if (find_transition(from, body_case) != nullptr || body_case == event::kCaseSubmitted ||
                speaker_of(body_case) == speaker::turn_window) {
                continue;
            }
            const auto by = side_of(body_case) == side::gateway  ? gateway()
                            : side_of(body_case) == side::origin ? platform_a()
                                                                 : platform_b();
            auto state = case_in(from, by, body_case);
            ASSERT_EQ(evolve(state, record(body_case, by), at(now_ms)), verdict::illegal_transition)
                << name(from) << ' ' << name(body_case);
        }
    }
}

TEST(LifeCycle, IsThePrintedTableOfTheDocument) {
    std::ifstream file(TONGBAN_SOURCE_DIR "/docs/life-cycle.md");
    ASSERT_TRUE(file) << "docs/life-cycle.md is missing";
    std::stringstream text;
    text << file.rdbuf();
    const auto table = life_cycle_markdown();
    EXPECT_NE(text.str().find(table), std::string::npos)
        << "docs/life-cycle.md does not hold the table of gateway/cases/life_cycle.cpp. It should be:\n"
        << table;
}

TEST(LifeCycle, DocumentNamesEveryStateAndEventWithItsTerm) {
    std::ifstream file(TONGBAN_SOURCE_DIR "/docs/life-cycle.md");
    std::stringstream text;
    text << file.rdbuf();
    for (int status = 1; status < v1::CaseStatus_ARRAYSIZE; ++status) {
        const auto value = static_cast<v1::CaseStatus>(status);
        const char* turn_words = is_final(value)              ? " | – |"
                                 : is_destination_turn(value) ? " | B |"
                                                              : " | A |";
        const auto words = "| " + std::string(name(value)) + " | " + std::string(term(value)) + turn_words;
        EXPECT_NE(text.str().find(words), std::string::npos) << words;
    }
}

TEST(LifeCycle, KnowsFinalAndClosedStates) {
    const std::set<std::string> final_states = {"DELIVERED", "EVALUATED", "REFUSED",   "RETURNED",
                                                "WITHDRAWN", "LAPSED",    "CANCELLED", "FORWARDED"};
    for (int status = 0; status < v1::CaseStatus_ARRAYSIZE; ++status) {
        const auto value = static_cast<v1::CaseStatus>(status);
        const std::string text(name(value));
        EXPECT_EQ(is_final(value), final_states.contains(text)) << text;
        EXPECT_EQ(is_closed(value), final_states.contains(text) || text == "CLOSED" || text == "DELIVERING")
            << text;
    }
}

TEST(LifeCycle, NamesOfStatesAndEventsAreTheSchemas) {
    for (int status = 1; status < v1::CaseStatus_ARRAYSIZE; ++status) {
        const auto value = static_cast<v1::CaseStatus>(status);
        EXPECT_EQ("CASE_STATUS_" + std::string(name(value)), v1::CaseStatus_Name(value));
        EXPECT_FALSE(term(value).empty());
    }
    for (int body = event::kCaseCollected; body <= last_event_body; ++body) {
        const auto value = static_cast<event::BodyCase>(body);
        std::string lower(name(value));
        for (char& c : lower) {
            c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        }
        EXPECT_EQ(lower, v1::CaseEvent::descriptor()->FindFieldByNumber(body)->name());
        EXPECT_FALSE(term(value).empty());
        EXPECT_EQ(body_named(name(value)), value);
    }
    EXPECT_EQ(body_named(""), event::BODY_NOT_SET);
    EXPECT_EQ(body_named("CASE_EATEN"), event::BODY_NOT_SET);
    EXPECT_EQ(name(event::BODY_NOT_SET), "");
    EXPECT_EQ(name(static_cast<v1::CaseStatus>(-1)), "");
    EXPECT_EQ(name(static_cast<v1::CaseStatus>(99)), "");
}

TEST(LifeCycle, EveryVerdictSpeaksToBoth) {
    std::set<std::string_view> names;
    for (int v = 0; v <= static_cast<int>(verdict::event_limit); ++v) {
        const auto value = static_cast<verdict>(v);
        EXPECT_TRUE(names.insert(name(value)).second) << name(value);
        EXPECT_FALSE(message_zh(value).empty());
        EXPECT_FALSE(message_en(value).empty());
    }
}

} // namespace
} // namespace tongban::cases::story
