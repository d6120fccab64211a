// 档案材料调取 between two children of a bundle: what each of the two cases takes, and what the gateway has to carry over.
#include "gateway/cases/verdict_detail.hpp"
#include "tests/unit/gateway/cases/archive_story.hpp"

#include <gmock/gmock.h>

namespace tongban::cases::story {
namespace {

using testing::HasSubstr;
using namespace std::string_literals;

TEST(Archives, AreAskedForWhileTheCaseIsOpenAtItsDestination) {
    const struct {
        std::vector<v1::CaseEvent::BodyCase> until;
        verdict expected;
    } rows[] = {{{}, verdict::illegal_transition},
                {{event::kDestReceived}, verdict::applied},
                {{event::kDestReceived, event::kCaseAccepted}, verdict::applied},
                {{event::kDestReceived, event::kCaseAccepted, event::kReviewStarted}, verdict::applied},
                {{event::kDestReceived, event::kCaseAccepted, event::kDecided}, verdict::illegal_transition},
                {{event::kDestReceived, event::kReturned}, verdict::illegal_transition}};
    for (const auto& row : rows) {
        auto child = child_until(row.until);
        const auto status = child.state.status();
        EXPECT_EQ(child.tell(request({"M1"})), row.expected) << name(status);
        EXPECT_EQ(child.state.status(), status);
    }
}

TEST(Archives, AreAskedOfAnotherChildOfTheSameBundleByTheDestinationAlone) {
    auto child = child_until({event::kDestReceived});
    EXPECT_EQ(child.tell(request({"M1"}, platform_a())), verdict::wrong_side);
    auto nobody = request({"M1"});
    nobody.clear_sibling();
    EXPECT_EQ(child.tell(nobody), verdict::no_sibling);
    auto itself = request({"M1"});
    itself.mutable_sibling()->set_child(1);
    EXPECT_EQ(child.tell(itself), verdict::no_sibling);
    auto alone = told_until({event::kDestReceived});
    EXPECT_EQ(alone.tell(request({"M1"})), verdict::no_sibling) << "no part of a bundle";
    EXPECT_EQ(child.tell(request({"M1"})), verdict::applied);
    EXPECT_EQ(child.state.archive_requests(0).request_no(), "1-1");
}

TEST(Archives, AreNotAskedForTwice) {
    auto child = child_until({event::kDestReceived});
    const auto first = request({"M1"s, "M2"s});
    EXPECT_EQ(child.tell(first), verdict::applied);
    EXPECT_EQ(child.tell(first), verdict::duplicate);
    EXPECT_EQ(child.tell(request({"Ｍ２"s, "M1"s})), verdict::duplicate) << "said otherwise";
    EXPECT_EQ(child.tell(request({"M2"s, "M3"s})), verdict::archive_open);
    EXPECT_THAT(detail_of(verdict::archive_open, child.state).zh, HasSubstr("1-1 (370200: M1, M2)"));
    auto of_third = request({"M1"});
    of_third.mutable_sibling()->set_case_id("TB-3");
    of_third.mutable_sibling()->set_child(3);
    EXPECT_EQ(child.tell(of_third), verdict::applied) << "another child holds archives of its own";
    EXPECT_EQ(child.tell(request({"M3"})), verdict::applied);
    EXPECT_EQ(child.state.archive_requests(2).request_no(), "1-3");
    EXPECT_EQ(child.state.archive_requests_size(), 3);
}

TEST(Archives, RequestsAreBounded) {
    auto child = child_until({event::kDestReceived});
    for (int i = 0; i < archive_requests_max; ++i) {
        ASSERT_EQ(child.tell(request({"M" + std::to_string(i)})), verdict::applied) << i;
    }
    EXPECT_EQ(child.tell(request({"N"})), verdict::archive_limit);
    EXPECT_EQ(child.tell(siblings_request("2-1", {"N"})), verdict::archive_limit);
}

TEST(Archives, AReplyFitsItsRequest) {
    const struct {
        v1::ArchiveResult result;
        std::vector<std::string> codes;
        const char* number;
        verdict expected;
    } rows[] = {{v1::ARCHIVE_RESULT_GRANTED, {"M1"s, "M2"s}, "2-1", verdict::applied},
                {v1::ARCHIVE_RESULT_GRANTED, {"M2"s, "M1"s}, "", verdict::applied},
                {v1::ARCHIVE_RESULT_GRANTED, {"M1"}, "2-1", verdict::not_requested},
                {v1::ARCHIVE_RESULT_PARTLY_GRANTED, {"M1"}, "2-1", verdict::applied},
                {v1::ARCHIVE_RESULT_PARTLY_GRANTED, {"M1"s, "M9"s}, "2-1", verdict::not_requested},
                {v1::ARCHIVE_RESULT_REFUSED, {}, "2-1", verdict::applied},
                {v1::ARCHIVE_RESULT_REFUSED, {"M1"}, "2-1", verdict::not_requested},
                {v1::ARCHIVE_RESULT_CALLED_OFF, {}, "2-1", verdict::no_archive_request}, // it is the other's to take back
                {v1::ARCHIVE_RESULT_CALLED_OFF, {}, "", verdict::no_archive_request},
                {v1::ARCHIVE_RESULT_NOT_ASKED, {}, "2-1", verdict::not_requested},
                {v1::ARCHIVE_RESULT_GRANTED, {"M1"s, "M2"s}, "2-2", verdict::no_archive_request}};
    for (const auto& row : rows) {
        auto child = child_until({event::kDestReceived});
        ASSERT_EQ(child.tell(siblings_request("2-1", {"M1"s, "M2"s})), verdict::applied);
        EXPECT_EQ(child.tell(reply(row.result, row.codes, row.number)), row.expected)
            << v1::ArchiveResult_Name(row.result) << ' ' << row.codes.size() << ' ' << row.number;
    }
    auto child = child_until({event::kDestReceived});
    EXPECT_EQ(child.tell(reply(v1::ARCHIVE_RESULT_REFUSED, {})), verdict::no_archive_request);
    ASSERT_EQ(child.tell(siblings_request("2-1", {"M1"})), verdict::applied);
    ASSERT_EQ(child.tell(siblings_request("3-1", {"M1"})), verdict::applied);
    EXPECT_EQ(child.tell(reply(v1::ARCHIVE_RESULT_REFUSED, {})), verdict::no_archive_request) << "which of two?";
    EXPECT_THAT(detail_of(verdict::no_archive_request, child.state).en, HasSubstr("2-1 (370200: M1), 3-1"));
    EXPECT_EQ(child.tell(reply(v1::ARCHIVE_RESULT_REFUSED, {}, "3-1", platform_a())), verdict::wrong_side);
    EXPECT_EQ(child.tell(reply(v1::ARCHIVE_RESULT_REFUSED, {}, "3-1")), verdict::applied);
    EXPECT_EQ(child.tell(reply(v1::ARCHIVE_RESULT_GRANTED, {"M1"}, "3-1")), verdict::no_archive_request) << "said once";
}

TEST(Archives, AReplyMayHoldALicenceWhileSomethingIsOwed) {
    auto child = child_until({event::kDestReceived});
    auto accepted = record(event::kCaseAccepted, platform_b());
    accepted.mutable_event()->mutable_case_accepted()->add_owed()->set_code("CL1");
    ASSERT_EQ(child.tell(accepted), verdict::applied);
    ASSERT_EQ(child.tell(siblings_request("2-1", {"M1"})), verdict::applied);
    auto given = reply(v1::ARCHIVE_RESULT_GRANTED, {"M1"});
    given.set_gives_certificate(true);
    EXPECT_EQ(child.tell(given), verdict::applied);
}

TEST(Archives, WhatWasSaidIsCarriedOverOnceAndThenNoted) {
    auto asking = child_until({event::kDestReceived});
    const auto asked = request({"M1"});
    ASSERT_EQ(asking.tell(asked), verdict::applied);
    EXPECT_EQ(next_bundle_work(asking.state), (bundle_work{bundle_step::ask, 2, 0}));
    EXPECT_EQ(asking.state.archive_requests(0).event_id(), asked.event_id());
    EXPECT_NE(asking.state.bundle_step_since_ms(), 0);
    EXPECT_EQ(asking.tell(informed("1-1", v1::ARCHIVE_RESULT_GRANTED)), verdict::illegal_transition);
    EXPECT_EQ(asking.tell(informed("1-1")), verdict::applied);
    EXPECT_EQ(asking.tell(informed("1-1")), verdict::illegal_transition) << "another owner's";
    EXPECT_EQ(next_bundle_work(asking.state), bundle_work{});
    EXPECT_EQ(asking.state.bundle_step_since_ms(), 0);
    EXPECT_EQ(asking.tell(reply(v1::ARCHIVE_RESULT_GRANTED, {"M1"}, "1-1", gateway())), verdict::applied);
    EXPECT_EQ(asking.state.archive_requests(0).result(), v1::ARCHIVE_RESULT_GRANTED);
    EXPECT_EQ(asking.tell(reply(v1::ARCHIVE_RESULT_GRANTED, {"M1"}, "1-1", gateway())), verdict::illegal_transition);
    EXPECT_EQ(next_bundle_work(asking.state), bundle_work{});
    EXPECT_EQ(asking.tell(request({"M1"})), verdict::applied) << "the first was answered: this is the next";

    auto replying = child_until({event::kDestReceived});
    ASSERT_EQ(replying.tell(siblings_request("2-1", {"M1"})), verdict::applied);
    EXPECT_EQ(next_bundle_work(replying.state), bundle_work{}) << "its destination's turn, not the gateway's";
    ASSERT_EQ(replying.tell(reply(v1::ARCHIVE_RESULT_REFUSED, {})), verdict::applied);
    EXPECT_EQ(next_bundle_work(replying.state), (bundle_work{bundle_step::answer, 2, 0}));
    EXPECT_EQ(replying.tell(informed("2-1", v1::ARCHIVE_RESULT_REFUSED)), verdict::applied);
    EXPECT_EQ(next_bundle_work(replying.state), bundle_work{});
}

TEST(Archives, AreCalledOffWhenTheCaseThatAskedEnds) {
    for (const auto end : {event::kReturned, event::kAcceptanceRefused, event::kCaseVoided, event::kCaseForwarded}) {
        auto asking = child_until({event::kDestReceived});
        ASSERT_EQ(asking.tell(request({"M1"})), verdict::applied);
        ASSERT_EQ(asking.tell(informed("1-1")), verdict::applied);
        ASSERT_EQ(asking.tell(end, platform_b()), verdict::applied) << name(end);
        asking.state.set_parent_knows(told_status(asking.state.status()));
        EXPECT_EQ(asking.state.archive_requests(0).result(), v1::ARCHIVE_RESULT_CALLED_OFF) << name(end);
        EXPECT_EQ(next_bundle_work(asking.state), (bundle_work{bundle_step::call_off, 2, 0}));
        EXPECT_EQ(asking.tell(reply(v1::ARCHIVE_RESULT_GRANTED, {"M1"}, "1-1", gateway())), verdict::illegal_transition)
            << "what it needs no more it does not get";
        EXPECT_EQ(asking.tell(informed("1-1", v1::ARCHIVE_RESULT_CALLED_OFF)), verdict::applied);
        EXPECT_EQ(next_bundle_work(asking.state), bundle_work{});
    }
    auto closed = child_until({event::kDestReceived, event::kCaseAccepted});
    ASSERT_EQ(closed.tell(request({"M1"})), verdict::applied);
    ASSERT_EQ(closed.tell(event::kDecided, platform_b()), verdict::applied);
    EXPECT_TRUE(is_open(closed.state.archive_requests(0))) << "decided, and its papers are still to be complete";
    ASSERT_EQ(closed.tell(event::kCaseClosed, platform_b()), verdict::applied);
    EXPECT_EQ(closed.state.archive_requests(0).result(), v1::ARCHIVE_RESULT_CALLED_OFF);

    auto asked = child_until({event::kDestReceived});
    ASSERT_EQ(asked.tell(siblings_request("2-1", {"M1"})), verdict::applied);
    EXPECT_EQ(asked.tell(reply(v1::ARCHIVE_RESULT_NOT_ASKED, {}, "2-1", gateway())), verdict::illegal_transition);
    EXPECT_EQ(asked.tell(reply(v1::ARCHIVE_RESULT_CALLED_OFF, {}, "2-1", gateway())), verdict::applied);
    EXPECT_FALSE(owes_archives(asked.state));
    EXPECT_EQ(asked.tell(reply(v1::ARCHIVE_RESULT_GRANTED, {"M1"}, "2-1")), verdict::no_archive_request);
}

TEST(Archives, WhoAskedTakesItsRequestBack) {
    auto asking = child_until({event::kDestReceived, event::kCaseAccepted});
    const auto takes_back = [](const char* number, const v1::Sender& by = platform_b()) {
        return reply(v1::ARCHIVE_RESULT_CALLED_OFF, {}, number, by);
    };
    EXPECT_EQ(asking.tell(takes_back("")), verdict::no_archive_request) << "nothing was asked";
    ASSERT_EQ(asking.tell(request({"M1"})), verdict::applied);
    ASSERT_EQ(asking.tell(informed("1-1")), verdict::applied);
    ASSERT_EQ(asking.tell(request({"M2"})), verdict::applied);
    ASSERT_EQ(asking.tell(informed("1-2")), verdict::applied);
    EXPECT_EQ(asking.tell(takes_back("")), verdict::no_archive_request) << "which of two?";
    EXPECT_THAT(detail_of(verdict::no_archive_request, asking.state).en, HasSubstr("of its own: 1-1 (370200: M1), 1-2"));
    EXPECT_EQ(asking.tell(takes_back("1-3")), verdict::no_archive_request);
    EXPECT_EQ(asking.tell(takes_back("1-2", platform_a())), verdict::wrong_side);
    EXPECT_EQ(asking.tell(reply(v1::ARCHIVE_RESULT_CALLED_OFF, {"M1"}, "1-1")), verdict::not_requested) << "and gives something?";
    EXPECT_EQ(asking.tell(takes_back("1-2", gateway())), verdict::illegal_transition) << "it is not the gateway's to take back";
    const auto said = takes_back("1-2");
    EXPECT_EQ(asking.tell(said), verdict::applied);
    EXPECT_EQ(asking.tell(said), verdict::duplicate);
    EXPECT_EQ(asking.tell(takes_back("1-2")), verdict::no_archive_request);
    EXPECT_EQ(asking.state.archive_requests(1).result(), v1::ARCHIVE_RESULT_CALLED_OFF);
    EXPECT_EQ(next_bundle_work(asking.state), (bundle_work{bundle_step::call_off, 2, 1})) << "as at the end of the case";
    EXPECT_EQ(asking.tell(informed("1-2", v1::ARCHIVE_RESULT_CALLED_OFF)), verdict::applied);
    EXPECT_EQ(next_bundle_work(asking.state), bundle_work{});
    EXPECT_EQ(asking.tell(reply(v1::ARCHIVE_RESULT_GRANTED, {"M2"}, "1-2", gateway())), verdict::illegal_transition);
    EXPECT_TRUE(is_open(asking.state.archive_requests(0)));
    EXPECT_EQ(asking.tell(takes_back("")), verdict::applied) << "one alone is left";
    EXPECT_EQ(asking.tell(request({"M1"})), verdict::applied) << "and may be asked for again";
}

TEST(Archives, OneThatAsksAndIsAskedSaysWhichItMeansByItsResult) {
    auto child = child_until({event::kDestReceived});
    ASSERT_EQ(child.tell(request({"M1"})), verdict::applied);
    ASSERT_EQ(child.tell(siblings_request("2-1", {"M1"})), verdict::applied);
    EXPECT_EQ(child.tell(reply(v1::ARCHIVE_RESULT_GRANTED, {"M1"}, "1-1")), verdict::no_archive_request) << "its own";
    EXPECT_EQ(child.tell(reply(v1::ARCHIVE_RESULT_CALLED_OFF, {}, "2-1")), verdict::no_archive_request) << "the other's";
    EXPECT_EQ(child.tell(reply(v1::ARCHIVE_RESULT_CALLED_OFF, {})), verdict::applied);
    EXPECT_TRUE(owes_archives(child.state));
    EXPECT_EQ(child.tell(reply(v1::ARCHIVE_RESULT_GRANTED, {"M1"})), verdict::applied);
    EXPECT_FALSE(owes_archives(child.state));
}

TEST(Archives, OneThatWasAskedMayReplyAfterItsOwnEnd) {
    for (const auto end : {event::kReturned, event::kCaseVoided}) {
        auto asked = child_until({event::kDestReceived});
        ASSERT_EQ(asked.tell(siblings_request("2-1", {"M1"})), verdict::applied);
        ASSERT_EQ(asked.tell(end, platform_b()), verdict::applied);
        EXPECT_EQ(next_archive_timer(asked.state).at_ms, 0) << "nobody is warned of a case that has ended";
        EXPECT_EQ(asked.tell(siblings_request("2-2", {"M2"})), verdict::illegal_transition) << "nor asked in it";
        EXPECT_EQ(asked.tell(reply(v1::ARCHIVE_RESULT_GRANTED, {"M1"})), verdict::applied) << name(end);
    }
}

} // namespace
} // namespace tongban::cases::story
