// What is done next about a case, from the script, the case and the seed alone.
#include "gateway/emulator/case_work.hpp"

#include "gateway/cases/case_id.hpp"
#include "gateway/cases/evolve.hpp"

#include <gmock/gmock.h>

namespace tongban::emulator {
namespace {

using namespace std::chrono_literals;
using event = v1::CaseEvent;

script script_of(const std::string& text) {
    auto read = read_script(text, "s.yaml");
    for (const auto& mistake : read.mistakes) {
        ADD_FAILURE() << mistake.text();
    }
    return read.value.value_or(script{});
}

known_case case_of(const std::string& number, const std::string& region = "140400") {
    known_case about;
    about.ref.set_case_id(cases::case_id("370800", number));
    about.ref.set_origin_region("370800");
    about.ref.set_dest_region("140400");
    about.ref.set_source_case_no(number);
    about.region = region;
    return about;
}

v1::CaseEvent filing(const std::string& item = "11140400TT000031433002017003000") {
    v1::CaseEvent filed;
    filed.mutable_case_submitted()->mutable_item()->set_impl_code(item);
    return filed;
}

v1::CaseEvent named(const char* word) {
    return step_named(word)->prototype;
}

// Does everything that is next; gives the words.
std::vector<std::string> played(const case_work& work, known_case& about) {
    std::vector<std::string> words;
    while (const auto next = work.next(about)) {
        words.push_back(next->step->word);
        work.did(about, *next, true, words.size());
        if (words.size() > 40) {
            break;
        }
    }
    return words;
}

TEST(CaseWork, WorksAFilingToItsEnd) {
    const auto how = script_of(standard_script());
    const case_work work(how, 1);
    auto about = case_of("A1");
    EXPECT_FALSE(work.next(about)) << "nothing was heard yet";
    work.hear(about, filing(), 1);
    EXPECT_EQ(about.status, v1::CASE_STATUS_QUEUED);
    EXPECT_EQ(work.next(about)->after, 200ms);
    EXPECT_EQ(played(work, about), (std::vector<std::string>{"receive", "accept", "review", "decide", "close"}));
    EXPECT_EQ(about.status, v1::CASE_STATUS_CLOSED);
}

TEST(CaseWork, WaitsForTheSupplement) {
    const auto how = script_of("cases: [{steps: [receive, supplement, accept, decide]}]");
    const case_work work(how, 1);
    auto about = case_of("A1");
    work.hear(about, filing(), 1);
    EXPECT_EQ(played(work, about), (std::vector<std::string>{"receive", "supplement"}));
    EXPECT_EQ(about.status, v1::CASE_STATUS_SUPPLEMENTING);
    work.hear(about, named("supply"), 4);
    EXPECT_EQ(about.heard, 4U);
    EXPECT_EQ(played(work, about), (std::vector<std::string>{"accept", "decide"}));
}

TEST(CaseWork, ARevisionAnswersASupplementOrBeginsAnew) {
    const auto how = script_of("cases: [{steps: [receive, supplement, return]}]");
    const case_work work(how, 1);
    auto about = case_of("A1");
    work.hear(about, filing(), 1);
    EXPECT_EQ(played(work, about).size(), 2U);
    work.hear(about, filing(), 4);
    EXPECT_EQ(about.status, v1::CASE_STATUS_DEST_RECEIVED);
    EXPECT_EQ(played(work, about), (std::vector<std::string>{"return"}));
    EXPECT_TRUE(about.is_over());
    work.hear(about, filing(), 6);
    EXPECT_EQ(about.status, v1::CASE_STATUS_QUEUED);
    EXPECT_EQ(played(work, about), (std::vector<std::string>{"receive", "supplement"}));
}

TEST(CaseWork, RulesByItemOriginNumberAndShare) {
    const auto how = script_of(R"(
cases:
  - {items: ["1137*"], steps: [return]}
  - {origins: ["32*"], steps: [return]}
  - {numbers: ["X*"], steps: [receive, refuse]}
  - {share: 30%, steps: [receive, supplement]}
  - {steps: [receive, accept]}
)");
    const case_work work(how, 5);
    auto by_item = case_of("A1");
    work.hear(by_item, filing("1137"), 1);
    EXPECT_EQ(by_item.rule, 0U);
    auto by_origin = case_of("A1");
    by_origin.ref.set_origin_region("320300");
    work.hear(by_origin, filing(), 1);
    EXPECT_EQ(by_origin.rule, 1U);
    auto by_number = case_of("X9");
    work.hear(by_number, filing(), 1);
    EXPECT_EQ(by_number.rule, 2U);
    int asked = 0;
    for (int i = 0; i < 2000; ++i) {
        auto about = case_of("S" + std::to_string(i));
        work.hear(about, filing(), 1);
        ASSERT_TRUE(about.rule == 3U || about.rule == 4U);
        asked += about.rule == 3U ? 1 : 0;
    }
    EXPECT_NEAR(asked, 600, 85);
}

TEST(CaseWork, TheSameSeedChoosesTheSameWhateverElseComes) {
    const auto how = script_of("cases: [{share: 50%, steps: [receive]}, {steps: [{receive: {after: 1s..9s}}, accept]}]");
    const case_work one(how, 9);
    const case_work other(how, 9);
    const case_work third(how, 10);
    int differs = 0;
    for (int i = 99; i >= 0; --i) {
        auto first = case_of("N" + std::to_string(i));
        auto second = case_of("N" + std::to_string(i));
        auto elsewhere = case_of("N" + std::to_string(i));
        one.hear(first, filing(), 1);
        other.hear(second, filing(), 1);
        third.hear(elsewhere, filing(), 1);
        EXPECT_EQ(first.rule, second.rule);
        EXPECT_EQ(one.next(first)->after, other.next(second)->after);
        differs += first.rule != elsewhere.rule ? 1 : 0;
    }
    EXPECT_GT(differs, 20);
}

TEST(CaseWork, RepliesAsTheOrigin) {
    const auto how = script_of(R"(
replies:
  SUPPLEMENT_REQUIRED: {do: supply, after: 3s}
  CASE_CLOSED: {do: evaluate}
)");
    const case_work work(how, 1);
    auto about = case_of("A1", "370800");
    work.hear(about, named("receive"), 2);
    EXPECT_FALSE(work.next(about));
    work.hear(about, named("supplement"), 3);
    ASSERT_TRUE(work.next(about));
    EXPECT_TRUE(work.next(about)->is_reply);
    EXPECT_EQ(work.next(about)->after, 3s);
    EXPECT_EQ(played(work, about), (std::vector<std::string>{"supply"}));
    work.hear(about, named("close"), 8);
    EXPECT_EQ(played(work, about), std::vector<std::string>{}) << "accept and decide were not heard: nobody knows";
    EXPECT_EQ(about.status, v1::CASE_STATUS_UNSPECIFIED);
    work.learn(about, v1::CASE_STATUS_CLOSED, 1);
    EXPECT_EQ(played(work, about), (std::vector<std::string>{"evaluate"}));
    EXPECT_TRUE(about.is_over());
}

TEST(CaseWork, AfterARestartItGoesOnWhereTheCaseStands) {
    const auto how = script_of("cases: [{steps: [receive, supplement, accept, review, decide, close]}]");
    const case_work work(how, 1);
    auto about = case_of("A1");
    work.learn(about, v1::CASE_STATUS_DEST_RECEIVED, 1);
    EXPECT_EQ(played(work, about), (std::vector<std::string>{"accept", "review", "decide", "close"})) << "asked already";
    about = case_of("A1");
    work.learn(about, v1::CASE_STATUS_DEST_RECEIVED, 0);
    EXPECT_EQ(played(work, about), (std::vector<std::string>{"supplement"}));
    about = case_of("A1");
    work.learn(about, v1::CASE_STATUS_IN_REVIEW, 1);
    EXPECT_EQ(played(work, about), (std::vector<std::string>{"decide", "close"}));
    about = case_of("A1");
    work.learn(about, v1::CASE_STATUS_WITHDRAWN, 0);
    EXPECT_FALSE(work.next(about));
}

TEST(CaseWork, AFilingThatComesAfterTheCaseWasFoundDoesNotBeginItAnew) {
    const auto how = script_of(standard_script());
    const case_work work(how, 1);
    auto about = case_of("A1");
    work.learn(about, v1::CASE_STATUS_QUEUED, 0); // found in the inbox
    for (int i = 0; i < 4; ++i) {
        work.did(about, *work.next(about), true);
    }
    ASSERT_EQ(about.status, v1::CASE_STATUS_DECIDED);
    work.hear(about, filing(), 1);
    EXPECT_FALSE(work.next(about)) << "the gateway is asked";
    work.learn(about, v1::CASE_STATUS_DECIDED, 0);
    EXPECT_EQ(work.next(about)->step->word, "close");
}

TEST(CaseWork, WhatSomebodyElseDidIsNotDoneAgain) {
    const auto how = script_of(standard_script());
    const case_work work(how, 1);
    auto about = case_of("A1");
    work.hear(about, filing(), 1);
    const auto next = work.next(about);
    ASSERT_EQ(next->step->word, "receive");
    work.learn(about, v1::CASE_STATUS_ACCEPTED, 0); // a clerk did, meanwhile
    EXPECT_EQ(work.next(about)->step->word, "review");
}

TEST(CaseWork, WhatTheGatewayDoesNotWantIsLeftOut) {
    const auto good = script_of("cases: [{steps: [receive, accept, review, step, decide]}]");
    const case_work work(good, 1);
    auto about = case_of("A1");
    work.hear(about, filing(), 1);
    for (int i = 0; i < 3; ++i) {
        work.did(about, *work.next(about), true);
    }
    const auto step = work.next(about);
    ASSERT_EQ(step->step->word, "step");
    work.did(about, *step, false);
    EXPECT_EQ(work.next(about)->step->word, "decide");
}

TEST(CaseWork, AWindowClaimsAgainWhenItsLeaseIsLost) {
    const auto how = script_of("cases: [{steps: [claim, receive, supplement, accept, release]}]");
    const case_work work(how, 1);
    auto about = case_of("A1");
    work.hear(about, filing(), 1);
    const auto claim = work.next(about);
    ASSERT_EQ(claim->step->word, "claim");
    work.did(about, *claim, true, 41);
    EXPECT_EQ(about.token, 41U);
    EXPECT_EQ(work.next(about)->step->word, "receive");
    about.token = 0; // it ran out
    EXPECT_EQ(work.next(about)->step->word, "claim");
    work.did(about, *work.next(about), true, 42);
    EXPECT_EQ(played(work, about), (std::vector<std::string>{"receive", "supplement"}));
    EXPECT_EQ(about.token, 0U) << "the turn passed, the lease fell";
    work.hear(about, named("supply"), 5);
    EXPECT_EQ(played(work, about), (std::vector<std::string>{"claim", "accept", "release"}));
    EXPECT_EQ(about.token, 0U);
}

TEST(CaseWork, ACaseThatFitsNoRuleIsOnlyTakenIn) {
    const auto how = script_of("cases: [{items: [X], steps: [receive]}]");
    const case_work work(how, 1);
    auto about = case_of("A1");
    work.hear(about, filing(), 1);
    EXPECT_FALSE(about.rule);
    EXPECT_FALSE(work.next(about));
    work.hear(about, named("withdraw"), 2);
    EXPECT_EQ(about.heard, 2U);
}

} // namespace
} // namespace tongban::emulator
