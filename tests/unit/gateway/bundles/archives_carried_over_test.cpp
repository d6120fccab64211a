// Archives that one child of a bundle asks another one for: what each of the two cases is told of the other, once.
#include "gateway/cases/case_clocks.hpp"
#include "gateway/cases/obligations.hpp"
#include "gateway/ledger/proposal.hpp"
#include "tests/unit/gateway/bundles/bundle_story.hpp"

#include <string>

namespace tongban::bundles {
namespace {

// 档案材料调取 of the second child by the first, as admission makes it.
v1::LedgerRecord archive_request(const std::string& number, const std::string& reason = "核对缴费年限") {
    v1::CaseEvent event;
    event.mutable_archive_requested()->set_child(2);
    event.mutable_archive_requested()->add_materials()->set_code("DA01");
    event.mutable_dossier()->set_reason(reason);
    auto record = story::by_platform(child_name(number, 1), std::move(event), destinations[0]);
    record.mutable_sibling()->set_case_id(child_name(number, 2).id());
    record.mutable_sibling()->set_child(2);
    record.mutable_sibling()->set_region(destinations[1]);
    return record;
}

v1::LedgerRecord archive_reply(const std::string& number) {
    v1::CaseEvent event;
    event.mutable_archive_replied()->set_archive_result(v1::ARCHIVE_RESULT_GRANTED);
    event.mutable_archive_replied()->add_codes("DA01");
    auto& material = *event.mutable_dossier()->add_materials();
    material.set_code("DA01");
    material.add_files()->set_sha256(std::string(64, 'b'));
    auto record = story::by_platform(child_name(number, 2), std::move(event), destinations[1]);
    record.add_materials(std::string(32, '\xbb'));
    record.add_to_fetch(7);
    return record;
}

v1::LedgerRecord newest(ledger::ledger& of, const std::string& case_id, v1::CaseEvent::BodyCase body) {
    const auto row = of.read().find(case_id).value();
    auto found = newest_record(of.read(), row->number, body).value();
    return found ? std::move(*found) : v1::LedgerRecord();
}

class ArchivesCarriedOver : public BundleWorker {
protected:
    // A bundle of two children, of which the first asked the second.
    void open(replica& a, const std::string& number, v1::LedgerRecord asks) {
        a.tell(filing(number, {{}, {}}));
        ASSERT_TRUE(story::eventually([&] { return a.sees(number, 2, v1::CASE_STATUS_QUEUED); }));
        a.tell(story::received(child_name(number, 1)));
        a.tell(std::move(asks));
        ASSERT_TRUE(story::eventually([&] { return a.state(child_name(number, 2).id())->archive_requests_size() == 1; }));
    }
};

TEST_F(ArchivesCarriedOver, AreAskedForAndGivenWithTheirFiles) {
    replica a(log, rows_a);
    a.tell(filing("R1", {{}, {}}));
    const auto first = child_name("R1", 1);
    const auto second = child_name("R1", 2);
    ASSERT_TRUE(story::eventually([&] { return a.sees("R1", 2, v1::CASE_STATUS_QUEUED); }));
    a.tell(story::received(first));
    a.tell(archive_request("R1"));
    ASSERT_TRUE(story::eventually([&] { return a.state(second.id())->archive_requests_size() == 1; }));
    const auto asked = ledger::open_event(newest(*a.of, second.id(), v1::CaseEvent::kArchiveRequested));
    EXPECT_EQ(asked.archive_requested().request_no(), "1-1");
    EXPECT_EQ(asked.archive_requested().child(), 1U) << "who asks";
    EXPECT_EQ(asked.archive_requested().region(), destinations[0]);
    EXPECT_EQ(asked.dossier().reason(), "核对缴费年限");
    a.tell(archive_reply("R1"));
    ASSERT_TRUE(story::eventually([&] {
        return a.state(first.id())->archive_requests(0).result() == v1::ARCHIVE_RESULT_GRANTED;
    }));
    const auto given = newest(*a.of, first.id(), v1::CaseEvent::kArchiveReplied);
    EXPECT_EQ(given.event().archive_replied().child(), 2U) << "who gives";
    EXPECT_EQ(given.sibling().case_id(), second.id());
    ASSERT_EQ(given.materials_size(), 1) << "the case that asked may read the file";
    EXPECT_EQ(given.materials(0), std::string(32, '\xbb'));
    ASSERT_EQ(given.to_fetch_size(), 1);
    EXPECT_EQ(given.to_fetch(0), 7U);
    EXPECT_EQ(ledger::open_event(given).dossier().materials(0).code(), "DA01");
    EXPECT_TRUE(story::eventually([&] { return a.idle(); }));
}

TEST_F(ArchivesCarriedOver, ByTwoReplicasAndAfterACrashOnce) {
    {
        replica a(log, rows_a);
        a.tell(filing("R2", {{}, {}}));
        ASSERT_TRUE(story::eventually([&] { return a.sees("R2", 2, v1::CASE_STATUS_QUEUED); }));
        ASSERT_TRUE(story::eventually([&] { return a.idle(); }));
    }
    const auto first = child_name("R2", 1);
    const auto second = child_name("R2", 2);
    { // gone before any worker looks at it
        story::running_ledger alone(log, rows_a);
        ASSERT_EQ(alone.told(story::received(first)).value().verdict, cases::verdict::applied);
        ASSERT_EQ(alone.told(archive_request("R2")).value().verdict, cases::verdict::applied);
    }
    replica a(log, rows_a);
    replica b(log, rows_b);
    ASSERT_TRUE(story::eventually([&] { return b.state(second.id())->archive_requests_size() == 1; }));
    b.tell(archive_reply("R2"));
    ASSERT_TRUE(story::eventually([&] {
        return a.state(first.id())->archive_requests(0).result() == v1::ARCHIVE_RESULT_GRANTED;
    }));
    ASSERT_TRUE(story::eventually([&] { return a.idle() && b.idle(); }));
    for (const auto& id : {first.id(), second.id()}) {
        EXPECT_EQ(count(a, id, "ARCHIVE_REQUESTED"), 1);
        EXPECT_EQ(count(a, id, "ARCHIVE_REPLIED"), 1);
        EXPECT_EQ(count(a, id, "ARCHIVE_INFORMED"), 1);
    }
    ASSERT_FALSE(a.of.catch_up().get());
    ASSERT_FALSE(b.of.catch_up().get());
    EXPECT_EQ(rows_a.rows(), rows_b.rows());
}

TEST_F(ArchivesCarriedOver, AreCalledOffOrNotAskedForAtAllWhereAChildHasEnded) {
    replica a(log, rows_a);
    a.tell(filing("R3", {{}, {{}, false}}));
    const auto first = child_name("R3", 1);
    const auto second = child_name("R3", 2);
    ASSERT_TRUE(story::eventually([&] { return a.sees("R3", 2, v1::CASE_STATUS_QUEUED); }));
    a.tell(story::received(first));
    a.tell(archive_request("R3"));
    ASSERT_TRUE(story::eventually([&] { return a.state(second.id())->archive_requests_size() == 1; }));
    a.tell(story::returned(first));
    ASSERT_TRUE(story::eventually([&] {
        return a.state(second.id())->archive_requests(0).result() == v1::ARCHIVE_RESULT_CALLED_OFF;
    }));
    a.tell(story::submitted(first));
    v1::CaseEvent again;
    again.mutable_dest_received()->set_window_id("w2");
    a.tell(story::by_platform(first, std::move(again), first.dest));
    a.tell(story::returned(second));
    a.tell(archive_request("R3", "再次核对")); // as a replica admits it that does not know yet
    ASSERT_TRUE(story::eventually([&] {
        return a.state(first.id())->archive_requests(1).result() == v1::ARCHIVE_RESULT_NOT_ASKED;
    }));
    EXPECT_EQ(a.state(first.id())->archive_requests(1).request_no(), "1-2");
    EXPECT_TRUE(story::eventually([&] { return a.idle(); }));
}

TEST_F(ArchivesCarriedOver, WithTheLimitOfTheItemOfTheCaseThatAsks) {
    replica a(log, rows_a);
    auto whole = filing("R5", {{}, {}});
    whole.mutable_bundle_started()->mutable_children(0)->mutable_terms()->set_archive_days(7);
    whole.mutable_bundle_started()->mutable_children(1)->mutable_terms()->set_archive_days(3);
    a.tell(std::move(whole));
    ASSERT_TRUE(story::eventually([&] { return a.sees("R5", 2, v1::CASE_STATUS_QUEUED); }));
    const auto first = child_name("R5", 1);
    const auto second = child_name("R5", 2);
    a.tell(story::received(first));
    a.tell(archive_request("R5"));
    ASSERT_TRUE(story::eventually([&] { return a.state(second.id())->archive_requests_size() == 1; }));
    const auto own = a.state(first.id())->archive_requests(0);
    const auto asked = a.state(second.id())->archive_requests(0);
    EXPECT_EQ(own.limit().value(), 7);
    EXPECT_EQ(asked.limit().value(), 7) << "not what its own item says";
    EXPECT_EQ(newest(*a.of, second.id(), v1::CaseEvent::kArchiveRequested).event().archive_requested().limit().value(), 7);
    if (cases::day_of(own.since_ms()) == cases::day_of(asked.since_ms())) { // midnight may pass between the two
        EXPECT_EQ(own.due_ms(), asked.due_ms()) << "both sides show one day";
    }
}

TEST_F(ArchivesCarriedOver, AreNotNeededAnyMoreWhereWhoAskedTakesItsRequestBack) {
    replica a(log, rows_a);
    replica b(log, rows_b);
    open(a, "R6", archive_request("R6"));
    const auto first = child_name("R6", 1);
    const auto second = child_name("R6", 2);
    v1::CaseEvent takes_back;
    takes_back.mutable_archive_replied()->set_archive_result(v1::ARCHIVE_RESULT_CALLED_OFF);
    a.tell(story::by_platform(first, std::move(takes_back), first.dest));
    ASSERT_TRUE(story::eventually([&] {
        return a.state(second.id())->archive_requests(0).result() == v1::ARCHIVE_RESULT_CALLED_OFF;
    }));
    ASSERT_TRUE(story::eventually([&] { return a.idle() && b.idle(); }));
    const auto told = newest(*a.of, second.id(), v1::CaseEvent::kArchiveReplied);
    EXPECT_EQ(told.event().archive_replied().child(), 1U) << "who needs it no more";
    for (const auto& id : {first.id(), second.id()}) {
        EXPECT_EQ(count(a, id, "ARCHIVE_REPLIED"), 1);
    }
    EXPECT_EQ(a.of.told(archive_reply("R6")).value().verdict, cases::verdict::no_archive_request);
    ASSERT_FALSE(a.of.catch_up().get());
    ASSERT_FALSE(b.of.catch_up().get());
    EXPECT_EQ(rows_a.rows(), rows_b.rows());
}

TEST_F(ArchivesCarriedOver, AreToldToBeLateToWhoAskedOnceAndARebuildGivesTheSameBytes) {
    const auto first = child_name("R7", 1);
    const auto second = child_name("R7", 2);
    {
        replica a(log, rows_a);
        replica b(log, rows_b);
        open(a, "R7", archive_request("R7"));
        std::string said;
        for (auto asked = a.state(second.id()); !asked->archive_requests(0).overdue(); asked = a.state(second.id())) {
            const auto timer = cases::next_timer(*asked);
            ASSERT_NE(timer.at_ms, 0);
            const auto now = std::chrono::system_clock::now().time_since_epoch();
            ahead_ms = timer.at_ms + 1000 - std::chrono::duration_cast<milliseconds>(now).count();
            a.tell(ledger::propose(*asked, cases::timer_event(*asked), "timer " + std::to_string(timer.at_ms), timer.at_ms));
            said += timer.clock == v1::CLOCK_KIND_ARCHIVE ? std::string(cases::name(timer.band)) + ' ' : "";
        }
        EXPECT_EQ(said, "YELLOW RED ");
        ASSERT_TRUE(story::eventually([&] { return a.state(first.id())->archive_requests(0).overdue(); }));
        ASSERT_TRUE(story::eventually([&] { return a.idle() && b.idle(); }));
        EXPECT_EQ(count(a, first.id(), "SUPERVISION_WARNING"), 1);
        const auto told = newest(*a.of, first.id(), v1::CaseEvent::kSupervisionWarning);
        EXPECT_EQ(told.event().supervision_warning().owed_by(), second.dest);
        EXPECT_EQ(told.event().supervision_warning().due().seconds(), a.state(second.id())->archive_requests(0).due_ms() / 1000);
        EXPECT_TRUE(cases::owed_beside(*a.state(first.id())).empty());
        b.tell(archive_reply("R7"));
        ASSERT_TRUE(story::eventually([&] {
            return a.state(first.id())->archive_requests(0).result() == v1::ARCHIVE_RESULT_GRANTED;
        }));
        ASSERT_TRUE(story::eventually([&] { return a.idle() && b.idle(); }));
        ASSERT_FALSE(a.of.catch_up().get());
        ASSERT_FALSE(b.of.catch_up().get());
    }
    EXPECT_EQ(rows_a.rows(), rows_b.rows());
    store::memory_view_store again;
    story::running_ledger rebuilt(log, again);
    ASSERT_FALSE(rebuilt.catch_up().get());
    EXPECT_EQ(again.rows(), rows_a.rows());
}

} // namespace
} // namespace tongban::bundles
