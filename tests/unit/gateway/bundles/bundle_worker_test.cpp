// Bundles carried on: by one replica, by two at once, by a new one after a crash at any point; every fact once, and views that
// are equal byte for byte.
#include "gateway/bundles/bundle_worker.hpp"
#include "gateway/bundles/child_records.hpp"
#include "gateway/cases/bundles.hpp"
#include "gateway/cases/case_id.hpp"
#include "gateway/ledger/dossier_files.hpp"
#include "tests/unit/gateway/ledger/running_ledger.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <utility>

namespace tongban::bundles {
namespace {

namespace story = ledger::story;
using std::chrono::milliseconds;

constexpr const char* origin = "140400";
constexpr const char* destinations[] = {"370800", "370200", "320300", "120103"};

struct wanted_child {
    std::vector<std::uint32_t> after = {};
    bool required = true;
};

// What a parent is filed as: two fields and one file, of which each child gets its own.
v1::LedgerRecord filing(const std::string& number, const std::vector<wanted_child>& children) {
    v1::CaseEvent event;
    auto& ref = *event.mutable_case_();
    ref.set_case_id(cases::case_id(origin, number));
    ref.set_origin_region(origin);
    ref.set_dest_region(origin);
    ref.set_source_case_no(number);
    event.mutable_case_submitted()->set_bundle_code("CJR");
    event.mutable_case_submitted()->set_business_mode(v1::BUSINESS_MODE_FULL_ONLINE);
    event.mutable_dossier()->mutable_applicant()->set_name("张三");
    for (std::size_t i = 1; i <= children.size(); ++i) {
        auto& field = *event.mutable_dossier()->add_form();
        field.set_name("项" + std::to_string(i));
        field.set_value("值" + std::to_string(i));
    }
    auto& material = *event.mutable_dossier()->add_materials();
    material.set_code("M1");
    material.add_files()->set_sha256(std::string(64, 'a'));
    ledger::record_facts facts;
    facts.sender.set_partner("changzhi");
    facts.sender.set_region(origin);
    facts.sender.set_role(v1::ROLE_PLATFORM);
    facts.received_at = std::chrono::system_clock::now();
    v1::LedgerRecord record;
    ledger::make_record(std::move(event), facts, record);
    record.add_materials(std::string(32, '\xaa')); // its sender may refer to it
    auto& plan = *record.mutable_bundle_started();
    plan.set_bundle_code("CJR");
    plan.set_name("残疾人服务一件事");
    for (std::uint32_t i = 1; i <= children.size(); ++i) {
        auto& child = *plan.add_children();
        child.set_number(i);
        child.set_source_case_no(number + '-' + std::to_string(i));
        child.set_case_id(cases::case_id(origin, child.source_case_no()));
        child.set_dest_region(destinations[(i - 1) % 4]);
        child.mutable_item()->set_impl_code("ITEM" + std::to_string(i));
        child.set_required(children[i - 1].required);
        child.mutable_after()->Add(children[i - 1].after.begin(), children[i - 1].after.end());
        child.add_fields()->set_from("项" + std::to_string(i));
        child.add_materials()->set_from("M1");
        child.mutable_terms()->set_agreement("A" + std::to_string(i));
    }
    return record;
}

story::case_name child_name(const std::string& number, std::uint32_t child) {
    return {origin, destinations[(child - 1) % 4], number + '-' + std::to_string(child)};
}
std::string parent_id(const std::string& number) {
    return cases::case_id(origin, number);
}

v1::LedgerRecord withdrawal(const std::string& number) {
    v1::CaseEvent event;
    event.mutable_withdraw_requested();
    event.mutable_dossier()->set_reason("申请人放弃");
    return story::by_platform({origin, origin, number}, std::move(event), origin);
}
v1::LedgerRecord confirmed(const story::case_name& of) {
    v1::CaseEvent event;
    event.mutable_withdrawn();
    return story::by_platform(of, std::move(event), of.dest);
}

class BundleWorker : public ::testing::Test {
protected:
    // A replica whose worker acts for every partition: so does the other replica's.
    struct replica {
        replica(log::event_log& log, store::view_store& rows, decide_filing decide = {}, std::size_t decisions_max = 64)
            : of(log, rows), worker(*of, of.metrics, [](std::uint32_t) { return true; }, std::move(decide),
                                    thread.context.get_executor(),
                                    {.tick = milliseconds(5), .rest = std::chrono::seconds(1), .decisions_max = decisions_max}) {
            worker.start();
        }

        std::optional<v1::CaseState> state(const std::string& case_id) {
            EXPECT_FALSE(of.catch_up().get());
            auto found = of->read().find(case_id).value();
            return found ? std::optional(std::move(found->state)) : std::nullopt;
        }
        bool is(const std::string& case_id, v1::CaseStatus status) {
            const auto now = state(case_id);
            return now && now->status() == status;
        }
        // As the parent sees the child.
        bool sees(const std::string& number, std::uint32_t child, v1::CaseStatus status) {
            const auto now = state(parent_id(number));
            return now && cases::find_child(*now, child)->status() == status;
        }
        void tell(v1::LedgerRecord record) {
            const auto said = of.told(std::move(record));
            EXPECT_TRUE(said);
            EXPECT_EQ(said->verdict, cases::verdict::applied);
        }
        void succeed(const story::case_name& child) {
            for (auto& record : {story::received(child), story::accepted(child), story::decided(child), story::closed(child)}) {
                tell(record);
            }
        }
        bool idle() {
            EXPECT_FALSE(of.catch_up().get());
            for (std::uint32_t partition = 0; partition < of->partition_count(); ++partition) {
                if (!of->bundle_work(partition, 1).empty()) {
                    return false;
                }
            }
            return true;
        }

        story::running_ledger of;
        story::io_thread thread; // ends when all that the worker has under way has ended, and the ledger after it
        bundle_worker worker;
    };

    // How often the event took effect on the case.
    static std::ptrdiff_t count(replica& at, const std::string& case_id, std::string_view event) {
        const auto found = at.of->read().find(case_id).value();
        const auto timeline = ledger::view::lines_of(at.of->read().events(found->number).value());
        return std::count_if(timeline.begin(), timeline.end(), [&](const v1::TimelineEntry& entry) {
            return entry.event() == event && entry.refused_code().empty();
        });
    }

    log::memory_log log;
    store::memory_view_store rows_a;
    store::memory_view_store rows_b;
};

TEST_F(BundleWorker, FilesEachChildWithItsOwnPartAndTellsTheParent) {
    replica a(log, rows_a);
    a.tell(filing("N1", {{}, {{1}}, {}}));
    ASSERT_TRUE(story::eventually([&] { return a.sees("N1", 1, v1::CASE_STATUS_QUEUED) && a.sees("N1", 3, v1::CASE_STATUS_QUEUED); }));
    EXPECT_FALSE(a.state(child_name("N1", 2).id())) << "waits for the first";
    const auto row = a.of->read().find(child_name("N1", 3).id()).value();
    ASSERT_TRUE(row);
    EXPECT_EQ(row->state.parent().case_id(), parent_id("N1"));
    EXPECT_EQ(row->state.terms().agreement(), "A3");
    EXPECT_EQ(row->state.origin_region(), origin);
    const auto events = a.of->read().events(row->number).value();
    EXPECT_EQ(events[0].record.sender().partner(), "changzhi") << "who filed the whole";
    ASSERT_EQ(events[0].record.materials_size(), 1) << "the file is the child's to read";
    const auto said = ledger::open_event(events[0].record);
    ASSERT_EQ(said.dossier().form_size(), 1);
    EXPECT_EQ(said.dossier().form(0).value(), "值3");
    a.succeed(child_name("N1", 1));
    ASSERT_TRUE(story::eventually([&] { return a.is(child_name("N1", 2).id(), v1::CASE_STATUS_QUEUED); }));
    a.succeed(child_name("N1", 2));
    a.succeed(child_name("N1", 3));
    ASSERT_TRUE(story::eventually([&] { return a.is(parent_id("N1"), v1::CASE_STATUS_CLOSED); }));
    EXPECT_TRUE(story::eventually([&] { return a.idle(); }));
    EXPECT_TRUE(a.of.metric_is("tongban_bundle_steps_total{outcome=\"done\",step=\"file\"} 3"));
}

// Keeps what it is asked about, and answers when it is let go on.
struct slow_decider {
    static boost::asio::awaitable<void> decide(std::shared_ptr<slow_decider> self, v1::LedgerRecord filing) {
        const auto executor = co_await boost::asio::this_coro::executor;
        const auto answer = std::make_shared<boost::asio::steady_timer>(executor, story::long_enough);
        {
            const std::lock_guard lock(self->mutex);
            self->asked.push_back(filing.event().case_().case_id());
            self->answers.push_back(answer);
        }
        (void)co_await answer->async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    }
    // The timers end with their calls: none outlives its executor.
    void answer_all() {
        const std::lock_guard lock(mutex);
        for (const auto& each : std::exchange(answers, {})) {
            boost::asio::post(each->get_executor(), [each] { each->cancel(); });
        }
    }

    std::mutex mutex;
    std::vector<std::string> asked;
    std::vector<std::shared_ptr<boost::asio::steady_timer>> answers;
};

TEST_F(BundleWorker, PutsEachFiledChildToWhoMayDecideItAndWaitsForNobody) {
    const auto decider = std::make_shared<slow_decider>();
    replica a(log, rows_a, [decider](v1::LedgerRecord filing) { return slow_decider::decide(decider, std::move(filing)); }, 2);
    const auto steps = [&a](const std::string& outcome, int count) {
        return a.of.metric_is("tongban_bundle_steps_total{outcome=\"" + outcome + "\",step=\"decide\"} " + std::to_string(count));
    };
    a.tell(filing("D1", {{}, {}, {}, {{1}}}));
    ASSERT_TRUE(story::eventually([&] { return a.sees("D1", 3, v1::CASE_STATUS_QUEUED); })) << "nobody has answered yet";
    EXPECT_TRUE(steps("busy", 1)) << "two are decided at once at most";
    a.succeed(child_name("D1", 1));
    ASSERT_TRUE(story::eventually([&] { return a.sees("D1", 4, v1::CASE_STATUS_QUEUED); }));
    decider->answer_all();
    EXPECT_TRUE(story::eventually([&] { return steps("done", 2); }));
    EXPECT_THAT(decider->asked, testing::ElementsAre(child_name("D1", 1).id(), child_name("D1", 2).id()));
}

TEST_F(BundleWorker, TwoReplicasAtOnceDoEverythingOnce) {
    replica a(log, rows_a);
    replica b(log, rows_b);
    constexpr int bundles = 10;
    for (int i = 0; i < bundles; ++i) {
        (i % 2 == 0 ? a : b).tell(filing("T" + std::to_string(i), {{}, {}, {{1}, false}}));
    }
    for (int i = 0; i < bundles; ++i) {
        const auto number = "T" + std::to_string(i);
        for (const std::uint32_t child : {1U, 2U, 3U}) {
            ASSERT_TRUE(story::eventually([&] { return b.is(child_name(number, child).id(), v1::CASE_STATUS_QUEUED); }));
            if (child == 3 && i % 3 == 0) {
                b.tell(story::returned(child_name(number, child)));
                ASSERT_TRUE(story::eventually([&] { return a.sees(number, child, v1::CASE_STATUS_RETURNED); }));
                b.tell(story::submitted(child_name(number, child)));
                ASSERT_TRUE(story::eventually([&] { return a.sees(number, child, v1::CASE_STATUS_QUEUED); }));
            }
            b.succeed(child_name(number, child));
        }
    }
    for (int i = 0; i < bundles; ++i) {
        const auto number = "T" + std::to_string(i);
        ASSERT_TRUE(story::eventually([&] { return a.is(parent_id(number), v1::CASE_STATUS_CLOSED); })) << number;
        EXPECT_EQ(count(a, parent_id(number), "BUNDLE_CLOSED"), 1);
        EXPECT_EQ(count(a, child_name(number, 1).id(), "CASE_SUBMITTED"), 1);
        EXPECT_EQ(a.state(parent_id(number))->outcome(), v1::OUTCOME_COMPLETED);
    }
    ASSERT_TRUE(story::eventually([&] { return a.idle() && b.idle(); }));
    ASSERT_FALSE(a.of.catch_up().get());
    ASSERT_FALSE(b.of.catch_up().get());
    EXPECT_EQ(rows_a.rows(), rows_b.rows()) << "two replicas, one history, equal bytes";
}

TEST_F(BundleWorker, AnotherReplicaGoesOnWhereOneStopped) {
    { // files the parent and is gone before any worker looks at it
        story::running_ledger first(log, rows_a);
        ASSERT_EQ(first.told(filing("C1", {{}, {}})).value().verdict, cases::verdict::applied);
    }
    {
        replica b(log, rows_b);
        ASSERT_TRUE(story::eventually([&] { return b.sees("C1", 2, v1::CASE_STATUS_QUEUED); }));
    }
    { // the child is filed, and its parent not told
        story::running_ledger first(log, rows_a);
        for (auto& record : {story::received(child_name("C1", 1)), story::accepted(child_name("C1", 1))}) {
            ASSERT_EQ(first.told(record).value().verdict, cases::verdict::applied);
        }
    }
    replica b(log, rows_b);
    EXPECT_TRUE(story::eventually([&] { return b.sees("C1", 1, v1::CASE_STATUS_ACCEPTED); }));
    EXPECT_TRUE(story::eventually([&] { return b.idle(); }));
    store::memory_view_store anew;
    story::running_ledger rebuilt(log, anew);
    ASSERT_FALSE(rebuilt.catch_up().get());
    EXPECT_EQ(anew.rows(), rows_b.rows()) << "rebuilt from the ledger";
}

TEST_F(BundleWorker, AWithdrawalReachesWhatIsUnderWayAndNothingElseIsFiled) {
    replica a(log, rows_a);
    a.tell(filing("W1", {{}, {}, {{2}}}));
    ASSERT_TRUE(story::eventually([&] { return a.sees("W1", 2, v1::CASE_STATUS_QUEUED); }));
    for (auto& record : {story::received(child_name("W1", 1)), story::accepted(child_name("W1", 1)), story::decided(child_name("W1", 1))}) {
        a.tell(record);
    }
    a.tell(withdrawal("W1"));
    ASSERT_TRUE(story::eventually([&] { return a.state(child_name("W1", 2).id())->withdraw_requested(); }));
    EXPECT_FALSE(a.state(child_name("W1", 1).id())->withdraw_requested()) << "decided before";
    EXPECT_TRUE(a.sees("W1", 3, v1::CASE_STATUS_CANCELLED));
    a.tell(confirmed(child_name("W1", 2)));
    a.tell(story::closed(child_name("W1", 1)));
    ASSERT_TRUE(story::eventually([&] { return a.is(parent_id("W1"), v1::CASE_STATUS_CLOSED); }));
    EXPECT_EQ(a.state(parent_id("W1"))->outcome(), v1::OUTCOME_PARTIALLY_COMPLETED);
    EXPECT_FALSE(a.state(child_name("W1", 3).id()));
}

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

TEST_F(BundleWorker, CarriesArchivesOverAndBackWithTheirFiles) {
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

TEST_F(BundleWorker, TwoReplicasAndACrashCarryArchivesOverOnce) {
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

TEST_F(BundleWorker, ArchivesAreCalledOffOrNotAskedForAtAllWhereAChildHasEnded) {
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

TEST_F(BundleWorker, AChildWhoseNumberIsTakenFailsTheBundleInTheOpen) {
    replica a(log, rows_a);
    auto taken = story::submitted(child_name("X1", 1));
    a.tell(taken);
    a.tell(filing("X1", {{}, {}}));
    ASSERT_TRUE(story::eventually([&] { return a.sees("X1", 1, v1::CASE_STATUS_CANCELLED); }));
    EXPECT_FALSE(a.state(child_name("X1", 1).id())->has_parent());
    ASSERT_TRUE(story::eventually([&] { return a.is(parent_id("X1"), v1::CASE_STATUS_CLOSED); }));
    EXPECT_EQ(a.state(parent_id("X1"))->outcome(), v1::OUTCOME_RETURNED);
}

} // namespace
} // namespace tongban::bundles
