// Every (state, event, sender) against a list written out here by hand from the domain's table, not from the
// code.
#include "gateway/cases/bundles.hpp"
#include "gateway/cases/obligations.hpp"
#include "gateway/cases/working_days.hpp"
#include "tests/unit/gateway/cases/legal_moves.hpp"
#include "tests/unit/gateway/cases/story.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>

namespace tongban::cases::story {
namespace {

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

// The same of what stands beside the steps: papers, a session, an owed material, an urge, a bad grade.
void open_guards_beside(v1::CaseState& state, const v1::Sender& by, v1::CaseEvent::BodyCase body) {
    const auto hour_ago = now_ms - 3'600'000;
    if (body == event::kShippedToDest || body == event::kPaperReceived) {
        state.set_business_mode(v1::BUSINESS_MODE_COLLECT_FOR_OTHER);
        state.mutable_papers()->set_shipments(1);
        state.mutable_papers()->add_shipped();
    }
    state.mutable_virtual_window()->set_session_id("s1");
    state.mutable_virtual_window()->set_sessions(body == event::kSessionOpened ? 0 : 1);
    state.mutable_virtual_window()->set_open(body != event::kSessionOpened);
    state.mutable_virtual_window()->set_last_ms(body == event::kSessionLapsed ? now_ms - 86'400'000 : now_ms);
    if ((body >= event::kOwedSubmitted && body <= event::kOwedLapsed) || body == event::kOwedRefused) {
        auto& owed = *state.add_owed_materials();
        owed.set_code("m1");
        owed.set_due_ms(hour_ago);
        owed.set_remind_ms(hour_ago);
        owed.set_reminded(body == event::kOwedLapsed);
        owed.set_submitted(body == event::kOwedRefused);
        state.mutable_clocks()->Clear();
    }
    if (body == event::kUrgeAnswered) {
        state.mutable_urge()->set_by_region(by.region() == region_a ? region_b : region_a);
    }
    if (body == event::kSupervisionWarning && next_timer(state).body != body) {
        state.mutable_urge()->set_by_region(region_a);
        state.mutable_urge()->set_due_ms(hour_ago - 1);
    }
    state.set_rectification_owed(body == event::kRectified);
    state.mutable_terms()->set_accepts_by_mandate(body == event::kCaseAccepted);
}

// The parent of a bundle with one child, which has ended, or a child that its parent knows nothing of.
void open_guards_of_bundles(v1::CaseState& state, v1::CaseEvent::BodyCase body) {
    if (body == event::kParentInformed) {
        state.mutable_parent()->set_child(1);
    } else if (body == event::kChildProgressed || body == event::kBundleClosed) {
        auto& child = *state.mutable_bundle()->add_children();
        child.mutable_plan()->set_number(1);
        child.set_status(v1::CASE_STATUS_CLOSED);
        child.set_outcome(v1::OUTCOME_COMPLETED);
        child.set_events(8);
        state.set_withdraw_requested(false);
    }
}

// A child that can ask another one for archives, was asked by it and has asked it.
void open_guards_of_archives(v1::CaseState& state, const v1::Sender& by, v1::CaseEvent::BodyCase body) {
    if (body < event::kArchiveRequested) {
        return;
    }
    state.mutable_parent()->set_child(1);
    if (body != event::kArchiveRequested) {
        auto& request = *state.add_archive_requests();
        request.set_request_no("2-1");
        request.set_incoming(by.role() != v1::ROLE_GATEWAY);
        request.add_materials()->set_code("m1");
        request.set_due_ms(now_ms + 60'000);
    }
}

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
    state.mutable_times()->set_submitted_ms(hour_ago);
    clocks.set_received_ms(hour_ago);
    clocks.set_evaluated_ms(hour_ago);
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
    open_guards_beside(state, by, body);
    open_guards_of_bundles(state, body);
    open_guards_of_archives(state, by, body);
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
    const auto timer = next_timer(state);
    if (body == event::kOwedReminded) {
        told.mutable_event()->mutable_owed_reminded()->add_codes("m1");
    }
    if (body == event::kOwedLapsed) {
        told.mutable_event()->mutable_owed_lapsed()->add_codes("m1");
        told.mutable_event()->mutable_owed_lapsed()->set_consequence(gravest(state, timer.due_ms));
    }
    if (body == event::kOwedSubmitted) {
        told.mutable_event()->mutable_owed_submitted()->add_codes("m1");
    }
    if (body == event::kOwedCleared) {
        told.mutable_event()->mutable_owed_cleared()->add_codes("m1");
    }
    if (body == event::kOwedRefused) {
        told.mutable_event()->mutable_owed_refused()->add_codes("m1");
    }
    if (body == event::kSessionLapsed) {
        told.mutable_event()->mutable_session_lapsed()->set_session_id("s1");
    }
    if (body == event::kSessionJoined) {
        told.mutable_event()->mutable_session_joined()->set_session_id("s1");
        told.mutable_event()->mutable_session_joined()->set_party(
            told.sender().region() == region_b ? v1::SESSION_PARTY_DEST_WINDOW : v1::SESSION_PARTY_ORIGIN_WINDOW);
    }
    if (body == event::kSessionClosed) {
        told.mutable_event()->mutable_session_closed()->set_session_id("s1");
    }
    if (body == event::kCalendarRevised) {
        auto& days = *told.mutable_working_days();
        days.set_first_day(day_of(now_ms) - 400);
        days.set_bits(std::string(100, '\x7f'));
    }
}

// The same of bundles.
void complete_of_bundles(v1::LedgerRecord& told, const v1::CaseState& state, v1::CaseEvent::BodyCase body) {
    if (body == event::kParentInformed) {
        auto& informed = *told.mutable_event()->mutable_parent_informed();
        informed.set_status(told_status(state.status()));
        informed.set_events(state.event_count());
    } else if (body == event::kChildProgressed) {
        auto& progress = *told.mutable_event()->mutable_child_progressed();
        progress.set_child(1);
        progress.set_status(v1::CASE_STATUS_RETURNED);
        progress.set_events(9);
    } else if (body == event::kBundleClosed) {
        *told.mutable_event()->mutable_bundle_closed() = bundle_result(state);
    }
}

void complete_of_archives(v1::LedgerRecord& told, v1::CaseEvent::BodyCase body) {
    const bool by_gateway = told.sender().role() == v1::ROLE_GATEWAY;
    if (body == event::kArchiveRequested) {
        told.mutable_sibling()->set_child(2);
        auto& asked = *told.mutable_event()->mutable_archive_requested();
        asked.add_materials()->set_code("m1");
        asked.set_request_no(by_gateway ? "2-1" : "");
    } else if (body == event::kArchiveReplied) {
        auto& reply = *told.mutable_event()->mutable_archive_replied();
        reply.set_request_no("2-1");
        reply.set_archive_result(v1::ARCHIVE_RESULT_GRANTED);
        reply.add_codes("m1");
    } else if (body == event::kArchiveInformed) {
        told.mutable_event()->mutable_archive_informed()->set_request_no("2-1");
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
                complete_of_bundles(told, state, body_case);
                complete_of_archives(told, body_case);
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
    EXPECT_EQ(tried, 22u * 60u * 8u);
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
                                 : value == v1::CASE_STATUS_JOINT_HANDLING ? " | – |"
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
