// Reads of the view, over rows the projection made.
#include "case_story.hpp"

#include "connectors/log/memory_log.hpp"
#include "connectors/store/memory_view_store.hpp"
#include "gateway/ledger/inbox_watch.hpp"
#include "gateway/ledger/projection.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tongban::ledger {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class View : public testing::Test {
protected:
    View() {
        log::memory_log_settings settings;
        settings.partitions = 3;
        settings.clock = [this] { return std::chrono::sys_time<std::chrono::milliseconds>(now += 1s); };
        log = std::make_unique<log::memory_log>(settings);
        fold.open(log->identity(), 3);
        reader = log->read(fold.next_offsets()).value();
    }
    void tell(const story::case_name& of, const v1::LedgerRecord& record) {
        log->store(of.id(), record.SerializeAsString());
        for (const auto& each : reader->next(0ms, 10).value()) {
            ASSERT_TRUE(fold.fold(each));
        }
        ASSERT_FALSE(fold.commit());
        watch.committed();
    }
    case_row case_of(const story::case_name& of) { return reads.find(of.id()).value().value(); }
    std::vector<std::string> numbers(const inbox_query& query) {
        std::vector<std::string> all;
        inbox_query page_query = query;
        for (int pages = 0; pages < 100; ++pages) {
            const auto page = reads.inbox(page_query).value();
            EXPECT_LE(page.entries.size(), query.limit);
            for (const auto& entry : page.entries) {
                all.push_back(entry.source_case_no());
            }
            if (page.next.empty()) {
                return all;
            }
            page_query.after = page.next;
        }
        ADD_FAILURE() << "pages without end";
        return all;
    }

    std::chrono::milliseconds now{1'790'000'000'000};
    std::unique_ptr<log::memory_log> log;
    store::memory_view_store store;
    inbox_watch watch;
    projection fold{store, {}, &watch};
    view reads{store, &watch};
    std::unique_ptr<log::log_reader> reader;
};

TEST_F(View, FindsACaseByItsIdAndNothingElse) {
    const story::case_name of;
    EXPECT_FALSE(reads.find(of.id()).value());
    tell(of, story::submitted(of));
    EXPECT_EQ(case_of(of).state.source_case_no(), "A-1");
    EXPECT_FALSE(reads.find("").value());
    EXPECT_FALSE(reads.find("TB370800").value());
    EXPECT_FALSE(reads.find(story::case_name{"370800", "140400", "A-2"}.id()).value());
}

TEST_F(View, FindsCasesByNumberFromBothSides) {
    const story::case_name jining{"370800", "140400", "2026-7"};
    const story::case_name qingdao{"370200", "140400", "2026-7"};
    tell(jining, story::submitted(jining));
    tell(qingdao, story::submitted(qingdao));
    EXPECT_THAT(reads.find_by_number("370800", "2026-7").value(), SizeIs(1));
    EXPECT_THAT(reads.find_by_number("140400", "2026-7").value(), SizeIs(2))
        << "ambiguous for the destination";
    EXPECT_THAT(reads.find_by_number("999999", "2026-7").value(), IsEmpty());
    EXPECT_THAT(reads.find_by_number("370800", "2026-8").value(), IsEmpty());
    EXPECT_THAT(reads.find_by_number("370800", "").value(), IsEmpty());

    tell(jining, story::received(jining));
    tell(jining, story::accepted(jining, "CZ-0042"));
    const auto found = reads.find_by_number("140400", "CZ-0042").value();
    ASSERT_THAT(found, SizeIs(1));
    EXPECT_EQ(found[0].state.case_id(), jining.id());
    EXPECT_THAT(reads.find_by_number("370800", "CZ-0042").value(), IsEmpty()) << "the destination's number";
}

TEST_F(View, ACaseWhoseTwoNumbersAreOneIsFoundOnce) {
    const story::case_name of{"370800", "140400", "SAME"};
    tell(of, story::submitted(of));
    tell(of, story::received(of));
    tell(of, story::accepted(of, "SAME"));
    EXPECT_THAT(reads.find_by_number("140400", "SAME").value(), SizeIs(1));
}

TEST_F(View, GivesTheStandingSubmissionWithItsDossier) {
    const story::case_name of;
    tell(of, story::collected(of));
    EXPECT_FALSE(reads.submission_of(case_of(of).number).value());
    tell(of, story::submitted(of, "张三"));
    tell(of, story::submitted(of, "李四")); // refused: other content
    EXPECT_EQ(reads.submission_of(case_of(of).number).value()->event.dossier().applicant().name(), "张三");
    tell(of, story::returned(of));
    tell(of, story::submitted(of, "王五"));
    EXPECT_EQ(case_of(of).state.revision(), 2u);
    const auto standing = reads.submission_of(case_of(of).number).value();
    EXPECT_EQ(standing->event.dossier().applicant().name(), "王五");
    EXPECT_EQ(standing->event.case_submitted().item().name(), "住房公积金提取");
}

TEST_F(View, TellsTheTimelineInLedgerOrderRefusalsIncluded) {
    const story::case_name of;
    tell(of, story::submitted(of));
    tell(of, story::submitted(of)); // the same again leaves no trace
    tell(of, story::decided(of));   // too early
    tell(of, story::received(of));
    const auto entries = view::lines_of(reads.events(case_of(of).number).value());
    std::vector<std::string> told;
    for (const auto& entry : entries) {
        told.push_back(entry.event() + ":" + std::string(cases::name(entry.status())) + ":" +
                       entry.refused_code());
    }
    EXPECT_THAT(told, ElementsAre("CASE_SUBMITTED:QUEUED:", "DECIDED:QUEUED:illegal_transition",
                                  "DEST_RECEIVED:DEST_RECEIVED:"));
    EXPECT_EQ(entries[0].sender_region(), "370800");
    EXPECT_EQ(entries[0].sender_role(), v1::ROLE_PLATFORM);
    EXPECT_EQ(entries[0].event_id().size(), 16u);
    EXPECT_EQ(entries[0].content_digest().size(), 32u);
    EXPECT_EQ(entries[2].recorded_at().seconds() - entries[0].recorded_at().seconds(), 3);
    EXPECT_EQ(entries[0].received_at().seconds(), 1'790'000'000);
    EXPECT_LT(entries[0].offset(), entries[1].offset());
}

TEST_F(View, ListsAnInboxByWhoWaitsLongestAndPagesThroughIt) {
    std::vector<std::string> expected;
    for (int i = 0; i < 25; ++i) {
        const story::case_name of{i % 2 == 0 ? "370800" : "370200", "140400", "A-" + std::to_string(i)};
        tell(of, story::submitted(of));
        expected.push_back(of.source_no);
    }
    inbox_query query;
    query.region = "140400";
    for (const std::size_t limit : {1, 7, 25, 100}) {
        query.limit = limit;
        EXPECT_EQ(numbers(query), expected) << "pages of " << limit;
    }
    query.region = "370800";
    EXPECT_THAT(numbers(query), IsEmpty());
    query.region = "1404"; // a prefix of a region is another region
    EXPECT_THAT(numbers(query), IsEmpty());
}

TEST_F(View, FiltersAnInbox) {
    const story::case_name a{"370800", "140400", "A"};
    const story::case_name b{"370200", "140400", "B"};
    const story::case_name c{"370200", "140400", "C"};
    for (const auto& of : {a, b, c}) {
        tell(of, story::submitted(of));
    }
    tell(b, story::claimed(b, "window-1", 600));
    tell(c, story::received(c));
    inbox_query query;
    query.region = "140400";
    query.limit = 1;
    query.origin_region = "370200";
    EXPECT_THAT(numbers(query), ElementsAre("B", "C"));
    query.status = v1::CASE_STATUS_QUEUED;
    EXPECT_THAT(numbers(query), ElementsAre("B"));
    query.origin_region.reset();
    query.claimable_only = true;
    query.now_ms = now.count();
    EXPECT_THAT(numbers(query), ElementsAre("A"));
    query.now_ms = now.count() + 700'000;
    EXPECT_THAT(numbers(query), ElementsAre("A", "B")) << "the lease ran out";
    EXPECT_EQ(watch.leases_held(now.count()), 1u);
    EXPECT_EQ(watch.leases_held(now.count() + 700'000), 0u);

    inbox_watch again; // as a restart has it
    projection(store, {}, &again).open(log->identity(), 3);
    const auto at_restart = again.expired_leases(now.count() + 700'000, 9);
    ASSERT_EQ(at_restart.size(), 1u);
    EXPECT_EQ(at_restart.front().partition, case_of(b).number.partition);
    EXPECT_EQ(at_restart.front().number, case_of(b).number.number);
    ASSERT_EQ(again.figures().size(), 1u);
    EXPECT_EQ(again.figures().front().depth, 3);
    EXPECT_EQ(again.figures().front().untaken_since_ms, watch.figures().front().untaken_since_ms);
}

TEST_F(View, RefusesACursorThatIsNotItsOwn) {
    inbox_query query;
    query.region = "140400";
    const std::vector<std::string> cursors = {"x", "00", std::string(54, 'g'), std::string(54, '-'),
                                              std::string(56, '0')};
    for (const auto& cursor : cursors) {
        query.after = cursor;
        const auto page = reads.inbox(query);
        ASSERT_TRUE(page.has_error()) << cursor;
        EXPECT_EQ(page.error(), boost::system::errc::invalid_argument);
    }
    query.after = std::string(54, '0');
    EXPECT_TRUE(reads.inbox(query).has_value());
}

TEST_F(View, AMovedCaseLeavesOneInboxForTheOther) {
    const story::case_name of;
    tell(of, story::submitted(of));
    EXPECT_GT(reads.inbox_first_ms("140400").value(), now.count()) << "接件 has a limit";
    const auto untaken_since = [&]() -> std::optional<std::int64_t> {
        for (const auto& figure : watch.figures()) {
            if (figure.region == "140400") {
                return figure.untaken_since_ms;
            }
        }
        return std::nullopt;
    };
    EXPECT_EQ(untaken_since(), now.count());
    tell(of, story::received(of));
    EXPECT_FALSE(untaken_since());
    v1::CaseEvent ask;
    ask.mutable_supplement_required()->add_missing()->set_name("户口簿");
    tell(of, story::by_platform(of, std::move(ask), of.dest));
    inbox_query query;
    query.region = "140400";
    EXPECT_THAT(numbers(query), IsEmpty());
    EXPECT_FALSE(reads.inbox_first_ms("140400").value());
    query.region = "370800";
    EXPECT_THAT(numbers(query), ElementsAre("A-1"));
    for (const auto& figure : watch.figures()) {
        EXPECT_EQ(figure.depth, figure.region == "370800" ? 1 : 0) << figure.region;
    }
}

TEST_F(View, InboxesHaveTheSoonestDueFirstOfThoseDueTogetherTheLongestWaiting) {
    const auto file = [&](const char* source_no, int promise) {
        story::case_name of;
        of.source_no = source_no;
        auto filing = story::submitted(of);
        auto& limit = *filing.mutable_event()->mutable_case_submitted()->mutable_promise();
        limit.set_value(promise);
        limit.set_unit(v1::LIMIT_UNIT_WORKDAY);
        tell(of, filing);
        return of;
    };
    const auto late = file("late", 20);
    const auto soon = file("soon", 2);
    file("waits", 1); // 接件 within five working days
    file("waits too", 1);
    const auto together = file("together", 5);
    for (const auto& of : {late, soon, together}) {
        tell(of, story::received(of));
        tell(of, story::accepted(of));
    }
    inbox_query query;
    query.region = "140400";
    EXPECT_THAT(numbers(query), ElementsAre("soon", "waits", "waits too", "together", "late"));
    // One at a time: a cursor goes on where the last page ended.
    query.limit = 1;
    EXPECT_THAT(numbers(query), ElementsAre("soon", "waits", "waits too", "together", "late"));
}

TEST_F(View, WhoOwesSomethingBesideTheStepHasTheCaseToo) {
    const story::case_name of;
    tell(of, story::submitted(of));
    inbox_query of_b;
    of_b.region = of.dest;
    inbox_query of_a;
    of_a.region = of.origin;
    EXPECT_THAT(numbers(of_a), IsEmpty());
    v1::CaseEvent urge;
    urge.mutable_urged()->set_urge_no("DB-1");
    tell(of, story::by_platform(of, std::move(urge), of.dest));
    const auto page = reads.inbox(of_a).value();
    ASSERT_THAT(page.entries, SizeIs(1));
    EXPECT_TRUE(page.entries[0].beside());
    EXPECT_TRUE(page.entries[0].urged());
    ASSERT_THAT(page.entries[0].also_owed(), SizeIs(1));
    EXPECT_EQ(page.entries[0].also_owed(0).clock(), v1::CLOCK_KIND_URGE);
    EXPECT_THAT(numbers(of_b), SizeIs(1)) << "whose turn it is";
    of_a.claimable_only = true;
    EXPECT_THAT(numbers(of_a), IsEmpty()) << "there is no step to claim";
    of_a.claimable_only = false;
    v1::CaseEvent answer;
    answer.mutable_urge_answered()->set_urge_no("DB-1");
    tell(of, story::by_platform(of, std::move(answer), of.origin));
    EXPECT_THAT(numbers(of_a), IsEmpty());
    EXPECT_THAT(numbers(of_b), SizeIs(1));
}

TEST_F(View, FindsAnEventByItsIdWhereItTookEffect) {
    const story::case_name of;
    const auto submitted = story::submitted(of);
    const auto first = story::claimed(of, "window-1");
    const auto late = story::claimed(of, "window-2");
    for (const auto& record : {submitted, first, late}) {
        tell(of, record);
    }
    const auto number = case_of(of).number;
    const auto found = reads.event_of(number, first.event_id()).value();
    ASSERT_TRUE(found);
    EXPECT_EQ(found->record.event().claimed().window_id(), "window-1-01");
    EXPECT_FALSE(reads.event_of(number, late.event_id()).value()) << "refused";
    EXPECT_FALSE(reads.event_of(number, "no such id").value());
}

TEST_F(View, SaysWhenTheStoreFails) {
    const story::case_name of;
    tell(of, story::submitted(of));
    const auto number = case_of(of).number;
    store.fail_reads(store::errc::failed);
    EXPECT_TRUE(reads.find(of.id()).has_error());
    EXPECT_TRUE(reads.find_by_number("370800", "A-1").has_error());
    EXPECT_TRUE(reads.events(number).has_error());
    EXPECT_TRUE(reads.submission_of(number).has_error());
    EXPECT_TRUE(reads.inbox(inbox_query{"140400", {}, {}, false, 0, {}, 50}).has_error());
    EXPECT_TRUE(reads.inbox_first_ms("140400").has_error());
    EXPECT_TRUE(reads.totals().has_error());
    EXPECT_TRUE(reads.positions().has_error());
    EXPECT_TRUE(reads.refused_count(number).has_error());
    EXPECT_TRUE(reads.event_of(number, "id").has_error());
}

} // namespace
} // namespace tongban::ledger
