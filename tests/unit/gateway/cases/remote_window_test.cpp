// 异地代收代办: paper originals on their way, sessions of the remote virtual window and the identity check in them.
#include "gateway/cases/remote_window.hpp"

#include "gateway/cases/verdict_detail.hpp"
#include "tests/unit/gateway/cases/story.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tongban::cases::story {
namespace {

class RemoteWindow : public ::testing::Test {
protected:
    void SetUp() override { ASSERT_EQ(tell(submission()), verdict::applied); }

    verdict tell(const v1::LedgerRecord& r) { return evolve(state, r, at(now += 1000)); }

    static v1::LedgerRecord opens(const char* id, const v1::Sender& by = platform_a()) {
        auto r = record(event::kSessionOpened, by);
        r.mutable_event()->mutable_session_opened()->set_session_id(id);
        return r;
    }
    static v1::LedgerRecord joins(const char* id, v1::SessionParty party, const v1::Sender& by) {
        auto r = record(event::kSessionJoined, by);
        r.mutable_event()->mutable_session_joined()->set_session_id(id);
        r.mutable_event()->mutable_session_joined()->set_party(party);
        return r;
    }
    static v1::LedgerRecord checks(const char* id, bool passed) {
        auto r = record(event::kIdentityChecked, platform_a());
        r.mutable_event()->mutable_identity_checked()->set_session_id(id);
        r.mutable_event()->mutable_identity_checked()->set_passed(passed);
        return r;
    }
    static v1::LedgerRecord closes(const char* id, v1::SessionResult result) {
        auto r = record(event::kSessionClosed, platform_b());
        r.mutable_event()->mutable_session_closed()->set_session_id(id);
        r.mutable_event()->mutable_session_closed()->set_result(result);
        return r;
    }

    v1::CaseState state;
    std::int64_t now = 1'729'213'953'000;
};

TEST_F(RemoteWindow, PapersTravelAndComeIn) {
    EXPECT_EQ(tell(record(event::kPaperReceived, platform_b())), verdict::no_papers);
    ASSERT_EQ(tell(record(event::kShippedToDest, platform_a())), verdict::applied);
    EXPECT_EQ(state.papers().shipped_ms(), now);
    auto in = record(event::kPaperReceived, platform_b());
    ASSERT_EQ(tell(in), verdict::applied);
    EXPECT_TRUE(state.papers().received());
    EXPECT_FALSE(state.papers().complete());
    EXPECT_EQ(tell(record(event::kPaperReceived, platform_b())), verdict::no_papers) << "once for a shipment";
    ASSERT_EQ(tell(record(event::kShippedToDest, platform_a())), verdict::applied) << "the rest follows";
    EXPECT_FALSE(state.papers().received());
    EXPECT_EQ(state.papers().shipments(), 2u);
    EXPECT_EQ(state.status(), v1::CASE_STATUS_QUEUED);
}

TEST_F(RemoteWindow, PapersBelongToCollectingForAnother) {
    state.set_business_mode(v1::BUSINESS_MODE_FULL_ONLINE);
    EXPECT_EQ(tell(record(event::kShippedToDest, platform_a())), verdict::wrong_mode);
}

TEST_F(RemoteWindow, ASessionIsOpenedJoinedAndClosed) {
    ASSERT_EQ(tell(opens("VW-1")), verdict::applied);
    ASSERT_EQ(tell(joins("VW-1", v1::SESSION_PARTY_DEST_WINDOW, platform_b())), verdict::applied);
    ASSERT_EQ(tell(joins("VW-1", v1::SESSION_PARTY_APPLICANT, platform_a())), verdict::applied);
    ASSERT_EQ(tell(joins("VW-1", v1::SESSION_PARTY_DEST_WINDOW, platform_b())), verdict::applied) << "came back";
    ASSERT_EQ(state.virtual_window().joined_size(), 2);
    EXPECT_EQ(state.virtual_window().joined(0), v1::SESSION_PARTY_APPLICANT);
    ASSERT_EQ(tell(checks("VW-1", true)), verdict::applied);
    EXPECT_TRUE(state.virtual_window().identity_passed());
    ASSERT_EQ(tell(closes("VW-1", v1::SESSION_RESULT_COMPLETED)), verdict::applied);
    EXPECT_FALSE(state.virtual_window().open());
    EXPECT_EQ(state.virtual_window().closed_ms(), now);
}

TEST_F(RemoteWindow, ASessionInWhichNothingHappensIsClosed) {
    constexpr std::int64_t minute = 60'000;
    const auto lapses = [this](const char* id) {
        auto r = record(event::kSessionLapsed, gateway());
        r.mutable_event()->mutable_session_lapsed()->set_session_id(id);
        return r;
    };
    EXPECT_NE(next_timer(state).body, event::kSessionLapsed);
    ASSERT_EQ(tell(opens("VW-1")), verdict::applied);
    now += 100 * minute;
    ASSERT_EQ(tell(joins("VW-1", v1::SESSION_PARTY_APPLICANT, platform_a())), verdict::applied);
    now += 100 * minute;
    ASSERT_EQ(tell(joins("VW-1", v1::SESSION_PARTY_APPLICANT, platform_a())), verdict::applied) << "still there";
    const auto end = next_timer(state);
    EXPECT_EQ(end.body, event::kSessionLapsed);
    EXPECT_EQ(end.at_ms, now + 240 * minute);
    EXPECT_EQ(timer_event(state).session_lapsed().session_id(), "VW-1");
    EXPECT_EQ(evolve(state, lapses("VW-1"), at(end.at_ms - 1)), verdict::illegal_transition) << "by the log's time";
    EXPECT_EQ(evolve(state, lapses("VW-0"), at(end.at_ms)), verdict::illegal_transition);
    ASSERT_EQ(evolve(state, lapses("VW-1"), at(end.at_ms)), verdict::applied);
    EXPECT_FALSE(state.virtual_window().open());
    EXPECT_EQ(state.virtual_window().result(), v1::SESSION_RESULT_INTERRUPTED);
    EXPECT_EQ(state.virtual_window().closed_ms(), end.at_ms);
    EXPECT_NE(next_timer(state).body, event::kSessionLapsed) << "once";
    now = end.at_ms;
    ASSERT_EQ(tell(opens("VW-2")), verdict::applied) << "and another may be opened";
    state.mutable_terms()->set_session_idle_minutes(30);
    EXPECT_EQ(next_timer(state).at_ms, now + 30 * minute) << "as the item says";
}

TEST_F(RemoteWindow, OneSessionAtATime) {
    ASSERT_EQ(tell(opens("VW-1")), verdict::applied);
    EXPECT_EQ(tell(opens("VW-2", platform_b())), verdict::session_open);
    EXPECT_EQ(detail_of(verdict::session_open, state).en, "open is session VW-1");
    EXPECT_EQ(tell(joins("VW-2", v1::SESSION_PARTY_APPLICANT, platform_a())), verdict::other_session);
    EXPECT_EQ(tell(closes("VW-2", v1::SESSION_RESULT_COMPLETED)), verdict::other_session);
    ASSERT_EQ(tell(closes("VW-1", v1::SESSION_RESULT_INTERRUPTED)), verdict::applied);
    ASSERT_EQ(tell(opens("VW-2", platform_b())), verdict::applied);
    EXPECT_EQ(state.virtual_window().sessions(), 2u);
    EXPECT_EQ(state.virtual_window().joined_size(), 0) << "who was in the first is not in the second";
    ASSERT_EQ(tell(closes("VW-2", v1::SESSION_RESULT_COMPLETED)), verdict::applied);
    EXPECT_EQ(tell(opens("VW-2")), verdict::session_known) << "what it found is not wiped";
    EXPECT_EQ(tell(opens("VW-1")), verdict::session_known);
    EXPECT_EQ(tell(joins("VW-2", v1::SESSION_PARTY_DEST_WINDOW, platform_b())), verdict::no_session);
}

TEST_F(RemoteWindow, EachSideJoinsItsOwnWindowAndTheApplicantIsAtTheOrigins) {
    ASSERT_EQ(tell(opens("VW-1")), verdict::applied);
    EXPECT_EQ(tell(joins("VW-1", v1::SESSION_PARTY_DEST_WINDOW, platform_a())), verdict::wrong_side);
    EXPECT_EQ(tell(joins("VW-1", v1::SESSION_PARTY_APPLICANT, platform_b())), verdict::wrong_side);
    EXPECT_EQ(tell(joins("VW-1", v1::SESSION_PARTY_ORIGIN_WINDOW, platform_b())), verdict::wrong_side);
    EXPECT_EQ(tell(joins("VW-1", v1::SESSION_PARTY_ORIGIN_WINDOW, platform_a())), verdict::applied);
    EXPECT_EQ(tell(joins("VW-1", v1::SESSION_PARTY_DEST_WINDOW, platform_b())), verdict::applied);
}

v1::LedgerRecord ships(const char* waybill) {
    auto r = record(event::kShippedToDest, platform_a());
    r.mutable_event()->mutable_shipped_to_dest()->set_waybill(waybill);
    return r;
}

v1::LedgerRecord comes(const char* waybill) {
    auto r = record(event::kPaperReceived, platform_b());
    r.mutable_event()->mutable_paper_received()->set_waybill(waybill);
    r.mutable_event()->mutable_paper_received()->set_complete(true);
    return r;
}

TEST_F(RemoteWindow, EachWaybillComesInByItself) {
    for (const auto* waybill : {"EMS1", "EMS2", "EMS3"}) {
        ASSERT_EQ(tell(ships(waybill)), verdict::applied);
    }
    EXPECT_EQ(tell(comes("")), verdict::other_papers) << "which of the three?";
    EXPECT_EQ(detail_of(verdict::other_papers, state).en, "under way: EMS1, EMS2, EMS3");
    EXPECT_EQ(tell(comes("EMS9")), verdict::other_papers);
    ASSERT_EQ(tell(comes("EMS2")), verdict::applied);
    EXPECT_EQ(tell(comes("EMS2")), verdict::other_papers) << "it came";
    EXPECT_FALSE(state.papers().received());
    ASSERT_EQ(tell(comes("EMS1")), verdict::applied);
    ASSERT_EQ(tell(comes("")), verdict::applied) << "only one is left";
    EXPECT_TRUE(state.papers().received());
    EXPECT_TRUE(state.papers().complete());
    ASSERT_EQ(tell(ships("")), verdict::applied);
    ASSERT_EQ(tell(comes("EMS4")), verdict::applied) << "it was sent without a number";
}

// Originals are on their way whatever becomes of the case.
TEST_F(RemoteWindow, ParcelsUnderWayOutliveAReturnAndAreReceivedInAnyRun) {
    for (const auto* waybill : {"EMS1", "EMS2", "EMS3"}) {
        ASSERT_EQ(tell(ships(waybill)), verdict::applied);
    }
    ASSERT_EQ(tell(comes("EMS1")), verdict::applied);
    ASSERT_EQ(tell(record(event::kReturned, platform_b())), verdict::applied);
    EXPECT_EQ(tell(ships("EMS4")), verdict::illegal_transition);
    ASSERT_EQ(tell(comes("EMS2")), verdict::applied) << "it comes after 退件";
    EXPECT_EQ(state.status(), v1::CASE_STATUS_RETURNED);
    auto elsewhere = state;
    ASSERT_EQ(tell(submission()), verdict::applied);
    EXPECT_EQ(state.papers().shipments(), 1U) << "the one that is still under way";
    EXPECT_FALSE(state.papers().received());
    ASSERT_EQ(tell(comes("EMS3")), verdict::applied);
    EXPECT_TRUE(state.papers().received());

    state = elsewhere;
    auto moved = submission();
    moved.mutable_event()->mutable_case_()->set_dest_region("120103");
    ASSERT_EQ(tell(moved), verdict::applied);
    EXPECT_FALSE(state.has_papers()) << "what went to the former destination is not the new one's";
}

TEST_F(RemoteWindow, ASessionEndsWithItsCaseAndItsNumberIsUsed) {
    ASSERT_EQ(tell(opens("VW-1")), verdict::applied);
    ASSERT_EQ(tell(closes("VW-1", v1::SESSION_RESULT_COMPLETED)), verdict::applied);
    ASSERT_EQ(tell(opens("VW-2")), verdict::applied);
    ASSERT_EQ(tell(record(event::kReturned, platform_b())), verdict::applied);
    EXPECT_FALSE(state.virtual_window().open());
    EXPECT_EQ(state.virtual_window().result(), v1::SESSION_RESULT_INTERRUPTED);
    EXPECT_NE(state.virtual_window().closed_ms(), 0);
    ASSERT_EQ(tell(submission()), verdict::applied);
    EXPECT_FALSE(state.virtual_window().open());
    EXPECT_EQ(tell(opens("VW-1")), verdict::session_known);
    EXPECT_EQ(tell(opens("VW-2")), verdict::session_known);
    ASSERT_EQ(tell(opens("VW-3")), verdict::applied);
    EXPECT_THAT(state.virtual_window().past(), testing::ElementsAre("VW-1", "VW-2"));
}

TEST_F(RemoteWindow, AnIdentityIsCheckedInTheSessionOrAtTheWindow) {
    EXPECT_EQ(tell(checks("VW-1", true)), verdict::no_session);
    EXPECT_EQ(tell(checks("", true)), verdict::applied);
    EXPECT_FALSE(state.has_virtual_window()) << "a check at the window is in the timeline";
}

TEST_F(RemoteWindow, AWindowOfTheDestinationActsUnderItsClaim) {
    EXPECT_EQ(tell(opens("VW-1", window_b())), verdict::not_claimed);
    ASSERT_EQ(tell(claim(window_b(), "w1", "1001")), verdict::applied);
    EXPECT_EQ(tell(with_token(opens("VW-1", window_b()), state.fencing_token())), verdict::applied);
}

} // namespace
} // namespace tongban::cases::story
