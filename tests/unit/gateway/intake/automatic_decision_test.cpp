// 秒批 of a filing that came in no message: decided once, whoever asks and however often.
#include "gateway/intake/automatic_decision.hpp"
#include "tests/unit/gateway/cases/catalogue_samples.hpp"
#include "tests/unit/gateway/ledger/running_ledger.hpp"

#include <gmock/gmock.h>

#include <atomic>

namespace tongban::intake {
namespace {

namespace story = ledger::story;

const char* const approved = R"({"events": [{"occurred_at": "2026-11-22T10:00:00+08:00", "dest_received": {}},
    {"occurred_at": "2026-11-22T10:00:00+08:00", "case_accepted": {}},
    {"occurred_at": "2026-11-22T10:00:00+08:00", "decided": {"decision": "DECISION_APPROVED"}},
    {"occurred_at": "2026-11-22T10:00:00+08:00", "case_closed": {"outcome": "OUTCOME_COMPLETED"}}]})";

// A replica that puts filings for 长治 to a handler, which says what it is told to.
struct replica {
    replica(log::event_log& log, store::view_store& rows, std::shared_ptr<const cases::catalogue> known = nullptr)
        : of(log, rows), catalogue(std::move(known)),
          parts{*of, partners, dialects, {}, {}, &catalogue, [](std::string_view, std::string_view) { return true; },
                [this](ledger::automatic_question question) { return ask(*this, std::move(question)); }},
          decision(parts, of.metrics) {}

    static boost::asio::awaitable<ledger::automatic_answer> ask(replica& self, ledger::automatic_question question) {
        ++self.asked;
        self.named = question.handler;
        ledger::automatic_answer answer;
        for (const auto& partner : self.partners.get()->partners()) {
            answer.partner = partner->id == "changzhi-platform" ? partner : answer.partner;
        }
        answer.result = self.body.empty() ? "timeout" : "answered";
        answer.content_type = "application/json";
        answer.body = self.body;
        co_return answer;
    }

    std::future<void> decide(v1::LedgerRecord filing) {
        return boost::asio::co_spawn(of.threads.front().context, decision.decide_durable(std::move(filing)), boost::asio::use_future);
    }

    std::vector<std::string> applied(const std::string& case_id) {
        EXPECT_FALSE(of.catch_up().get());
        std::vector<std::string> events;
        const auto found = of->read().find(case_id).value();
        for (const auto& entry : ledger::view::lines_of(of->read().events(found->number).value())) {
            if (entry.refused_code().empty()) {
                events.push_back(entry.event());
            }
        }
        return events;
    }

    story::running_ledger of;
    security::live<security::partner_directory> partners{
        security::partner_directory::load(TONGBAN_SOURCE_DIR "/examples/five-cities/partners").directory};
    security::live<dialects::dialect_set> dialects{std::make_shared<dialects::dialect_set>()};
    security::live<cases::catalogue> catalogue;
    std::string body = approved;
    std::atomic<int> asked{0};
    std::string named;
    intake_parts parts;
    automatic_decision decision;
};

struct AutomaticDecision : ::testing::Test {
    const story::case_name name{"370800", "140400", "M1"};
    v1::LedgerRecord filing = story::submitted(name);
    log::memory_log log;
    store::memory_view_store rows_a;
    store::memory_view_store rows_b;
    const std::vector<std::string> whole{"CASE_SUBMITTED", "DEST_RECEIVED", "CASE_ACCEPTED", "DECIDED", "CASE_CLOSED"};
};

TEST_F(AutomaticDecision, TwoReplicasThatAskAtOnceDecideItOnce) {
    replica a(log, rows_a);
    replica b(log, rows_b);
    ASSERT_EQ(a.of.told(filing).value().verdict, cases::verdict::applied);
    ASSERT_FALSE(b.of.catch_up().get());
    auto of_a = a.decide(filing);
    auto of_b = b.decide(filing);
    of_a.get();
    of_b.get();
    a.decide(filing).get(); // and once more, as after a crash
    EXPECT_EQ(a.applied(name.id()), whole);
    EXPECT_EQ(b.applied(name.id()), whole);
    EXPECT_GE(a.asked + b.asked, 1);
    EXPECT_EQ(rows_a.rows(), rows_b.rows());
}

TEST_F(AutomaticDecision, WhatIsNotAnsweredStaysInTheQueueAndMayBeAskedAgain) {
    replica a(log, rows_a);
    ASSERT_EQ(a.of.told(filing).value().verdict, cases::verdict::applied);
    a.body.clear();
    a.decide(filing).get();
    EXPECT_EQ(a.applied(name.id()).size(), 1U);
    a.body = approved;
    a.decide(filing).get();
    EXPECT_EQ(a.applied(name.id()), whole);
    a.decide(filing).get();
    EXPECT_EQ(a.asked, 2) << "a case that is closed is put to nobody";
}

TEST_F(AutomaticDecision, WhatTheApplicantWantsBackIsPutToNobody) {
    replica a(log, rows_a);
    ASSERT_EQ(a.of.told(filing).value().verdict, cases::verdict::applied);
    v1::CaseEvent asked;
    asked.mutable_withdraw_requested();
    asked.mutable_dossier()->set_reason("申请人放弃");
    ASSERT_EQ(a.of.told(story::by_platform(name, std::move(asked), name.origin)).value().verdict, cases::verdict::applied);
    a.decide(filing).get();
    EXPECT_EQ(a.asked, 0);
    EXPECT_THAT(a.applied(name.id()), testing::ElementsAre("CASE_SUBMITTED", "WITHDRAW_REQUESTED"));
}

TEST_F(AutomaticDecision, TheItemsVersionThatTheFilingNamesSaysHow) {
    auto contents = cases::sample::contents();
    cases::sample::first_item(contents).mutable_automatic()->set_handler("old");
    cases::sample::add_item(contents, "140400", cases::sample::housing, "2").mutable_automatic()->set_handler("new");
    replica a(log, rows_a, cases::catalogue::build(std::move(contents)));
    a.body.clear();
    auto& item = *filing.mutable_event()->mutable_case_submitted()->mutable_item();
    item.set_impl_code(cases::sample::housing);
    item.set_version("2");
    ASSERT_EQ(a.of.told(filing).value().verdict, cases::verdict::applied);
    a.decide(filing).get();
    EXPECT_EQ(a.named, "new");
    item.set_version("3");
    a.decide(filing).get();
    EXPECT_EQ(a.named, "") << "gone from the catalogue: the destination's own handler, if any";
}

} // namespace
} // namespace tongban::intake
