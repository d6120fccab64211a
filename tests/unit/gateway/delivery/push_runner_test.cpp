// What becomes of a delivery that is pushed, by what its target answers.
#include "push_world.hpp"

#include <gmock/gmock.h>

namespace tongban::delivery::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr auto acknowledged = v1::DELIVERY_STATUS_ACKNOWLEDGED;
constexpr auto dead_lettered = v1::DELIVERY_STATUS_DEAD_LETTERED;

const std::string yes = answer_text("200 OK", R"({"ok":true})");

std::string status_xml(const std::string& status) {
    return answer_text("200 OK", "<RESULT><STATUS>" + status + "</STATUS></RESULT>", "Content-Type: text/xml\r\n");
}

class PushRunner : public PushWorld {};

TEST_F(PushRunner, TakenInEachFormat) {
    for (const std::string name : {"canonical", "jining", "changzhi", "hexi", "qingdao", "xuzhou"}) {
        SCOPED_TRACE(name);
        std::string answer = yes;
        const auto dialect = dialects.get()->find(name);
        if (dialect) {
            dialects::answer_input input;
            input.receipts.emplace_back().set_outcome(v1::RECEIPT_OUTCOME_ACCEPTED);
            const auto own = dialect->answer(input, nullptr);
            answer = answer_text("200 OK", own.body, "Content-Type: " + own.content_type + "\r\n");
        }
        platform target(always(answer));
        configure({{.port = target.port(), .dialect = name}});
        runner = run();
        const auto one = submit(1, "140400", name + "-")[0];
        EXPECT_TRUE(becomes(one, "140400", acknowledged));
        const auto pushes = target.pushes();
        ASSERT_EQ(pushes.size(), 1U);
        const auto id = one.id() + "-" + std::to_string(standing(one, "140400")->id().ordinal()) + "-140400";
        EXPECT_EQ(pushes[0].id, id);
        EXPECT_EQ(field_of(pushes[0].head, "X-Tongban-Delivery"), id);
        EXPECT_EQ(pushes[0].attempt, "1");
        EXPECT_EQ(field_of(pushes[0].head, "traceparent").size(), 55U);
        EXPECT_THAT(pushes[0].head, HasSubstr("POST /receive HTTP/1.1"));
        if (!dialect) {
            EXPECT_THAT(pushes[0].body, HasSubstr(one.id()));
        }
        EXPECT_EQ(field_of(pushes[0].head, "SOAPAction").empty(), name != "hexi");
        EXPECT_THAT(history(one, "140400"), ElementsAre("acknowledged"));
        runner.reset();
    }
}

TEST_F(PushRunner, AnErrorInsideA200IsRetriedUnderTheSameId) {
    platform target([](auto&, const auto&, int nth) { return status_xml(nth == 0 ? "-2" : nth == 1 ? "0" : "1"); });
    configure({{.port = target.port(), .dialect = "jining"}});
    runner = run();
    const auto one = submit(1)[0];
    EXPECT_TRUE(becomes(one, "140400", acknowledged));
    EXPECT_THAT(history(one, "140400"), ElementsAre("failed not_taken -2 200", "failed not_taken 0 200", "acknowledged"));
    EXPECT_EQ(target.ids().size(), 1U);
    const auto pushes = target.pushes();
    ASSERT_EQ(pushes.size(), 3U);
    EXPECT_EQ(pushes[0].attempt + pushes[1].attempt + pushes[2].attempt, "123");
    EXPECT_TRUE(metric(R"(tongban_push_failures_total{code="not_taken",partner="p140400"} 2)"));
}

TEST_F(PushRunner, RetryAfterIsHonoured) {
    platform target([](auto&, const auto&, int nth) {
        return nth == 0 ? answer_text("503 Busy", "", "Retry-After: 1\r\n") : yes;
    });
    configure({{.port = target.port()}});
    runner = run();
    const auto one = submit(1)[0];
    EXPECT_TRUE(becomes(one, "140400", acknowledged));
    const auto pushes = target.pushes();
    ASSERT_EQ(pushes.size(), 2U);
    EXPECT_GE(pushes[1].at - pushes[0].at, 990ms);
    EXPECT_THAT(history(one, "140400"), ElementsAre("failed answered_error 503", "acknowledged"));
}

TEST_F(PushRunner, ASpentBudgetIsADeadLetterWithItsHistory) {
    settings.attempts_max = 3;
    platform target(always(answer_text("500 Oops", "张三")));
    configure({{.port = target.port()}});
    runner = run();
    const auto one = submit(1)[0];
    EXPECT_TRUE(becomes(one, "140400", dead_lettered));
    EXPECT_THAT(history(one, "140400"), ElementsAre("failed answered_error 500", "failed answered_error 500",
                                                    "failed answered_error 500", "dead_lettered attempts_spent"));
    EXPECT_EQ(target.count(), 3U);
    EXPECT_EQ(standing(one, "140400")->attempts(), 3U);
}

TEST_F(PushRunner, ReplayedByAnOperatorItIsPushedAgain) {
    settings.attempts_max = 2;
    std::atomic<bool> works{false};
    platform target([&](auto&, const auto&, int) { return works ? yes : answer_text("500 Oops", ""); });
    configure({{.port = target.port()}});
    runner = run();
    const auto one = submit(1)[0];
    ASSERT_TRUE(becomes(one, "140400", dead_lettered));
    works = true;
    auto fact = ledger::story::delivery_fact(one, standing(one, "140400")->id().ordinal(), "140400");
    fact.mutable_replayed()->set_operator_id("0042");
    auto record = ledger::story::about_deliveries({fact});
    ASSERT_TRUE(ledger.append(std::move(record), 20s, 1).get());
    EXPECT_TRUE(becomes(one, "140400", acknowledged));
    EXPECT_EQ(target.ids().size(), 1U);
    EXPECT_EQ(target.pushes().back().attempt, "3");
}

TEST_F(PushRunner, RefusedForGoodIsADeadLetterAtOnce) {
    platform target(always(answer_text("200 OK", R"({"code":422,"message":"张三"})", "Content-Type: application/json\r\n")));
    configure({{.port = target.port(), .dialect = "qingdao"}});
    runner = run();
    const auto one = submit(1)[0];
    EXPECT_TRUE(becomes(one, "140400", dead_lettered));
    EXPECT_THAT(history(one, "140400"), ElementsAre("failed refused 422 200", "dead_lettered refused"));
    EXPECT_EQ(target.count(), 1U);
}

TEST_F(PushRunner, WhatTheDialectCannotSayIsADeadLetterAndIsNeverSent) {
    platform target(always(yes));
    configure({{.region = "370800", .port = target.port(), .dialect = "xuzhou-batch"}});
    runner = run();
    const auto one = submit(1)[0];
    tell(ledger::story::received(one));
    EXPECT_TRUE(becomes(one, "370800", dead_lettered));
    EXPECT_THAT(history(one, "370800"), ElementsAre("dead_lettered cannot_be_written"));
    EXPECT_EQ(target.count(), 0U);
}

TEST_F(PushRunner, OrderPerCaseIsKeptWhateverFails) {
    std::mutex mutex;
    std::map<std::string, int> failed; // each delivery fails once
    platform target([&](auto&, const received_push& push, int) {
        const std::lock_guard lock(mutex);
        return failed[push.id]++ == 0 ? answer_text("500 Oops", "") : yes;
    });
    configure({{.region = "370800", .port = target.port(), .connections_max = 8}});
    const auto all = submit(10);
    for (const auto& one : all) {
        tell(ledger::story::received(one));
        tell(ledger::story::accepted(one));
        tell(ledger::story::decided(one));
        tell(ledger::story::closed(one));
    }
    runner = run();
    EXPECT_TRUE(eventually([&] { return totals("370800").acknowledged == 40; }));
    std::map<std::string, std::vector<int>> ordinals; // case → as pushed
    for (const auto& push : target.pushes()) {
        const auto id = *cases::delivery_id(push.id);
        ordinals[id.case_id()].push_back(static_cast<int>(id.ordinal()));
    }
    ASSERT_EQ(ordinals.size(), 10U);
    for (const auto& [id, sequence] : ordinals) {
        EXPECT_EQ(sequence.size(), 8U) << id;
        EXPECT_TRUE(std::is_sorted(sequence.begin(), sequence.end())) << id;
    }
}

TEST_F(PushRunner, AnAnswerTooLongIsCutAndCounted) {
    platform target(always(answer_text("200 OK", std::string(2 << 20, 'x'))));
    pushing.answer_bytes_max = 4096;
    configure({{.port = target.port()}, {.region = "370200", .port = target.port(), .dialect = "qingdao"}});
    settings.attempts_max = 1;
    runner = run();
    const auto plain = submit(1)[0];
    const auto judged = submit(1, "370200", "Q-")[0];
    EXPECT_TRUE(becomes(plain, "140400", acknowledged)) << "nobody reads what it says";
    EXPECT_TRUE(becomes(judged, "370200", dead_lettered));
    EXPECT_THAT(history(judged, "370200"),
                ElementsAre("failed answer_too_large 200", "dead_lettered attempts_spent"));
    EXPECT_TRUE(metric(R"(tongban_push_answers_too_large_total{partner="p140400"} 1)"));
}

TEST_F(PushRunner, ARedirectionIsNotFollowed) {
    platform elsewhere(always(yes));
    platform target([&](auto&, const auto&, int nth) {
        return nth > 0 ? yes
                       : answer_text("302 Found", "",
                                     "Location: https://127.0.0.1:" + std::to_string(elsewhere.port()) + "/\r\n");
    });
    configure({{.port = target.port()}});
    runner = run();
    const auto one = submit(1)[0];
    EXPECT_TRUE(becomes(one, "140400", acknowledged));
    EXPECT_THAT(history(one, "140400"), ElementsAre("failed answered_error 302", "acknowledged"));
    EXPECT_EQ(elsewhere.server().accepted(), 0);
}

TEST_F(PushRunner, AFactTheLedgerCouldNotTakeIsTriedAgainAndNothingIsPushedTwice) {
    platform target([&](auto&, const auto&, int nth) {
        if (nth == 0) { // of what follows, the first three are lost
            log.expect({.copies = 0, .answer = log::make_error_code(log::errc::unavailable)}, 3);
        }
        return yes;
    });
    configure({{.port = target.port()}});
    runner = run();
    const auto one = submit(1)[0];
    EXPECT_TRUE(becomes(one, "140400", acknowledged));
    EXPECT_EQ(target.count(), 1U);
    EXPECT_TRUE(eventually([&] { return metric("tongban_push_facts_waiting 0"); }));
}

} // namespace
} // namespace tongban::delivery::testing
